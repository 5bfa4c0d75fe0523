import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { Phase } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { ObservedShare } from '../protocol/domain/verdict.ts';
import { type EventOf, inPhase, isUnderWay } from './phase.ts';

const order = { intended: 0, failed: 0, written: 1, verified: 2, 'in-force': 3 } as const;

/** The flag was read back with the wanted value. */
export function isReadBack({ progress }: Pick<Effect, 'progress'>): boolean {
  return order[progress] >= order.verified;
}

/** Since when, by the clock as it is now, the application may have heeded the flag; `null` before it was read back. */
export function waitsSince({ verifiedAt: at, clockMoved = 0 }: Effect): WallTime | null {
  return at === null ? null : wallTime(at + clockMoved);
}

/** The flag was written, and reads back as something else: somebody else sets it too. */
export function isOverwritten({ progress, detail }: Pick<Effect, 'progress' | 'detail'>): boolean {
  return progress === 'written' && detail !== null;
}

/** Once a rollback has begun, no other effect is taken until the rollback has ended and a person begins anew. */
export function effectIntended(state: RolloutState, effect: Effect): RolloutState {
  const fits = effect.purpose === 'rollback' ? state.phase.kind === 'rolling-back' : isUnderWay(state.phase);
  return fits ? { ...state, effect } : state;
}

export function effectProgressed(state: RolloutState, event: EventOf<'effect-progressed'>, at: WallTime): RolloutState {
  const { effect, phase } = state;
  if (effect === null || effect.id !== event.id) return state;
  const { progress, detail } = event;
  // "Verified" with a detail says that the traffic contradicts it; that may follow any verified state.
  const contradicted = progress === 'verified' && detail !== null && order[effect.progress] >= order.verified;
  const forward = order[progress] > order[effect.progress];
  const missed = progress === 'failed' || isOverwritten({ progress, detail });
  const mayMiss = progress === 'failed' || order[effect.progress] <= order.written;
  if (!forward && !(contradicted && effect.detail === null) && !(missed && mayMiss)) return state;
  const next: Effect = {
    ...effect,
    progress,
    detail,
    since: at,
    verifiedAt: verifiedAt(effect, event, at),
    ...(effect.verifiedAt === null && effect.clockMoved !== undefined && { clockMoved: undefined }),
    ...(event.heeded !== undefined && { heeded: event.heeded }),
    tries: missed ? effect.tries + 1 : effect.tries,
  };
  const shares = event.share == null ? state.shares : withShare(state.shares, event.share);
  const progressed: RolloutState = { ...state, effect: next, shares, visits: flagSet(state.visits, next) };
  const written = progress === 'verified' && !contradicted && phase.kind === 'rollback-failed';
  return written ? inPhase(progressed, goingBack(phase), at) : progressed;
}

/** The first time of a stay that its flag was read back: requests of the stage begin from then on. */
function flagSet(visits: RolloutState['visits'], { purpose, stage, verifiedAt: at }: Effect): RolloutState['visits'] {
  const visit = visits.at(-1);
  const isOfStay = visit !== undefined && visit.to === null && visit.stage === stage && visit.set === undefined;
  if (!isOfStay || purpose === 'rollback' || at === null) return visits;
  return [...visits.slice(0, -1), { ...visit, set: eventTime(Math.max(at, visit.from)) }];
}

/** The first of each percentage: later looks do not replace it. At 0 and 100 % there is nothing to learn. */
export function withShare(shares: RolloutState['shares'], share: ObservedShare): RolloutState['shares'] {
  const { percent: of } = share;
  const isKnown = of === 0 || of === 100 || shares.some(({ percent }) => percent === of);
  return isKnown ? shares : [...shares, share];
}

function verifiedAt(effect: Effect, { progress }: EventOf<'effect-progressed'>, at: WallTime): WallTime | null {
  if (progress === 'failed' || progress === 'written') return null;
  return effect.verifiedAt ?? at;
}

function goingBack({ cause, from, clockMoved }: Extract<Phase, { kind: 'rollback-failed' }>): Phase {
  return { kind: 'rolling-back', cause, ...(from && { from }), ...(clockMoved !== undefined && { clockMoved }) };
}
