import type { Plan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';

/**
 * A plan may be edited while it is executed: the state names its stage, so its index follows the plan. `null` when the
 * plan no longer has the attempt's stage, or has it with another percentage.
 */
export function alignedWith(plan: Plan, state: RolloutState): RolloutState | null {
  const visit = state.visits.at(-1);
  if (visit === undefined || visit.to !== null)
    return { ...state, stage: Math.min(state.stage, plan.stages.length - 1) };
  const stage = plan.stages.findIndex(({ id, percent }) => id === visit.stage && percent === visit.percent);
  return stage === -1 ? null : { ...state, stage };
}
