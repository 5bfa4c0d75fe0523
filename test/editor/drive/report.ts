import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { webview } from '../workbench/editors.ts';
import { waitForNotification } from '../workbench/messages.ts';
import { answerSaveDialog, commandTitles, runAndPick } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';

/** The report in a real VS Code: rendered as Markdown, and saved where a person says. */
export const drive: Drive = {
  name: 'the report of a rollout',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, uploadsPlan({ soak: '1h' }));
    const { folder: workspace, rampwatch } = watched;
    try {
      await rampwatch('begin');
      const { page } = await open({ workspace, extensionPath: repository });
      await openViewContainer(page, 'Rampwatch');
      await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')));

      await step('is in the palette once a daemon answers', async () => {
        const wanted = ['Rampwatch: Preview Report', 'Rampwatch: Save Report'];
        await commandTitles(page, 'Rampwatch: report', (titles) =>
          wanted.every((title) => titles.some((each) => each.includes(title))),
        );
      });

      await step('opens rendered, with outcome, stages and proof', async () => {
        await runAndPick(page, 'Rampwatch: Preview Report', 'Whole Rollout');
        const report = webview(page);
        await report.getByRole('heading', { name: 'Async upload rollout' }).waitFor();
        await report.getByText('Under way at 1 %').first().waitFor();
        await report.getByRole('heading', { name: 'one, 1 %' }).waitFor();
        await report.getByRole('cell', { name: 'success_rate >= 99%' }).first().waitFor();
        await report.getByText(/rampwatch journal verify --head [0-9a-f]{64}/).waitFor();
        // The shown document is ours, and no link in it leads out of the editor.
        assert.equal(await report.locator('a[href^="http"]').count(), 0);
      });

      await step('is saved as HTML where a person says', async () => {
        await runAndPick(page, 'Rampwatch: Save Report', 'Whole Rollout');
        const file = join(workspace, 'report.html');
        await answerSaveDialog(page, file);
        await waitForNotification(page, 'The report is saved.');
        assert.match(readFileSync(file, 'utf8'), /^<!doctype html>[\s\S]*Async upload rollout/);
      });
    } finally {
      await watched.end();
    }
  },
};
