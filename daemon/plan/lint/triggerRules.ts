import { formatDuration } from '../../protocol/domain/duration.ts';
import type { Plan, Stage, Trigger } from '../../protocol/domain/plan.ts';
import { isProvable, ruleOf } from '../../protocol/domain/triggerRule.ts';
import { duration } from '../../protocol/domain/units.ts';
import { grouped } from '../../protocol/words/figureText.ts';
import { declineRates, recordsToAlarm } from '../../statistics/declineDetector.ts';
import { belowByChance } from '../../statistics/fixedSample.ts';
import { alarmsPerMinute, type LiteralRule } from '../../statistics/windowAlarms.ts';
import { conditionsOf, measureShape } from '../measureShape.ts';
import { percentText, type Rule, type RuleFinding } from './finding.ts';
import { overlap, rangeOf, sameRange } from './findingRange.ts';
import type { PlanFix } from './fix.ts';
import { expectedTraffic } from './gatePower.ts';
import { shareGates } from './gateRules.ts';

const eachTrigger = (plan: Plan, find: (trigger: Trigger, index: number) => RuleFinding[]): readonly RuleFinding[] =>
  plan.triggers.flatMap(find);

export const noRollbackTrigger: Rule = (plan) => {
  if (plan.triggers.some(({ then }) => then === 'rollback')) return [];
  const message = 'no trigger rolls back: only a person will';
  return [{ path: plan.triggers.length === 0 ? [] : ['triggers'], at: 'key', message }];
};

/** One bad record of one is 0 %. */
export const triggerWithoutMinimum: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    const shape = measureShape(plan, trigger.when.measure);
    if (shape?.kind !== 'share' || trigger.min !== undefined) return [];
    const parent = ['triggers', index];
    const message = `without \`min\`, a single record of the window can fire it`;
    return [
      {
        path: [...parent, 'when'],
        at: 'value',
        message,
        fix: { kind: 'add', title: 'Add `min: 20`', parent, after: 'over', text: 'min: 20' },
      },
    ];
  });

/** Two conditions that always hold together are one, written twice. */
export const sameEvent: Rule = (plan) => {
  const conditions = conditionsOf(plan).map((each) => ({ ...each, range: rangeOf(plan, each.condition) }));
  return conditions.flatMap(({ condition, path, range }, index): RuleFinding[] => {
    const place = group(plan, path);
    const first = conditions.slice(0, index).find((other) => {
      const together = group(plan, other.path) === place;
      return together && range !== undefined && other.range !== undefined && sameRange(range, other.range);
    });
    if (first === undefined) return [];
    const message = `\`${condition.text}\` is the same event as \`${first.condition.text}\`, written twice`;
    // A person chooses which of two triggers to remove; of two conditions of a gate the second adds nothing.
    const whole = path[0] === 'stages' ? path.slice(0, 4) : path;
    const fix = { kind: 'remove', title: `Remove \`${condition.text}\``, path: whole } as const;
    return [{ path, at: 'value', message, ...(path[0] === 'stages' && { fix }) }];
  });
};

/** Conditions of one gate, or of triggers with the same consequence over the same time. */
function group(plan: Plan, path: readonly (string | number)[]): string {
  const [part, index] = path;
  if (part === 'stages') return `stages ${index}`;
  // Evidence of an item repeats a gate's condition on purpose.
  if (part !== 'triggers') return path.join('.');
  const trigger = plan.triggers[Number(index)];
  return `triggers ${trigger?.then} ${trigger?.over} ${trigger?.for ?? 0} ${trigger?.stages?.join(' ') ?? ''}`;
}

/** The stages that expose anyone, and in which the trigger is judged. */
function judgedIn({ stages }: Plan, trigger: Trigger): readonly Stage[] {
  return stages.filter(({ id, percent }) => percent > 0 && (trigger.stages?.includes(id) ?? true));
}

/** A figure that meets the gate and fires the trigger at once. */
export const triggerContradictsGate: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    const range = rangeOf(plan, trigger.when);
    if (range === undefined) return [];
    for (const stage of judgedIn(plan, trigger)) {
      const met = stage.gate.find((condition) => {
        const gate = rangeOf(plan, condition);
        // A count grows: that it is small now says nothing against a minimum later.
        const counts =
          measureShape(plan, condition.measure)?.kind === 'count' && condition.measure === trigger.when.measure;
        return gate !== undefined && !counts && overlap(range, gate);
      });
      if (met === undefined) continue;
      const message = `\`${trigger.when.text}\` fires on figures that meet \`${met.text}\`, the gate of \`${stage.id}\``;
      return [{ path: ['triggers', index, 'when'], at: 'value', message }];
    }
    return [];
  });

/** Counts and sketches are kept by the minute. */
export const windowShort: Rule = (plan) =>
  eachTrigger(plan, ({ over }, index) => {
    if (over >= 60_000) return [];
    const message = `a window of ${formatDuration(over)} is less than a minute: few records fall into it, and late ones not at all`;
    return [{ path: ['triggers', index, 'over'], at: 'value', message }];
  });

export const reviewForShort: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    if (trigger.then !== 'review' || (trigger.for ?? 0) >= trigger.over) return [];
    const key = trigger.for === undefined ? 'over' : 'for';
    const held = trigger.for === undefined ? 'one window' : `${formatDuration(trigger.for)}, less than its window,`;
    const message = `a review after ${held} may be noise: let it hold \`for\` as long as the window of ${formatDuration(trigger.over)}`;
    const parent = ['triggers', index];
    const text = lengthText(trigger.over);
    const title = `Let it hold \`for: ${text}\``;
    const fix: PlanFix =
      trigger.for === undefined
        ? { kind: 'add', title, parent, after: 'over', text: `for: ${text}` }
        : { kind: 'set', title, path: [...parent, 'for'], text };
    return [{ path: [...parent, key], at: 'value', message, fix }];
  });

/** A stage may end before the trigger can judge; while it is pending nothing advances, but nobody learns more. */
export const triggerOutlastsSoak: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    const stage = judgedIn(plan, trigger).find(
      ({ soak }) => soak > 0 && soak < Math.max(trigger.over, trigger.for ?? 0),
    );
    if (stage === undefined) return [];
    const key = (trigger.for ?? 0) > stage.soak ? 'for' : 'over';
    const length = formatDuration(key === 'for' ? (trigger.for ?? trigger.over) : trigger.over);
    const message = `\`${key}\` of ${length} is longer than the soak of \`${stage.id}\` (${formatDuration(stage.soak)}): the stage can end before the trigger has judged all of it`;
    return [{ path: ['triggers', index, key], at: 'value', message }];
  });

/** A length of time as a plan writes it. */
function lengthText(length: number): string {
  return length % 60_000 === 0 ? `${length / 60_000}m` : `${length}ms`;
}

export const promiseOnReview: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    if (trigger.then === 'rollback' || trigger.within === undefined) return [];
    const message = `\`within\` promises when the flag is in force, and a ${trigger.then} changes no flag: remove it`;
    const path = ['triggers', index, 'within'];
    return [{ path, at: 'key', message, fix: { kind: 'remove', title: 'Remove `within`', path } }];
  });

const rare = 1e-3;
const minute = 60_000;

/** How often a rollout that just meets its gates is rolled back all the same, where the letter of a condition does it. */
export const falseAlarms: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    const range = rangeOf(plan, trigger.when);
    const gates = shareGates(plan).filter(({ range: gate }) => gate.of === range?.of);
    const truth = Math.min(...gates.map(({ share }) => share));
    const { min } = trigger;
    if (trigger.then !== 'rollback' || (trigger.for ?? 0) > 0 || min === undefined || range === undefined) return [];
    if (ruleOf(plan, trigger) === 'proven' || gates.length === 0) return [];
    if (range.low > 0 || range.high >= truth || min > 10_000) return [];
    const chance = belowByChance(range.high, !range.highOpen, min, truth);
    if (chance < rare) return [];
    const path = ['triggers', index, 'rule'];
    // More records than a window ever holds would be a trigger that never fires, so `min` is no remedy.
    const fix: PlanFix | undefined = isProvable(plan, trigger)
      ? { kind: 'set', title: 'Write `rule: proven`', path, text: 'proven' }
      : undefined;
    const often = firingsByChance(plan, { threshold: range.high, over: trigger.over / minute, min }, truth);
    const remedy = fix === undefined ? '' : `; ${proofInFigures(plan, range.high)}`;
    const message = `at ${percentText(truth)}, which meets the gates, ${min} records fire it by chance in 1 of ${Math.round(1 / chance)} windows${often}${remedy}`;
    return [{ path: ['triggers', index, 'when'], at: 'value', message, fix }];
  });

/** Beyond so many records in a window the sum takes too long for a hint, and chance hardly moves them. */
const mostInWindow = 20_000;

/** `, about 230 times in this plan's 21 d at 10 a minute`: of both arms, as its gates' counts expect. */
function firingsByChance(plan: Plan, rule: LiteralRule, healthy: number): string {
  const { perMinute, from } = expectedTraffic(plan);
  if (perMinute * rule.over > mostInWindow) return '';
  let [expected, length] = [0, 0];
  for (const { percent, soak } of plan.stages) {
    if (percent === 0) continue;
    expected += (soak / minute) * alarmsPerMinute(rule, (perMinute * percent) / 100, healthy);
    length += soak;
  }
  if (expected < 1) return '';
  const times = expected < 10 ? expected.toPrecision(1) : grouped(Number(expected.toPrecision(2)));
  const traffic = `${from === 'assumed' ? 'an assumed ' : ''}${grouped(Number(perMinute.toPrecision(2)))} a minute`;
  return `, about ${times} times in this plan's ${formatDuration(duration(length))} at ${traffic}`;
}

/** The evidence of a component of the detector at which a proof is made (docs/decisions.md), its weight included. */
const evidenceOfProof = 50_000;

/** How often a proof is wrong, and how soon it finds a decline to twice the threshold's failures. */
function proofInFigures(plan: Plan, threshold: number): string {
  const { healthy, declined } = declineRates(threshold);
  const dropped = declined[1] ?? threshold;
  const records = recordsToAlarm(dropped, healthy, dropped, evidenceOfProof);
  const soon =
    records === null
      ? ''
      : `, and finds a drop to ${percentText(dropped)} after about ${grouped(Number(records.toPrecision(2)))} records`;
  return `\`rule: proven\` waits for the evidence: it is wrong in 1 of ${grouped(plan.false_alarm)} rollouts${soon}`;
}

/** Two noisy figures: `docs/decisions.md` and its reference simulated how often healthy arms differ by so much. */
export const ratioByLetter: Rule = (plan) =>
  eachTrigger(plan, (trigger, index) => {
    if (trigger.when.against !== 'baseline' || ruleOf(plan, trigger) === 'proven' || !isProvable(plan, trigger))
      return [];
    const path = ['triggers', index, 'when'];
    const message = `\`${trigger.when.text}\` compares two figures that vary by chance: of a few records a minute, arms that are alike cross it again and again; \`rule: proven\` waits for the evidence`;
    const parent = ['triggers', index];
    const fix: PlanFix =
      trigger.rule === undefined
        ? { kind: 'add', title: 'Write `rule: proven`', parent, after: 'over', text: 'rule: proven' }
        : { kind: 'set', title: 'Write `rule: proven`', path: [...parent, 'rule'], text: 'proven' };
    return [{ path, at: 'value', message, fix }];
  });

/** Shares lie between 0 and 1 and counts at 0 or more, so some conditions are always or never true. */
export const conditionConstant: Rule = (plan) =>
  conditionsOf(plan).flatMap(({ condition, path }): RuleFinding[] => {
    const shape = measureShape(plan, condition.measure);
    const range = rangeOf(plan, condition);
    if (shape === undefined || range === undefined || shape.kind === 'value' || condition.against === 'baseline')
      return [];
    const all = {
      of: range.of,
      low: 0,
      high: shape.kind === 'share' ? 1 : Number.POSITIVE_INFINITY,
      lowOpen: false,
      highOpen: false,
    };
    const never = !overlap(range, all);
    const lowHolds = range.low < 0 || (range.low === 0 && !range.lowOpen);
    const highHolds =
      range.high > all.high || (range.high === all.high && (!range.highOpen || all.high === Number.POSITIVE_INFINITY));
    if (!never && !(lowHolds && highHolds)) return [];
    return [{ path, at: 'value', message: `\`${condition.text}\` ${never ? 'never' : 'always'} holds` }];
  });
