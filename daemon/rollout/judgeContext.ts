import type { JudgeContext } from '../judge/judge.ts';
import type { Condition } from '../protocol/domain/condition.ts';
import type { Plan, Stage } from '../protocol/domain/plan.ts';
import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import type { EventTime, Percent, WallTime } from '../protocol/domain/units.ts';
import { exposureOf } from './exposure.ts';
import { isUnderWay } from './phase.ts';

/** The facts about a rollout that its judgement needs. */
export function judgeContext(
  plan: Plan,
  state: RolloutState,
  {
    now,
    eventNow,
    former,
  }: { readonly now: WallTime; readonly eventNow: EventTime; readonly former: readonly Condition[] },
): JudgeContext {
  return {
    now,
    eventNow,
    ...exposureOf(state),
    stage: currentStage(plan, state),
    visit: currentVisit(state),
    effect: state.effect,
    previous: percentBefore(state),
    waitsForGate: isUnderWay(state.phase) && state.phase.kind !== 'completed',
    former,
    observed: state.shares,
  };
}

/** The stay in the current stage, while an attempt runs. */
export function currentVisit({ visits }: RolloutState): StageVisit | null {
  const visit = visits.at(-1);
  return visit !== undefined && visit.to === null ? visit : null;
}

/** The percentage in force before the effect, when it is known: the proof must tell the new one from it. */
function percentBefore({ effect, visits, attempt }: RolloutState): Percent | null {
  if (effect === null) return null;
  switch (effect.purpose) {
    case 'rollback':
      return effect.before ?? visits.at(-1)?.percent ?? null;
    case 'advance': {
      const before = visits.at(-2);
      return before?.attempt === attempt ? before.percent : null;
    }
    case 'begin':
      return null;
  }
}

function currentStage(plan: Plan, state: RolloutState): Stage {
  const stage = plan.stages[state.stage] ?? plan.stages[0];
  if (stage === undefined) throw new Error('a plan has at least one stage');
  return stage;
}
