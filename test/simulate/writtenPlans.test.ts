import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import { thresholdsOf } from '../../daemon/judge/falseAlarm.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { measureShape } from '../../daemon/plan/measureShape.ts';
import { proposePlan } from '../../daemon/plan/proposePlan.ts';
import { thresholdValue } from '../../daemon/protocol/domain/condition.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import { ruleOf } from '../../daemon/protocol/domain/triggerRule.ts';
import { type Kind, simulate } from '../../daemon/simulate/traffic.ts';
import { blindAbove, declineRates } from '../../daemon/statistics/declineDetector.ts';
import { crossingProof, freshProof, type Slot, stepProof } from '../../daemon/statistics/provenDecline.ts';

/** What `init` and `import` write, held to what docs/decisions.md promises, on the benchmark's own traffic: a few seeds of it. */

const perMinute = 2;
const success = 0.99;

/** A day of the benchmark's healthy traffic as a log. */
function sampleOf(share: number) {
  const slots = simulate({ kind: 'healthy', perMinute, exposed: 0.5, success: share, days: 1 }, 41);
  const lines: string[] = [];
  for (let index = 0; index < slots.n.length; index += 1) {
    for (const [arm, n, failures] of [
      ['async', slots.n[index] ?? 0, slots.f[index] ?? 0],
      ['sync', slots.m[index] ?? 0, slots.g[index] ?? 0],
    ] as const) {
      for (let record = 0; record < n; record += 1) {
        const timestamp = new Date(1.7e12 + index * 15_000 + record).toISOString();
        lines.push(JSON.stringify({ timestamp, execution_type: arm, success: record >= failures }));
      }
    }
  }
  return readSampleRecords({ file: 'm.jsonl', pieces: [new TextEncoder().encode(lines.join('\n'))] });
}

function planOf(yaml: string): Plan {
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.loaded.plan;
}

const proposed = (share = success) => planOf(proposePlan(sampleOf(share), { treatment: 'async' }).yaml);
const name = 'MASTER_EXECUTION_GUIDE.md';
const bytes = readFileSync(join(import.meta.dirname, '../fixtures/guides', name));
const imported = () => planOf(importGuides([{ name, bytes }]).yaml);

/** The least shares of successes of the triggers that roll back on a proof. */
function limitsOf(plan: Plan): readonly number[] {
  return plan.triggers.flatMap((trigger) => {
    const { when } = trigger;
    const isShare = measureShape(plan, when.measure)?.kind === 'share';
    if (!isShare || when.against === 'baseline' || ruleOf(plan, trigger) !== 'proven') return [];
    const value = thresholdValue(when.threshold);
    return [when.comparison === '<' || when.comparison === '<=' ? value : 1 - value];
  });
}

interface Shown {
  readonly kind: Kind;
  readonly days: number;
  readonly seed: number;
  readonly drop?: { readonly minute: number; readonly success: number };
}

/** Records of the treatment from the drop to the first firing; `null`: none. */
function firstFiring(plan: Plan, { drop, ...shown }: Shown): number | null {
  const slots = simulate({ ...shown, perMinute, exposed: 0.5, success, ...(drop && { drop }) }, shown.seed);
  const rules = limitsOf(plan).map((limit) => ({ limit, rates: declineRates(limit), state: freshProof() }));
  const thresholds = thresholdsOf(plan);
  let records = 0;
  for (let index = 0; index < slots.n.length; index += 1) {
    const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
    const slot: Slot = { index, treatment, control: { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 } };
    if (index >= (drop?.minute ?? 0) * 4) records += treatment.n;
    for (const rule of rules) {
      rule.state = stepProof(rule.state, slot, rule.rates, thresholds);
      if (crossingProof(rule.state, thresholds, ({ n, failures }) => n - failures < rule.limit * n) !== null)
        return records;
    }
  }
  return null;
}

describe.each([
  ['init', proposed],
  ['import', imported],
])('the plan that `%s` writes', (_, write) => {
  const plan = write();

  it('has a rule that rolls back on a proof', () => {
    expect(limitsOf(plan).length).toBeGreaterThan(0);
  });

  it.each(['healthy', 'blips', 'retries', 'bursts', 'outage'] as const)('rolls back none of 3 rollouts: %s', (kind) => {
    for (let seed = 1; seed <= 3; seed += 1) expect(firstFiring(plan, { kind, days: 7, seed: 9000 + seed })).toBeNull();
  });

  it('finds a drop to 90 % after 150 records and one to 50 % after 30, half of the times', () => {
    const median = (to: number) => {
      const found = Array.from({ length: 9 }, (_, run) =>
        firstFiring(plan, {
          kind: 'healthy',
          days: 2.2,
          seed: 7000 + run,
          drop: { minute: 1440 + 37 * run, success: to },
        }),
      );
      expect(found).not.toContain(null);
      return found.toSorted((one, other) => (one ?? 0) - (other ?? 0))[4];
    };
    expect(median(0.9)).toBeLessThanOrEqual(150);
    expect(median(0.5)).toBeLessThanOrEqual(30);
  });
});

it.each([0.9, 0.95, 0.98, 0.99, 0.999])('`init` sees three times the failures of a control at %s', (share) => {
  for (const limit of limitsOf(proposed(share))) {
    const { healthy, declined } = declineRates(limit);
    // Some component of the proof has a drift up there.
    const sees = Math.max(...declined.map((each) => blindAbove(healthy, each)));
    const failing = Math.max(0.0025, 1 - share);
    expect(1 - 3 * failing).toBeLessThan(sees);
    expect(limit).toBeGreaterThan(1 - 6 * failing);
  }
});
