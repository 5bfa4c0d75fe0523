import type { WebviewPanel } from 'vscode';
import * as z from 'zod';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Actions } from '../commands/actions.ts';
import { Disposables } from '../disposables.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import { loadPage, type PagePorts } from '../pages/loadPage.ts';
import { whyPanelType } from '../pages/panelType.ts';
import type { WhyAbout } from '../views/row.ts';
import type { RunGit } from './sourceBlame.ts';
import { type WhySubject, whyActions } from './whyActions.ts';
import { WhyHost } from './whyHost.ts';

/** As a page has kept it over a reload of the window: nothing that it says is trusted. */
const kept = z.object({
  kept: z.object({
    folder: z.string().min(1).max(4096),
    rollout: z.string().min(1).max(200),
    about: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('condition'), stage: z.string().max(200), condition: z.string().max(400) }),
      z.object({ kind: z.literal('trigger'), trigger: z.string().max(200) }),
      z.object({ kind: z.literal('rollback') }),
    ]),
  }),
});

interface OpenPage {
  readonly panel: WebviewPanel;
  readonly host: WhyHost;
}

/** The pages of reasons, each an editor; the same question twice shows the same page. */
export class WhyPages extends Disposables {
  readonly #ports: PagePorts;
  readonly #actions: Actions;
  readonly #documents: HeldDocuments;
  readonly #git: RunGit;
  readonly #open = new Map<string, OpenPage>();

  constructor(ports: PagePorts, actions: Actions, documents: HeldDocuments, git: RunGit) {
    super();
    this.#ports = ports;
    this.#actions = actions;
    this.#documents = documents;
    this.#git = git;
    this.add(
      ports.vscode.window.registerWebviewPanelSerializer(whyPanelType, {
        deserializeWebviewPanel: async (panel, state) => {
          const read = kept.safeParse(state);
          if (read.success) this.#adopt(panel, read.data.kept);
          else panel.dispose();
        },
      }),
    );
    this.add({ dispose: () => [...this.#open.values()].map(({ panel }) => panel.dispose()) });
  }

  show(subject: WhySubject): void {
    const known = this.#open.get(keyOf(subject));
    if (known !== undefined) {
      known.panel.reveal();
      return;
    }
    const { ViewColumn, window } = this.#ports.vscode;
    const panel = window.createWebviewPanel(whyPanelType, this.#titleOf(subject.about), ViewColumn.Active, {});
    this.#adopt(panel, subject);
  }

  changed(): void {
    for (const { host } of this.#open.values()) host.changed();
  }

  #adopt(panel: WebviewPanel, subject: WhySubject): void {
    const key = keyOf(subject);
    this.#open.get(key)?.panel.dispose();
    const actions = whyActions(this.#actions, this.#documents, this.#git, subject);
    const host = new WhyHost((message) => void panel.webview.postMessage(message), actions, this.#ports.clock);
    const opened = { panel, host };
    this.#open.set(key, opened);
    host.add(panel.webview.onDidReceiveMessage((data: unknown) => host.receive(data)));
    host.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) host.hidden();
      }),
    );
    panel.onDidDispose(() => {
      host.dispose();
      if (this.#open.get(key) === opened) this.#open.delete(key);
    });
    loadPage(panel.webview, 'why', 'editor', this.#ports);
  }

  #titleOf(about: WhyAbout): string {
    const { t } = this.#actions;
    switch (about.kind) {
      case 'condition':
        return t('Why {0}', plainText(about.condition, 60));
      case 'trigger':
        return t('Why {0}', plainText(about.trigger, 60));
      case 'firing':
        return t('Why {0}', plainText(about.firing.trigger, 60));
      case 'rollback':
        return t('Why Rollback');
    }
  }
}

function keyOf({ folder, rollout, about }: WhySubject): string {
  return JSON.stringify([folder, rollout, about]);
}
