import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { type Duration, duration, type WallTime } from '../protocol/domain/units.ts';

/** The soaked time of this visit by `now`. A clock that was set back takes nothing away. */
export function soakedBy(state: RolloutState, now: WallTime): Duration {
  const running = state.countingSince === null ? 0 : Math.max(0, now - state.countingSince);
  return duration(state.soaked + running);
}

export function pauseSoak(state: RolloutState, at: WallTime): RolloutState {
  return state.countingSince === null ? state : { ...state, soaked: soakedBy(state, at), countingSince: null };
}

/** Starts or stops the count as the state requires: called after each event, so that no event has to do it. */
export function settleSoak(state: RolloutState, at: WallTime): RolloutState {
  const runs = soakRuns(state);
  if (runs && state.countingSince === null) return { ...state, countingSince: at };
  return runs ? state : pauseSoak(state, at);
}

/**
 * A stage soaks while its flag is in force as far as anyone knows: written, not contradicted by the traffic, and not
 * set by somebody else. Without a flag of ours the plan's stage counts.
 */
function soakRuns({ phase, effect, visits, drift }: RolloutState): boolean {
  if (phase.kind !== 'soaking' && phase.kind !== 'ready') return false;
  if (visits.at(-1)?.to !== null || drift !== null) return false;
  if (effect === null || effect.progress === 'in-force') return true;
  return effect.progress === 'verified' && effect.detail === null;
}
