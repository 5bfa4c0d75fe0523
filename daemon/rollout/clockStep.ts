import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { type EventOf, isUnderWay } from './phase.ts';
import { pauseSoak } from './soak.ts';

/** The time of the gap does not count as soak: the soak counts up to its start, and on from the event. */
export function clockGap(state: RolloutState, { from, to, moved = 0 }: EventOf<'clock-gap'>): RolloutState {
  const standing = waitingOn(to < from ? setBack(state, to) : state, state, moved);
  const { phase } = standing;
  // How long a rollback takes is no matter of how the clock is set meanwhile.
  if (phase.kind === 'rolling-back' || phase.kind === 'rollback-failed')
    return { ...standing, phase: { ...phase, clockMoved: (phase.clockMoved ?? 0) + moved } };
  if (!isUnderWay(state.phase)) return standing;
  return { ...pauseSoak(standing, from), freshDataAfter: to };
}

/** The application has had as long to heed the flag as before, however the clock is set. */
function waitingOn(state: RolloutState, before: RolloutState, moved: number): RolloutState {
  const { effect } = state;
  const since = before.effect?.verifiedAt;
  if (effect === null || effect.verifiedAt === null || since == null) return state;
  const clockMoved = (effect.clockMoved ?? 0) + moved + since - effect.verifiedAt;
  return clockMoved === (effect.clockMoved ?? 0) ? state : { ...state, effect: { ...effect, clockMoved } };
}

/**
 * The clock was set back: a stay that began, or a flag that was read back, at a future time did so at the latest now.
 * Waiting for that time would be blindness; past stays keep the dates they had.
 */
function setBack(state: RolloutState, to: WallTime): RolloutState {
  const { since, visits, effect } = state;
  const last = visits.at(-1);
  const isAhead = last !== undefined && last.to === null && Math.max(last.from, last.set ?? last.from) > to;
  const drifts = last?.drifts?.map((drift) => ({
    from: earlier(drift.from, to),
    to: drift.to === null ? null : earlier(drift.to, to),
  }));
  const stays = isAhead
    ? [
        ...visits.slice(0, -1),
        {
          ...last,
          from: earlier(last.from, to),
          ...(last.set && { set: earlier(last.set, to) }),
          ...(drifts && { drifts }),
        },
      ]
    : visits;
  const isEffectAhead = effect !== null && (effect.since > to || (effect.verifiedAt ?? to) > to);
  const set = isEffectAhead
    ? { ...effect, since: notAfter(effect.since, to), verifiedAt: effect.verifiedAt && notAfter(effect.verifiedAt, to) }
    : effect;
  if (!isAhead && !isEffectAhead && since <= to) return state;
  return { ...state, since: notAfter(since, to), visits: stays, effect: set };
}

function earlier(at: EventTime, to: WallTime): EventTime {
  return at > to ? eventTime(to) : at;
}

function notAfter(at: WallTime, to: WallTime): WallTime {
  return at > to ? to : at;
}
