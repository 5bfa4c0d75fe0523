import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listFiles, PackageManager } from '@vscode/vsce';
import type { Page } from 'playwright-core';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { statusBarText } from '../launch/watched-workspace.ts';
import { editorTitles } from '../workbench/editors.ts';
import { commandTitles, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree, welcomeText } from '../workbench/views.ts';
import { WAIT_MILLISECONDS } from '../workbench/waiting.ts';

/** The extension as a user gets it: packaged, installed, in a workspace of theirs. */
export const drive: Drive = {
  name: 'the packaged extension',
  async run({ open, packagedExtension, repository, stateDirectory, step, temporaryDirectory }) {
    const vsix = await packagedExtension();
    const empty = await temporaryDirectory();
    const workspace = await temporaryDirectory();
    await writeFile(join(workspace, 'rampwatch.yaml'), uploadsPlan());
    await writeFile(join(workspace, '.env'), uploadsEnvironment);

    await step('holds what the allow-list names, and nothing else', async () => {
      const files = await listFiles({ cwd: repository, packageManager: PackageManager.None });
      const named =
        /^(package(\.nls)?\.json|README\.md|CHANGELOG\.md|LICENSE|l10n\/bundle\.l10n\.json|resources\/(activity\.svg|icon\.png|planSnippets\.json|walkthrough\/\w+\.svg)|schemas\/rampwatch\.schema\.json|dist\/(THIRD_PARTY_NOTICES\.txt|extension\.cjs|planText\.cjs|openRampwatch\.cjs|\w[\w-]*\.mjs|webview\/\w+\.(js|css)))$/;
      assert.deepEqual(
        files.filter((file) => !named.test(file)),
        [],
      );
      const needed = [
        'package.json',
        'package.nls.json',
        'dist/THIRD_PARTY_NOTICES.txt',
        'dist/extension.cjs',
        // The command line loads each of its modules by name.
        ...(await readdir(join(repository, 'dist')))
          .filter((name) => name.endsWith('.mjs'))
          .map((name) => `dist/${name}`),
        'dist/webview/dashboard.js',
        'dist/planText.cjs',
        'dist/openRampwatch.cjs',
        'resources/icon.png',
        'resources/planSnippets.json',
        'resources/walkthrough/plan.svg',
        'schemas/rampwatch.schema.json',
      ];
      assert.deepEqual(
        needed.filter((file) => !files.includes(file)),
        [],
      );
    });

    await step('starts its daemon in a workspace with a plan, from what is in the package alone', async () => {
      const session = await open({ workspace, vsix });
      await openViewContainer(session.page, 'Rampwatch');
      await waitForTree(session.page, 'Stages', (rows) => rows.some((row) => row.includes('one · not begun')));
      await statusBarText(session.page, /^not begun$/);
      // The palette holds no more rows than it shows.
      const titles: string[] = [];
      for (const filter of ['Rampwatch:', 'Rampwatch: St', 'Rampwatch: Sh', 'Rampwatch: Op', 'Rampwatch: Import']) {
        titles.push(...(await commandTitles(session.page, filter)));
      }
      const offered = titles.filter((title) => title.startsWith('Rampwatch: ')).map((title) => title.slice(11));
      const possible = [
        'Begin',
        'Create Plan',
        'Import Execution Guide…',
        'Open Dashboard',
        'Open Plan',
        'Show Log',
        'Show Status',
        'Stop Daemon',
      ];
      const impossible = ['Acknowledge Review', 'Advance', 'Hold', 'Resume', 'Roll Back', 'Start Daemon'];
      assert.deepEqual(
        possible.filter((title) => !offered.includes(title)),
        [],
      );
      // Impossible actions are not offered.
      assert.deepEqual(
        impossible.filter((title) => offered.includes(title)),
        [],
      );
      await session.close();
      // The daemon outlives the window by its own rules; this test is done with it.
      await promisify(execFile)(process.execPath, [join(repository, 'dist/cli.mjs'), 'stop', '--force'], {
        cwd: workspace,
        env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: stateDirectory },
      }).catch(() => undefined);
    });

    await step('leads a workspace without a plan to its first one, and writes nothing by itself', async () => {
      const session = await open({ workspace: empty, vsix });
      await openViewContainer(session.page, 'Rampwatch');
      await welcomed(session.page, /This workspace has none yet/);
      await runCommand(session.page, 'Rampwatch: Create Plan');
      await session.page.locator('.tab.active.dirty, .tab.dirty').first().waitFor();
      assert.deepEqual(await editorTitles(session.page), ['rampwatch.yaml']);
      assert.equal(existsSync(join(empty, 'rampwatch.yaml')), false);
      await session.close();
    });

    await step('starts nothing in Restricted Mode, and says what it would need', async () => {
      const before = await readFile(join(workspace, '.env'), 'utf8');
      const other = await temporaryDirectory();
      await writeFile(join(other, 'rampwatch.yaml'), uploadsPlan());
      const session = await open({
        workspace: other,
        vsix,
        trust: 'restricted',
        env: { RAMPWATCH_STATE_DIRECTORY: join(other, 'state') },
      });
      await openViewContainer(session.page, 'Rampwatch');
      await welcomed(session.page, /needs your trust/);
      assert.equal(existsSync(join(other, 'state')), false);
      assert.equal(await readFile(join(workspace, '.env'), 'utf8'), before);
      await session.close();
    });
  },
};

/** The view appears before the extension has looked around, so its text may take a moment. */
async function welcomed(page: Page, wanted: RegExp): Promise<void> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const text = await welcomeText(page, 'Stages');
    if (wanted.test(text)) return;
    if (Date.now() > end) throw new Error(`the view says "${text}", wanted ${wanted}`);
    await page.waitForTimeout(100);
  }
}
