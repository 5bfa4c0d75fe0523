import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drive } from '../launch/drive.ts';
import * as workbench from '../launch/workbench.ts';

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
      assert.deepEqual(await workbench.statusBarItem(page, PROBE), {
        text: 'probe ready',
        label: 'Probe is ready',
        icons: ['beaker'],
        background: 'warning',
      });
    });

    await step('passes the environment to the extension host', async () => {
      await workbench.runCommand(page, 'Probe: Show Environment');
      assert.match(await workbench.waitForNotification(page, 'PROBE='), /PROBE=passed on Node 24\..* trusted=true/);
    });

    await step('sets the theme', async () => {
      await page.locator('.monaco-workbench.hc-black').waitFor();
    });

    await step('reads and works a tree', async () => {
      await workbench.openViewContainer(page, 'Probe');
      const unticked = ['▾ one', '  gate 3 of 4', '  [ ] soak', '▸ ten'];
      assert.deepEqual(await workbench.waitForTree(page, 'Stages', (rows) => rows.length === 4), unticked);
      await workbench.clickCheckbox(page, 'Stages', 'soak');
      await workbench.waitForTree(page, 'Stages', (rows) => rows.includes('  [x] soak'));
      await workbench.clickInlineAction(page, 'Stages', 'gate', 'Touch');
      await statusText('touched gate');
      await workbench.toggleTreeRow(page, 'Stages', 'one');
      await workbench.waitForTree(page, 'Stages', (rows) => rows.join() === '▸ one,▸ ten');
      await workbench.clickTreeRow(page, 'Stages', 'ten');
      await workbench.clickViewAction(page, 'Stages', 'Refresh');
      await statusText('refreshed');
    });

    await step('reads the welcome text of an empty view', async () => {
      await workbench.expandView(page, 'Empty');
      assert.match(await workbench.welcomeText(page, 'Empty'), /Nothing here yet\.\s+Ask/);
    });

    await step('reads a view that is alone in its container', async () => {
      await workbench.openViewContainer(page, 'Lonely');
      await workbench.waitForTree(page, 'Only View', (rows) => rows.includes('  gate 3 of 4'));
      await workbench.clickViewAction(page, 'Only View', 'Refresh');
    });

    await step('answers a dialog, a notification, an input box and a pick', async () => {
      await workbench.clickStatusBarItem(page, PROBE);
      assert.match(await workbench.dialogText(page), /Roll back\?\s+At once\./);
      await workbench.answerDialog(page, 'Roll Back');
      assert.equal(await workbench.waitForNotification(page, 'answered'), 'answered Roll Back');
      await workbench.answerNotification(page, 'answered', 'Why');
      await workbench.answerInput(page, 'because');
      await workbench.pickQuickItem(page, 'high');
      await statusText('because high');
    });

    await step('works a webview and an editor', async () => {
      await workbench.runCommand(page, 'Probe: Open Page');
      await workbench.webview(page).getByRole('button', { name: 'Hello' }).click();
      await statusText('page says hello');
      await workbench.openFile(page, 'notes.txt');
      assert.deepEqual(await workbench.editorTitles(page), ['Probe Page', 'notes.txt']);
    });

    await step('reloads the window', async () => {
      await reload();
      await statusText('probe ready');
      await workbench.commandTitles(page, 'Probe:', (titles) => titles.includes('Probe: Open Page'));
    });
  },
};
