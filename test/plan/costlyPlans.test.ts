import { expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';

const many = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, index) => of(index));

function planText({
  sources = [],
  measures = [],
  more = '',
}: {
  readonly sources?: readonly string[];
  readonly measures?: readonly string[];
  readonly more?: string;
}): string {
  return `version: 1
id: costly
sources: [${['{ file: a.jsonl }', '{ file: app.log, format: text }', ...sources].join(', ')}]
arms: { treatment: { kind: new } }
measures: { ${['ok: { share: { ok: true } }', ...measures].join(', ')} }
stages: [{ id: on, percent: 50 }]
${more}
`;
}

const windows = many(101, (index) => `"Fri 10:${String(index % 60).padStart(2, '0')} - Fri 11:00"`).join(', ');
const triggers = many(101, (index) => `  - { id: t${index}, when: "ok < 50%", over: 5m, then: review }`).join('\n');

it.each([
  ['freeze windows', planText({ more: `advance: { deny: [${windows}] }` }), /^101 of them, and a plan has 100 at most/],
  ['triggers', planText({ more: `triggers:\n${triggers}` }), /^101 of them, and a plan has 100 at most/],
  ['sources', planText({ sources: many(200, (index) => `{ file: f${index}.jsonl }`) }), /^202 of them/],
  ['measures', planText({ measures: many(200, (index) => `m${index}: { count: treatment }`) }), /^201 of them/],
  ['counted repeats', planText({ measures: ['e: { lines: ["/(a|b){1000}/"] }'] }), /repeat less often/],
  ['counted repeats of a matcher', planText({ measures: ['e: { share: { m: "/a{1000}/" } }'] }), /repeat less often/],
  ['keys', planText({ more: many(5_000, (index) => `k${index}: 1`).join('\n') }), /^more than 5000 lines and entries/],
  ['brackets', planText({ more: `x: ${'['.repeat(5_000)}` }), /^more than 5000 lines and entries/],
  [
    'reports by repeated groups',
    planText({ more: 'tests: [{ name: all, junit: "logs/+(a*)+(a*)+(a*)b.xml" }]' }),
    /name repeated groups such as \+\(…\) in no glob/,
  ],
  ['aliases', planText({ more: 'x: &a [l, l]\ny: [*a, *a, *a]' }), /^anchors are off/],
])('a plan of too many %s is refused with a line each that says so', (_, text, message) => {
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind === 'plan') throw new Error('the plan was taken');
  expect(parsed.problems.length).toBeLessThanOrEqual(100);
  expect(parsed.problems.map((problem) => problem.message).join('\n')).toMatch(message);
});

it('a plan of many parts, and fewer than that, is taken', () => {
  const text = planText({
    sources: many(150, (index) => `{ file: f${index}.jsonl }`),
    measures: many(150, (index) => `m${index}: { count: treatment }`),
    more: `advance: { deny: [${windows.split(', ').slice(0, 100).join(', ')}] }\ntriggers:\n${triggers.split('\n').slice(0, 100).join('\n')}`,
  });
  expect(parsePlan(text, 'rampwatch.yaml')).toMatchObject({ kind: 'plan' });
});
