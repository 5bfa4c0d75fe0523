import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import { daemonPids } from '../launch/daemons.ts';
import type { Drive } from '../launch/drive.ts';
import { statusBarText, watchedWorkspace } from '../launch/watched-workspace.ts';
import { webview } from '../workbench/editors.ts';
import { quickInput, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';

/** A window of two folders, a rollout in each: one process watches both, and the one that runs is shown first. */
export const drive: Drive = {
  name: 'a window of several folders',
  async run(context) {
    const { open, repository, stateDirectory, step } = context;
    const parent = await context.temporaryDirectory();
    const inFolder = async (name: string, title: string) => {
      const folder = join(parent, name);
      await mkdir(folder);
      const plan = uploadsPlan({ soak: '10m' })
        .replace('id: uploads\n', `id: ${name}\n`)
        .replace('Async upload rollout', title);
      return await watchedWorkspace({ ...context, temporaryDirectory: async () => folder }, plan);
    };
    const search = await inFolder('search', 'New search');
    const shop = await inFolder('shop', 'Checkout v2');
    const workspace = join(parent, 'all.code-workspace');
    await writeFile(workspace, JSON.stringify({ folders: [{ path: 'search' }, { path: 'shop' }] }));
    try {
      const session = await open({ workspace, extensionPath: repository, viewport: { width: 1400, height: 900 } });
      const { page } = session;
      const groups = async (...wanted: readonly RegExp[]) => {
        const rows = await waitForTree(page, 'Stages', (seen) => {
          const tops = seen.filter((row) => !row.startsWith(' '));
          return tops.length === wanted.length && tops.every((row, index) => wanted[index]?.test(row));
        });
        return rows;
      };

      await step('shows both rollouts, folded, none of which has begun', async () => {
        await openViewContainer(page, 'Rampwatch');
        await groups(/^▸ New search 0\s% · not begun$/, /^▸ Checkout v2 0\s% · not begun$/);
        await statusBarText(page, /^not begun · \+1$/);
      });

      await step('watches both by one process', async () => {
        const pids = await daemonPids(stateDirectory);
        assert.equal(pids.length, 2);
        assert.equal(pids[0], pids[1]);
      });

      await step('shows the one that runs first, and open', async () => {
        await shop.rampwatch('begin');
        await groups(/^▾ Checkout v2 1\s% · /, /^▸ New search 0\s% · not begun$/);
        await statusBarText(page, /^1\s% · .* · \+1$/);
        await session.screenshot('several-folders');
      });

      await step('lists the one that runs first wherever a rollout is asked for', async () => {
        await runCommand(page, 'Rampwatch: Preview Report');
        await quickInput(page).getByText('not begun, or over').waitFor();
        const texts = await quickInput(page).locator('.quick-input-list .label-name').allTextContents();
        const names = texts.flatMap((text) => /Checkout v2|New search/.exec(text) ?? []);
        assert.deepEqual(names, ['Checkout v2', 'New search']);
        await session.screenshot('several-folders-picker');
        await page.keyboard.press('Escape');
      });

      await step('opens the dashboard at the one that runs, with the other to choose', async () => {
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page).getByRole('combobox').waitFor();
        assert.match(
          (await webview(page).getByRole('combobox').locator('option:checked').textContent()) ?? '',
          /Checkout v2/,
        );
      });

      await step('shows the last known state at once after a reload, before the daemon answers', async () => {
        const [pid] = await daemonPids(stateDirectory);
        assert.ok(pid !== undefined);
        // What is known is kept every ten seconds.
        await page.waitForTimeout(11_000);
        process.kill(pid, 'SIGSTOP');
        try {
          await session.reload();
          await openContainerIfHidden(page);
          await groups(
            /^▾ Checkout v2 1\s% · .* · starting the daemon/,
            /^▸ New search 0\s% · not begun · starting the daemon/,
          );
          await session.screenshot('several-folders-reloaded');
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        await groups(/^▾ Checkout v2 1\s% · [^·]+$/, /^▸ New search 0\s% · not begun$/);
      });
    } finally {
      await search.end();
      await shop.end();
    }
  },
};

/** A reload keeps the side bar as it was. */
async function openContainerIfHidden(page: Page): Promise<void> {
  const stages = page.locator('.pane-header', { hasText: 'Stages' });
  if (!(await stages.isVisible().catch(() => false))) await openViewContainer(page, 'Rampwatch');
}
