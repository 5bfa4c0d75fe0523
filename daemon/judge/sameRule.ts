import { canonical, type KeptParts } from '../measure/keptParts.ts';
import { gaugeSeries, lineSeries } from '../measure/resolvedMeasure.ts';
import type { Plan, Trigger } from '../protocol/domain/plan.ts';

/**
 * Of each trigger the id that it had in the plan before an edit, if it is the same rule still, judged by the same counts;
 * `null` for a new or changed rule. Names do not belong to the rule: neither the measure's nor (where no other trigger has
 * it) its own.
 */
export function sameRules(before: Plan, after: Plan, kept: KeptParts): (trigger: Trigger) => string | null {
  const known = Map.groupBy(before.triggers, (old) => ruleOf(old, before));
  const ids = new Set(after.triggers.map(({ id }) => id));
  return (trigger) => {
    if (!isCountedAlike(after, trigger.when.measure, kept)) return null;
    const alike = known.get(ruleOf(trigger, after)) ?? [];
    const named = alike.find(({ id }) => id === trigger.id);
    const renamed = alike.find(({ id }) => !ids.has(id));
    return (named ?? renamed)?.id ?? null;
  };
}

function ruleOf({ id: _id, within: _within, when, ...rest }: Trigger, plan: Plan): string {
  const { comparison, threshold, against, difference } = when;
  const baseline = against === 'baseline' ? plan.baseline : null;
  return canonical({
    ...rest,
    comparison,
    threshold,
    against,
    difference,
    baseline,
    measure: definitionOf(plan, when.measure),
  });
}

/** A measure by its definition, with the measure that it is the complement of, whatever their names. */
export function definitionOf(plan: Plan, name: string, depth = 0): unknown {
  const measure = plan.measures[name];
  if (measure === undefined || !('share_not' in measure) || depth > 8) return measure ?? null;
  return { share_not: definitionOf(plan, measure.share_not, depth + 1) };
}

function isCountedAlike(plan: Plan, name: string, kept: KeptParts): boolean {
  const measure = plan.measures[name];
  if (measure === undefined) return false;
  if ('signal' in measure) return true;
  const series = 'lines' in measure ? lineSeries(name) : 'gauge' in measure ? gaugeSeries(name) : null;
  return series === null ? kept.arms : kept.series.get(series)?.from != null;
}
