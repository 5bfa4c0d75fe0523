import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unfairness } from '../../daemon/judge/fairControl.ts';
import { openShare } from '../../daemon/judge/zeroBaseline.ts';
import { eventTime, percent } from '../../daemon/protocol/domain/units.ts';
import { provenShare } from '../../daemon/statistics/provenShare.ts';
import { JudgeBench, statusOf, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

/** The unfairness of a control, for records at these times, in seconds. */
function fairnessOf(treatment: readonly number[], control: readonly number[], length: number) {
  const within = (times: readonly number[], from: number, to: number) =>
    times.filter((at) => at >= from && at < to).length;
  return unfairness(
    eventTime(0),
    eventTime(length),
    (from, to) => ({ treatment: within(treatment, from, to), control: within(control, from, to) }),
    eventTime(Math.max(...control)),
  );
}

const evenly = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, index) => from + ((index + 0.5) * (to - from)) / count);

describe('a control is a fair part of a time', () => {
  const treatments = fc.array(fc.double({ min: 0, max: 999.9, noNaN: true }), { minLength: 80, maxLength: 300 });

  it('when it rises and falls with the treatment, however small', () => {
    fc.assert(
      fc.property(treatments, fc.integer({ min: 1, max: 4 }), (treatment, each) => {
        const sorted = [...treatment].sort((one, other) => one - other);
        const control = sorted.filter((_, index) => index % each === 0);
        expect(fairnessOf(sorted, control, 1000)).toBeNull();
      }),
    );
  });

  it('but not when it is there in a part of the time only', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 400 }),
        fc.integer({ min: 200, max: 2000 }),
        fc.integer({ min: 1, max: 740 }),
        (stragglers, treatment, until) => {
          const found = fairnessOf(evenly(treatment, 0, 1000), evenly(stragglers, 0, until), 1000);
          expect(found?.kind).toBe(until <= 750 ? 'ended' : 'gap');
        },
      ),
    );
  });

  it('nor when there are few of it, or it pauses', () => {
    const treatment = evenly(400, 0, 1000);
    expect(fairnessOf(treatment, evenly(19, 0, 1000), 1000)).toEqual({ kind: 'few', n: 19, needed: 20 });
    expect(fairnessOf(treatment, [], 1000)).toEqual({ kind: 'none' });
    const paused = [...evenly(50, 0, 250), ...evenly(50, 500, 1000)];
    expect(fairnessOf(treatment, paused, 1000)).toEqual({ kind: 'gap', n: 0, from: 250, to: 500 });
    expect(fairnessOf([1, 2, 3], [1, 2], 1000)).toBeNull();
  });
});

const window = 'window: ["2025-11-02T07:00Z", "2025-11-02T08:00Z"]';

/** Judged as a recording: no source is silent. */
function benchOf(changes: string): JudgeBench {
  return new JudgeBench(uploadPlan(changes), { freshness: 'given', episodes: 'ticks' });
}

function slowAtFull(otherwise: string) {
  return benchOf(`
baseline: { control: concurrent${otherwise} }
stages: [{ id: half, percent: 50 }, { id: full, percent: 100, gate: ["latency <= 110% of baseline"] }]
triggers: [{ id: slow, when: "latency > 120% of baseline", over: 30m, then: review }]`);
}

describe('stragglers of a stage that was left', () => {
  it('are no baseline of the next one, whatever they took, also after a restart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 60 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1800, max: 5000 }),
        fc.boolean(),
        (stragglers, within, stay, restarts) => {
          const bench = slowAtFull(`, otherwise: { ${window} }`);
          bench.observe(...evenly(40, -7000, -4000).map((second) => upload({ second, arm: 'control', duration: 100 })));
          bench.observe(
            ...evenly(stragglers, 0, within).map((second) => upload({ second, arm: 'control', duration: 1000 })),
          );
          bench.observe(...evenly(stay / 5, 0, stay).map((second) => upload({ second, duration: 450 })));
          if (restarts) bench.restart();
          const visit = { ...visitFrom(0, 'full'), percent: percent(100) };
          const judgement = bench.at(stay, 'full', { visit });
          expect(judgement.gate[0]).toMatchObject({ verdict: 'unmet', baseline: { from: 'window', n: 40 } });
          expect(judgement.gate[0]?.baseline?.why).toMatch(
            /^of the recorded window 07:00–08:00 \(40 records\), because control ended at 09:\d\d: historical only$/,
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('leave no baseline where the plan has no other, and the reason says so', () => {
    const bench = slowAtFull('');
    bench.observe(...evenly(25, 0, 10).map((second) => upload({ second, arm: 'control', duration: 1000 })));
    bench.observe(...evenly(2000, 0, 7200).map((second) => upload({ second, duration: 450 })));
    const [verdict] = bench.at(7200, 'full', { visit: { ...visitFrom(0, 'full'), percent: percent(100) } }).gate;
    expect(verdict).toMatchObject({
      verdict: 'no-data',
      reason: 'no baseline yet: control ended at 09:00, and there are no recorded window and no fixed figure',
    });
  });

  it('fire no trigger, while a fair control does', () => {
    const ended = slowAtFull('');
    const fair = slowAtFull('');
    for (const [bench, until] of [
      [ended, 900],
      [fair, 3600],
    ] as const) {
      bench.observe(...evenly(until / 10, 0, until).map((second) => upload({ second, arm: 'control', duration: 100 })));
      bench.observe(...evenly(720, 0, 3600).map((second) => upload({ second, duration: 450 })));
    }
    expect(statusOf(ended.at(3600, 'full'), 'slow')).toMatchObject({ verdict: { verdict: 'no-data' } });
    const status = statusOf(fair.at(3600, 'full'), 'slow');
    expect(status).toMatchObject({ phase: { kind: 'firing' }, verdict: { baseline: { from: 'concurrent' } } });
    expect(status.verdict.baseline?.why).toBe('of 180 control records of the same time');
    expect(fair.judge.episodes()[0]?.baseline).toMatchObject({ from: 'concurrent', value: expect.closeTo(100, 0) });
  });

  it('at 100 % there is no control, even one that comes all the time', () => {
    const bench = slowAtFull('');
    bench.observe(...evenly(100, 0, 3600).map((second) => upload({ second, arm: 'control', duration: 1000 })));
    bench.observe(...evenly(720, 0, 3600).map((second) => upload({ second, duration: 450 })));
    const visit = { ...visitFrom(0, 'full'), percent: percent(100) };
    expect(bench.at(3600, 'full', { visit }).gate[0]?.reason).toMatch(/at 100 % there is no control/);
  });
});

describe('a baseline of 0', () => {
  const twice = 'error_rate > 200% of baseline';
  const gate = 'error_rate <= 150% of baseline';
  const bench = (baseline = 'control: concurrent') =>
    benchOf(`
baseline: { ${baseline} }
stages: [{ id: one, percent: 1, gate: ["${gate}", "success_rate >= 95% of baseline"] }]
triggers: [{ id: errors, when: "${twice}", over: 1h, min: 20, then: rollback }]`);

  it('leaves open what 95 % of certainty leaves, whenever one looks, and less with each record', () => {
    for (const n of [1, 10, 59, 100, 1000]) {
      expect(openShare(n)).toBeCloseTo(1 - provenShare(0, n), 9);
      expect(openShare(n)).toBeGreaterThan(1 - 0.05 ** (1 / n));
      expect(openShare(n + 1)).toBeLessThan(openShare(n));
    }
  });

  it('does not make the first failure fire, but a failing treatment does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 20, max: 300 }), (treatment, control) => {
        const one = bench();
        one.observe(...evenly(control, 0, 900).map((second) => upload({ second, arm: 'control' })));
        one.observe(
          ...evenly(treatment, 0, 900).map((second, index) => upload({ second, good: index !== treatment - 1 })),
        );
        const judged = one.at(900);
        expect(statusOf(judged, 'errors').phase.kind).toBe('armed');
        expect(statusOf(judged, 'errors').verdict).toMatchObject({ verdict: 'insufficient' });
        expect(statusOf(judged, 'errors').verdict.reason).toMatch(
          /^baseline is 0 \(none of \d+\): compared with 200 % of/,
        );
        expect(judged.gate[0]?.verdict).not.toBe('met');

        const all = bench();
        all.observe(...evenly(control, 0, 900).map((second) => upload({ second, arm: 'control' })));
        all.observe(...evenly(treatment, 0, 900).map((second) => upload({ second, good: false })));
        expect(statusOf(all.at(900), 'errors').phase.kind).toBe('firing');
        expect(all.gate(900, gate).verdict).toBe('unmet');
      }),
      { numRuns: 30 },
    );
  });

  it('of a fixed figure says so and fires nothing', () => {
    const fixed = bench('figures: { error_rate: 0 }');
    fixed.observe(...evenly(100, 0, 900).map((second, index) => upload({ second, good: index % 2 === 0 })));
    const { verdict } = statusOf(fixed.at(900), 'errors');
    expect(verdict).toMatchObject({ verdict: 'no-data', reason: expect.stringMatching(/^baseline is 0: /) });
  });

  it('is met by none, and a success rate that is 0 in both arms passes nothing', () => {
    const none = bench();
    none.observe(...evenly(50, 0, 900).flatMap((second) => [upload({ second }), upload({ second, arm: 'control' })]));
    expect(none.gate(900, gate)).toMatchObject({ verdict: 'met' });
    expect(statusOf(none.at(900), 'errors').verdict.verdict).toBe('unmet');
    const dead = bench();
    dead.observe(
      ...evenly(50, 0, 900).flatMap((second) => [
        upload({ second, good: false }),
        upload({ second, arm: 'control', good: false }),
      ]),
    );
    expect(dead.gate(900, 'success_rate >= 95% of baseline').verdict).toBe('no-data');
  });
});
