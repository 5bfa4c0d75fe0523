import type { Condition } from './condition.ts';
import type { Plan, Trigger } from './plan.ts';

/** How a trigger decides: on what the data carry, or on the letter of its condition. */
export type TriggerRule = 'proven' | 'literal';

/** The plan's own word; else what rolls back is `proven`, where there is something to prove. */
export function ruleOf(plan: Plan, trigger: Trigger): TriggerRule {
  return trigger.rule ?? (trigger.then === 'rollback' && isProvable(plan, trigger) ? 'proven' : 'literal');
}

/**
 * A share of the treatment and how many of its records are slow are samples of something that a few records may misjudge; against a
 * baseline only what must not be more of it is, as a ratio of at least all of it. A count, a gauge, a line of a log and a person's
 * signal are what they are.
 */
export function isProvable(plan: Plan, { when }: Trigger): boolean {
  const { comparison, threshold, against, difference } = when;
  if (comparison === '==' || comparison === '!=' || difference !== undefined) return false;
  const isMore = comparison === '>' || comparison === '>=';
  const isRatio = against === 'baseline';
  const measure = plan.measures[when.measure];
  if (measure !== undefined && 'quantile' in measure) {
    return isMore && measure.of === 'treatment' && (!isRatio || hasBaseline(plan, when));
  }
  if (armOfShare(plan, when.measure) !== 'treatment') return false;
  return isRatio
    ? isMore && hasBaseline(plan, when)
    : threshold.coefficient > 0 && threshold.coefficient < threshold.scale;
}

/** A ratio of at least one to a control of the same time, to a recorded window, or to a fixed figure. */
function hasBaseline(plan: Plan, { measure, threshold: { coefficient, scale } }: Condition): boolean {
  const { baseline } = plan;
  const isRecorded = (baseline?.window ?? baseline?.otherwise?.window) !== undefined;
  const isFixed = { ...baseline?.otherwise?.figures, ...baseline?.figures }[measure] !== undefined;
  return coefficient >= scale && (hasConcurrentControl(plan) || isRecorded || isFixed);
}

export function hasConcurrentControl({ baseline, arms }: Plan): boolean {
  return baseline?.control === 'concurrent' && arms.control !== undefined;
}

/** `null` when the measure is no share. */
function armOfShare(plan: Plan, name: string): 'treatment' | 'control' | null {
  const seen = new Set<string>();
  let at = name;
  while (!seen.has(at)) {
    seen.add(at);
    const measure = plan.measures[at];
    if (measure === undefined) return null;
    if ('share' in measure) return measure.of;
    if (!('share_not' in measure)) return null;
    at = measure.share_not;
  }
  return null;
}
