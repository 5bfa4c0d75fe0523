import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { webview } from '../workbench/editors.ts';
import { answerNotification, waitForNotification, waitForNotificationButtons } from '../workbench/messages.ts';
import { answerInput, answerSaveDialog, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';

const command = `escalation:
  reference: INC-7
  command: ["${process.execPath}", "-e", "console.log('told', process.argv[1])", "\${bundle}"]
`;

const preview = 'Nothing is written yet.';
const written = /Wrote .*bundle\.tgz/;

/** An escalation in a real VS Code: listed before it is written, and the plan's command run as it was shown. */
export const drive: Drive = {
  name: 'an escalation: listed, written, run',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, uploadsPlan({ soak: '1h', more: command }));
    const { folder: workspace, rampwatch } = watched;
    try {
      await rampwatch('begin');
      const { page } = await open({ workspace, extensionPath: repository });
      await openViewContainer(page, 'Rampwatch');
      await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')));

      await step('lists what would go in, and writes nothing', async () => {
        await runCommand(page, 'Rampwatch: Escalate…');
        await answerInput(page, 'the first uploads look slow', 'Escalate: ');
        const shown = webview(page);
        await shown.getByRole('heading', { name: 'Escalation of Async upload rollout' }).waitFor();
        await shown.getByRole('cell', { name: 'plan.yaml', exact: true }).waitFor();
        assert.equal(await shown.locator('a[href^="http"]').count(), 0);
        await waitForNotificationButtons(page, preview, ['Write Bundle…', 'Write as Folder…']);
        assert.deepEqual(
          readdirSync(workspace).filter((name) => name.includes('escalation')),
          [],
        );
      });

      await step('writes it where a person says', async () => {
        await answerNotification(page, preview, 'Write Bundle…');
        const file = join(workspace, 'bundle.tgz');
        await answerSaveDialog(page, file);
        await waitForNotification(page, written);
        assert.ok(existsSync(file), readdirSync(workspace).join(' '));
      });

      await step("runs the plan's command when its words were approved", async () => {
        await answerNotification(page, written, 'Run Command…');
        const dialog = page.locator('.monaco-dialog-box');
        await dialog.getByText('told').waitFor();
        await dialog.locator('.monaco-button', { hasText: 'Approve and Run' }).click();
        await waitForNotification(page, 'The answer is in the journal.');
      });
    } finally {
      await watched.end();
    }
  },
};
