import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import { daemonPid } from '../launch/daemons.ts';
import type { Drive } from '../launch/drive.ts';
import {
  hasStoodInStatusBar,
  rememberStatusBar,
  statusBarText,
  watchedWorkspace,
} from '../launch/watched-workspace.ts';
import { answerDialog, dialogText } from '../workbench/messages.ts';
import { pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import { clickStatusBarItem } from '../workbench/statusBar.ts';
import { clickInlineAction, openViewContainer, waitForTree } from '../workbench/views.ts';

const extensionId = 'rampwatch.rampwatch';
const stages = 'Stages';

/** The main job from the editor's side: a real daemon, a real application, a real VS Code. */
export const drive: Drive = {
  name: 'a rollout from begin to roll back',
  async run(context) {
    const { open, repository, stateDirectory, step } = context;
    const { end, folder: workspace, rampwatch } = await watchedWorkspace(context, uploadsPlan());
    try {
      const { page } = await open({ workspace, extensionPath: repository });

      await step('shows the stages of the plan before anything has begun', async () => {
        await openViewContainer(page, 'Rampwatch');
        const rows = await waitForTree(page, stages, (seen) => seen.some((row) => row.includes('not begun')));
        assert.deepEqual(
          rows.filter((row) => !row.startsWith('  ')).map((row) => row.replace(/^[▾▸] /, '')),
          ['1 % one · not begun', '10 % ten', '50 % fifty', '100 % full'],
        );
        await statusBarText(page, /^not begun$/);
      });

      await step('begins from the palette, and shows the gate with its live figures', async () => {
        await runCommand(page, 'Rampwatch: Begin');
        assert.match(await dialogText(page), /Begin Async upload rollout at one \(1\s%\)\?/);
        await answerDialog(page, 'Begin');
        await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('ready to advance')));
        const rows = await waitForTree(page, stages, (seen) => seen.some((row) => row.includes('1 % in force')));
        assert.ok(
          rows.some((row) => /success_rate 100 % of \d+ · ≥ 99 % · met/.test(row)),
          rows.join('\n'),
        );
        assert.match(await readFile(join(workspace, '.env'), 'utf8'), /^UPLOADS_PERCENT=1 # of all uploads$/m);
      });

      await step('shows a stage change that came from outside the editor', async () => {
        await rampwatch('advance');
        await waitForTree(page, stages, (rows) => rows.some((row) => /10 % ten · /.test(row)));
        await statusBarText(page, /^10 % · /);
        await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('1 % one · passed')));
      });

      await step('shows a killed daemon at once, and brings it back by itself', async () => {
        const before = await daemonPid(stateDirectory);
        await rememberStatusBar(page);
        process.kill(before, 'SIGKILL');
        await hasStoodInStatusBar(page, /^10 % · daemon gone, restarting$/);
        await statusBarText(page, /^10 % · (?!daemon|connecting)/);
        assert.notEqual(await daemonPid(stateDirectory), before);
        await waitForTree(page, stages, (rows) => rows.every((row) => !row.includes('last known')));
      });

      await step('rolls back from the palette: one question, the flag, the tree and the status bar', async () => {
        await runCommand(page, 'Rampwatch: Roll Back');
        const question = await dialogText(page);
        assert.match(question, /Roll back Async upload rollout from 10\s% to /);
        assert.match(question, /UPLOADS_PERCENT=0/);
        await answerDialog(page, 'Roll Back');
        await statusBarText(page, /^0 % · rolled back$/);
        const environment = await readFile(join(workspace, '.env'), 'utf8');
        assert.equal(environment, uploadsEnvironment);
        await waitForTree(page, stages, (rows) => rows.some((row) => row.includes('ten · rolled back by ')));
      });

      await step('begins again, and rolls back with one click in the tree', async () => {
        await clickStatusBarItem(page, extensionId);
        await pickQuickItem(page, 'Begin');
        await answerDialog(page, 'Begin');
        await statusBarText(page, /^1 % · /);
        await clickInlineAction(page, stages, '1 %', 'Roll Back');
        assert.match(await dialogText(page), /Roll back Async upload rollout from 1\s%/);
        await answerDialog(page, 'Roll Back');
        await statusBarText(page, /^0 % · rolled back$/);
      });
    } finally {
      await end();
    }
  },
};
