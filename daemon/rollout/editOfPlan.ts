import { definitionOf } from '../judge/sameRule.ts';
import { canonical } from '../measure/keptParts.ts';
import { type Condition, parseCondition } from '../protocol/domain/condition.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { GoneStage, PlanChange, RolloutState } from '../protocol/domain/rollout.ts';
import type { ConditionVerdict } from '../protocol/domain/verdict.ts';
import { looksAlike, planChanges } from '../protocol/words/planChanges.ts';

/** What an edit of the plan means for the attempt that is under way. */
export interface EditOfPlan {
  readonly changes: readonly PlanChange[];
  /** Conditions of the gate of the stage under way that did not hold when they were taken away or loosened. */
  readonly loosened: readonly string[];
  /** Stages that this attempt knew behind the one it stands in, and that are in the plan no more. */
  readonly gone: readonly GoneStage[];
}

/**
 * @param verdict how a condition of the old gate stands over the stay under way; `null` when that cannot be told any more,
 * which is not met.
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

/** Whether what meets the one meets the other too: the same, or one that asks for more of the same measure. */
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
