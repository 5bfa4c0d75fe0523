import { describe, expect, it } from 'vitest';
import { explainedLines } from '../../daemon/cli/explainedText.ts';
import { explainTriggers } from '../../daemon/cli/explainTriggers.ts';
import {
  expectedTraffic,
  explainGates,
  gateHardlyProves,
  hopelessGates,
  type SeenTraffic,
} from '../../daemon/plan/lint/gatePower.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

const planWith = (rule: 'literal' | 'proven') =>
  uploadPlan(`stages: [ { id: fifty, percent: 50, soak: 504h, gate: ["success_rate >= 98.5%", "uploads >= 2000"] } ]
triggers: [ { id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback, rule: ${rule} } ]`);
const at = (perMinute: number): SeenTraffic => ({
  perMinute,
  batch: 1,
  shares: { success_rate: 0.99 },
  from: 'sample',
});
const explained = (rule: 'literal' | 'proven', perMinute: number) => {
  const [only] = explainTriggers(planWith(rule), at(perMinute));
  if (only === undefined) throw new Error('nothing is explained');
  return only;
};

describe('a rule in figures', () => {
  it('by its letter fires two hundred times in three weeks of healthy traffic, and a proof does better', () => {
    const { falseAlarms, better, drops, minimum } = explained('literal', 20);
    expect(falseAlarms).toMatchObject({ expected: expect.closeTo(230, -1) });
    expect(better).toBe('rule: proven');
    expect(minimum.time).toBeGreaterThan(0.99);
    expect(drops[0]?.records?.median).toBeLessThan(40);
  });

  it('by its letter never fires where its window never holds the minimum', () => {
    const { minimum, drops, better } = explained('literal', 0.4);
    expect(minimum.time).toBeLessThan(1e-6);
    expect(drops.map(({ missed, runs }) => missed === runs)).toEqual([true, true]);
    expect(better).toBe('rule: proven');
  });

  it('by a proof finds a drop there, and is wrong as seldom as the plan says', () => {
    const { falseAlarms, drops, better } = explained('proven', 20);
    expect(falseAlarms).toEqual({ oneInRollouts: 100 });
    expect(drops.map(({ to }) => Number(to.toFixed(3)))).toEqual([0.9, 0.475]);
    expect(drops[0]?.records?.median).toBeLessThan(180);
    expect(drops[1]?.records?.median).toBeLessThan(30);
    expect(better).toBeNull();
    const lines = explainedLines(planWith('proven'), at(20), {
      triggers: explainTriggers(planWith('proven'), at(20)),
      gates: explainGates(planWith('proven'), at(20)),
    });
    expect(lines[0]).toBe('at 20 a minute of both arms (as in the sample):');
    expect(lines).toContainEqual('low: success_rate < 95%, by a proof; fifty has 10 a minute');
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}a drop to 90 %: found after \d+ records \(95 %: \d+\), about /),
    );
  });

  it('by a proof at 100 % has no control to wait for', () => {
    const [full] = explainTriggers(
      uploadPlan(`stages: [ { id: full, percent: 100, soak: 504h } ]
triggers: [ { id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback } ]`),
      at(3.5),
    );
    expect(full?.drops[0]?.records?.median).toBeLessThan(500);
    expect(full?.drops[1]?.records?.median).toBeLessThan(50);
  });

  it('tells of a gate how long a proof takes, and that the traffic of its stage can hardly ever give it', () => {
    const [gate] = explainGates(planWith('proven'), at(20));
    expect(gate).toMatchObject({ stage: 'fifty', share: 0.985, withoutFailure: 299, isHopeless: false });
    expect(gate?.needed).toBeGreaterThan(299);
    const [slow] = explainGates(planWith('proven'), at(0.005));
    expect(slow?.isHopeless).toBe(true);
    const lines = explainedLines(planWith('proven'), at(0.005), {
      triggers: [],
      gates: slow === undefined ? [] : [slow],
    });
    expect(lines[1]).toMatch(
      /^fifty asks for 98\.5 %: a proof takes .*: its traffic can hardly ever prove it within the soak$/,
    );
  });

  it('is a standing hint, in figures, where the traffic that other gates expect can hardly ever prove it', () => {
    const gated = (count: number) =>
      uploadPlan(`stages:
  - { id: ten, percent: 10, soak: 48h, gate: ["success_rate >= 99%"] }
  - { id: fifty, percent: 50, soak: 48h, gate: ["uploads >= ${count}"] }
triggers: [ { id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback } ]`);
    const [found] = gateHardlyProves(gated(300));
    expect(found?.path).toEqual(['stages', 0, 'gate', 0]);
    expect(found?.message).toMatch(
      /^the traffic of ten can hardly ever prove 99 %: 4\d\d records without a failure take about 14 d 23 h .* and the soak is 2 d$/,
    );
    expect(hopelessGates(gated(300))).toEqual([found?.message]);
    expect(gateHardlyProves(gated(30_000))).toEqual([]);
    expect(hopelessGates(gated(30_000))).toEqual([]);
  });

  it('takes the traffic that the gates expect where no sample shows it', () => {
    const { perMinute, from } = expectedTraffic(planWith('proven'));
    expect(from).toBe('gates');
    expect(perMinute).toBeCloseTo((2000 / (504 * 60)) * 2, 9);
  });
});
