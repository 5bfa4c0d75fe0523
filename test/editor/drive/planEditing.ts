import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startUploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment, uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import {
  goToPlace,
  openFile,
  openTab,
  problemRows,
  quickFix,
  suggestions,
  tryLens,
  waitForCursorLine,
  waitForLenses,
} from '../workbench/editors.ts';
import { answerInput, pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import {
  clickInlineAction,
  clickTreeRow,
  collapseView,
  expandView,
  openViewContainer,
  toggleTreeRow,
  waitForTree,
} from '../workbench/views.ts';

const broken = `version: 1
id: search
sources:
  - { file: metrics.jsonl }
arms:
  treatment: { variant: new }
  control: { variant: old }
measures:
  success_rate: { share: { success: true } }
  records: { count: treatment }
stages:
  - { id: one, percent: 1, soak: 1h, gate: ["success_rate >= 99%", "records >= 500"] }
  - { id: full, percent: 100, soak: 1h, gate: [""] }
triggers:
  - { id: low, when: "success_rate < 95%", over: 5m, min: 100, then: rolback }
`;

/** A plan is written and made from a guide as a person would, in a real VS Code beside a real rollout. */
export const drive: Drive = {
  name: 'editing a plan',
  async run({ open, repository, stateDirectory, step, temporaryDirectory }) {
    const workspace = await temporaryDirectory();
    const plan = join(workspace, 'uploads.rampwatch.yaml');
    const search = join(workspace, 'search.rampwatch.yaml');
    await writeFile(plan, uploadsPlan());
    await writeFile(search, broken);
    await writeFile(join(workspace, '.env'), uploadsEnvironment);
    await mkdir(join(workspace, 'docs'));
    await copyFile(join(repository, 'test/fixtures/guides/rough-edges.md'), join(workspace, 'docs/rough-edges.md'));
    const application = startUploadingApplication(workspace);
    const rampwatch = (...words: readonly string[]) =>
      promisify(execFile)(process.execPath, [join(repository, 'dist/cli.mjs'), ...words, '--json'], {
        cwd: workspace,
        env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: stateDirectory },
      });
    const settings = { 'editor.minimap.enabled': false, 'files.autoSave': 'off' };
    const viewport = { width: 1280, height: 1100 };
    try {
      const session = await open({ workspace, extensionPath: repository, settings, viewport });
      const { page } = session;

      await step('shows what is wrong with a plan, and puts it right with its quick fix', async () => {
        await openFile(page, 'search.rampwatch.yaml');
        const rows = await problemRows(page, (seen) => seen.some((row) => row.includes('rolback')));
        assert.ok(
          rows.some(
            (row) => row.includes('not `rolback` — did you mean `rollback`?') && row.includes('rampwatch invalid'),
          ),
          rows.join('\n'),
        );
        await session.screenshot('plan-diagnostic');
        await goToPlace(page, 15, 75);
        const fix = await quickFix(page, 'Write `rollback`');
        await session.screenshot('plan-quick-fix');
        await fix.click();
        await page.locator('.view-lines').filter({ hasText: 'then:\u00a0rollback' }).first().waitFor();
      });

      await step('proposes the plan’s own measures in a condition', async () => {
        await goToPlace(page, 13, broken.split('\n')[12]?.indexOf('""') ?? 0);
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        const labels = await suggestions(page, (seen) => seen.includes('success_rate'));
        assert.deepEqual(labels.slice(0, 2), ['success_rate', 'records']);
        await session.screenshot('plan-completion');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+S');
        await problemRows(page, (seen) => seen.every((row) => !row.includes('invalid')));
        // The editor saves in its own time; unsaved text is judged all the same.
        await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
        const written = await readFile(search, 'utf8');
        assert.match(written, /gate: \["success_rate >= 99%"\] \}\n/);
        assert.match(written, /then: rollback \}/);
      });

      await step('shows the live verdict above each stage and trigger of the plan that runs', async () => {
        await rampwatch('begin', '--plan', plan);
        await openFile(page, 'uploads.rampwatch.yaml');
        const armed = /^armed · (?:100 % of [\d,]+|no data) · fires < 95 %/;
        const lenses = await waitForLenses(
          page,
          (seen) => seen.some((lens) => lens.startsWith('current stage · ')) && seen.some((lens) => armed.test(lens)),
        );
        assert.ok(lenses.includes('next'));
        await rampwatch('advance', '--plan', plan, '--reason', 'on to the next');
        await waitForLenses(page, (seen) => seen.some((lens) => lens.startsWith('passed')));
        await session.screenshot('plan-lenses');
        await openTab(page, 'low-success', async (patience) => await tryLens(page, 'armed', patience));
      });

      await step('shows the plan of a guide beside it, unsaved, each value a click from its line', async () => {
        await runCommand(page, 'Rampwatch: Import Execution Guide…');
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'rough-edges.md' }).first().click();
        await page.keyboard.press('Enter');
        await pickQuickItem(page, 'A new plan…');
        await answerInput(page, 'rough-edges', 'The name of the new plan');
        const target = join(workspace, 'rough-edges.rampwatch.yaml');
        await page.locator('.tab.dirty').filter({ hasText: 'rough-edges.rampwatch.yaml' }).waitFor();
        await page.locator('.tab').filter({ hasText: 'rough-edges.md' }).waitFor();
        assert.equal(existsSync(target), false);
        await openViewContainer(page, 'Rampwatch');
        for (const view of ['Stages', 'Checklists', 'Triggers']) await collapseView(page, view);
        const rows = await waitForTree(page, 'Imported Guide', (seen) =>
          seen.some((row) => row.includes('In dispute')),
        );
        assert.ok(
          rows.some((row) => row.includes('rolls back by itself: never')),
          rows.join('\n'),
        );
        assert.ok(rows.length < 30, 'what was left out is folded');
        await session.screenshot('guide-beside-plan');
        await tryLens(page, 'plan line 25', 30_000);
        await waitForCursorLine(page, 25);
        await clickTreeRow(page, 'Imported Guide', 'rollback: success_rate < 95% or rollback: success_rate < 96%');
        await pickQuickItem(page, 'rollback: success_rate < 96%');
        await waitForTree(page, 'Imported Guide', (seen) => !seen.some((row) => row.includes('In dispute')));
        await page.keyboard.press('Control+S');
        await page
          .locator('.tab.dirty')
          .filter({ hasText: 'rough-edges.rampwatch.yaml' })
          .waitFor({ state: 'detached' });
        const written = await readFile(target, 'utf8');
        assert.match(written, /^# Imported from docs\/rough-edges\.md/);
        assert.match(written, /^ {4}when: success_rate < 96% /m);
        await toggleTreeRow(page, 'Imported Guide', 'Left out');
        await clickTreeRow(page, 'Imported Guide', '“2026-02-30” is not a date: it is left out');
        await waitForCursorLine(page, 36);
        for (const view of ['Stages', 'Checklists', 'Triggers']) await expandView(page, view);
      });

      await step('goes from rows of the trees to their lines', async () => {
        await openViewContainer(page, 'Rampwatch');
        await waitForTree(page, 'Triggers', (rows) => rows.some((row) => row.includes('slow')));
        // A row that is drawn anew between press and release loses the click.
        application.stop();
        await clickInlineAction(page, 'Triggers', 'slow', 'Go to Plan Line');
        await waitForCursorLine(page, 22);
        await clickInlineAction(page, 'Stages', 'latency', 'Go to Plan Line');
        await waitForCursorLine(page, 16);
      });
      await session.close();

      await step('looks as it should in a light theme', async () => {
        await writeFile(search, broken);
        const light = await open({ workspace, extensionPath: repository, settings, viewport, colorTheme: 'light' });
        await openFile(light.page, 'search.rampwatch.yaml');
        await problemRows(light.page, (seen) => seen.some((row) => row.includes('rolback')));
        await light.screenshot('plan-diagnostic-light');
        await openFile(light.page, 'uploads.rampwatch.yaml');
        await waitForLenses(light.page, (seen) => seen.some((lens) => lens.startsWith('passed')));
        await light.screenshot('plan-lenses-light');
      });
    } finally {
      application.stop();
      await rampwatch('stop', '--force').catch(() => undefined);
    }
  },
};
