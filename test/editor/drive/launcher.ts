import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drive } from '../launch/drive.ts';
import { editorTitles, openFile, webview } from '../workbench/editors.ts';
import { answerDialog, answerNotification, dialogText, waitForNotification } from '../workbench/messages.ts';
import { answerInput, commandTitles, pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import { clickStatusBarItem, statusBarItem } from '../workbench/statusBar.ts';
import {
  clickCheckbox,
  clickInlineAction,
  clickTreeRow,
  clickViewAction,
  expandView,
  openViewContainer,
  toggleTreeRow,
  waitForTree,
  welcomeText,
} from '../workbench/views.ts';

const PROBE = 'rampwatch-test.probe';

/** The launcher and the workbench functions, proved with a tiny extension of their own. */
export const drive: Drive = {
  name: 'the launcher itself, with a probe extension',
  async run({ open, repository, step, temporaryDirectory }) {
    const workspace = await temporaryDirectory();
    await writeFile(join(workspace, 'notes.txt'), 'hello\n');
    const { page, reload } = await open({
      workspace,
      extensionPath: join(repository, 'test/editor/launch/probe'),
      env: { PROBE: 'passed on' },
      colorTheme: 'high-contrast',
    });
    const statusText = (text: string) =>
      page.locator(`.statusbar-item[id="${PROBE}"]`).filter({ hasText: text }).waitFor();

    await step('reads the status bar', async () => {
      assert.deepEqual(await statusBarItem(page, PROBE), {
        text: 'probe ready',
        label: 'Probe is ready',
        icons: ['beaker'],
        background: 'warning',
      });
    });

    await step('passes the environment to the extension host', async () => {
      await runCommand(page, 'Probe: Show Environment');
      assert.match(await waitForNotification(page, 'PROBE='), /PROBE=passed on Node 24\..* trusted=true/);
    });

    await step('sets the theme', async () => {
      await page.locator('.monaco-workbench.hc-black').waitFor();
    });

    await step('reads and works a tree', async () => {
      await openViewContainer(page, 'Probe');
      const unticked = ['▾ one', '  gate 3 of 4', '  [ ] soak', '▸ ten'];
      assert.deepEqual(await waitForTree(page, 'Stages', (rows) => rows.length === 4), unticked);
      await clickCheckbox(page, 'Stages', 'soak');
      await waitForTree(page, 'Stages', (rows) => rows.includes('  [x] soak'));
      await clickInlineAction(page, 'Stages', 'gate', 'Touch');
      await statusText('touched gate');
      await toggleTreeRow(page, 'Stages', 'one');
      await waitForTree(page, 'Stages', (rows) => rows.join() === '▸ one,▸ ten');
      await clickTreeRow(page, 'Stages', 'ten');
      await clickViewAction(page, 'Stages', 'Refresh');
      await statusText('refreshed');
    });

    await step('reads the welcome text of an empty view', async () => {
      await expandView(page, 'Empty');
      assert.match(await welcomeText(page, 'Empty'), /Nothing here yet\.\s+Ask/);
    });

    await step('reads a view that is alone in its container', async () => {
      await openViewContainer(page, 'Lonely');
      await waitForTree(page, 'Only View', (rows) => rows.includes('  gate 3 of 4'));
      await clickViewAction(page, 'Only View', 'Refresh');
    });

    await step('answers a dialog, a notification, an input box and a pick', async () => {
      await clickStatusBarItem(page, PROBE);
      assert.match(await dialogText(page), /Roll back\?\s+At once\./);
      await answerDialog(page, 'Roll Back');
      assert.equal(await waitForNotification(page, 'answered'), 'answered Roll Back');
      await answerNotification(page, 'answered', 'Why');
      await answerInput(page, 'because');
      await pickQuickItem(page, 'high');
      await statusText('because high');
    });

    await step('works a webview and an editor', async () => {
      await runCommand(page, 'Probe: Open Page');
      await webview(page).getByRole('button', { name: 'Hello' }).click();
      await statusText('page says hello');
      await openFile(page, 'notes.txt');
      assert.deepEqual(await editorTitles(page), ['Probe Page', 'notes.txt']);
    });

    await step('reloads the window', async () => {
      await reload();
      await statusText('probe ready');
      await commandTitles(page, 'Probe:', (titles) => titles.includes('Probe: Open Page'));
    });
  },
};
