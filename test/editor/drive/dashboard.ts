import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { openTab, webview } from '../workbench/editors.ts';
import { answerDialog, dialogText } from '../workbench/messages.ts';
import { answerInput, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';
import { polled } from '../workbench/waiting.ts';

/** The dashboard page inside a real VS Code, fed by a real daemon. */
export const drive: Drive = {
  name: 'the dashboard of a rollout',
  async run(context) {
    const { open, repository, step } = context;
    const { end, folder: workspace, rampwatch } = await watchedWorkspace(context, uploadsPlan({ soak: '1h' }));
    try {
      const git = async (...words: string[]) => await promisify(execFile)('git', words, { cwd: workspace });
      await git('init', '--quiet');
      await git('add', 'rampwatch.yaml');
      const mia = ['-c', 'user.name=Mia', '-c', 'user.email=mia@shop.test'];
      await git(...mia, 'commit', '--quiet', '-m', 'the plan');
      await git(...mia, 'tag', '-a', 'v1', '-m', 'the first');
      await rampwatch('begin');
      const { page } = await open({ workspace, extensionPath: repository });

      await step('opens from the palette and says where the rollout stands', async () => {
        await openViewContainer(page, 'Rampwatch');
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')));
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page)
          .getByText(/soak ends/)
          .first()
          .waitFor();
        await webview(page).getByText('success_rate ≥ 99 %').first().waitFor();
      });

      await step('draws the charts from the daemon’s series', async () => {
        await webview(page).locator('figure.chart canvas').first().waitFor();
      });

      await step('explains the mark of a deploy, by keyboard', async () => {
        const chart = webview(page)
          .getByRole('slider', { name: /cursor in time/ })
          .first();
        // The deploys come after the figures.
        const backward = async () => {
          await chart.press('p');
          return (await chart.getAttribute('aria-valuetext')) ?? '';
        };
        await chart.press('Escape');
        await polled(page, backward, (text) => text.includes('tag v1'), 'the marks of the chart');
        await openTab(page, /^At \d\d:\d\d/, async () => await chart.press('Enter'));
        const why = webview(page);
        await why.getByRole('heading', { name: 'Around this time' }).waitFor();
        await why
          .getByText(/tag v1/)
          .first()
          .waitFor();
        await why.getByRole('button', { name: 'Dashboard' }).click();
        await webview(page).getByRole('button', { name: 'Hold' }).waitFor();
      });

      await step('holds through the command, and shows it', async () => {
        await webview(page).getByRole('button', { name: 'Hold' }).click();
        await answerInput(page, 'lunch', 'Hold: ');
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor();
      });

      await step('is whole again after it was hidden', async () => {
        await runCommand(page, 'File: New Untitled Text File');
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor({ state: 'detached' });
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor();
        await webview(page).locator('figure.chart canvas').first().waitFor();
      });

      await step('asks the one question before it rolls back', async () => {
        await webview(page).getByRole('button', { name: 'Roll Back' }).click();
        assert.match(await dialogText(page), /Roll back Async upload rollout from 1\s% to /);
        await answerDialog(page, 'Roll Back');
        await webview(page)
          .getByText(/Rolled back from 1/)
          .first()
          .waitFor();
      });
    } finally {
      await end();
    }
  },
};
