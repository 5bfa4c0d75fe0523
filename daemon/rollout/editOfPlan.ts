import { definitionOf } from '../judge/sameRule.ts';
import { canonical } from '../measure/keptParts.ts';
import { type Condition, parseCondition } from '../protocol/domain/condition.ts';
import type { PlanChange } from '../protocol/domain/journalEntry.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { GoneStage, RolloutState } from '../protocol/domain/rolloutState.ts';
import type { ConditionVerdict } from '../protocol/domain/verdict.ts';
import { looksAlike, planChanges } from '../protocol/words/planChanges.ts';

/** The meaning of a plan's edit for the current attempt. */
export interface EditOfPlan {
  readonly changes: readonly PlanChange[];
  /** Conditions of the current gate that did not hold when they were removed or loosened. */
  readonly loosened: readonly string[];
  /** Later stages that this attempt knew and that are no longer in the plan. */
  readonly gone: readonly GoneStage[];
}

/**
 * @param verdict the verdict of the old gate's condition over the current stay; `null` when it is not known any more,
 * which counts as not met.
 */
export function editOfPlan(
  before: Plan,
  after: Plan,
  state: RolloutState,
  verdict: (condition: Condition) => ConditionVerdict | null,
): EditOfPlan {
  const changes = planChanges(before, after);
  const visit = state.visits.at(-1);
  if (visit === undefined || visit.to !== null) return { changes, loosened: [], gone: [] };
  const then = before.stages.find(({ id }) => id === visit.stage);
  const now = after.stages.find(({ id }) => id === visit.stage);
  const asked = now?.gate ?? [];
  const known = (state.loosened ?? []).flatMap((text) => conditionOf(text));
  const loosened = [...known, ...(then?.gate ?? []).map((condition) => renamed(condition, before, after))]
    .filter((old) => !asked.some((condition) => implies(condition, old)))
    .filter((old) => known.includes(old) || verdict(old)?.verdict !== 'met')
    .map(({ text }) => text);
  const behind = then === undefined ? [] : before.stages.slice(before.stages.indexOf(then) + 1);
  const left = now === undefined ? after.stages : after.stages.slice(after.stages.indexOf(now) + 1);
  const gone = [...(state.gone ?? []), ...behind.map(({ id, percent }) => ({ id, percent }))].filter(
    ({ id, percent }, index, all) =>
      !left.some((stage) => stage.id === id || stage.percent === percent) &&
      all.findIndex((other) => other.id === id) === index,
  );
  return { changes, loosened: [...new Set(loosened)], gone };
}

/** The condition of the same measure, where that has another name in the new plan. */
function renamed(condition: Condition, before: Plan, after: Plan): Condition {
  const { measure, text } = condition;
  const definition = canonical(definitionOf(before, measure));
  const isSame = (name: string): boolean => canonical(definitionOf(after, name)) === definition;
  if (isSame(measure)) return condition;
  const name = Object.keys(after.measures).find(isSame);
  return name === undefined ? condition : { ...condition, measure: name, text: text.replace(measure, name) };
}

/** A condition as the journal keeps it. */
export function conditionOf(text: string): readonly Condition[] {
  const parsed = parseCondition(text);
  return 'measure' in parsed ? [parsed] : [];
}

/**
 * True when figures that meet the one also meet the other: the same condition, or one that asks for more of the same
 * measure.
 */
function implies(one: Condition, other: Condition): boolean {
  if (one.text === other.text) return true;
  if (!looksAlike(one, other) || one.threshold.unit !== other.threshold.unit) return false;
  const difference =
    one.threshold.coefficient * other.threshold.scale - other.threshold.coefficient * one.threshold.scale;
  const strict = (comparison: Condition['comparison']) => comparison === '>' || comparison === '<';
  const isAsStrict = difference !== 0 || strict(one.comparison) || !strict(other.comparison);
  switch (one.comparison) {
    case '>=':
    case '>':
      return difference >= 0 && isAsStrict;
    case '<=':
    case '<':
      return difference <= 0 && isAsStrict;
    case '==':
    case '!=':
      return false;
  }
}

/** True when the old plan had the new one's measure, under any name. */
export function wasMeasured(before: Plan, after: Plan, name: string): boolean {
  const definition = canonical(definitionOf(after, name));
  return Object.keys(before.measures).some((old) => canonical(definitionOf(before, old)) === definition);
}
