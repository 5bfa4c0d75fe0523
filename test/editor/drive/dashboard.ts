import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startUploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { answerDialog, dialogText, openViewContainer, runCommand, waitForTree, webview } from '../launch/workbench.ts';

/** The dashboard page inside a real VS Code, fed by a real daemon. */
export const drive: Drive = {
  name: 'the dashboard of a rollout',
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

      await step('opens from the palette and says where the rollout stands', async () => {
        await openViewContainer(page, 'Rampwatch');
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')), 60_000);
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page)
          .getByText(/soak ends/)
          .first()
          .waitFor({ timeout: 60_000 });
        await webview(page).getByText('success_rate ≥ 99 %').first().waitFor();
      });

      await step('draws the charts from the daemon’s series', async () => {
        await webview(page).locator('figure.chart canvas').first().waitFor();
      });

      await step('holds through the command, and shows it', async () => {
        await webview(page).getByRole('button', { name: 'Hold' }).click();
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor();
      });

      await step('is whole again after it was hidden', async () => {
        await runCommand(page, 'File: New Untitled Text File');
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor({ state: 'detached' });
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor({ timeout: 60_000 });
        await webview(page).locator('figure.chart canvas').first().waitFor();
      });

      await step('asks the one question before it rolls back', async () => {
        await webview(page).getByRole('button', { name: 'Roll Back' }).click();
        assert.match(await dialogText(page), /Roll back Async upload rollout from 1\s% to /);
        await answerDialog(page, 'Roll Back');
        await webview(page)
          .getByText(/Rolled back from 1/)
          .first()
          .waitFor({ timeout: 60_000 });
      });
    } finally {
      application.stop();
    }
  },
};
