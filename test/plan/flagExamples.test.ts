import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/flags.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

const plan = (flag: string) => `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { variant: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: off, percent: 0 }, { id: full, percent: 100, gate: ["ok >= 99%"] }]
${flag}`;

it('the page of flags has examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(4);
});

it.each(examples)('a plan takes the example of the docs: %s', (example) => {
  const parsed = parsePlan(plan(example), 'rampwatch.yaml');
  expect(parsed.kind === 'problems' ? parsed.problems : []).toEqual([]);
});
