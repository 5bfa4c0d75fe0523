import { thresholdsOf } from '../judge/falseAlarm.ts';
import { rangeOf } from '../plan/lint/findingRange.ts';
import type { SeenTraffic } from '../plan/lint/gatePower.ts';
import { shareGates } from '../plan/lint/gateRules.ts';
import { measureShape } from '../plan/measureShape.ts';
import type { Plan, Stage, Trigger } from '../protocol/domain/plan.ts';
import { isProvable, ruleOf, type TriggerRule } from '../protocol/domain/triggerRule.ts';
import { type Slots, simulate } from '../simulate/traffic.ts';
import { declineRates } from '../statistics/declineDetector.ts';
import { crossingProof, freshProof, type Slot, stepProof } from '../statistics/provenDecline.ts';
import { alarmsPerMinute, timeWithMinimum } from '../statistics/windowAlarms.ts';

export interface FoundDrop {
  /** The share of successes that the treatment falls to. */
  readonly to: number;
  /** Records of the treatment until the rule fires, half and 95 % of the times; `null`: it does not. */
  readonly records: { readonly median: number; readonly late: number } | null;
  readonly minutes: number | null;
  readonly missed: number;
  readonly runs: number;
}

/** A trigger's rule in figures: how often it is wrong, how soon it is right. */
export interface ExplainedTrigger {
  readonly trigger: string;
  readonly when: string;
  readonly rule: TriggerRule;
  /** The stage whose traffic the delays are of. */
  readonly stage: string;
  readonly perMinute: number;
  readonly healthy: number;
  /** Expected over the plan's length; of a proof, in one of so many rollouts. */
  readonly falseAlarms: { readonly expected: number } | { readonly oneInRollouts: number };
  /** The part of the time in which its window holds the minimum, and the minutes until it first does. */
  readonly minimum: { readonly time: number; readonly minutes: number };
  readonly drops: readonly FoundDrop[];
  /** What does better, as it would stand in the plan; `null`: nothing that is known. */
  readonly better: string | null;
}

const minute = 60_000;
const assumedShare = 0.99;
const runs = 40;
/** The arms have some traffic before the drop, so that what a rule learns is learnt. */
const hoursBefore = 6;
const mostRecords = 1500;
/** Of each trigger on a share of the treatment against a fixed figure. */
export function explainTriggers(plan: Plan, traffic: SeenTraffic): readonly ExplainedTrigger[] {
  const exposing = plan.stages.filter(({ percent }) => percent > 0);
  const stage = exposing.toSorted((one, other) => other.soak - one.soak)[0];
  if (stage === undefined) return [];
  return plan.triggers.flatMap((trigger): ExplainedTrigger[] => {
    const shape = measureShape(plan, trigger.when.measure);
    const range = rangeOf(plan, trigger.when);
    if (shape?.kind !== 'share' || shape.arm !== 'treatment' || trigger.when.against === 'baseline') return [];
    if (range === undefined || range.low > 0 || !(range.high > 0 && range.high < 1)) return [];
    return [explained(plan, trigger, { threshold: range.high, share: shape.share, stage, exposing, traffic })];
  });
}

interface Explaining {
  readonly threshold: number;
  readonly share: string;
  readonly stage: Stage;
  readonly exposing: readonly Stage[];
  readonly traffic: SeenTraffic;
}

function explained(plan: Plan, trigger: Trigger, of: Explaining): ExplainedTrigger {
  const { threshold, share, stage, exposing, traffic } = of;
  const gates = shareGates(plan).filter(({ range }) => range.of === `${share} share`);
  const strictest = gates.length === 0 ? assumedShare : Math.max(...gates.map((gate) => gate.share));
  const healthy = traffic.shares[share] ?? Math.min(0.999, Math.max(strictest, threshold + (1 - threshold) / 2));
  const rule = ruleOf(plan, trigger);
  const literal = { threshold, over: trigger.over / minute, min: trigger.min ?? 1 };
  const rateAt = ({ percent }: Stage) => (traffic.perMinute * percent) / 100;
  const perMinute = rateAt(stage);
  const expected = exposing.reduce(
    (sum, each) => sum + (each.soak / minute) * alarmsPerMinute(literal, rateAt(each), healthy),
    0,
  );
  const drops = [1 - 2 * (1 - threshold), Math.min(0.5, threshold / 2)].map((to) =>
    foundDrop(plan, rule, { literal, to, perMinute, exposed: stage.percent / 100, healthy, batch: traffic.batch }),
  );
  const isNoisy = rule === 'literal' && (expected > 0.01 || timeWithMinimum(literal, perMinute) < 0.5);
  return {
    trigger: trigger.id,
    when: trigger.when.text,
    rule,
    stage: stage.id,
    perMinute,
    healthy,
    falseAlarms: rule === 'literal' ? { expected } : { oneInRollouts: plan.false_alarm },
    minimum: { time: timeWithMinimum(literal, perMinute), minutes: literal.min / perMinute },
    drops,
    better: isNoisy && isProvable(plan, trigger) ? 'rule: proven' : null,
  };
}

interface Drop {
  readonly literal: { readonly threshold: number; readonly over: number; readonly min: number };
  readonly to: number;
  readonly perMinute: number;
  readonly exposed: number;
  readonly healthy: number;
  readonly batch: number;
}

function foundDrop(plan: Plan, rule: TriggerRule, drop: Drop): FoundDrop {
  const { to, perMinute, exposed, healthy, batch } = drop;
  const found: { readonly records: number; readonly minutes: number }[] = [];
  const days = (hoursBefore + Math.min(24 * 14, mostRecords / Math.max(perMinute, 1e-3) / 60)) / 24;
  const at = hoursBefore * 60;
  for (let run = 0; run < runs; run += 1) {
    const kind = batch > 2 ? 'bursts' : 'healthy';
    const slots = simulate(
      {
        kind,
        perMinute,
        exposed,
        success: healthy,
        days: Math.ceil(days * 10) / 10,
        drop: { minute: at, success: to },
      },
      1 + run,
    );
    const first = firstAfter(
      slots,
      (at * 60) / slots.slotSeconds,
      rule === 'proven' ? proofRule(plan, drop) : letterRule(drop),
    );
    if (first !== null) found.push(first);
  }
  const nth = (numbers: readonly number[], part: number) =>
    numbers.toSorted((one, other) => one - other)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? 0;
  const records = found.map((each) => each.records);
  const isFound = found.length * 2 > runs;
  return {
    to,
    records: isFound ? { median: nth(records, 0.5), late: nth(records, 0.95) } : null,
    minutes: isFound
      ? nth(
          found.map((each) => each.minutes),
          0.5,
        )
      : null,
    missed: runs - found.length,
    runs,
  };
}

type Fires = (slot: Slot) => boolean;

/** Firings before the drop are chance, and not what is looked for. */
function firstAfter(
  slots: Slots,
  from: number,
  fires: Fires,
): { readonly records: number; readonly minutes: number } | null {
  let records = 0;
  for (let index = 0; index < slots.n.length; index += 1) {
    const treatment = { n: slots.n[index] ?? 0, failures: slots.f[index] ?? 0 };
    const control = { n: slots.m[index] ?? 0, failures: slots.g[index] ?? 0 };
    if (index >= from) records += treatment.n;
    const isFiring = treatment.n + control.n > 0 && fires({ index, treatment, control });
    if (isFiring && index >= from) return { records, minutes: ((index + 1 - from) * slots.slotSeconds) / 60 };
  }
  return null;
}

function proofRule(plan: Plan, { literal: { threshold } }: Drop): Fires {
  const rates = declineRates(threshold);
  const thresholds = thresholdsOf(plan);
  let state = freshProof();
  return (slot) => {
    state = stepProof(state, slot, rates, thresholds);
    const isBeyond = ({ n, failures }: Slot['treatment']) => n - failures < threshold * n;
    return crossingProof(state, thresholds, isBeyond) !== null;
  };
}

/** The trailing window by slots. */
function letterRule({ literal: { threshold, over, min } }: Drop): Fires {
  const held: Slot[] = [];
  const length = over * 4;
  let [n, failures] = [0, 0];
  return (slot) => {
    held.push(slot);
    n += slot.treatment.n;
    failures += slot.treatment.failures;
    while (held[0] !== undefined && held[0].index <= slot.index - length) {
      n -= held[0].treatment.n;
      failures -= held[0].treatment.failures;
      held.shift();
    }
    return slot.treatment.n > 0 && n >= Math.max(1, min) && n - failures < threshold * n;
  };
}
