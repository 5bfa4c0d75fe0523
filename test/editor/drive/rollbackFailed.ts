import assert from 'node:assert/strict';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServedFlag, startFlagServer } from '../../support/flagServer.ts';
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
import { answerInput, pickQuickItem, runAndPick, runCommand } from '../workbench/quickInput.ts';
import { clickStatusBarItem } from '../workbench/statusBar.ts';
import { openViewContainer, toggleTreeRow, viewMessage, waitForTree } from '../workbench/views.ts';

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

      await step('is given the credential that another plan asks for, by a person who types it', async () => {
        const token = 'plain words of a drive';
        const served = new ServedFlag(token);
        const server = await startFlagServer(served.answer, () => undefined);
        try {
          const plan = join(folder, 'remote.rampwatch.yaml');
          await writeFile(plan, remotePlan(server.url));
          await approveAll(rampwatch, plan);
          const lacking = 'The credential FLAGS_TOKEN is missing';
          // A rollout that has not begun is folded.
          await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('remote')));
          await toggleTreeRow(page, stages, 'remote');
          await waitForTree(page, stages, (rows) => rows.some((row) => row.includes(lacking)));
          // It may come together with other news.
          const told = /credential (?:FLAGS_TOKEN )?is missing/;
          await waitForNotification(page, told);
          await session.screenshot('credential-missing');
          await answerNotification(page, told, 'Store Credential…');
          await answerInput(page, token, 'FLAGS_TOKEN');
          await waitForTree(page, stages, (rows) => !rows.some((row) => row.includes(lacking)));
          const isOpened = () => server.seen.some(({ headers }) => headers.authorization === `Bearer ${token}`);
          for (let waited = 0; !isOpened() && waited < 300; waited += 1) await page.waitForTimeout(100);
          assert.ok(isOpened(), 'the flag is asked with the credential');
          await runAndPick(page, 'Rampwatch: Forget a Credential…', 'FLAGS_TOKEN');
          await waitForTree(page, stages, (rows) => rows.some((row) => row.includes(lacking)));
        } finally {
          await server.down();
        }
      });
    } finally {
      await watched.end();
    }
  },
};

const placed = (name: string) => `$\{${name}}`;

function remotePlan(url: string): string {
  return `version: 1
id: remote
sources: [{ file: remote.jsonl }]
arms: { treatment: { variant: new }, control: { variant: old } }
measures: { success_rate: { share: { success: true } } }
stages: [{ id: off, percent: 0 }, { id: half, percent: 50, gate: ["success_rate >= 90%"] }]
flag:
  http:
    headers: { Authorization: "Bearer ${placed('env:FLAGS_TOKEN')}" }
    set: { method: PUT, url: "${url}/flag", body: { enabled: "${placed('enabled')}", percent: "${placed('percent')}" } }
    get: { url: "${url}/flag", read: { /enabled: "${placed('enabled')}", /percent: "${placed('percent')}" } }
    every: 1s
`;
}

/** What is not approved yet is told by an exit code too. */
async function approveAll(rampwatch: (...words: readonly string[]) => Promise<unknown>, plan: string): Promise<void> {
  const told = await rampwatch('approve', '--plan', plan).catch((error: { stdout: string }) =>
    JSON.parse(error.stdout),
  );
  const { uses } = told as { uses: readonly { sha256: string }[] };
  await rampwatch('approve', '--plan', plan, ...uses.map(({ sha256 }) => sha256));
}
