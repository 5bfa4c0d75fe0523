import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startUploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import {
  answerSaveDialog,
  commandTitles,
  openViewContainer,
  pickQuickItem,
  runCommand,
  waitForNotification,
  waitForTree,
  webview,
} from '../launch/workbench.ts';

/** The report in a real VS Code: rendered as Markdown, and saved where a person says. */
export const drive: Drive = {
  name: 'the report of a rollout',
  timeoutMilliseconds: 180_000,
  async run({ open, repository, stateDirectory, step, temporaryDirectory }) {
    const workspace = await temporaryDirectory();
    await writeFile(join(workspace, 'rampwatch.yaml'), uploadsPlan({ soak: '1h' }));
    await writeFile(join(workspace, '.env'), uploadsEnvironment);
    const application = startUploadingApplication(workspace);
    const rampwatch = (...words: readonly string[]) =>
      promisify(execFile)(process.execPath, [join(repository, 'dist/cli.mjs'), ...words, '--json'], {
        cwd: workspace,
        env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: stateDirectory },
      });
    try {
      await rampwatch('begin');
      const { page } = await open({ workspace, extensionPath: repository });
      await openViewContainer(page, 'Rampwatch');
      await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')), 60_000);

      await step('is in the palette once a daemon answers', async () => {
        const titles = await commandTitles(page, 'Rampwatch: report');
        for (const title of ['Rampwatch: Preview Report', 'Rampwatch: Save Report']) {
          assert.ok(
            titles.some((each) => each.includes(title)),
            `${title} in ${titles.join(', ')}`,
          );
        }
      });

      await step('opens rendered, with outcome, stages and proof', async () => {
        await runCommand(page, 'Rampwatch: Preview Report');
        await pickQuickItem(page, 'Whole Rollout');
        const report = webview(page);
        await report.getByRole('heading', { name: 'Async upload rollout' }).waitFor({ timeout: 60_000 });
        await report.getByText('Under way at 1 %').first().waitFor();
        await report.getByRole('heading', { name: 'one, 1 %' }).waitFor();
        await report.getByRole('cell', { name: 'success_rate >= 99%' }).first().waitFor();
        await report.getByText(/rampwatch journal verify --head [0-9a-f]{64}/).waitFor();
        // What is shown is a document of ours, and nothing in it leads out of the editor.
        assert.equal(await report.locator('a[href^="http"]').count(), 0);
      });

      await step('is saved as HTML where a person says', async () => {
        await runCommand(page, 'Rampwatch: Save Report');
        await pickQuickItem(page, 'Whole Rollout');
        const file = join(workspace, 'report.html');
        await answerSaveDialog(page, file);
        await waitForNotification(page, 'The report is saved.');
        assert.match(readFileSync(file, 'utf8'), /^<!doctype html>[\s\S]*Async upload rollout/);
      });
    } finally {
      application.stop();
    }
  },
};
