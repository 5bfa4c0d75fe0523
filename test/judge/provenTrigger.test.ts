import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { firingText } from '../../daemon/protocol/words/figureText.ts';
import { JudgeBench, statusOf } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';

const replayed = { freshness: 'given', episodes: 'records' } as const;
const low = '{ id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback }';
const planWith = (trigger: string, more = '') =>
  uploadPlan(`triggers: [ ${trigger} ]\nstages: [ { id: one, percent: 50 } ]\n${more}`);
const bench = (trigger = low, more = '') => new JudgeBench(planWith(trigger, more), replayed);

let line = 0;
/** One record of each arm every `step` seconds; `fails(second)` says which arms fail. */
function traffic(
  from: number,
  to: number,
  step: number,
  fails: (second: number) => { readonly treatment?: boolean; readonly control?: boolean },
): Observation[] {
  const records: Observation[] = [];
  for (let second = from; second < to; second += step) {
    const { treatment = false, control = false } = fails(second);
    line += 2;
    records.push(
      upload({ second, good: !treatment }, line),
      upload({ second, arm: 'control', good: !control }, line + 1),
    );
  }
  return records;
}

const healthy = () => ({});
const proofs = (of: JudgeBench) => of.judge.episodes().filter(({ rule }) => rule === 'proven');
const crossings = (of: JudgeBench) => of.judge.episodes().filter(({ rule }) => rule === 'literal');

describe('a trigger that acts on a proof', () => {
  it('finds a total failure within two minutes, and names what it rests on', () => {
    const failing = bench();
    failing.observe(...traffic(0, 7200, 6, healthy), ...traffic(7200, 7320, 6, () => ({ treatment: true })));
    const [proof] = proofs(failing);
    expect(proof).toMatchObject({ trigger: 'low', condition: 'success_rate < 95%' });
    expect(proof?.good).toBeLessThan(4);
    expect(proof?.beside?.failures).toBe(0);
    expect(proof?.evidence).toHaveLength((proof?.n ?? 0) - (proof?.good ?? 0));
    expect(firingText(proof as never)).toMatch(
      /^success_rate fell below 95 %, proven: \d+ of \d+ failed, 0 of \d+ of the control$/,
    );
  });

  it('finds it in seconds where there are many records', () => {
    const failing = bench();
    failing.observe(...traffic(0, 600, 0.25, healthy));
    failing.observe(...traffic(600, 660, 0.25, () => ({ treatment: true })));
    const [proof] = proofs(failing);
    expect((proof?.at ?? 0) - streamStart).toBeLessThan(645_000);
  });

  it('finds it where no control is beside it, and says so', () => {
    const failing = bench();
    const alone = (from: number, to: number, good: boolean) =>
      Array.from({ length: (to - from) / 6 }, (_, index) =>
        upload({ second: from + index * 6, good }, 9000 + from + index),
      );
    failing.observe(...alone(0, 3600, true), ...alone(3600, 3900, false));
    const [proof] = proofs(failing);
    expect(proof?.beside).toBeNull();
    expect(firingText(proof as never)).toMatch(/failed, and no control was there$/);
  });

  it.each([
    [0.18, false],
    [0.3, true],
  ])('a share of %d failures beside a control without one, limit 80 %%: fires %s', (share, fires) => {
    // Worse than the control, and yet not below what the plan says.
    const steady = bench(low.replace('95%', '80%'));
    const fails = (second: number) => ({ treatment: ((second * 7919) % 1000) / 1000 < share });
    steady.observe(...traffic(0, 1800, 2, healthy), ...traffic(1800, 10_000, 2, fails));
    expect(proofs(steady).length > 0).toBe(fires);
    for (const { figure } of proofs(steady)) expect(figure).toBeLessThan(0.8);
  });

  it('finds a failure at 100 % although the suspicion began while a control was there', () => {
    const full = bench();
    const few = (second: number) => ({ treatment: second % 5 === 0 });
    full.observe(...traffic(0, 3600, 1, healthy), ...traffic(3600, 3620, 1, few));
    const alone = Array.from({ length: 600 }, (_, index) =>
      upload({ second: 3620 + index, good: index % 5 < 2 }, 90_000 + index),
    );
    full.observe(...alone);
    const [proof] = proofs(full);
    expect(proof).toBeDefined();
    expect((proof?.at ?? 0) - streamStart).toBeLessThan(3_620_000 + 600_000);
  });

  it('takes no outage of both arms for a decline, and calls the crossing a crossing', () => {
    const outage = bench();
    const both = (second: number) => ({ treatment: second % 5 < 4, control: second % 5 < 4 });
    outage.observe(
      ...traffic(0, 7200, 6, healthy),
      ...traffic(7200, 9000, 6, both),
      ...traffic(9000, 12_000, 6, healthy),
    );
    expect(proofs(outage)).toEqual([]);
    const [crossing] = crossings(outage);
    expect(crossing?.unproven?.chance).toBeGreaterThan(0);
    expect(firingText(crossing as never)).toMatch(/below 95 %; not proven: chance in 1 of \d+$/);
  });

  it('asks for less evidence where more false alarms are allowed', () => {
    const at = (rate: string) => {
      const failing = bench(low, `false_alarm: ${rate}`);
      failing.observe(...traffic(0, 7200, 6, healthy));
      failing.observe(...traffic(7200, 18_000, 6, (second) => ({ treatment: second % 60 === 0 })));
      return proofs(failing)[0]?.at ?? Number.POSITIVE_INFINITY;
    };
    expect(at('1 in 10 rollouts')).toBeLessThan(at('1 in 100 rollouts'));
    expect(at('1 in 100 rollouts')).toBeLessThan(at('1 in 10000 rollouts'));
  });

  it('takes the tries of one request for one trial, and its last outcome for the one that counts', () => {
    const tried = bench();
    tried.observe(...traffic(0, 3600, 6, healthy));
    const ofOne = [3600, 3605, 3610, 3620, 3640, 3650, 3660].map((second) => upload({ second, good: false, unit: 5 }));
    tried.observe(...ofOne);
    expect(statusOf(tried.at(3661), 'low').proof?.treatment.failures).toBe(1);
    tried.observe(upload({ second: 3670, good: true, unit: 5 }));
    expect(statusOf(tried.at(3671), 'low').proof).toMatchObject({ closeness: 0, treatment: { failures: 0 } });
  });

  it('tells how far the evidence is', () => {
    const failing = bench();
    failing.observe(...traffic(0, 3600, 6, healthy));
    expect(statusOf(failing.at(3600), 'low')).toMatchObject({ rule: 'proven', proof: { closeness: 0 } });
    failing.observe(...traffic(3600, 3636, 6, () => ({ treatment: true })));
    const { proof } = statusOf(failing.at(3636), 'low');
    expect(proof?.closeness).toBeGreaterThan(0);
    expect(proof?.treatment.failures).toBe(6);
  });

  it('carries no evidence over to another attempt', () => {
    const failing = bench();
    failing.observe(...traffic(0, 3600, 6, healthy), ...traffic(3600, 3636, 6, () => ({ treatment: true })));
    failing.judge.reset();
    expect(statusOf(failing.at(3636), 'low').proof?.closeness).toBe(0);
  });

  it('says the same in whatever order the records of some minutes came, and over a restart at any point', () => {
    const stream = fc
      .tuple(fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), fc.integer({ min: 1, max: 40 }), fc.nat(119))
      .map(([outcomes, share, restart]) => ({ outcomes, share, restart }));
    fc.assert(
      fc.property(stream, ({ outcomes, share, restart }) => {
        const records = traffic(0, 600, 10, (second) => ({
          treatment: outcomes[second / 10] === true && second % share < 20,
        }));
        const straight = bench();
        straight.observe(...records);
        const restarted = bench();
        for (const [index, record] of records.entries()) {
          if (index === restart) {
            restarted.commit();
            restarted.restart();
          }
          restarted.observe(record);
        }
        const kept = restarted.judge.episodes();
        expect(kept).toEqual(straight.judge.episodes().slice(-kept.length || straight.judge.episodes().length));
        expect(statusOf(restarted.at(600), 'low').proof).toEqual(statusOf(straight.at(600), 'low').proof);
        const shuffled = bench('{ id: low, when: "success_rate < 95%", over: 5m, min: 1000, then: rollback }');
        const mild = records.slice(-20);
        shuffled.observe(...mild.toReversed());
        const ordered = bench('{ id: low, when: "success_rate < 95%", over: 5m, min: 1000, then: rollback }');
        ordered.observe(...mild);
        if (proofs(ordered).length + proofs(shuffled).length > 0) return;
        expect(statusOf(shuffled.at(600), 'low').proof).toEqual(statusOf(ordered.at(600), 'low').proof);
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from what the version before remembered of how failures come', () => {
    const failing = bench();
    const fails = (second: number) => ({ control: second % 300 === 0 });
    failing.observe(...traffic(0, 7200, 6, fails), ...traffic(7200, 7230, 6, () => ({ treatment: true })));
    const { closeness } = statusOf(failing.at(7230), 'low').proof ?? { closeness: 0 };
    expect(closeness).toBeGreaterThan(0.1);
    const before = failing.judge.memory().replace(/"products":[^,]+,"squares":[^}]+/, '"squares":2,"expected":22');
    expect(before).toContain('"expected":22');
    failing.judge = failing.judgeFrom(before);
    expect(statusOf(failing.at(7230), 'low').proof?.closeness).toBeCloseTo(closeness, 1);
  });

  it('starts anew when the threshold is another', () => {
    const failing = bench();
    failing.observe(...traffic(0, 3600, 6, healthy), ...traffic(3600, 3636, 6, () => ({ treatment: true })));
    const memory = failing.judge.memory();
    expect(memory).toContain('"proven":{');
    const edited = memory.replaceAll('success_rate < 95%', 'success_rate < 90%');
    const other = new JudgeBench(planWith(low.replace('95%', '90%')), replayed);
    other.judge = other.judgeFrom(edited);
    expect(statusOf(other.at(3636), 'low').proof?.closeness).toBe(0);
  });
});

describe('a ratio to the control that is to be proven', () => {
  const errors = '{ id: low, when: "error_rate > 150% of baseline", over: 5m, min: 20, then: rollback }';
  const slow = '{ id: low, when: "latency > 150% of baseline", over: 5m, min: 20, then: rollback }';
  /** In 0..1, the same for the same number; good enough to scatter outcomes. */
  const scattered = (number: number) => Math.abs(Math.sin(number * 12.9898) * 43758.5453) % 1;
  const both = (from: number, to: number, record: (arm: 'treatment' | 'control', second: number) => object) =>
    Array.from({ length: (to - from) / 6 }, (_, index) => from + index * 6).flatMap((second) =>
      (['treatment', 'control'] as const).map((arm) => {
        line += 1;
        return upload({ second, arm, ...record(arm, second) }, line);
      }),
    );

  it('is none on healthy traffic of a day, which the letter of it crosses again and again', () => {
    const failing = bench(errors);
    failing.observe(
      ...both(0, 86_400, (arm, second) => ({ good: scattered(second + (arm === 'control' ? 0.3 : 0)) > 0.02 })),
    );
    expect(crossings(failing).length).toBeGreaterThan(5);
    expect(proofs(failing)).toEqual([]);
  });

  it('is one when the treatment fails five times as often', () => {
    const failing = bench(errors);
    failing.observe(
      ...both(0, 14_400, (arm, second) => ({
        good: scattered(second + (arm === 'control' ? 0.3 : 0)) > (arm === 'control' || second < 7200 ? 0.02 : 0.2),
      })),
    );
    const [proof] = proofs(failing);
    expect((proof?.at ?? 0) - streamStart).toBeGreaterThan(7_200_000);
    expect(firingText(proof as never)).toMatch(
      /^error_rate rose above 150 % of the baseline, proven: \d+ of \d+ failed, \d+ of \d+ of the control$/,
    );
  });

  it('is none on the first failures after a control without any', () => {
    const failing = bench(errors);
    failing.observe(
      ...both(0, 3600, () => ({ good: true })),
      ...both(3600, 3606, (arm) => ({ good: arm === 'control' })),
    );
    expect(proofs(failing)).toEqual([]);
  });

  it('is of how many records are slow where it is of a latency', () => {
    const duration = (arm: string, second: number) =>
      300 + 900 * scattered(second + (arm === 'control' ? 0.3 : 0)) ** 3;
    const alike = bench(slow);
    alike.observe(...both(0, 43_200, (arm, second) => ({ duration: duration(arm, second) })));
    expect(proofs(alike)).toEqual([]);
    const slower = bench(slow);
    slower.observe(
      ...both(0, 14_400, (arm, second) => ({
        duration: duration(arm, second) * (arm === 'treatment' && second >= 7200 ? 2.5 : 1),
      })),
    );
    const [proof] = proofs(slower);
    expect((proof?.at ?? 0) - streamStart).toBeGreaterThan(7_200_000);
    expect(firingText(proof as never, 'ms')).toMatch(
      /^latency rose above 150 % of the baseline, proven: \d+ of \d+ were beyond [\d,.]+ m?s, \d+ of \d+ of the control$/,
    );
  });
});
