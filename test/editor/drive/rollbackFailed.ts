import assert from 'node:assert/strict';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { statusBarText, watchedWorkspace } from '../launch/watched-workspace.ts';
import { webview } from '../workbench/editors.ts';
import {
  answerDialog,
  answerNotification,
  waitForNotification,
  waitForNotificationButtons,
} from '../workbench/messages.ts';
import { pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import { clickStatusBarItem } from '../workbench/statusBar.ts';
import { openViewContainer, viewMessage, waitForTree } from '../workbench/views.ts';

const stages = 'Stages';
const failed = /Rollback from 10\s% .*FAILED/;

/** The worst that can happen: the way back is wanted, and the flag cannot be written. */
export const drive: Drive = {
  name: 'a rollback that fails, and then does not',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, uploadsPlan());
    const { application, folder, rampwatch } = watched;
    const flag = join(folder, '.env');
    try {
      await rampwatch('begin');
      await rampwatch('advance', '--reason', 'enough is known');
      // High enough that the rows below the current stage are drawn.
      const viewport = { width: 1280, height: 1500 };
      const session = await open({ workspace: folder, extensionPath: repository, viewport });
      const { page } = session;
      let kept = '';

      await step('tells of it as an error with its reason, the buttons that help, and on every surface', async () => {
        await openViewContainer(page, 'Rampwatch');
        await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('10 % in force')));
        // A folder in the flag's place stops even root; the application keeps its share.
        application.keepShare(true);
        kept = await readFile(flag, 'utf8');
        await rm(flag);
        await mkdir(flag);
        await runCommand(page, 'Rampwatch: Roll Back');
        await answerDialog(page, 'Roll Back');
        await waitForNotification(page, failed);
        await waitForNotificationButtons(page, failed, ['Show Why', 'Show Log']);
        await statusBarText(page, /^10\s% · rollback failed$/);
        await waitForTree(page, stages, (rows) => rows.some((row) => /10 % ten · .*rollback failed/.test(row)));
        await session.screenshot('rollback-failed');
      });

      await step('says why, and what to do by hand', async () => {
        await answerNotification(page, failed, 'Show Why');
        await page.locator('.tab.active').filter({ hasText: 'Why Rollback' }).waitFor();
        await webview(page).getByText('Users may still be exposed').first().waitFor({ timeout: 60_000 });
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page).getByText('Users may still be exposed').first().waitFor({ timeout: 60_000 });
        await session.screenshot('rollback-failed-dashboard');
      });

      await step('is done by itself once the flag can be written, and another attempt may begin', async () => {
        await rmdir(flag);
        await writeFile(flag, kept);
        application.keepShare(false);
        await statusBarText(page, /^0\s% · rolled back/);
        assert.match(await readFile(flag, 'utf8'), /^UPLOADS_PERCENT=0/m);
        await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('rolled back by')));
        assert.equal(await viewMessage(page, stages), '');
        await clickStatusBarItem(page, 'rampwatch.rampwatch');
        await pickQuickItem(page, 'Begin');
        await answerDialog(page, 'Begin');
        await statusBarText(page, /^1\s% · /);
      });
    } finally {
      await watched.end();
    }
  },
};
