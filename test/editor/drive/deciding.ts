import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { statusBarText, watchedWorkspace } from '../launch/watched-workspace.ts';
import { goToPlace, openFile, problemRows, quickFix, webview } from '../workbench/editors.ts';
import { answerDialog, answerNotification, dialogText, waitForNotificationButtons } from '../workbench/messages.ts';
import { answerInput, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer, waitForTree } from '../workbench/views.ts';

const plan = uploadsPlan({
  soak: '1h',
  triggers: `  - { id: pausing, title: Uploads sag, when: "success_rate < 90%", over: 10s, min: 20, then: hold }
`,
  more: `checklists:
  - id: daily
    title: Each day
    every: day
    items: [Review overnight logs, Check metrics]
`,
});

/** The decisions of a person, each on one page; a flag that somebody else has set, put back from the alarm; a hold by a trigger. */
export const drive: Drive = {
  name: 'deciding on one page, a flag put back, and a hold',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, plan);
    const { application, folder, rampwatch } = watched;
    const flag = join(folder, '.env');
    const flagSays = async (wanted: RegExp) => {
      for (const end = Date.now() + 30_000; !wanted.test(await readFile(flag, 'utf8')); ) {
        assert.ok(Date.now() < end, `the flag does not become ${wanted}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    try {
      await rampwatch('begin');
      await rampwatch('advance', '--reason', 'enough is known');
      const session = await open({ workspace: folder, extensionPath: repository });
      const { page } = session;

      await step('has one discreet sign for items that are due', async () => {
        await openViewContainer(page, 'Rampwatch');
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('10 % in force')));
        await statusBarText(page, /^10 % · [0-3]\/3 · .* · 2$/);
      });

      await step('asks about an advance on one page, before the reason', async () => {
        await runCommand(page, 'Rampwatch: Advance');
        const asked = await dialogText(page);
        assert.match(asked, /Advance Async upload rollout from 10\s% to fifty \(50\s%\)\?/);
        assert.match(asked, /[✓✗…] success_rate .*(?:proven|more to prove|not proven)/);
        assert.match(asked, /✗ soak ends/);
        assert.match(asked, /✗ 2 items open: Review overnight logs; Check metrics/);
        assert.match(asked, /Sets UPLOADS_NEW=true, UPLOADS_PERCENT=50 in \.env\. Now it says UPLOADS_PERCENT=10\./);
        await session.screenshot('advance-page');
        await answerDialog(page, 'Advance…');
        await page.keyboard.press('Escape');
      });

      await step('judges the stage anew from now, with a reason', async () => {
        await runCommand(page, 'Rampwatch: Judge Stage Anew');
        await answerInput(page, 'the queue was full', 'Judge ten anew from now');
        const anew = async () => JSON.stringify(await rampwatch('journal')).includes('"cause":"rejudge"');
        for (const end = Date.now() + 30_000; !(await anew()); ) assert.ok(Date.now() < end, 'nothing is judged anew');
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('10 % in force')));
      });

      await step('says in code and in the flag’s file how the rollout stands', async () => {
        await writeFile(join(folder, 'app.py'), 'import os\n\nnew = os.environ["UPLOADS_NEW"] == "true"\n');
        await openFile(page, 'app.py');
        await page
          .locator('.codelens-decoration', { hasText: /Async upload rollout: 10\s% · soaking · \d\/3 met/ })
          .waitFor();
        await page
          .locator('.view-line', { hasText: 'UPLOADS_NEW' })
          .locator('span', { hasText: 'UPLOADS_NEW' })
          .last()
          .hover();
        await page.locator('.monaco-hover', { hasText: 'Find Uses' }).waitFor();
        await session.screenshot('flag-in-code');
        await openFile(page, '.env');
        await page.locator('.view-line', { hasText: 'set by Rampwatch, stage ten' }).first().waitFor();
        await session.screenshot('flag-file');
      });

      await step('says first what the flag says, and puts it back from the notice', async () => {
        await writeFile(flag, (await readFile(flag, 'utf8')).replace('UPLOADS_PERCENT=10', 'UPLOADS_PERCENT=80'));
        await statusBarText(page, /^80 %, not 10 %/);
        await waitForNotificationButtons(page, /80\s%, not 10\s%/, ['Put 10 % Back', 'Roll Back']);
        await runCommand(page, 'Rampwatch: Open Dashboard');
        await webview(page)
          .getByRole('button', { name: /Put 10\s% Back/ })
          .waitFor();
        await session.screenshot('drift');
        await answerNotification(page, /80\s%, not 10\s%/, 'Put 10 % Back');
        assert.match(await dialogText(page), /Put 10\s% back for Async upload rollout\?/);
        await answerDialog(page, 'Put 10\u00a0% Back');
        await flagSays(/UPLOADS_PERCENT=10\b/);
        await statusBarText(page, /^10 % · /);
      });

      await step('tells on every surface that a trigger holds it, and why', async () => {
        application.failEvery(4);
        await statusBarText(page, /^10 % · held · /);
        await waitForNotificationButtons(page, /Held at 10\s%/, ['Show Why', 'Resume', 'Roll Back']);
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => /10 % ten · held · \d\/3 met/.test(row)));
        await waitForTree(page, 'Triggers', (rows) => rows.some((row) => row.startsWith('Uploads sag firing since')));
        await webview(page).getByRole('button', { name: 'Resume' }).waitFor();
        assert.match(
          (await webview(page).locator('.sentence').first().textContent()) ?? '',
          /^Held at 10\s% since [\d:]+: success_rate was [^;]* below 90\s%; soak paused [^;]*Resume continues\.$/,
        );
        await session.screenshot('held-by-trigger');
        await answerNotification(page, /Held at 10\s%/, 'Show Why');
        await webview(page).getByText('It holds the rollout until a person resumes.').waitFor();
        await page.locator('.tab.active').filter({ hasText: 'Why Uploads sag' }).waitFor();
        await session.screenshot('why-held');
      });

      await step('marks the line of a plan that the running rollout refuses, with the fix', async () => {
        const file = join(folder, 'rampwatch.yaml');
        await writeFile(file, plan.replace('id: uploads', 'id: other'));
        await openFile(page, 'rampwatch.yaml');
        await problemRows(page, (rows) => rows.some((row) => /the id was `uploads`.*under way/.test(row)));
        await goToPlace(page, 2, 5);
        const fix = await quickFix(page, 'Put the id uploads Back');
        await session.screenshot('plan-refused');
        await fix.click();
        await page.keyboard.press('Control+S');
        await problemRows(page, (rows) => rows.every((row) => !row.includes('the id was')));
        assert.match(await readFile(file, 'utf8'), /^id: uploads$/m);
        await runCommand(page, 'View: Close Editor');
      });

      await step('stays held when the figure is calm again, and goes on when a person resumes', async () => {
        application.failEvery(0);
        await waitForTree(page, 'Triggers', (rows) =>
          rows.some((row) => /^Uploads sag fired [\d:]+, latched · 100 %/.test(row)),
        );
        await statusBarText(page, /^10 % · held · /);
        await webview(page).getByRole('button', { name: 'Resume' }).click();
        await statusBarText(page, /^10 % · \d\/3 · /);
        await waitForTree(page, 'Stages', (rows) => rows.some((row) => /10 % ten · \d\/3 met · soak/.test(row)));
        await page.locator('.notification-toast', { hasText: /Held at 10/ }).waitFor({ state: 'detached' });
      });
    } finally {
      await watched.end();
    }
  },
};
