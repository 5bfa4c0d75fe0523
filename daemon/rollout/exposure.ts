import type { ExposedNow } from '../judge/judge.ts';
import type { RolledBackFrom } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, percent, type WallTime, wallTime } from '../protocol/domain/units.ts';
import { type EventOf, isUnderWay } from './phase.ts';

/**
 * Since when a finished rollback has left users exposed, because it led to an earlier stage and not to off; `null` when
 * it has not.
 */
export function leftExposed({ phase, effect }: Pick<RolloutState, 'phase' | 'effect'>): WallTime | null {
  if (phase.kind !== 'rolled-back' || effect === null || effect.percent === 0) return null;
  const { verifiedAt, heeded } = effect;
  return verifiedAt === null || heeded === undefined ? verifiedAt : wallTime(Math.max(verifiedAt, heeded));
}

/**
 * The present origin of a rollback: the stage that an earlier rollback led to, an exposure that was found, or the stage
 * of the attempt.
 */
export function leaves(state: RolloutState): Pick<RolledBackFrom, 'stage' | 'percent'> {
  const { effect, exposure, visits, phase } = state;
  if (leftExposed(state) !== null && effect !== null) return { stage: effect.stage, percent: effect.percent };
  const visit = visits.at(-1);
  if (isUnderWay(phase) && visit !== undefined && (exposure === null || visit.percent > 0)) {
    return { stage: visit.stage, percent: visit.percent };
  }
  return { stage: null, percent: exposure === null ? percent(0) : exposure.percent };
}

/** No attempt exposes users, and no rollback or stage is on its way. */
export function mayFindExposure(state: RolloutState): boolean {
  const { phase, visits } = state;
  if (phase.kind === 'planned') return true;
  if (phase.kind === 'rolled-back') return leftExposed(state) === null;
  return isUnderWay(phase) && phase.kind !== 'completed' && visits.at(-1)?.percent === 0;
}

/** In an attempt that exposes users itself, another percentage is a drift. */
export function exposureFound(state: RolloutState, event: EventOf<'exposure-found'>): RolloutState {
  if (!mayFindExposure(state)) return state;
  const { by, percent: found, detail, since } = event;
  const { exposure } = state;
  if (exposure !== null && exposure.by === by && exposure.percent === found) return state;
  return { ...state, exposure: { by, percent: found, detail, since: exposure?.since ?? since } };
}

/**
 * Since when users meet the treatment, in this attempt or by a found exposure, by event time: the time in which
 * triggers are judged; `null` when they do not.
 */
export function exposedSince(state: RolloutState): EventTime | null {
  if (!exposesUsers(state)) return null;
  if (state.exposure !== null) return state.exposure.since;
  const left = leftExposed(state);
  if (left !== null) return eventTime(left);
  const exposing = state.visits.filter(({ attempt, percent }) => attempt === state.attempt && percent > 0);
  // A clock that was set back has made the earliest stay the current one.
  return exposing.length === 0 ? null : eventTime(Math.min(...exposing.map(({ from }) => from)));
}

/**
 * The same for what is judged in some stages alone: since the first of the stays in a row in them; `null` in another stage.
 * An exposure that was found is of no known stage, so everything is judged.
 */
export function exposedInStages(state: RolloutState, stages: readonly string[]): EventTime | null {
  const since = exposedSince(state);
  if (since === null || state.exposure !== null) return since;
  if (leftExposed(state) !== null) {
    const stage = state.effect?.stage ?? null;
    return stage !== null && stages.includes(stage) ? since : null;
  }
  const stays = state.visits.filter(({ attempt }) => attempt === state.attempt);
  const before = stays.findLastIndex(({ stage }) => !stages.includes(stage));
  const first = stays[before + 1];
  return first === undefined ? null : eventTime(Math.max(since, first.from));
}

/** Since when users are exposed, for all triggers and for those of some stages. */
export function exposureOf(state: RolloutState): ExposedNow {
  return { exposedSince: exposedSince(state), exposedInStages: (stages) => exposedInStages(state, stages) };
}

/** True when somebody must watch: also after a rollback to the previous stage, and without an attempt. */
export function exposesUsers(state: RolloutState): boolean {
  if (state.exposure !== null) return true;
  switch (state.phase.kind) {
    case 'planned':
      return false;
    case 'rolled-back':
      return leftExposed(state) !== null;
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
    case 'rolling-back':
    case 'rollback-failed':
      return (state.visits.at(-1)?.percent ?? 0) > 0;
  }
}
