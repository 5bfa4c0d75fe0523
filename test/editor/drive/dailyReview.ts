import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { editorText } from '../workbench/editors.ts';
import { answerNotification, waitForNotification } from '../workbench/messages.ts';
import { answerInput, pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import { clickViewAction, expandView, openViewContainer, waitForTree } from '../workbench/views.ts';

/** The zone's time is past three in the morning: the records of the drive are of the night, at any hour of the day. */
function zoneOfTheNight(now: Date): string {
  const hours = ((3 - now.getUTCHours() + 36) % 24) - 12;
  return hours === 0 ? 'UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}

const plan = uploadsPlan({
  soak: '10m',
  more: `timezone: ${zoneOfTheNight(new Date())}
review_log: reviews/uploads.md
checklists:
  - id: daily
    title: Each day
    every: day
    items:
      - Review success rate
      - Check latency
      - { title: The flag is on, evidence: { flag: { UPLOADS_NEW: "true" } } }
      - Check metrics
      - Tell the team
`,
});

/** The daily round as a person goes it: stopped half-way, gone on with, and kept. */
export const drive: Drive = {
  name: 'the daily review, from the first item to the entry in its log',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, plan);
    const { folder, rampwatch } = watched;
    try {
      await rampwatch('begin');
      const session = await open({ workspace: folder, extensionPath: repository });
      const { page } = session;
      const items = (wanted: RegExp) => waitForTree(page, 'Checklists', (rows) => rows.some((row) => wanted.test(row)));

      await step('begins with how things stand, and shows each item with its figures', async () => {
        await openViewContainer(page, 'Rampwatch');
        await expandView(page, 'Checklists');
        await items(/Each day 1 of 5 · due/);
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => /success_rate .* of (?:[3-9]|\d\d+)/.test(row)));
        await clickViewAction(page, 'Checklists', 'Daily Review');
        await pageTitled(page, 'Daily Review: Async upload rollout · times in');
        await rowSaying(page, /Success overnight.*\d+(\.\d+)? % of \d+/);
        await rowSaying(page, /Triggers.*(?:none|fired)/s);
        await session.screenshot('daily-review-overview');
        await pickQuickItem(page, 'Go Through the Items');
        await pageTitled(page, '1 of 5: Review success rate');
        await rowSaying(page, /success_rate overnight/);
        await rowSaying(page, /Trigger low-success/);
        await session.screenshot('daily-review-item');
      });

      await step('ticks, goes back to what was ticked, and stops', async () => {
        await pickQuickItem(page, 'Tick');
        await pageTitled(page, '2 of 5: Check latency');
        await page.locator('.quick-input-widget:visible').getByRole('button', { name: 'Back' }).click();
        await pageTitled(page, '1 of 5: Review success rate');
        await rowSaying(page, /Take the Tick Back/);
        await page.keyboard.press('Escape');
        await page
          .locator('.quick-input-widget:visible')
          .waitFor({ state: 'detached' })
          .catch(() => undefined);
        await items(/Each day 2 of 5 · due/);
      });

      await step('goes on where it was stopped, skips with a reason and notes', async () => {
        await runCommand(page, 'Rampwatch: Daily Review');
        await pageTitled(page, 'Daily Review: Async upload rollout · times in');
        await rowSaying(page, /3 of 5 are open/);
        await pickQuickItem(page, 'Go Through the Items');
        await pageTitled(page, '2 of 5: Check latency');
        await pickQuickItem(page, 'Skip with a Reason…');
        await answerInput(page, 'measured *elsewhere*', 'Why "Check latency" is skipped');
        // The one that evidence has ticked is not asked about.
        await pageTitled(page, '4 of 5: Check metrics');
        await pickQuickItem(page, 'Only Note…');
        await answerInput(page, 'odd at noon', 'Note on "Check metrics"');
        await rowSaying(page, /odd at noon/);
        await pickQuickItem(page, 'Leave Open');
        await pageTitled(page, '5 of 5: Tell the team');
        await pickQuickItem(page, 'Tick with a Note…');
        await answerInput(page, 'as ever', 'Note on "Tell the team"');
        await pageTitled(page, 'End the Daily Review');
      });

      await step('ends with an entry in the log, and a line for the team', async () => {
        await pickQuickItem(page, 'Write the Entry');
        const summary = /Checklists: 2 ticked, 1 proven by evidence, 1 skipped, 1 open\./;
        await waitForNotification(page, summary);
        await session.screenshot('daily-review-summary');
        await answerNotification(page, summary, 'Open Review Log');
        await editorText(page, /# Reviews of Async upload rollout/);
        const log = await readFile(join(folder, 'reviews/uploads.md'), 'utf8');
        assert.match(log, /- \[x\] Review success rate — /);
        assert.match(log, /- \[ \] Check latency — skipped by .*: measured \\\*elsewhere\\\*/);
        assert.match(log, /- \[x\] The flag is on — proven: UPLOADS_NEW=true/);
        assert.match(log, /- \[ \] Check metrics — open\n {2}- .*: odd at noon/);
        assert.match(log, /- \[x\] Tell the team — .*: as ever/);
        await expandView(page, 'Activity');
        await waitForTree(page, 'Activity', (rows) => rows.some((row) => row.includes('Daily review')));
        await session.screenshot('daily-review-log');
      });
      await session.close();

      await step('looks as it should in a light theme', async () => {
        const light = await open({ workspace: folder, extensionPath: repository, colorTheme: 'light' });
        await openViewContainer(light.page, 'Rampwatch');
        await waitForTree(light.page, 'Stages', (rows) => rows.length > 1);
        await runCommand(light.page, 'Rampwatch: Daily Review');
        await pickQuickItem(light.page, 'Go Through the Items');
        await pageTitled(light.page, '4 of 5: Check metrics');
        await light.screenshot('daily-review-item-light');
        await light.page.keyboard.press('Escape');
      });
    } finally {
      await watched.end();
    }
  },
};

async function pageTitled(page: Page, title: string): Promise<void> {
  const shown = page.locator('.quick-input-widget:visible .quick-input-title');
  await shown
    .filter({ hasText: title })
    .waitFor()
    .catch(async () => {
      throw new Error(`no page "${title}"; instead: ${(await shown.allInnerTexts()).join(' | ')}`);
    });
}

async function rowSaying(page: Page, words: RegExp): Promise<void> {
  const rows = page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
  await rows
    .filter({ hasText: words })
    .first()
    .waitFor()
    .catch(async () => {
      throw new Error(`no row ${words}; instead: ${(await rows.allInnerTexts()).join(' | ')}`);
    });
}
