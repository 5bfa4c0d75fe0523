import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { duration } from '../../daemon/protocol/domain/units.ts';
import { fileSources } from '../support/fileSources.ts';
import { completed, guideOf } from './guideFixtures.ts';

function imported(text: string, picks: readonly string[] = []) {
  const result = importGuides([guideOf(`# Rollout\n\n${text}`)], { picks });
  return {
    ...result,
    plan: completed(result.yaml).plan,
    told: result.findings.map(({ kind, line, message }) => `${line} ${kind}: ${message}`),
  };
}

const ladder = '- 10 % of users for 24 h\n- 100 % of users\n\n';

describe('what lines differ about is never settled in silence', () => {
  it('two limits of one rollback: neither is written, both stand in the plan as a comment', () => {
    const { plan, yaml, told, firstLook } = imported(
      `${ladder}## Automatic rollback\n\n- Error rate > 5 %\n\n## Summary: automatic rollback\n\n- Error rate > 3 %\n`,
    );
    expect(plan.triggers).toEqual([]);
    expect(yaml).toMatch(
      /in dispute, pick one[^\n]*\n# - rollback: error_rate > 5% .*:8\) or rollback: error_rate > 3% .*:12\)/,
    );
    expect(told).toContainEqual(expect.stringMatching(/^12 conflict: .*pick one/));
    expect(firstLook.join('\n')).toContain('in dispute, not written');
  });

  it('one place rolls back, another asks a person: not written', () => {
    const { plan, told } = imported(
      `${ladder}## Automatic rollback\n\n- Error rate > 5 %\n\n## Manual review\n\n- Error rate > 5 %\n`,
    );
    expect(plan.triggers).toEqual([]);
    expect(told).toContainEqual(expect.stringContaining('one place rolls back by itself, another asks a person'));
  });

  it('two steps of alarm, and two limits over different times, are no dispute', () => {
    const { plan } = imported(
      `${ladder}## Automatic rollback\n\n- Error rate > 5 % for 5 minutes\n- Error rate > 3 % for 60 minutes\n\n## Manual review\n\n- Error rate > 2 %\n`,
    );
    expect(plan.triggers.map(({ when, then }) => `${then} ${when.text}`)).toEqual([
      'rollback error_rate > 5%',
      'rollback error_rate > 3%',
      'review error_rate > 2%',
    ]);
  });

  it('of gates and soaks the milder is taken, and told', () => {
    const { plan, told } = imported(
      '## 10 % for 24 h\n\n- Success rate ≥ 99 %\n\n## Summary for 10 %\n\n- Success rate ≥ 98 %\n- Duration: 12 h\n',
    );
    expect(plan.stages[0]?.gate.map(({ text }) => text)).toEqual(['success_rate >= 98%']);
    expect(told).toContainEqual(expect.stringMatching(/conflict: .*which asks for less/));
  });

  it('two ladders over the same range: what only one has is not written', () => {
    const { plan, yaml, told } = imported(
      '- 5 % of users\n- 25 % of users\n- 100 % of users\n\n## Timeline\n\n1. 5 % of users\n2. 40 % of users\n3. 100 % of users\n',
    );
    expect(plan.stages.map(({ percent }) => percent)).toEqual([5, 100]);
    expect(yaml).toContain('# - percent: 25 (GUIDE.md:3)');
    expect(told.filter((each) => each.includes('pick one'))).toHaveLength(2);
  });
});

describe('a person picks', () => {
  const limits = `${ladder}## Automatic rollback\n\n- Latency > 900 ms\n\n## Summary: automatic rollback\n\n- Latency > 700 ms\n`;
  const readings = `${ladder}## Automatic rollback\n\n- Error rate > 5 %\n\n## Manual review\n\n- Error rate > 5 %\n`;
  const ladders =
    '- 5 % of users\n- 25 % of users\n- 100 % of users\n\n## Timeline\n\n1. 5 % of users\n2. 40 % of users\n3. 100 % of users\n';

  it.each([
    ['a limit', limits, ['latency > 900ms rollback', 'latency > 700ms rollback']],
    ['a consequence', readings, ['error_rate > 5% rollback', 'error_rate > 5% review']],
    ['a stage', ladders, ['5 25 100', '5 40 100']],
  ])('%s: each option is written by the name it is given, with all that it needs', (_, guide, written) => {
    const open = imported(guide);
    const options = open.disputes.flatMap((dispute) => dispute.options);
    const settled = options.map(({ pick }) => imported(guide, [pick]));
    const shown = settled.map(({ plan }) =>
      plan.triggers.length === 0
        ? plan.stages.map(({ percent }) => percent).join(' ')
        : plan.triggers.map(({ when, then }) => `${when.text} ${then}`).join(),
    );
    expect(shown).toEqual(written);
    for (const { disputes } of settled) expect(disputes.length).toBeLessThan(open.disputes.length);
  });

  it('one line that says both is named with its value', () => {
    const { disputes } = imported(
      `${ladder}## Automatic rollback\n\n- Latency > 900 ms\n- Latency > 700 ms, or latency > 800 ms\n`,
    );
    const names = disputes.flatMap(({ options }) => options.map(({ pick }) => pick));
    expect(new Set(names).size).toBe(names.length);
  });

  it('a pick that names nothing, or both, is refused with what there is', () => {
    expect(() => imported(limits, ['GUIDE.md:1'])).toThrow(
      /`--pick GUIDE.md:1` names nothing that is in dispute: in dispute is GUIDE.md:8; GUIDE.md:12/,
    );
    expect(() => imported(limits, ['GUIDE.md:8', 'GUIDE.md:12'])).toThrow(/takes one of what is in dispute/);
    expect(() => imported(ladder, ['GUIDE.md:1'])).toThrow(/nothing is in dispute any more/);
  });
});

describe('nothing is invented', () => {
  it('no stage at 0 %, no soak, no gate, no source, no trigger that the guide does not say', () => {
    const { plan, yaml } = imported('- 10 % of users\n- 100 % of users\n');
    expect(plan.stages.map(({ percent, soak, gate }) => [percent, soak, gate])).toEqual([
      [10, 0, []],
      [100, 0, []],
    ]);
    expect(plan.triggers).toEqual([]);
    expect(yaml).not.toMatch(/^sources:/m);
    expect(yaml).toContain('# sources:\n#   - file: logs/metrics.jsonl');
    expect(yaml).toContain('# fill in: soak:');
    expect(yaml).toContain('# fill in: gate:');
  });

  it('the lines to fill in are what is missing: with their comment signs removed the plan loads', () => {
    const { yaml } = importGuides([guideOf('# Rollout\n\n- 10 % of users\n')]);
    const filled = yaml.replaceAll(/^# (sources:| {2}- file: .*| {4}(?:format|time): .*)$/gm, '$1');
    expect(filled).toMatch(/^sources:\n {2}- file: logs\/metrics\.jsonl$/m);
    expect(fileSources(completed(filled).plan)[0]?.file).toBe('logs/metrics.jsonl');
  });

  it('what is said of stages is judged there: of all of them, it is one trigger of the whole rollout', () => {
    const { plan } = imported(
      '## 10 % of users\n\n- Rollback: error rate > 5 %\n- Rollback: p95 latency > 2 s\n\n## 100 % of users\n\n- Rollback: error rate > 2 %\n- Rollback: p95 latency > 2 s\n',
    );
    expect(plan.triggers.map(({ when, stages }) => [when.text, stages])).toEqual([
      ['error_rate > 5%', ['ten']],
      ['latency > 2000ms', undefined],
      ['error_rate > 2%', ['full']],
    ]);
  });

  it.each([
    ['Error rate < baseline + 0.5 %', 'error_rate < baseline + 0.5 points'],
    ['Error rate is at most 0.5 percentage points above the baseline', 'error_rate <= baseline + 0.5 points'],
    ['Success rate > baseline - 1 %', 'success_rate > baseline - 1 points'],
    ['p95 latency overhead < 200 ms vs baseline', 'latency < baseline + 200ms'],
    ['Error rate at most 0.5 % above the baseline', undefined],
    ['Error rate rises by less than 0.5 percentage points', undefined],
    ['p95 latency < 200 ms vs baseline', undefined],
  ])('a difference to the baseline is written where it has one reading: %s', (line, condition) => {
    const { plan } = imported(`${ladder}## Gates of each stage\n\n- ${line}\n`);
    const gates = plan.stages.flatMap(({ percent, gate }) => (percent === 0 ? [] : gate.map(({ text }) => text)));
    expect([...new Set(gates)]).toEqual(condition === undefined ? [] : [condition]);
  });
});

describe('a trigger is never harder than the guide: windows in a row', () => {
  it.each([
    ['Error rate > 5 % for 3 consecutive windows', 'rollback', '5m', '10m'],
    ['Error rate > 5 % three times in a row', 'rollback', '5m', '10m'],
    ['Error rate > 5 % for 3 consecutive windows of 2 minutes', 'rollback', '2m', '4m'],
    ['Error rate > 5 % in three consecutive 5-minute windows', 'rollback', '15m', undefined],
    ['Error rate > 5 % for 2 consecutive 5-minute windows', 'rollback', '10m', undefined],
    ['Error rate > 5 % over a window of 5 minutes', 'rollback', '5m', undefined],
    ['Error rate > 5 % in several consecutive checks', 'review', '5m', undefined],
  ])('%s', (line, then, over, waits) => {
    const { firstLook, plan } = imported(`${ladder}## Automatic rollback\n\n- ${line}\n`);
    const length = (of: number | undefined) =>
      of === undefined ? undefined : formatDuration(duration(of)).replaceAll(' ', '');
    expect(plan.triggers.map((each) => [each.then, length(each.over), length(each.for)])).toEqual([
      [then, over, waits],
    ]);
    expect(firstLook.some((each) => each.includes('several times one after the other'))).toBe(then === 'review');
  });
});

describe('a rollback is automatic only where the guide says so', () => {
  const of = (text: string) =>
    imported(`${ladder}${text}`).plan.triggers.map(({ when, then }) => `${then} ${when.text}`);

  it.each([
    ['## Automatic rollback\n\n- Error rate > 5 %\n', 'rollback'],
    ['## Rollback triggers\n\n- Error rate > 5 %\n', 'rollback'],
    ['If the error rate exceeds 5 %, roll back immediately.\n', 'rollback'],
    ['- Error rate > 5 % → rollback\n', 'rollback'],
    ['| Signal | Limit | Action |\n|---|---|---|\n| Error rate | > 5 % | Roll back |\n', 'rollback'],
    ['## Rollback decision\n\n- Error rate > 5 %\n', 'review'],
    ['## Manual steps\n\n### Rollback\n\n- Error rate > 5 %\n', 'review'],
    ['If the error rate exceeds 5 %, consider rolling back.\n', 'review'],
    ['The on-call decides whether to roll back if the error rate exceeds 5 %.\n', 'review'],
    ['## Going back\n\nWe stop and think (no automatic action) when:\n\n- error rate > 5 %\n', 'review'],
    ['| Signal | Limit | Action |\n|---|---|---|\n| Error rate | > 5 % | Investigate, then roll back |\n', 'review'],
    ['## Automatic halt\n\n- Error rate > 5 %\n', 'hold'],
    ['- Error rate > 5 % → pause the rollout\n', 'hold'],
    ['- Error rate > 5 % → pause, and decide whether to roll back\n', 'review'],
    ['- Error rate > 5 % → pause and roll back\n', 'review'],
    ['Do not roll back while the error rate is above 5 %.\n', undefined],
    ['## Rollback procedure\n\n- Error rate > 5 %\n', undefined],
    ['## Rollback triggers\n\n- The error rate rises by more than 5 %\n', undefined],
  ])('%j', (text, then) => {
    expect(of(text)).toEqual(then === undefined ? [] : [`${then} error_rate > 5%`]);
  });
});
