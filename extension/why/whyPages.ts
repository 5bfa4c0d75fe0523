import type { WebviewPanel } from 'vscode';
import * as z from 'zod';
import { whyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Actions } from '../commands/actions.ts';
import { Disposables } from '../disposables.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import type { RunGit } from '../happened/git.ts';
import type { Happened } from '../happened/happened.ts';
import { questionOf } from '../links.ts';
import { connectPage, hiddenWith, type PagePorts } from '../pages/loadPage.ts';
import { whyPanelType } from '../pages/panelType.ts';
import { type WhySubject, whyActions } from './whyActions.ts';
import { WhyHost } from './whyHost.ts';

/** As a page has kept it over a reload of the window: nothing that it says is trusted. */
const kept = z.object({
  kept: z.object({
    folder: z.string().min(1).max(4096),
    rollout: z.string().min(1).max(200),
    about: whyQuestion,
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
  readonly #happened: Happened;
  readonly #open = new Map<string, OpenPage>();

  constructor(ports: PagePorts, actions: Actions, documents: HeldDocuments, git: RunGit, happened: Happened) {
    super();
    this.#ports = ports;
    this.#actions = actions;
    this.#documents = documents;
    this.#git = git;
    this.#happened = happened;
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
    const panel = window.createWebviewPanel(whyPanelType, this.#titleOf(subject), ViewColumn.Active, {});
    this.#adopt(panel, subject);
  }

  changed(): void {
    for (const { host } of this.#open.values()) host.changed();
  }

  #adopt(panel: WebviewPanel, subject: WhySubject): void {
    const key = keyOf(subject);
    this.#open.get(key)?.panel.dispose();
    const actions = whyActions(this.#actions, this.#documents, this.#git, this.#happened, subject);
    const host = new WhyHost((message) => void panel.webview.postMessage(message), actions, this.#ports.clock);
    const opened = { panel, host };
    this.#open.set(key, opened);
    hiddenWith(panel, host);
    panel.onDidDispose(() => {
      host.dispose();
      if (this.#open.get(key) === opened) this.#open.delete(key);
    });
    connectPage(panel.webview, host, 'why', 'editor', this.#ports);
  }

  #titleOf({ folder, rollout, about }: WhySubject): string {
    const { t, connections, clock } = this.#actions;
    const view = connections.find(folder, rollout)?.rollout;
    const nameOf = (trigger: string) => triggerTitle(view ?? { triggers: [] }, trigger);
    switch (about.kind) {
      case 'condition':
        return t('Why {0}', plainText(about.condition, 60));
      case 'trigger':
      case 'fired':
        return t('Why {0}', nameOf(about.trigger));
      case 'firing':
        return t('Why {0}', nameOf(about.firing.trigger));
      case 'rollback':
        return t('Why Rollback');
      case 'moment': {
        return t('At {0}', clockText(about.at, clock.now(), view?.plan.timezone ?? 'UTC'));
      }
    }
  }
}

function keyOf({ folder, rollout, about }: WhySubject): string {
  return JSON.stringify([folder, rollout, questionOf(about)]);
}
