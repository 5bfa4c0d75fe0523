import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drive } from '../launch/drive.ts';
import { editorText, openFile, problemRows, tryLens, waitForLenses } from '../workbench/editors.ts';
import { answerInput, pickQuickItem, runCommand } from '../workbench/quickInput.ts';
import { openViewContainer } from '../workbench/views.ts';

/** Two fields could tell the arms, and two the success. */
const metrics = Array.from({ length: 600 }, (_, index) =>
  JSON.stringify({
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    variant: index % 10 === 0 ? 'canary' : 'stable',
    cohort: index % 4 === 0 ? 'b' : 'a',
    status: index % 50 === 3 ? 500 : 200,
    result: index % 40 === 3 ? 'error' : 'ok',
  }),
).join('\n');

const guide = `# Search rollout

Flag: \`SEARCH_PERCENT\` in \`.env\`.

| Stage | Traffic | Duration | Success criteria |
|---|---|---|---|
| Canary | 5 % | 2 days | success rate at least 99 % |
| Half | 50 % | 2 days | success rate at least 99 % |

## Roll back when
- success rate below 95 % for 5 minutes
`;

/** A workspace without a plan, in which a YAML file of something else is open: the extension waits until it is needed. */
export const drive: Drive = {
  name: 'the first plan of a workspace',
  async run({ open, repository, step, temporaryDirectory }) {
    const beside = async () => {
      const workspace = await temporaryDirectory();
      await writeFile(join(workspace, 'compose.yaml'), 'services: {}\n');
      const session = await open({ workspace, extensionPath: repository });
      await openFile(session.page, 'compose.yaml');
      return { workspace, session };
    };

    await step('is checked as soon as it is written by hand', async () => {
      const { workspace, session } = await beside();
      await writeFile(join(workspace, 'rampwatch.yaml'), 'version: 1\nidd: search\n');
      await openFile(session.page, 'rampwatch.yaml');
      await problemRows(session.page, (rows) => rows.some((row) => row.includes('unknown key `idd`')));
      await session.close();
    });

    await step('is made by the command, which was there all the time', async () => {
      const { session } = await beside();
      await runCommand(session.page, 'Rampwatch: Create Plan');
      await session.page.locator('.tab.active').filter({ hasText: 'rampwatch.yaml' }).waitFor({ timeout: 30_000 });
      await session.close();
    });

    await step(
      'is proposed from a metrics file: what the file does not tell is asked, and can be changed',
      async () => {
        const { workspace, session } = await beside();
        const { page } = session;
        await writeFile(join(workspace, 'metrics.jsonl'), `${metrics}\n`);
        await runCommand(page, 'Rampwatch: Propose Plan…');
        await pickQuickItem(page, 'variant');
        await pickQuickItem(page, 'Another Field…');
        await answerInput(page, 'status=< 500');
        await page.locator('.tab.active.dirty').filter({ hasText: 'rampwatch.yaml' }).waitFor({ timeout: 30_000 });
        await editorText(page, /treatment: \{ variant: canary \}/);
        await waitForLenses(
          page,
          (seen) =>
            seen.includes('variant: canary 60 · stable 540 · Change…') && seen.includes('status: 588 of 600 · Change…'),
        );
        await problemRows(page, (rows) => rows.some((row) => row.includes('`variant` tells the arms')));
        await session.screenshot('plan-proposed');
        await tryLens(page, 'variant: canary', 30_000);
        await pickQuickItem(page, 'cohort');
        await editorText(page, /treatment: \{ cohort: b \}/);
        const file = join(workspace, 'rampwatch.yaml');
        assert.equal(existsSync(file), false);
        await page.keyboard.press('Control+S');
        await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
        assert.match(await readFile(file, 'utf8'), /treatment: \{ cohort: b \}/);
        await session.close();
      },
    );

    await step('is one of metrics, guide and .env together, from the empty view', async () => {
      const { workspace, session } = await beside();
      const { page } = session;
      await writeFile(join(workspace, 'metrics.jsonl'), `${metrics}\n`);
      await writeFile(join(workspace, 'GUIDE.md'), guide);
      await writeFile(join(workspace, '.env'), 'SEARCH_ENABLED=false\nSEARCH_PERCENT=0\n');
      await openViewContainer(page, 'Rampwatch');
      await page.getByRole('button', { name: 'Propose Plan' }).click();
      await pickQuickItem(page, 'variant');
      await pickQuickItem(page, 'status');
      await page.locator('.tab.active.dirty').filter({ hasText: 'rampwatch.yaml' }).waitFor({ timeout: 30_000 });
      await editorText(page, /treatment: \{ variant: canary \}/);
      await waitForLenses(
        page,
        (seen) =>
          seen.includes('Look here first: 4 lines') && seen.includes('variant: canary 60 · stable 540 · Change…'),
      );
      await problemRows(page, (rows) => rows.some((row) => row.includes('has `SEARCH_ENABLED` beside')));
      await session.screenshot('plan-joined');
      assert.equal(existsSync(join(workspace, 'rampwatch.yaml')), false);
      await page.keyboard.press('Control+S');
      await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
      assert.match(await readFile(join(workspace, 'rampwatch.yaml'), 'utf8'), /SEARCH_ENABLED: \$\{enabled\} # \.env/);
      await session.close();
    });
  },
};
