import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { editorText, editorTitles, openTab, waitForCursorLine, webview } from '../workbench/editors.ts';
import { runCommand } from '../workbench/quickInput.ts';
import { clickInlineAction, expandView, openViewContainer, waitForTree } from '../workbench/views.ts';

const plan = uploadsPlan({
  soak: '10m',
  triggers: `  - { id: low-success, when: "success_rate < 60%", over: 10s, min: 20, then: rollback, rule: literal, within: 30s }
  - { id: sagging, when: "success_rate < 90%", over: 10s, min: 20, then: review }
`,
});

/** From a verdict to the records behind it, the exact line of the log, and the line of the source. */
export const drive: Drive = {
  name: 'why: the rule, the records and the very lines of the log and of the source',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, plan);
    const { application, folder, rampwatch } = watched;
    try {
      await mkdir(join(folder, 'src'));
      await writeFile(join(folder, 'src', 'upload.mjs'), 'export function send(parts) {\n  throw parts;\n}\n');
      const git = async (...words: string[]) => await promisify(execFile)('git', words, { cwd: folder });
      await git('init', '--quiet');
      await git('add', 'src');
      await git('-c', 'user.name=Mia', '-c', 'user.email=mia@shop.test', 'commit', '--quiet', '-m', 'send in parts');
      await rampwatch('begin');
      await rampwatch('advance', '--reason', 'enough is known');
      application.failEvery(20);
      const { page } = await open({
        workspace: folder,
        extensionPath: repository,
        viewport: { width: 1500, height: 1200 },
      });
      const rows = (view: string, wanted: RegExp) =>
        waitForTree(page, view, (seen) => seen.some((row) => wanted.test(row)));
      const why = () => webview(page);
      /** Asks by the row's own action, which only opens something. */
      const openWhy = async (view: string, label: string, title: string): Promise<void> => {
        await openTab(page, title, async () => await clickInlineAction(page, view, label, 'Show Why'));
        await why().locator('.records .tree').waitFor();
      };
      const planLine = async (text: string): Promise<number> => {
        const lines = (await readFile(join(folder, 'rampwatch.yaml'), 'utf8')).split('\n');
        return lines.findIndex((line) => line.includes(text)) + 1;
      };
      const log = () => why().getByTitle('Open Log at Line');

      await step('explains an unmet condition, with the failing records field by field', async () => {
        await openViewContainer(page, 'Rampwatch');
        await rows('Stages', /success_rate 9\d(\.\d+)? % of \d+ · ≥ 99 % · not met/);
        await openWhy('Stages', 'success_rate', 'Why success_rate >= 99%');
        const text = (await why().locator('main').textContent()) ?? '';
        assert.match(text, /\d+ of \d+ records count towards it/);
        assert.match(text, /Window: since \d\d:\d\d:?\d* \(/);
        await why().locator('.fields tr.fails', { hasText: 'success' }).getByText('false').waitFor();
        await why().locator('.over-time canvas').waitFor();
      });

      await step("jumps from there to the plan's line", async () => {
        const line = await planLine('id: ten');
        await why()
          .getByRole('button', { name: `rampwatch.yaml:${line}` })
          .click();
        await waitForCursorLine(page, line);
      });

      let record = 0;
      await step('explains a firing trigger, and puts the cursor on the failing line of the log', async () => {
        application.failEvery(6);
        await expandView(page, 'Triggers');
        await rows('Triggers', /^sagging firing since/);
        application.failEvery(0);
        await openWhy('Triggers', 'sagging', 'Why sagging');
        assert.match(
          (await why().locator('.sentence').textContent()) ?? '',
          /success_rate was 8\d(\.\d+)?\s% \(\d+ of \d+\), below 90\s%/,
        );
        record = Number(/metrics\.jsonl:(\d+)/.exec((await log().textContent()) ?? '')?.[1]);
        await log().click();
        await waitForCursorLine(page, record);
        const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).split('\n');
        assert.match(lines[record - 1] ?? '', /"success":false/);
      });

      await step('leads from the record to its source line in one click, and says who changed it', async () => {
        await openTab(
          page,
          'Why sagging',
          async () => await clickInlineAction(page, 'Triggers', 'sagging', 'Show Why'),
        );
        await why().getByText('Mia').waitFor();
        assert.match(
          (await why().locator('.blame').textContent()) ?? '',
          /^[0-9a-f]{7} Mia \d{4}-\d\d-\d\d send in parts/,
        );
        await why().getByRole('button', { name: 'upload.mjs:2', exact: true }).click();
        await waitForCursorLine(page, 2);
        assert.ok((await editorTitles(page)).includes('upload.mjs'));
        await openTab(
          page,
          'Why sagging',
          async () => await clickInlineAction(page, 'Triggers', 'sagging', 'Show Why'),
        );
        await why().getByRole('button', { name: 'Open Change' }).click();
        await page
          .locator('.tab.active')
          .filter({ hasText: /upload\.mjs \([0-9a-f]{7}\)/ })
          .waitFor();
      });

      await step('finds the records again after the log was rotated and compressed', async () => {
        const line = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).split('\n')[record - 1] ?? '';
        await rename(join(folder, 'metrics.jsonl'), join(folder, 'metrics.jsonl.1'));
        await promisify(execFile)('gzip', [join(folder, 'metrics.jsonl.1')]);
        await runCommand(page, 'View: Close All Editors');
        await openWhy('Triggers', 'sagging', 'Why sagging');
        await log().click();
        await page.locator('.tab.active').filter({ hasText: 'metrics.jsonl.1' }).waitFor();
        // A file too large for the editor is shown in part, below a line that names the part.
        const first = Math.max(1, record - 200);
        await waitForCursorLine(page, record - first + 3);
        await editorText(page, new RegExp(/"request_id":"[^"]+"/.exec(line)?.[0] ?? 'no id'));
      });

      await step('explains a rollback: what fired, when, and from which records', async () => {
        await rampwatch('acknowledge', '--reason', 'looked at');
        application.failEvery(2);
        await rows('Stages', /10 % ten · rolled back by low-success/);
        await openWhy('Stages', '10 %', 'Why Rollback');
        const text = (await why().locator('main').textContent()) ?? '';
        assert.match(
          text,
          /Rolled back from 10\s% at \d\d:\d\d because success_rate was \d+(\.\d+)?\s% \(\d+ of \d+\), below 60\s%/,
        );
        assert.match(text, new RegExp(`rampwatch\\.yaml:${await planLine('id: low-success')}`));
        await why()
          .getByText(/error\.type = UploadError/)
          .first()
          .waitFor();
      });
    } finally {
      await watched.end();
    }
  },
};
