import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { isReadBack } from './effectProgress.ts';
import { type EventOf, isUnderWay } from './phase.ts';

/** Somebody else has set the flag: the exposed users are not those of the stage. */
export function flagDrifted(state: RolloutState, { detail, from }: EventOf<'flag-drifted'>): RolloutState {
  const { phase, effect, visits, drift } = state;
  const visit = visits.at(-1);
  if (!isUnderWay(phase) || phase.kind === 'completed' || visit === undefined || visit.to !== null) return state;
  if (effect === null || !isReadBack(effect) || drift === detail) return state;
  if (drift !== null) return { ...state, drift: detail };
  const drifts = [...(visit.drifts ?? []), { from: from < visit.from ? visit.from : from, to: null }];
  return { ...state, drift: detail, visits: [...visits.slice(0, -1), { ...visit, drifts }] };
}

/** The flag has the set value again; the application's share is to be proven anew. */
export function flagRestored(state: RolloutState, at: WallTime): RolloutState {
  const { effect, visits, drift } = state;
  const visit = visits.at(-1);
  // A value that is just being put back is no proof of it yet.
  if (drift === null || effect === null || visit === undefined || !isReadBack(effect)) return state;
  return {
    ...state,
    drift: null,
    effect: { ...effect, progress: 'verified', since: at, verifiedAt: at, detail: null },
    visits: [...visits.slice(0, -1), withoutDrift(visit, eventTime(at))],
  };
}

/** With the current drift, if there is one, ended. */
export function withoutDrift(visit: StageVisit, at: EventTime): StageVisit {
  const { drifts } = visit;
  if (drifts === undefined || drifts.at(-1)?.to !== null) return visit;
  return { ...visit, drifts: drifts.map((drift) => ({ ...drift, to: drift.to ?? at })) };
}
