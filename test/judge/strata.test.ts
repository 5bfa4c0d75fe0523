import { describe, expect, it } from 'vitest';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { Random } from '../../daemon/simulate/random.ts';
import { JudgeBench, statusOf } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

const replayed = { freshness: 'given', episodes: 'records' } as const;
const slow = '{ id: low, when: "latency > 150% of baseline", over: 5m, min: 20, then: rollback }';
const failing = '{ id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback }';
const bench = (trigger: string, strata: string) =>
  new JudgeBench(uploadPlan(`triggers: [ ${trigger} ]\nstages: [ { id: one, percent: 50 } ]\n${strata}`), replayed);
const bySize = 'strata: [size_class]';
const proofs = (of: JudgeBench) => of.judge.episodes().filter(({ rule }) => rule === 'proven');

type Arm = 'treatment' | 'control';
/** In 0..1, the same for the same record and question. */
const chance = (arm: Arm, second: number, of: number) =>
  new Random(second * 2 + (arm === 'control' ? 1 : 0), of).uniform();

/** Ten records of each arm a minute; `large` says which part of an arm's are of the large size class. */
function traffic(
  from: number,
  to: number,
  large: (arm: Arm) => number,
  record: (arm: Arm, isLarge: boolean, second: number) => { readonly duration?: number; readonly good?: boolean },
  stratum = (isLarge: boolean, _arm: Arm): number | undefined => (isLarge ? 1 : 2),
): Observation[] {
  const records: Observation[] = [];
  for (let second = from; second < to; second += 6) {
    for (const arm of ['treatment', 'control'] as const) {
      const isLarge = chance(arm, second, 1) < large(arm);
      const named = stratum(isLarge, arm);
      records.push(
        upload(
          { second, arm, ...record(arm, isLarge, second), ...(named !== undefined && { stratum: named }) },
          2 * second + (arm === 'control' ? 1 : 0) + 1,
        ),
      );
    }
  }
  return records;
}

const duration = (arm: Arm, isLarge: boolean, second: number) =>
  (isLarge ? 3000 : 300) * (1 + chance(arm, second, 2) ** 3);
const moreLarge = (arm: Arm) => (arm === 'treatment' ? 0.4 : 0.02);

describe('a proof of a plan with strata', () => {
  it('takes more large uploads for no slower ones, which it is without strata', () => {
    const mixed = traffic(0, 14_400, moreLarge, (arm, isLarge, second) => ({
      duration: duration(arm, isLarge, second),
    }));
    const pooled = bench(slow, '');
    pooled.observe(
      ...mixed.map(({ reading, place }) => ({ reading: { ...reading, stratum: undefined }, place }) as never),
    );
    expect(proofs(pooled).length).toBeGreaterThan(0);
    const stratified = bench(slow, bySize);
    stratified.observe(...mixed);
    expect(proofs(stratified)).toEqual([]);
  });

  it('finds that each size class is slower where fewer large uploads hide it (Simpson)', () => {
    const hidden = traffic(
      0,
      21_600,
      (arm) => (arm === 'treatment' ? 0.01 : 0.3),
      (arm, isLarge, second) => ({
        duration: duration(arm, isLarge, second) * (arm === 'treatment' && second >= 7200 ? 3 : 1),
      }),
    );
    const pooled = bench(slow, '');
    pooled.observe(
      ...hidden.map(({ reading, place }) => ({ reading: { ...reading, stratum: undefined }, place }) as never),
    );
    expect(proofs(pooled)).toEqual([]);
    const stratified = bench(slow, bySize);
    stratified.observe(...hidden);
    expect(proofs(stratified).length).toBeGreaterThan(0);
  });

  it('takes more of what always fails more often for no decline of a share', () => {
    const mixed = traffic(
      0,
      43_200,
      (arm) => (arm === 'treatment' ? 0.5 : 0.05),
      (arm, isLarge, second) => ({ good: chance(arm, second, 3) > (isLarge ? 0.2 : 0.005) }),
    );
    const stratified = bench(failing, bySize);
    stratified.observe(...mixed);
    expect(proofs(stratified)).toEqual([]);
    const pooled = bench(failing, '');
    pooled.observe(
      ...mixed.map(({ reading, place }) => ({ reading: { ...reading, stratum: undefined }, place }) as never),
    );
    expect(proofs(pooled).length).toBeGreaterThan(0);
  });

  it('finds a failure of one size class, and of all', () => {
    for (const isFailing of [(isLarge: boolean) => isLarge, () => true]) {
      const drop = bench(failing, bySize);
      drop.observe(
        ...traffic(
          0,
          9000,
          () => 0.5,
          (arm, isLarge, second) => ({ good: !(arm === 'treatment' && second >= 7200 && isFailing(isLarge)) }),
        ),
      );
      expect(proofs(drop).length).toBeGreaterThan(0);
    }
  });

  it('still finds a failure where the strata tell the arms apart, or are too many to compare', () => {
    const strata: readonly ((isLarge: boolean, arm: Arm) => number)[] = [
      (_, arm) => (arm === 'treatment' ? 1 : 2),
      (
        (next) => () =>
          (next += 1)
      )(0),
    ];
    for (const stratum of strata) {
      const drop = bench(failing, bySize);
      drop.observe(
        ...traffic(
          0,
          9000,
          () => 0.5,
          (arm, _, second) => ({ good: !(arm === 'treatment' && second >= 7200) }),
          stratum,
        ),
      );
      expect(proofs(drop).length).toBeGreaterThan(0);
      // What it keeps does not grow with the number of strata.
      expect(drop.judge.memory().length).toBeLessThan(80_000);
    }
  });

  it('goes on after a restart as if there was none', () => {
    const records = traffic(
      0,
      7400,
      () => 0.4,
      (arm, isLarge, second) => ({
        good: !(arm === 'treatment' && second >= 7200 && isLarge),
        duration: duration(arm, isLarge, second),
      }),
    );
    for (const trigger of [failing, slow]) {
      const once = bench(trigger, bySize);
      once.observe(...records);
      const twice = bench(trigger, bySize);
      twice.observe(...records.slice(0, 2430));
      twice.judge = twice.judgeFrom(twice.judge.memory());
      twice.observe(...records.slice(2430));
      expect(statusOf(twice.at(7400), 'low').proof).toEqual(statusOf(once.at(7400), 'low').proof);
    }
  });

  it('starts anew where the strata are others', () => {
    const before = bench(failing, bySize);
    before.observe(
      ...traffic(
        0,
        3660,
        () => 0.4,
        (arm, _, second) => ({ good: !(arm === 'treatment' && second >= 3600) }),
      ),
    );
    expect(statusOf(before.at(3660), 'low').proof?.closeness).toBeGreaterThan(0.1);
    const after = bench(failing, 'strata: [provider]');
    after.judge = after.judgeFrom(before.judge.memory());
    expect(statusOf(after.at(3660), 'low').proof?.closeness).toBe(0);
  });
});
