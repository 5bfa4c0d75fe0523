import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Drive } from '../launch/drive.ts';
import { webview } from '../workbench/editors.ts';
import { openViewContainer, welcomeText } from '../workbench/views.ts';

/** The walkthrough, as a person without a plan meets it. */
export const drive: Drive = {
  name: 'the walkthrough',
  async run({ open, repository, step, temporaryDirectory }) {
    for (const colorTheme of ['dark', 'light'] as const) {
      const session = await open({
        workspace: await temporaryDirectory(),
        extensionPath: repository,
        colorTheme,
        // In a narrower window the editor leaves the pictures out.
        viewport: { width: 1600, height: 900 },
      });
      const { page } = session;

      await step(`opens from the view of a workspace without a plan, ${colorTheme}`, async () => {
        await openViewContainer(page, 'Rampwatch');
        const welcome = page.locator('.part.sidebar .welcome-view-content');
        await welcome.getByText('Open the walkthrough').click();
        await page.locator('.gettingStartedSlideDetails .step-title').first().waitFor();
        assert.match(await welcomeText(page, 'Stages'), /none yet/);
        assert.equal(await page.locator('.gettingStartedSlideDetails .getting-started-step').count(), 6);
        assert.equal(await completed(page), 0);
      });

      await step(`draws the picture of each step, ${colorTheme}`, async () => {
        const steps = page.locator('.gettingStartedSlideDetails .getting-started-step');
        const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
        for (const [index, { media }] of manifest.contributes.walkthroughs[0].steps.entries()) {
          await steps.nth(index).click();
          const drawn = await readFile(join(repository, media.svg), 'utf8');
          // One line per part: the picture of the step before may still be visible.
          const parts = drawn.match(/^ {2}</gm)?.length;
          await webview(page).locator(`svg > :nth-child(${parts}):last-child`).waitFor({ state: 'attached' });
          await session.screenshot(`walkthrough-${index + 1}-${colorTheme}`);
        }
      });
      if (colorTheme === 'dark') {
        await step('plays the demo in one click, to its rollback, which ticks the first step', async () => {
          const first = page.locator('.gettingStartedSlideDetails .getting-started-step').first();
          await first.click();
          await first.getByRole('button', { name: 'Try the Demo' }).click();
          const statusBar = page.locator('.statusbar-item', { hasText: '%' });
          await statusBar
            .filter({ hasText: /1 %|10 %|50 %|100 %/ })
            .first()
            .waitFor({ timeout: 60_000 });
          await session.screenshot('demo-running');
          await statusBar
            .filter({ hasText: /rolled back/i })
            .first()
            .waitFor({ timeout: 120_000 });
          await session.screenshot('demo-rolled-back');
          await page
            .locator('.tab', { hasText: /Walkthrough|Welcome/ })
            .first()
            .click();
          const ticks = page.locator('.getting-started-step .codicon-getting-started-step-checked');
          await ticks.first().waitFor({ timeout: 60_000 });
          await session.screenshot('demo-ticked');
        });
      }
      await session.close();
    }
  },
};

async function completed(page: Page): Promise<number> {
  return await page
    .locator('.gettingStartedSlideDetails .getting-started-step .codicon-getting-started-step-checked')
    .count();
}
