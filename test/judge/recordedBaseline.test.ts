import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { firingText } from '../../daemon/protocol/words/figureText.ts';
import { Random } from '../../daemon/simulate/random.ts';
import { rankError } from '../../daemon/statistics/exceedance.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

const slow = '{ id: low, when: "latency > 120% of baseline", over: 30m, min: 20, then: rollback }';
const errors = '{ id: low, when: "error_rate > 150% of baseline", over: 5m, min: 20, then: rollback }';
const hour = 3600;
const window = '{ window: [2025-11-02T09:00Z, 2025-11-02T13:00Z] }';
const recordedUntil = 4 * hour;

function bench(trigger: string, baseline = window): JudgeBench {
  const plan = uploadPlan(
    `triggers: [ ${trigger} ]\nbaseline: ${baseline}\nstages: [ { id: one, percent: 100 } ]\nmeasures: { success_rate: { share: { success: true, fallback_used: false } }, error_rate: { share_not: success_rate }, latency: { quantile: 0.95, field: duration_ms, unit: ms } }`,
  );
  return new JudgeBench(plan, { freshness: 'given', episodes: 'records' });
}

interface Share {
  readonly failing?: number;
  readonly slower?: number;
}

/** A record of one arm every half a minute on average, with log-normal durations. */
function traffic(arm: 'treatment' | 'control', from: number, to: number, seed: number, of: Share = {}): Observation[] {
  const { failing = 0.01, slower = 1 } = of;
  const random = new Random(seed, from);
  const records: Observation[] = [];
  for (let second = from; second < to; second += random.exponential(30)) {
    const normal = Math.sqrt(random.exponential(2)) * Math.cos(2 * Math.PI * random.uniform());
    const duration = 400 * slower * Math.exp(0.6 * normal);
    records.push(upload({ second, arm, good: random.uniform() >= failing, duration }, records.length + 1));
  }
  return records;
}

const proofs = (of: JudgeBench) => of.judge.episodes().filter(({ rule }) => rule === 'proven');
const crossings = (of: JudgeBench) => of.judge.episodes().filter(({ rule }) => rule === 'literal');

describe('a ratio to a baseline that was recorded, where no control is there', () => {
  it.each([slow, errors])('%s: is none on traffic like the recorded one, over days and many seeds', (trigger) => {
    let crossed = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const alike = bench(trigger);
      alike.observe(...traffic('control', 0, recordedUntil, seed));
      alike.observe(...traffic('treatment', recordedUntil, 2 * 24 * hour, seed + 1000));
      crossed += crossings(alike).length;
      expect(proofs(alike)).toEqual([]);
    }
    // The letter of it rolls back again and again.
    expect(crossed).toBeGreaterThan(12);
  });

  it.each([
    ['2.5 times as slow', slow, { slower: 2.5 }],
    ['failing ten times as often', errors, { failing: 0.1 }],
  ])('is one of a treatment that is %s within hours, and names what it was held against', (_, trigger, of) => {
    const from = 12 * hour;
    for (let seed = 1; seed <= 5; seed += 1) {
      const worse = bench(trigger);
      worse.observe(...traffic('control', 0, recordedUntil, seed));
      worse.observe(...traffic('treatment', recordedUntil, from, seed + 1000));
      worse.observe(...traffic('treatment', from, from + 10 * hour, seed + 2000, of));
      const [proof] = proofs(worse);
      expect(proof?.n).toBeLessThan(1000);
      expect(proof?.baseline).toMatchObject({ from: 'window', why: expect.stringMatching(/recorded window/) });
      expect(firingText(proof as never, trigger === slow ? 'ms' : null)).toMatch(/proven: .* no control was there$/);
    }
  });

  it('holds latencies against a fixed figure, too', () => {
    const stated = bench(slow, '{ figures: { latency: 1080 } }');
    stated.observe(...traffic('treatment', 0, 24 * hour, 3));
    expect(proofs(stated)).toEqual([]);
    stated.observe(...traffic('treatment', 24 * hour, 30 * hour, 4, { slower: 2 }));
    expect(proofs(stated)[0]?.baseline).toMatchObject({ from: 'figure', value: 1080 });
  });

  it('proves nothing from a window of a few records, whose own error is as large as a decline', () => {
    const few = bench(slow);
    few.observe(...traffic('control', 0, 600, 5), ...traffic('control', recordedUntil, recordedUntil + 60, 6));
    few.observe(...traffic('treatment', recordedUntil, recordedUntil + 12 * hour, 7, { slower: 3 }));
    expect(proofs(few)).toEqual([]);
    expect(rankError(0.95, 20)).toBeNull();
    expect(rankError(0.95, 500)).toBeLessThan(0.03);
  });

  it('takes no outage of both arms for a decline, where a control is there after all', () => {
    const both = bench(errors);
    both.observe(...traffic('control', 0, recordedUntil, 1));
    const arms = (['treatment', 'control'] as const).flatMap((arm, index) => [
      ...traffic(arm, recordedUntil, 10 * hour, 11 + index),
      ...traffic(arm, 10 * hour, 11 * hour, 21 + index, { failing: 0.6 }),
    ]);
    both.observe(...arms.sort((one, other) => one.reading.at - other.reading.at));
    expect(proofs(both)).toEqual([]);
    expect(crossings(both).length).toBeGreaterThan(0);
  });

  it('says the same over a restart at any point', () => {
    const records = [
      ...traffic('control', 0, recordedUntil, 1),
      ...traffic('treatment', recordedUntil, 8 * hour, 2),
      ...traffic('treatment', 8 * hour, 12 * hour, 3, { slower: 1.8 }),
    ];
    const whole = bench(slow);
    whole.observe(...records);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: records.length }), (cut) => {
        const restarted = bench(slow);
        restarted.observe(...records.slice(0, cut));
        const before = proofs(restarted);
        restarted.commit();
        restarted.restart();
        restarted.observe(...records.slice(cut));
        const told = [...before, ...proofs(restarted)].map(({ at, n }) => [at, n].join());
        expect([...new Set(told)]).toEqual(proofs(whole).map(({ at, n }) => [at, n].join()));
      }),
      { numRuns: 12 },
    );
  });
});
