import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { connectClient } from '../../../daemon/serve/client.ts';
import { stateDirectory as stateDirectoryOf } from '../../../daemon/store/stateDirectory.ts';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { editorText, editorTitles } from '../workbench/editors.ts';
import { clearNotifications, waitForNotification } from '../workbench/messages.ts';
import { answerInput, pickQuickItem } from '../workbench/quickInput.ts';
import {
  clickCheckbox,
  clickInlineAction,
  clickTreeRow,
  clickViewAction,
  clickWelcomeButton,
  collapseView,
  expandView,
  openViewContainer,
  pressInTree,
  toggleTreeRow,
  treeRowHover,
  treeRows,
  viewMessage,
  waitForTree,
  welcomeText,
} from '../workbench/views.ts';
import { WAIT_MILLISECONDS } from '../workbench/waiting.ts';

const plan = uploadsPlan({
  soak: '10m',
  triggers: `  - { id: low-success, when: "success_rate < 80%", over: 10s, min: 20, then: rollback, rule: literal, within: 30s }
  - { id: sagging, when: "success_rate < 97%", over: 10s, min: 20, then: review }
`,
  more: `start: 2025-01-06
checklists:
  - id: before
    title: Before week 1
    due: 2025-01-05
    items:
      - Read the guide
      - { title: Verify the tests, evidence: tests }
      - { title: Write the runbook, evidence: { file: RUNBOOK.md } }
  - { id: daily, title: Each day, every: day, items: [Look at the overnight logs] }
  - { id: ramped, title: At fifty, every: stage, stage: fifty, items: [Tell the team] }
tests:
  - { name: Phase 1, junit: reports/phase1.xml, expect: 2 }
documents:
  - { path: GUIDE.md, purpose: How we ramp, minutes: 15 }
  - { path: LOST.md, purpose: Was never written }
`,
});

const junit = (failures: number) => `<testsuites><testsuite name="phase1" tests="2" failures="${failures}">
<testcase classname="upload" name="goes the new way"/>
<testcase classname="upload" name="comes back">${failures > 0 ? '<failure message="it did not"/>' : ''}</testcase>
</testsuite></testsuites>
`;

/** The trees of the side bar over a real daemon, compared as text. */
export const drive: Drive = {
  name: 'the trees of the side bar',
  async run(context) {
    const { open, repository, stateDirectory, step } = context;
    const watched = await watchedWorkspace(context, null);
    const { application, folder, rampwatch } = watched;
    application.pause(true);
    try {
      const session = await open({
        workspace: folder,
        extensionPath: repository,
        viewport: { width: 1500, height: 1900 },
      });
      const { page } = session;
      const rows = (view: string, ...wanted: readonly (string | RegExp)[]) =>
        waitForTree(page, view, (seen) =>
          wanted.every((each) => seen.some((row) => (typeof each === 'string' ? row.includes(each) : each.test(row)))),
        );

      await step('leads from no plan to a plan whose first record is waited for', async () => {
        await openViewContainer(page, 'Rampwatch');
        await until(page, async () => /This workspace has none yet/.test(await welcomeText(page, 'Stages')));
        await writeFile(join(folder, 'GUIDE.md'), '# How we ramp\n');
        await writeFile(join(folder, 'rampwatch.yaml'), plan);
        await rows('Stages', 'one · not begun');
        await until(page, async () =>
          /No data yet: waiting for the first record in metrics.jsonl/.test(await viewMessage(page, 'Stages')),
        );
        application.pause(false);
        await until(page, async () => (await viewMessage(page, 'Stages')) === '');
      });
      for (const view of ['Checklists', 'Triggers', 'Activity', 'Documents']) await expandView(page, view);

      await step('shows stages, checklists, triggers and documents as the daemon has them', async () => {
        await rampwatch('begin');
        await rows('Stages', '1 % in force');
        await rows('Triggers', /armed · 100 % of \d/);
        assert.deepEqual(counted(await rows('Stages', /uploads \d+ · ≥ 3 · met/, /success_rate 100 % .* met/)), [
          '▾ 1 % one · # met · soak # m',
          '  success_rate 100 % of # · ≥ 99 % · met · # more to prove',
          '  uploads # · ≥ 3 · met',
          '  Soak # m left of 10 m',
          '  Flag in .env 1 % in force',
          '▸ 10 % ten',
          '▸ 50 % fifty',
          '▸ 100 % full',
        ]);
        assert.deepEqual(await rows('Checklists', 'RUNBOOK.md'), [
          '▾ Before week 1 0 of 3 · overdue since 2025-01-05',
          '  [ ] Read the guide overdue',
          '  [ ] Verify the tests overdue · Phase 1: there is no report at reports/phase1.xml',
          '  [ ] Write the runbook overdue · RUNBOOK.md does not exist',
          '▾ Each day 0 of 1 · due today',
          '  [ ] Look at the overnight logs due',
          '▸ At fifty 0 of 1',
        ]);
        assert.deepEqual(await rows('Documents', 'GUIDE.md', 'missing'), [
          'GUIDE.md 15 min · How we ramp',
          'LOST.md missing · Was never written',
        ]);
      });

      await step('ticks by a click, as soon as the daemon has it, and says who and when', async () => {
        await clickCheckbox(page, 'Checklists', 'Read the guide');
        await rows('Checklists', /^ {2}\[x\] Read the guide \S+, \d\d:\d\d$/, 'Before week 1 1 of 3');
        const told = JSON.stringify(await rampwatch('status'));
        assert.match(told, /"id":"before\/read-the-guide","title":"Read the guide","ticked":\{"by":"/);
        await treeRowHover(page, 'Checklists', 'Read the guide', /Ticked by \S+, \d\d:\d\d/);
        await clickCheckbox(page, 'Checklists', 'Read the guide');
        await rows('Checklists', /^ {2}\[ \] Read the guide overdue$/);
      });

      await step('takes a refused tick back and says why', async () => {
        await toggleTreeRow(page, 'Checklists', 'At fifty');
        await clickCheckbox(page, 'Checklists', 'Tell the team');
        await waitForNotification(page, /is not to be done now: `At fifty` begins with the stage fifty/);
        await rows('Checklists', '  [ ] Tell the team');
        await clearNotifications(page);
      });

      await step('ticks by itself while the evidence holds, and no longer', async () => {
        await mkdir(join(folder, 'reports'));
        await writeFile(join(folder, 'reports/phase1.xml'), junit(0));
        await writeFile(join(folder, 'RUNBOOK.md'), '# Runbook\n');
        await rows(
          'Checklists',
          '[x] Verify the tests 2 tests passed in Phase 1',
          '[x] Write the runbook RUNBOOK.md was written',
        );
        await clickCheckbox(page, 'Checklists', 'Verify the tests');
        await waitForNotification(page, /is ticked by its evidence \(2 tests passed in Phase 1\)/);
        await rows('Checklists', '[x] Verify the tests 2 tests passed in Phase 1');
        await clearNotifications(page);
        await writeFile(join(folder, 'reports/phase1.xml'), junit(1));
        await rm(join(folder, 'RUNBOOK.md'));
        await rows(
          'Checklists',
          /\[ \] Verify the tests overdue · Phase 1: 1 of 2 tests failed: comes back$/,
          '[ ] Write the runbook overdue · RUNBOOK.md does not exist',
        );
      });

      await step('shows a trigger from its minimum sample over the alarm to the acknowledged review', async () => {
        await rampwatch('advance', '--reason', 'enough is known');
        await rows('Stages', '10 % in force');
        await rows('Triggers', /^sagging armed · 100 % of [\d,]+ · fires < 97 %$/);
        application.failEvery(8);
        await rows('Triggers', /^sagging firing since \d\d:\d\d · [89]\d(\.\d)? % of \d+ · fires < 97 %$/);
        await rows('Stages', 'ten · review needed');
        application.failEvery(0);
        // Near its limit the share may fall below it once more, which would be another review.
        await rows('Triggers', /^sagging fired \d\d:\d\d, latched · 100 % of /);
        await clickInlineAction(page, 'Triggers', 'sagging', 'Acknowledge');
        await answerInput(page, 'the storage was full', 'Acknowledge: ');
        await rows('Triggers', /^sagging armed · /);
        await rows('Stages', /10 % ten · \d\/3 met/);
      });

      await step('keeps the newest activity first, filters it, and opens the evidence', async () => {
        // The list is virtual: all rows are visible once there is room.
        for (const view of ['Stages', 'Checklists', 'Triggers', 'Documents']) await collapseView(page, view);
        const seen = await rows('Activity', 'Acknowledged sagging', 'Review needed', 'Attempt 1 begun');
        const [newest, middle, oldest] = ['Acknowledged sagging', 'Review needed', 'Attempt 1 begun'].map((event) =>
          seen.findIndex((row) => row.startsWith(event)),
        );
        assert.ok(Number(newest) < Number(middle) && Number(middle) < Number(oldest), seen.join('\n'));
        await clickViewAction(page, 'Activity', 'Filter Activity');
        await pickQuickItem(page, 'Triggers');
        await waitForTree(
          page,
          'Activity',
          (seen) =>
            seen.length > 0 &&
            seen.every((row) => /^(sagging fired|Review needed|Lines behind sagging|What explains sagging) /.test(row)),
        );
        await clickTreeRow(page, 'Activity', 'sagging fired');
        await page.keyboard.press('Enter');
        await until(page, async () => {
          if ((await editorTitles(page)).includes('metrics.jsonl')) return true;
          // A firing that rests on several records asks for one of them.
          await page.locator('.quick-input-widget .monaco-list-row').first().click({ timeout: 500 });
          return false;
        });
        await editorText(page, /"success": ?false/);
        await clickViewAction(page, 'Activity', 'Filter Activity');
        await pickQuickItem(page, 'Everything');
        await rows('Activity', 'Attempt 1 begun');
      });

      await step('loads the older activity', async () => {
        await tickOften(folder, stateDirectory, 70);
        await until(page, async () => {
          await pressInTree(page, 'Activity', 'End');
          return (await treeRows(page, 'Activity')).includes('Load older');
        });
        assert.ok(!(await treeRows(page, 'Activity')).some((row) => row.includes('Attempt 1 begun')));
        await clickTreeRow(page, 'Activity', 'Load older');
        await until(page, async () => {
          await pressInTree(page, 'Activity', 'End');
          return (await treeRows(page, 'Activity')).some((row) => row.startsWith('Attempt 1 begun'));
        });
      });

      await step('opens a document of the reading list, and says of a lost one that it is not there', async () => {
        await expandView(page, 'Documents');
        await clickTreeRow(page, 'Documents', 'GUIDE.md');
        await until(page, async () => (await editorTitles(page)).includes('GUIDE.md'));
        await clickTreeRow(page, 'Documents', 'LOST.md');
        await waitForNotification(page, /LOST\.md is missing, although the plan names it/);
        await clearNotifications(page);
      });

      await step('says that nobody watches while the daemon is stopped, and starts it from there', async () => {
        for (const view of ['Stages', 'Triggers']) await expandView(page, view);
        await rampwatch('stop', '--force');
        await until(page, async () => /Nobody is watching this rollout/.test(await welcomeText(page, 'Stages')));
        assert.match(await welcomeText(page, 'Stages'), /In its last known state, the rollout exposes users/);
        assert.match(await welcomeText(page, 'Triggers'), /Nobody is watching this rollout/);
        await clickWelcomeButton(page, 'Stages', 'Start Daemon');
        await rows('Stages', '10 % ten · ');
        await rows('Triggers', 'low-success armed');
      });
    } finally {
      await watched.end();
    }
  },
};

/** Figures that grow by the second are not compared. */
function counted(rows: readonly string[]): readonly string[] {
  return rows.map((row) =>
    row
      .replace(/of [\d,]+/, 'of #')
      .replace(/uploads [\d,]+/, 'uploads #')
      .replace(/[\d,]+ more/, '# more')
      .replace(/soak \d+ m/, 'soak # m')
      .replace(/Soak \d+ m left of #/, 'Soak # m left of 10')
      .replace(/\d\/\d met/, '# met'),
  );
}

/** More entries than a view carries. */
async function tickOften(folder: string, base: string, times: number): Promise<void> {
  const client = await connectClient(stateDirectoryOf(folder, { RAMPWATCH_STATE_DIRECTORY: base }), {
    waitFor: WAIT_MILLISECONDS,
  });
  for (let time = 0; time < times; time += 1) {
    const ticked = time % 2 === 0;
    const params = {
      rollout: 'uploads',
      key: `often-${time}-key`,
      by: 'ada',
      item: 'before/read-the-guide',
      ticked,
    };
    // The daemon refuses more requests a second; a refused one may be repeated.
    const asked = () => client.request('tick', params);
    for (let done = false; !done; ) {
      done = await asked().then(
        () => true,
        () => new Promise((resolve) => setTimeout(resolve, 1000, false)),
      );
    }
  }
  await client.close();
}

async function until(page: Page, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_MILLISECONDS;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error('it did not come about');
    await page.waitForTimeout(100);
  }
}
