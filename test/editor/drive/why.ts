import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uploadsPlan } from '../../support/uploadsPlan.ts';
import type { Drive } from '../launch/drive.ts';
import { watchedWorkspace } from '../launch/watched-workspace.ts';
import { editorText, editorTitles, followEditorLink, openTab, waitForCursorLine } from '../workbench/editors.ts';
import { runCommand } from '../workbench/quickInput.ts';
import { clickInlineAction, expandView, openViewContainer, waitForTree } from '../workbench/views.ts';

const plan = uploadsPlan({
  soak: '10m',
  triggers: `  - { id: low-success, when: "success_rate < 60%", over: 10s, min: 20, then: rollback, rule: literal, within: 30s }
  - { id: sagging, when: "success_rate < 90%", over: 10s, min: 20, then: review }
`,
});

/** From a verdict to the exact line of the log, in the editor. */
export const drive: Drive = {
  name: 'why: counts, window, rule and the very line of the log',
  async run(context) {
    const { open, repository, step } = context;
    const watched = await watchedWorkspace(context, plan);
    const { application, folder, rampwatch } = watched;
    try {
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
      /** Asks by the row's own action, which only opens something. */
      const whyOf = async (view: string, label: string, title: string, ...wanted: RegExp[]): Promise<string> => {
        await openTab(page, title, async () => await clickInlineAction(page, view, label, 'Show Why'));
        return await editorText(page, ...wanted);
      };
      const planLine = async (text: string): Promise<number> => {
        const lines = (await readFile(join(folder, 'rampwatch.yaml'), 'utf8')).split('\n');
        return lines.findIndex((line) => line.includes(text)) + 1;
      };
      /** The line number of the first record that the text links to. */
      const recordLine = (text: string): number => Number(/metrics\.jsonl:(\d+)/.exec(text)?.[1]);

      await step('explains an unmet condition, down to the failing records', async () => {
        await openViewContainer(page, 'Rampwatch');
        await rows('Stages', /success_rate 9\d(\.\d+)? % of \d+ · ≥ 99 % · not met/);
        const wanted = [/# success_rate in the gate of ten/, /- `metrics\.jsonl:\d+`/];
        const text = await whyOf('Stages', 'success_rate', 'Why success_rate.md', ...wanted);
        assert.match(text, /- Sample: \d+/);
        assert.match(text, /- Window: since \d\d:\d\d \(/);
        assert.match(text, /- `success_rate >= 99%` · `rampwatch\.yaml:\d+`/);
      });

      await step("jumps from there to the plan's line", async () => {
        const line = await planLine('id: ten');
        await followEditorLink(page, `rampwatch.yaml:${line}`, 'rampwatch.yaml');
        await waitForCursorLine(page, line);
      });

      let record = 0;
      await step('explains a firing trigger, and puts the cursor on the failing line of the log', async () => {
        application.failEvery(6);
        await expandView(page, 'Triggers');
        await rows('Triggers', /^sagging firing since/);
        application.failEvery(0);
        const text = await whyOf('Triggers', 'sagging', 'Why sagging.md', /## When it fired/, /metrics\.jsonl:\d+/);
        assert.match(text, /success_rate was 8\d(\.\d+)? % \(\d+ of \d+\), below 90 %/);
        assert.match(text, new RegExp(`rampwatch\\.yaml:${await planLine('id: sagging')}`));
        record = recordLine(text);
        await followEditorLink(page, `metrics.jsonl:${record}`, /^metrics\.jsonl/);
        await waitForCursorLine(page, record);
        const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).split('\n');
        assert.match(lines[record - 1] ?? '', /"success":false/);
      });

      await step('finds the line again after the log was rotated', async () => {
        await rename(join(folder, 'metrics.jsonl'), join(folder, 'metrics.jsonl.1'));
        await runCommand(page, 'View: Close All Editors');
        await whyOf('Triggers', 'sagging', 'Why sagging.md', /## When it fired/);
        await followEditorLink(page, `metrics.jsonl:${record}`, 'metrics.jsonl.1');
        await waitForCursorLine(page, record);
      });

      await step('and after it was compressed', async () => {
        const line = (await readFile(join(folder, 'metrics.jsonl.1'), 'utf8')).split('\n')[record - 1] ?? '';
        await promisify(execFile)('gzip', [join(folder, 'metrics.jsonl.1')]);
        await runCommand(page, 'View: Close All Editors');
        await whyOf('Triggers', 'sagging', 'Why sagging.md', /## When it fired/);
        await followEditorLink(page, `metrics.jsonl:${record}`, 'metrics.jsonl.1');
        assert.deepEqual(await editorTitles(page), ['Why sagging.md', 'metrics.jsonl.1']);
        // A file too large for the editor is shown in part, below a line that names the part.
        const first = Math.max(1, record - 200);
        await waitForCursorLine(page, record - first + 3);
        await editorText(page, new RegExp(/"request_id":"[^"]+"/.exec(line)?.[0] ?? 'no id'));
      });

      await step('explains a rollback: what fired, when, and from which records', async () => {
        await rampwatch('acknowledge', '--reason', 'looked at');
        application.failEvery(2);
        await rows('Stages', /10 % ten · rolled back by low-success/);
        const text = await whyOf('Stages', '10 %', 'Why Rollback.md', /# Rollback/, /metrics\.jsonl:\d+/);
        assert.match(
          text,
          /Rolled back from 10 % at \d\d:\d\d because success_rate was \d+(\.\d+)? % \(\d+ of \d+\), below 60 %/,
        );
        assert.match(text, new RegExp(`rampwatch\\.yaml:${await planLine('id: low-success')}`));
        assert.ok(recordLine(text) > 0, text);
      });
    } finally {
      await watched.end();
    }
  },
};
