import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';

const plan = `version: 1
id: uploads
sources: [{ file: metrics.jsonl }]
arms: { treatment: { kind: new }, control: { kind: old } }
measures:
  success_rate: { share: { ok: true } }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }
baseline: { control: concurrent }
stages: [{ id: one, percent: 1 }]
triggers: [{ id: low-success, when: "success_rate < 95%", over: 5m, then: rollback }]
flag: { dotenv: .env, set: { UPLOADS: "\${enabled}" } }
tests: [{ name: Phase 1, junit: reports/*.xml, fresh: 3d }]
`;

function said(rest: string): readonly string[] {
  const parsed = parsePlan(`${plan}${rest}\n`, 'rampwatch.yaml');
  return parsed.kind === 'plan' ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}
const item = (evidence: string) =>
  `checklists: [{ id: daily, title: Daily, items: [{ title: It, evidence: ${evidence} }] }]`;

describe('evidence of an item', () => {
  it.each([
    'tests',
    '{ tests: Phase 1 }',
    '{ measure: "latency <= 110% of baseline" }',
    '{ measure: "success_rate >= 99%", over: 12h }',
    '{ quiet: low-success, for: 24h }',
    '{ file: reports/week1.md, changed: true }',
    '{ flag: { UPLOADS: true } }',
    '{ journal: acknowledged }',
  ])('%s is one', (evidence) => {
    expect(said(item(evidence))).toEqual([]);
  });

  it.each([
    ['{ tests: Phase 2 }', /evidence\.tests: unknown test suite `Phase 2`/],
    [
      '{ measure: "sucess_rate >= 99%" }',
      /evidence\.measure: unknown measure `sucess_rate`.*did you mean `success_rate`/,
    ],
    ['{ measure: "success_rate >= 99ms" }', /is a share/],
    ['{ quiet: low-sucess, for: 24h }', /evidence\.quiet: unknown trigger .*did you mean `low-success`/],
    ['{ file: ../secret }', /leaves the plan's folder/],
    ['{ flag: { UPLOAD: true } }', /`UPLOAD` is no key that the plan's flag sets — did you mean `UPLOADS`/],
    ['{ journal: lunch }', /evidence\.journal: `journal` must be .*`acknowledged`/],
    ['{ weather: fine }', /does not say what shows it: it needs one of `tests`/],
    ['{ quiet: low-success }', /missing `for`/],
    ['{ measure: "success_rate => 99%" }', /`=>` is not a comparison/],
    ['{ file: a.md, journal: signal }', /evidence is of one kind/],
  ])('%s is refused in one clear line', (evidence, message) => {
    expect(said(item(evidence)).join('\n')).toMatch(message);
    expect(said(item(evidence))).toHaveLength(1);
  });
});

describe('a target', () => {
  it.each(['change: -30..-50%', 'change: "-30..50%"', 'change: 5..10x', 'factor: 5..10x', 'factor: 5', 'factor: 0.5x'])(
    '%s',
    (form) => {
      expect(said(`targets: [{ measure: latency, ${form} }]`)).toEqual([]);
    },
  );
  it.each([
    ['measure: latency', /needs the change/],
    ['measure: latency, factor: 2x, change: 2x', /remove one of them/],
    ['measure: latency, change: 0%', /is not a change/],
    ['measure: latency, change: -130%', /is not a change/],
    ['measure: latency, change: "-10..20x"', /is not a change/],
    ['measure: latency, factor: fast', /`fast` is not a change/],
  ])('%s is refused', (form, message) => {
    expect(said(`targets: [{ ${form} }]`).join('\n')).toMatch(message);
  });
});
