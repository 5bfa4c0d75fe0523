import { describe, expect, it } from 'vitest';
import { thresholdsOf } from '../../daemon/judge/falseAlarm.ts';
import { Random } from '../../daemon/simulate/random.ts';
import { type Kind, simulate, type Traffic } from '../../daemon/simulate/traffic.ts';
import { declineRates, type Minute } from '../../daemon/statistics/declineDetector.ts';
import { type DispersionSums, noDispersion } from '../../daemon/statistics/overdispersion.ts';
import {
  closenessOfProof,
  crossingProof,
  freshProof,
  type ProofState,
  stepProof,
} from '../../daemon/statistics/provenDecline.ts';

const rates = declineRates(0.95);
const thresholds = thresholdsOf({ false_alarm: 100, stages: [] });

/** Evidence of the decline alone is not enough, and the comparison with a control is short of its threshold. */
const nearly: ProofState = {
  ...freshProof(),
  decline: [12, 0, 0, 0],
  comparison: [4, 0, 0, 0],
  runs: rates.declined.map(() => ({ from: 0, treatment: { n: 50, failures: 9 }, control: { n: 50, failures: 0 } })),
  recent: { treatment: 50, control: 50 },
};

describe('how much is asked', () => {
  it('is more where the control declines too: twice its own evidence', () => {
    const alone = closenessOfProof(nearly, thresholds);
    const shared = closenessOfProof({ ...nearly, common: [4, 4, 4, 4] }, thresholds);
    expect(alone / shared).toBeCloseTo((thresholds.comparison + 8) / thresholds.comparison, 1);
  });

  it('is more after each event that the control had too', () => {
    const alone = closenessOfProof(nearly, thresholds);
    const often = closenessOfProof({ ...nearly, events: { count: 20, lasts: false } }, thresholds);
    expect(alone / often).toBeCloseTo((thresholds.comparison + Math.log(21)) / thresholds.comparison, 1);
  });

  it('is less where few records had a chance to be wrong, and never less than that for the many', () => {
    const of = (n: number) =>
      closenessOfProof(
        { ...nearly, decline: [6, 0, 0, 0], comparison: [9, 0, 0, 0], dispersion: { ...noDispersion, n } },
        thresholds,
      );
    expect(of(500)).toBeGreaterThan(of(20_000));
    expect(of(20_000)).toBeGreaterThan(of(300_000));
    expect(of(300_000)).toBe(of(3_000_000));
  });
});

it('counts an event of both arms once, however long it lasts, and none where one arm has it', () => {
  const quiet = { n: 10, failures: 0 };
  const failing = { n: 10, failures: 8 };
  let state = freshProof();
  let index = 0;
  const steps = (slots: number, treatment: Minute, control: Minute) => {
    for (let slot = 0; slot < slots; slot += 1, index += 1) {
      state = stepProof(state, { index, treatment, control }, rates, thresholds);
    }
    return state.events;
  };
  expect(steps(2000, quiet, quiet)).toEqual({ count: 0, lasts: false });
  expect(steps(8, failing, failing)).toEqual({ count: 1, lasts: true });
  expect(steps(80, failing, failing)).toEqual({ count: 1, lasts: true });
  expect(steps(2000, quiet, quiet)).toEqual({ count: 1, lasts: false });
  expect(steps(8, failing, failing)).toEqual({ count: 2, lasts: true });
  expect(steps(2000, quiet, quiet).count).toBe(2);
  expect(steps(200, failing, quiet).count).toBe(2);
  // How often the control is down outlives the evidence of an attempt.
  expect(freshProof(state).events.count).toBe(2);
});

/** Of 10,000 windows of ten, of which 1 % fails, `times` as much varied as if independent. */
function dispersionOf(times: number): DispersionSums {
  return { n: 100_000, failures: 1000, failing: 900, sizes: 1e6, products: 10_000, squares: 100 + times * 990 };
}

it('a slot counts for less where failures come together than where they come one by one', () => {
  const most = (times: number) => {
    const dispersion = dispersionOf(times);
    const slot = { index: 40, treatment: { n: 30, failures: 30 }, control: { n: 30, failures: 0 } };
    return Math.max(...stepProof({ ...freshProof(), dispersion }, slot, rates, thresholds).decline);
  };
  expect(most(1)).toBeGreaterThan(Math.log(8));
  // Sixteen times the variation: a quarter of the cap, and a part of what goes beyond.
  expect(most(16)).toBeLessThan(Math.log(8) / 4 + 0.5);
});

it('a total failure beside a control that has hardly ever failed takes some ten records, and not thirty', () => {
  for (const perMinute of [1, 10]) {
    let state = freshProof();
    const step = 60 / perMinute;
    let failed = 0;
    for (let second = 0; second < 86_400 + 7200 && failed < 100; second += step) {
      const failures = second < 86_400 ? 0 : 1;
      failed += failures;
      const slot = { index: Math.floor(second / 15), treatment: { n: 1, failures }, control: { n: 1, failures: 0 } };
      state = stepProof(state, slot, rates, thresholds);
      if (crossingProof(state, thresholds, () => true) !== null) break;
    }
    expect(failed).toBeLessThanOrEqual(16);
  }
});

it('a total failure of many records is proven within a slot, however little is known of the control', () => {
  let state = freshProof();
  const quiet = { n: 150, failures: 0 };
  for (let index = 0; index < 40; index += 1) {
    state = stepProof(state, { index, treatment: quiet, control: quiet }, rates, thresholds);
  }
  const isProven = (of: ProofState) => crossingProof(of, thresholds, () => true) !== null;
  // Ten seconds of ten records of each arm a second.
  const failing = { index: 40, treatment: { n: 100, failures: 100 }, control: { n: 100, failures: 0 } };
  expect(isProven(stepProof(state, failing, rates, thresholds))).toBe(true);
  const both = { ...failing, control: failing.treatment };
  expect(isProven(stepProof(state, both, rates, thresholds))).toBe(false);
  // A burst of ten that fails together is no proof.
  const burst = { index: 40, treatment: { n: 150, failures: 10 }, control: { n: 150, failures: 0 } };
  expect(isProven(stepProof(state, burst, rates, thresholds))).toBe(false);
});

describe('simulated rollouts of healthy traffic', () => {
  /** Of so many rollouts; the seeds are fixed, so that it says the same each time. */
  const rolledBack = (
    kind: Kind,
    runs: number,
    { perMinute = 10, days = 7, success = 0.99, from = 4000 } = {},
  ): number => {
    let wrong = 0;
    for (let run = 0; run < runs; run += 1) {
      const slots = simulate({ kind, perMinute, exposed: 0.5, success, days }, from + run);
      let state = freshProof();
      for (let index = 0; index < slots.n.length; index += 1) {
        const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
        const control = { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 };
        if (treatment.n + control.n === 0) continue;
        state = stepProof(state, { index, treatment, control }, rates, thresholds);
        const isBeyond = ({ n, failures }: Minute) => n - failures < 0.95 * n;
        if (crossingProof(state, thresholds, isBeyond) === null) continue;
        wrong += 1;
        break;
      }
    }
    return wrong;
  };

  it('are not rolled back for retries, of which both arms have many', () => {
    expect(rolledBack('retries', 12)).toBeLessThanOrEqual(1);
  });

  it('are not rolled back for retries where a control of few records has hardly shown any', () => {
    expect(rolledBack('retries', 60, { perMinute: 0.2, days: 14 })).toBeLessThanOrEqual(4);
  });

  it('are not rolled back for retries in the first hours, where a few windows hold many', () => {
    expect(rolledBack('retries', 60, { perMinute: 100, days: 0.25 })).toBeLessThanOrEqual(3);
  });

  it('are not rolled back for many short outages of both arms, of a service that often fails', () => {
    expect(rolledBack('blips', 24, { success: 0.98, from: 7_919_000 })).toBeLessThanOrEqual(1);
  });

  it('are not rolled back for batches that fail together, on the first day or later', () => {
    expect(rolledBack('batches', 8)).toBe(0);
  });
});

/** The first firing of a simulated rollout: records of the treatment since the drop, `null` for none. */
function firing(traffic: Omit<Traffic, 'success'>, seed: number): number | null {
  const slots = simulate({ ...traffic, success: 0.99 }, seed);
  const from = (traffic.drop?.minute ?? 0) * 4;
  let state = freshProof();
  let records = 0;
  for (let index = 0; index < slots.n.length; index += 1) {
    const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
    const control = { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 };
    if (index >= from) records += treatment.n;
    state = stepProof(state, { index, treatment, control }, rates, thresholds);
    if (crossingProof(state, thresholds, ({ n, failures }) => n - failures < 0.95 * n) !== null) return records;
  }
  return null;
}

describe('a control of one percent', () => {
  const rare = { perMinute: 20, exposed: 0.99 };

  it('tells short outages of both arms from failures of the treatment', () => {
    for (let run = 0; run < 4; run += 1) {
      expect(firing({ ...rare, kind: 'blips', days: 2 }, 310 + run)).toBeNull();
      expect(firing({ ...rare, kind: 'healthy', days: 2 }, 320 + run)).toBeNull();
    }
  });

  it('is waited for no longer than a few of its records take', () => {
    for (let run = 0; run < 4; run += 1) {
      const drop = { minute: 1440, success: 0 };
      expect(firing({ ...rare, kind: 'healthy', days: 2, drop }, 330 + run)).toBeLessThan(600);
    }
  });
});

it('what is healthy follows a control whose own failures change over days', () => {
  const random = new Random(5);
  let state = freshProof();
  for (let index = 0; index < 40_000; index += 1) {
    const failing = 0.01 + (0.03 * index) / 40_000;
    const arm = () => ({ n: 1, failures: random.uniform() < failing ? 1 : 0 });
    state = stepProof(state, { index, treatment: arm(), control: arm() }, rates, thresholds);
    expect(crossingProof(state, thresholds, () => true)).toBeNull();
  }
  expect(state.lately.failures / state.lately.n).toBeGreaterThan(
    (1.2 * state.dispersion.failures) / state.dispersion.n,
  );
});

it('stays a number with a hundred million records, at no failures and at nothing else', () => {
  let state = freshProof();
  const many = 1e6;
  for (let index = 0; index < 100; index += 1) {
    const failures = index % 3 === 0 ? 0 : index % 3 === 1 ? many : Math.round(many / 100);
    const slot = { index, treatment: { n: many, failures }, control: { n: many, failures: many - failures } };
    state = stepProof(state, slot, rates, thresholds);
    const numbers = [...state.decline, ...state.comparison, ...state.common, closenessOfProof(state, thresholds)];
    expect(numbers.every(Number.isFinite)).toBe(true);
  }
  expect(state.dispersion.n + state.window.n).toBe(1e8);
});
