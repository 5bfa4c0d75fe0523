import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startUploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import {
  answerInput,
  answerSaveDialog,
  openViewContainer,
  runCommand,
  waitForTree,
  webview,
} from '../launch/workbench.ts';

const command = `escalation:
  reference: INC-7
  command: ["${process.execPath}", "-e", "console.log('told', process.argv[1])", "\${bundle}"]
`;

/** An escalation in a real VS Code: listed before it is written, and the plan's command run as it was shown. */
export const drive: Drive = {
  name: 'an escalation: listed, written, run',
  timeoutMilliseconds: 180_000,
  async run({ open, repository, stateDirectory, step, temporaryDirectory }) {
    const workspace = await temporaryDirectory();
    await writeFile(join(workspace, 'rampwatch.yaml'), uploadsPlan({ soak: '1h', more: command }));
    await writeFile(join(workspace, '.env'), uploadsEnvironment);
    const application = startUploadingApplication(workspace);
    try {
      await promisify(execFile)(process.execPath, [join(repository, 'dist/cli.mjs'), 'begin', '--json'], {
        cwd: workspace,
        env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: stateDirectory },
      });
      const { page } = await open({ workspace, extensionPath: repository });
      const button = (name: string) => page.locator('.notification-toast .monaco-button', { hasText: name });
      await openViewContainer(page, 'Rampwatch');
      await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('1 % in force')), 60_000);

      await step('lists what would go in, and writes nothing', async () => {
        await runCommand(page, 'Rampwatch: Escalate…');
        await answerInput(page, 'the first uploads look slow');
        const shown = webview(page);
        await shown.getByRole('heading', { name: 'Escalation of Async upload rollout' }).waitFor({ timeout: 60_000 });
        await shown.getByRole('cell', { name: 'plan.yaml', exact: true }).waitFor();
        assert.equal(await shown.locator('a[href^="http"]').count(), 0);
        await button('Write Bundle…').waitFor();
        assert.deepEqual(
          readdirSync(workspace).filter((name) => name.includes('escalation')),
          [],
        );
      });

      await step('writes it where a person says', async () => {
        await button('Write Bundle…').click();
        const file = join(workspace, 'bundle.tgz');
        await answerSaveDialog(page, file);
        await button('Reveal in Explorer').waitFor({ timeout: 40_000 });
        assert.ok(existsSync(file), readdirSync(workspace).join(' '));
      });

      await step("runs the plan's command when its words were approved", async () => {
        await button('Run Command…').click();
        const dialog = page.locator('.monaco-dialog-box');
        await dialog.getByText('told').waitFor();
        await dialog.locator('.monaco-button', { hasText: 'Approve and Run' }).click();
        await page.locator('.notification-toast', { hasText: 'The answer is in the journal.' }).waitFor();
      });
    } finally {
      application.stop();
    }
  },
};
