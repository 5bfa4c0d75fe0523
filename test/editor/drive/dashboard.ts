import assert from 'node:assert/strict';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { webview } from '../workbench/editors.ts';
import { answerDialog, dialogText } from '../workbench/messages.ts';
import { answerInput, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';

/** The dashboard page inside a real VS Code, fed by a real daemon. */
export const drive: Drive = {
  name: 'the dashboard of a rollout',
  async run(context) {
    const { open, repository, step } = context;
    const { end, folder: workspace, rampwatch } = await watchedWorkspace(context, uploadsPlan({ soak: '1h' }));
    try {
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
