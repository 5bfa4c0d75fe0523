import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { alignedWith } from '../rollout/alignWithPlan.ts';
import { evolve, initialState } from '../rollout/evolve.ts';
import { exposesUsers } from '../rollout/exposure.ts';
import type { Store } from '../store/store.ts';

/** An attempt exposes users, or is running and will expose them or has not yet ended. */
export function needsWatch(state: RolloutState): boolean {
  const { kind } = state.phase;
  return (
    exposesUsers({ ...state, exposure: null }) || (kind !== 'planned' && kind !== 'rolled-back' && kind !== 'completed')
  );
}

/** A rollback is running, or is tried again and again. */
export function goesBack({ phase }: RolloutState): boolean {
  return phase.kind === 'rolling-back' || phase.kind === 'rollback-failed';
}

/** The advice when an edit cannot be taken during an attempt. */
export function afterRollback(isGoingBack: boolean): string {
  return isGoingBack ? 'wait until its rollback is done' : 'roll back first';
}

/** The state by the journal; stages are numbered as in the plan that was executed last. */
export function foldedState(id: string, planHash: string, store: Store, now: WallTime): RolloutState {
  let state = initialState(id, planHash, now);
  for (const entry of store.events(id)) state = evolve(state, entry.body, entry.at);
  return state;
}

/**
 * The state by the journal, in a stage of this plan.
 * @throws UserError `stage-gone`
 */
export function restoredState({ plan, hash }: LoadedPlan, store: Store, now: WallTime): RolloutState {
  const state = foldedState(plan.id, hash, store, now);
  const aligned = alignedWith(plan, state);
  if (aligned !== null) return aligned;
  const { stage = '', percent = 0 } = state.visits.at(-1) ?? {};
  throw new UserError(
    'stage-gone',
    `the rollout is in stage \`${stage}\` at ${percentText(percent)}, which this plan no longer has: put the stage back, or ${afterRollback(goesBack(state))}`,
  );
}
