import { describe, expect, it } from 'vitest';
import { quantileRanks } from '../../daemon/judge/targets.ts';
import { wantedRatio } from '../../daemon/protocol/domain/targetChange.ts';
import type { TargetView } from '../../daemon/protocol/domain/targetView.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, type Upload, upload } from '../support/uploadStream.ts';

const windowHours = (from: number, to: number) =>
  `baseline: { window: [${[from, to].map((hours) => `"${new Date(streamStart + hours * 3_600_000).toISOString()}"`).join(', ')}] }`;

function bench(target: string, more = ''): JudgeBench {
  return new JudgeBench(uploadPlan(`triggers: []\ntargets: [ { ${target} } ]\n${more}`));
}
/** Durations spread evenly from half to one and a half times the middle, one a second. */
function spread(count: number, middle: number, rest: Partial<Upload> = {}, from = 0) {
  return Array.from({ length: count }, (_, index) =>
    upload({ second: from + index, duration: middle * (0.5 + ((index * 617) % count) / count), ...rest }, index + 1),
  );
}
function targetAt(made: JudgeBench, second: number, share = 1): TargetView {
  const visit = { ...visitFrom(0), percent: percent(share) };
  const [view] = made.judge.judgeTargets(visit, eventTime(streamStart + second * 1000));
  if (view === undefined) throw new Error('no target');
  return view;
}

describe('what is wanted', () => {
  it.each([
    ['-30..-50%', { direction: 'down', least: 0.7, most: 0.5 }],
    ['-30..50%', { direction: 'down', least: 0.7, most: 0.5 }],
    ['-95%', { direction: 'down', least: 0.05, most: 0.05 }],
    ['+10..20%', { direction: 'up', least: 1.1, most: 1.2 }],
    ['5..10x', { direction: 'up', least: 5, most: 10 }],
    ['0.5x', { direction: 'down', least: 0.5, most: 0.5 }],
  ])('%s', (change, wanted) => {
    const found = wantedRatio({ change });
    expect(found?.direction).toBe(wanted.direction);
    expect(found?.least).toBeCloseTo(wanted.least, 12);
    expect(found?.most).toBeCloseTo(wanted.most, 12);
  });
  it.each(['0%', '1x', '-130%', '-10..20x', 'a lot', '-50..+50%'])('%s is nothing that can be measured', (change) => {
    expect(wantedRatio({ change })).toBeNull();
  });
});

it('ranks: of 100 records the median lies between the 40th and the 61st; of few, p95 anywhere', () => {
  expect(quantileRanks(100, 0.5, 0.05)).toEqual({ lower: 40, upper: 61 });
  expect(quantileRanks(20, 0.95, 0.05)).toBeNull();
  expect(quantileRanks(0, 0.5, 0.05)).toBeNull();
});

describe('latency, -30..-50 %', () => {
  const target = 'measure: latency, change: "-30..-50%"';
  it('is achieved when the whole interval lies below 70 % of the control', () => {
    const made = bench(target);
    made.observe(...spread(2000, 300), ...spread(2000, 600, { arm: 'control' }));
    const view = targetAt(made, 2000);
    expect(view).toMatchObject({
      outcome: 'achieved',
      wanted: '-30..-50%',
      unit: 'ms',
      baseline: { from: 'concurrent', n: 2000 },
    });
    expect(view.ratio?.value).toBeCloseTo(0.5, 1);
    expect(view.ratio?.upper).toBeLessThan(0.7);
    expect(view.detail).toMatch(
      /^\d+(?:\.\d+)? ms, [\d.]+ % of the baseline’s \d+(?:\.\d+)? ms \([\d.]+ % to [\d.]+ %\); at most 70 % is wanted$/,
    );
  });
  it('is missed when none of it does', () => {
    const made = bench(target);
    made.observe(...spread(2000, 550), ...spread(2000, 600, { arm: 'control' }));
    expect(targetAt(made, 2000)).toMatchObject({ outcome: 'missed' });
  });
  it('is not measurable while the interval reaches across, or with too few uploads, or without a baseline', () => {
    const made = bench(target);
    made.observe(...spread(2000, 418), ...spread(2000, 600, { arm: 'control' }));
    expect(targetAt(made, 2000)).toMatchObject({ outcome: 'not-measurable', detail: expect.stringContaining('open') });
    const few = bench(target);
    few.observe(...spread(40, 300), ...spread(40, 600, { arm: 'control' }));
    expect(targetAt(few, 40).detail).toBe('40 records are too few for an interval of p95');
    const alone = bench(target);
    alone.observe(...spread(2000, 300));
    expect(targetAt(alone, 2000).detail).toMatch(/^no baseline yet/);
  });
  it('is not measurable before anyone has the new behaviour', () => {
    const [view] = bench(target).judge.judgeTargets(null, eventTime(streamStart));
    expect(view).toMatchObject({ outcome: 'not-measurable', detail: 'nobody has the new behaviour yet' });
  });
  it('against a fixed figure', () => {
    const made = bench(target, 'baseline: { figures: { latency: 900 } }');
    made.observe(...spread(2000, 300));
    expect(targetAt(made, 2000)).toMatchObject({ outcome: 'achieved', baseline: { from: 'figure', value: 900 } });
  });
});

describe('a share', () => {
  it('error rate -50 %: the few failures of a short time leave it open, many do not', () => {
    const failing = (count: number, every: number, rest: Partial<Upload> = {}) =>
      Array.from({ length: count }, (_, index) =>
        upload({ second: index, good: index % every !== 0, ...rest }, index + 1),
      );
    const few = bench('measure: error_rate, change: -50%');
    few.observe(...failing(100, 50), ...failing(100, 10, { arm: 'control' }));
    expect(targetAt(few, 100).outcome).toBe('not-measurable');
    const many = bench('measure: error_rate, change: -50%');
    many.observe(...failing(5000, 50), ...failing(5000, 10, { arm: 'control' }));
    expect(targetAt(many, 5000)).toMatchObject({ outcome: 'achieved', unit: '%' });
  });
});

describe('throughput, 5..10x', () => {
  const target = 'measure: uploads, factor: 5..10x';
  const before = spread(600, 400, { arm: 'control' }, -3600).map((each, index) => ({
    ...each,
    reading: { ...each.reading, at: eventTime(streamStart - 3_600_000 + index * 6000) },
  }));
  it('is a rate at 100 %, against the recorded window', () => {
    const made = bench(target, windowHours(-1, 0));
    made.observe(...before, ...spread(3600, 400));
    const view = targetAt(made, 3600, 100);
    expect(view).toMatchObject({
      outcome: 'achieved',
      unit: '/h',
      baseline: { from: 'window', n: 600 },
      current: { value: 3600 },
    });
    expect(view.ratio?.value).toBeCloseTo(6, 1);
  });
  it('is missed at the same rate', () => {
    const made = bench(target, windowHours(-1, 0));
    made.observe(...before, ...spread(600, 400));
    expect(targetAt(made, 3600, 100).outcome).toBe('missed');
  });
  it('is not measurable at 10 %, nor against the concurrent control', () => {
    const made = bench(target, windowHours(-1, 0));
    made.observe(...before, ...spread(3600, 400));
    expect(targetAt(made, 3600, 10).detail).toMatch(/at 10 % says nothing of all traffic/);
    const concurrent = bench(target, 'baseline: { control: concurrent }');
    concurrent.observe(...spread(600, 400), ...spread(600, 400, { arm: 'control' }));
    expect(targetAt(concurrent, 3600, 100).detail).toMatch(/needs the baseline’s recorded window/);
  });
});

it('a gauge has no interval, and says so', () => {
  const made = bench('measure: file_size, change: -10%', 'baseline: { figures: { file_size: 10 } }');
  made.observe(...spread(100, 400, { size: 5 }));
  expect(targetAt(made, 100)).toMatchObject({
    outcome: 'not-measurable',
    detail: expect.stringMatching(/its max is 5 MB/),
  });
});

it('a condition of its own is judged over the stay or over the trailing window', () => {
  const made = bench('measure: latency, change: -10%');
  made.observe(...spread(100, 400, { good: false }), ...spread(100, 400, {}, 7200));
  const at = {
    now: wallTime(streamStart + 7_300_000),
    eventNow: eventTime(streamStart + 7_300_000),
    visit: visitFrom(0),
  };
  made.alive(7300);
  const [condition] = made.plan.stages[1]?.gate ?? [];
  if (condition === undefined) throw new Error('no condition');
  expect(made.judge.judgeCondition(condition, null, at)).toMatchObject({ verdict: 'unmet', figure: { n: 200 } });
  for (const over of [duration(3_600_000), duration(5_400_000)]) {
    const verdict = made.judge.judgeCondition(condition, over, at);
    expect(verdict).toMatchObject({ verdict: 'met', figure: { n: 100 } });
  }
  expect(made.judge.judgeCondition(condition, null, { ...at, visit: null })).toBeNull();
});
