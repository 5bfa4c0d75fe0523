/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { percentText } from '../../../daemon/protocol/words/figureText.ts';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import {
  hasStoodInStatusBar,
  rememberStatusBar,
  statusBarText,
  statusWhere,
  watchedWorkspace,
} from '../launch/watched-workspace.ts';
import {
  answerDialog,
  answerNotification,
  clearNotifications,
  dialogText,
  waitForNotificationButtons,
} from '../workbench/messages.ts';
import { answerInput, runCommand } from '../workbench/quickInput.ts';
import { WAIT_MILLISECONDS } from '../workbench/waiting.ts';

const plan = uploadsPlan({
  triggers: `  - { id: low-success, when: "success_rate < 60%", over: 10s, min: 20, then: rollback, rule: literal, within: 30s }
  - { id: sagging, when: "success_rate < 90%", over: 10s, min: 20, then: review }
`,
});

declare global {
  interface Window {
    /** Every message that was shown since the page was loaded. */
    told: string[];
  }
}

/** The notifications that interrupt a person: each event once, with the button that helps. */
export const drive: Drive = {
  name: 'notifications: each once, with its button',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, plan);
    const { application, folder, rampwatch } = watched;
    try {
      await rampwatch('begin');
      await rampwatch('advance', '--reason', 'enough is known');
      await statusWhere(watched, ({ standing }) => standing.phase.kind === 'ready');
      const session = await open({ workspace: folder, extensionPath: repository });
      const { page } = session;
      await page.addInitScript(keepMessages);
      await page.evaluate(keepMessages);
      await rememberStatusBar(page);
      /** The notifications about it, whatever came after them. */
      const toldOf = async (about: RegExp) =>
        (await page.evaluate(() => window.told)).filter((text) => about.test(text));
      const comes = async (about: RegExp) => {
        const end = Date.now() + WAIT_MILLISECONDS;
        while ((await toldOf(about)).length === 0) {
          if (Date.now() > end) throw new Error(`nobody was told of ${about}`);
          await page.waitForTimeout(100);
        }
      };

      const toTen = `Advance to ${percentText(10)}`;

      await step('says nothing of what was so when the window opened', async () => {
        await statusBarText(page, /^10\s% · ready/);
        assert.deepEqual(await toldOf(/Async upload rollout/), []);
      });

      await step(
        'tells once that a gate is met, and advances from there, with progress until it is in force',
        async () => {
          application.failEvery(20);
          await statusBarText(page, /^10 % · [12]\/3 · /);
          application.failEvery(0);
          await rampwatch('rollback');
          await statusBarText(page, /rolled back/);
          await rampwatch('begin');
          await comes(/Async upload rollout: .*ready to advance to 10\s%/);
          await waitForNotificationButtons(page, /ready to advance/, [toTen]);
          await answerNotification(page, /ready to advance/, toTen);
          assert.match(await dialogText(page), /Advance Async upload rollout from 1\s% to ten \(10\s%\)\?/);
          application.keepShare(true);
          await answerDialog(page, 'Advance');
          // The editor shows no progress that ends at once, so the application keeps its old share at first.
          await hasStoodInStatusBar(page, /Advancing Async upload rollout/);
          application.keepShare(false);
          await statusBarText(page, /^10\s% · /);
          assert.equal((await toldOf(/ready to advance to 10\s%/)).length, 1);
        },
      );

      await step('tells once that a source is silent', async () => {
        application.pause(true);
        await comes(/metrics\.jsonl is silent/);
        await waitForNotificationButtons(page, /is silent/, ['Show Log']);
        application.pause(false);
        await clearNotifications(page);
        assert.equal((await toldOf(/is silent/)).length, 1);
      });

      await step('tells once that a review is needed, and acknowledges from there', async () => {
        application.failEvery(6);
        await comes(/In review at 10\s%/);
        await waitForNotificationButtons(page, /In review/, ['Acknowledge', 'Roll Back', 'Show Why']);
        application.failEvery(0);
        await answerNotification(page, /In review/, 'Acknowledge');
        // On its way up the share may fall below the limit once more, which would be another review.
        await statusWhere(watched, ({ triggers }) => triggers.every(({ phase }) => phase.kind !== 'firing'));
        await answerInput(page, 'the storage was full', 'Acknowledge: ');
        await statusBarText(page, /^10\s% · (?!review)/);
        assert.equal((await toldOf(/In review/)).length, 1);
      });

      await step('tells once of a rollback, and why', async () => {
        application.failEvery(2);
        await comes(/Roll(ing|ed) back from 10\s%/);
        await waitForNotificationButtons(page, /Roll(ing|ed) back/, ['Show Why']);
        await answerNotification(page, /Roll(ing|ed) back/, 'Show Why');
        await page.locator('.tab.active').filter({ hasText: 'Why Rollback' }).waitFor();
        await statusBarText(page, /^0\s% · rolled back/);
        assert.equal((await toldOf(/Roll(ing|ed) back/)).length, 1);
      });

      await step('does not tell it again after the window was reloaded', async () => {
        await session.reload();
        await statusBarText(page, /^0\s% · rolled back/);
        await runCommand(page, 'Rampwatch: Show Log');
        assert.deepEqual(await toldOf(/Async upload rollout/), []);
      });

      await step('shows the progress of a rollback until it is in force', async () => {
        application.failEvery(0);
        await rampwatch('begin');
        await statusBarText(page, /^1\s% · /);
        await runCommand(page, 'Rampwatch: Roll Back');
        application.keepShare(true);
        await answerDialog(page, 'Roll Back');
        await hasStoodInStatusBar(page, /Rolling back Async upload rollout/);
        application.keepShare(false);
        await statusBarText(page, /^0\s% · rolled back/);
        // One's own decision is no news.
        assert.deepEqual(await toldOf(/Roll(ing|ed) back/), []);
      });

      await step('is silent where its setting says so', async () => {
        await mkdir(join(folder, '.vscode'), { recursive: true });
        const muted = Object.fromEntries(
          ['rollback', 'reviewNeeded', 'gateReady'].map((kind) => [`rampwatch.notify.${kind}`, false]),
        );
        await writeFile(join(folder, '.vscode/settings.json'), JSON.stringify(muted));
        await session.reload();
        await statusBarText(page, /rolled back/);
        await rampwatch('begin');
        await statusBarText(page, /^1\s% · ready/);
        await rampwatch('advance');
        application.failEvery(2);
        await statusBarText(page, /^0\s% · rolled back/);
        assert.deepEqual(await toldOf(/Async upload rollout/), []);
      });
    } finally {
      await watched.end();
    }
  },
};

/** Runs in the page: notes every notification as it appears, also one that is gone before anybody looks. */
function keepMessages(): void {
  window.told = [];
  const seen = new WeakSet<Element>();
  new MutationObserver(() => {
    for (const message of document.querySelectorAll('.notification-toast .notification-list-item-message')) {
      // The editor draws a message anew when its buttons come; the toast around it stays.
      const toast = message.closest('.notification-toast') ?? message;
      if (seen.has(toast) || (message.textContent ?? '') === '') continue;
      seen.add(toast);
      window.told.push(message.textContent ?? '');
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
}
