import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFolderSample } from '../folderSample.ts';

const plan = `version: 1
id: search
sources:
  - { file: metrics.jsonl, fresh: 15m }
arms:
  treatment: { variant: canary }
  control: { variant: stable }
measures:
  success_rate: { share: { status: "< 500" } }
  latency: { quantile: 0.95, field: took, unit: ms }
  records: { count: treatment }
stages:
  - { id: off, percent: 0, soak: 1h }
  - { id: full, percent: 100, soak: 1h, gate: ["success_rate >= 99%", "records >= 500"] }
triggers: [{ id: slow, when: "latency > 900ms", over: 5m, then: review, for: 5m }]
`;

const records = (count: number, fields: object) =>
  Array.from(
    { length: count },
    (_, index) =>
      `${JSON.stringify({ timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), status: 200, ...fields })}\n`,
  ).join('');

/** A real folder, and the real command line. */
function workspace(metrics: string | null) {
  const sample = openFolderSample({ 'rampwatch.yaml': plan, ...(metrics !== null && { 'metrics.jsonl': metrics }) });
  const { editing, vscode } = sample.mock;
  const document = editing.open(vscode.Uri.file(sample.file), plan);
  const told = () => editing.problems(document).filter((line) => line.includes('not-in-sample'));
  return { ...sample, document, told };
}

it('a plan that is opened is held against the newest records of its sources, and again when it is saved', async () => {
  const { mock, until, folder, document, told } = workspace(records(300, { group: 'canary', took: 'fast' }));
  await until('the findings', () => told().length > 0);
  expect(told()).toEqual([
    '6: warning not-in-sample: none of 300 records has a field `variant` | variant: canary }',
    '7: warning not-in-sample: none of 300 records has a field `variant` | variant: stable }',
    '5: warning not-in-sample: none of the 300 records belongs to an arm: none has `variant` | arms:',
    '10: warning not-in-sample: none of 300 records has a number for `took` | latency: { quantile: 0.95, field: took, unit: ms }',
  ]);
  writeFileSync(join(folder, 'metrics.jsonl'), records(300, { variant: 'stable', took: 12 }));
  mock.editing.save(document);
  // At 0 % no record is of the treatment: worth knowing, and no fault.
  await until('the new findings', () => told().length === 2);
  expect(told()).toEqual([
    '6: information not-in-sample: "canary" matches none of 300 records that have `variant`: they say "stable" | variant: canary }',
    '6: information not-in-sample: none of 300 records is of the treatment | treatment: { variant: canary }',
  ]);
  mock.editing.close(document);
  expect(mock.editing.problemFiles()).toEqual([]);
});

it('only the newest records of a large file are read, and a person who asks is told of how many', async () => {
  const { mock, until, document, calls } = workspace(
    records(30_000, { variant: 'stale', took: 1, path: '/uploads/files' }) +
      records(25_000, { variant: 'canary', took: 1 }),
  );
  mock.editing.type(document, plan);
  mock.editing.save(document);
  await until('a look', () => calls.some(({ words }) => words.includes('--data')));
  await mock.run('rampwatch.checkPlanData', document.uri);
  expect(mock.shown.at(-1)).toMatch(
    /^information: 2 things in the plan do not fit the newest 20,000 records of metrics\.jsonl: see their lines\.$/,
  );
  expect(mock.editing.problems(document).join()).toContain('none of the newest 20,000 records is of the control');
});

it('where no file is there, nothing is said, and a person who asks is told so', async () => {
  const { mock, document, told } = workspace(null);
  await mock.run('rampwatch.checkPlanData', document.uri);
  expect(mock.shown.at(-1)).toBe(
    'information: No source of the plan has a file with records yet: nothing to check against.',
  );
  expect(told()).toEqual([]);
});
