import type {
  Effect,
  JournalBody,
  Phase,
  RolledBackFrom,
  RolloutEvent,
  RolloutState,
  StageVisit,
} from '../protocol/domain/rollout.ts';
import { duration, type EventTime, eventTime, percent, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { Firing, ObservedShare } from '../protocol/domain/verdict.ts';
import { pauseSoak, settleSoak } from './soak.ts';

export function initialState(rollout: string, planHash: string, now: WallTime): RolloutState {
  return {
    rollout,
    attempt: 0,
    revision: 0,
    planHash,
    phase: { kind: 'planned' },
    stage: 0,
    since: now,
    visits: [],
    soaked: duration(0),
    countingSince: null,
    freshDataAfter: null,
    effect: null,
    shares: [],
    drift: null,
    exposure: null,
    promiseBroken: false,
  };
}

/**
 * The fold of the journal: the state after an event that happened at `at`. Total: an event that does not fit the state,
 * and a note that is none of its events, leaves the very same object. Any other event raises the revision by one.
 */
export function evolve(state: RolloutState, event: JournalBody, at: WallTime): RolloutState {
  const next = applied(state, event, at);
  if (next === state) return state;
  return { ...settleSoak(next, at), revision: state.revision + 1 };
}

function applied(state: RolloutState, event: JournalBody, at: WallTime): RolloutState {
  const { phase } = state;
  switch (event.kind) {
    case 'begun':
      return begun(state, event, at);
    case 'stage-entered':
      return stageEntered(state, event, at);
    case 'gate-ready':
      return phase.kind === 'soaking' ? inPhase(state, { kind: 'ready' }, at) : state;
    case 'gate-lost':
      return phase.kind === 'ready' ? inPhase(state, { kind: 'soaking' }, at) : state;
    case 'held':
      return phase.kind === 'soaking' || phase.kind === 'ready'
        ? inPhase(state, { kind: 'held', cause: event.cause }, at)
        : state;
    case 'resumed':
      return phase.kind === 'held' ? inPhase(state, { kind: 'soaking' }, at) : state;
    case 'clock-gap':
      return clockGap(state, event.from, event.to);
    case 'data-fresh':
      return state.freshDataAfter === null ? state : { ...state, freshDataAfter: null };
    case 'review-opened':
      return reviewOpened(state, event.firings, at);
    case 'acknowledged':
      return phase.kind === 'review' ? inPhase(state, phase.returnsTo, at) : state;
    case 'rollback-started':
      return rollbackStarted(state, event, at);
    case 'effect-intended':
      return effectIntended(state, event.effect);
    case 'effect-progressed':
      return effectProgressed(state, event, at);
    case 'flag-drifted':
      return flagDrifted(state, event);
    case 'flag-restored':
      return flagRestored(state, at);
    case 'exposure-found':
      return exposureFound(state, event);
    case 'exposure-over':
      return state.exposure === null ? state : { ...state, exposure: null };
    case 'promise-broken':
      return !state.promiseBroken && (phase.kind === 'rolling-back' || phase.kind === 'rollback-failed')
        ? { ...state, promiseBroken: true }
        : state;
    case 'rolled-back':
      return phase.kind === 'rolling-back' || phase.kind === 'rollback-failed'
        ? inPhase(state, { ...phase, kind: 'rolled-back' }, at)
        : state;
    case 'rollback-failed':
      return rollbackFailed(state, event.detail, at);
    case 'source':
      return event.doubled === true ? maybeDoubled(state, event) : state;
    case 'completed':
      return completed(state, event, at);
    case 'plan-changed':
      return event.planHash === state.planHash && event.stage === state.stage ? state : planChanged(state, event);
    case 'command':
    case 'firing':
    case 'lines':
    case 'measured':
    case 'signal':
    case 'tick':
    case 'evidence':
    case 'tests':
    case 'escalated':
    case 'reviewed':
    case 'daemon':
      return state;
  }
}

/** An attempt that is neither ended nor ending: a stage is in force, or on its way. */
export function isUnderWay(phase: Phase): boolean {
  switch (phase.kind) {
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      return true;
    case 'planned':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return false;
  }
}

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

/** A stay continues under another plan; conditions and later stages that the edit removed are remembered. */
function planChanged(state: RolloutState, event: Event<'plan-changed'>): RolloutState {
  const { loosened: _loosened, gone: _gone, ...rest } = state;
  const loosened = event.loosened ?? state.loosened ?? [];
  const gone = event.gone ?? state.gone ?? [];
  return {
    ...rest,
    planHash: event.planHash,
    stage: event.stage,
    ...(loosened.length > 0 && { loosened }),
    ...(gone.length > 0 && { gone }),
  };
}

/** The counts of this stay remain doubtful until it is left: a person has to decide on it. */
function maybeDoubled(state: RolloutState, { glob, file }: Extract<JournalBody, { kind: 'source' }>): RolloutState {
  if (!isUnderWay(state.phase)) return state;
  return { ...state, doubled: [...new Set([...(state.doubled ?? []), file ?? glob])] };
}

type Event<Kind extends RolloutEvent['kind']> = Extract<RolloutEvent, { kind: Kind }>;

function inPhase(state: RolloutState, phase: Phase, at: WallTime): RolloutState {
  return { ...state, phase, since: at };
}

/** The failure lasts until the write succeeds; its cause may change. */
function rollbackFailed(state: RolloutState, detail: string, at: WallTime): RolloutState {
  const { phase } = state;
  if (phase.kind === 'rolling-back') return inPhase(state, { ...phase, kind: 'rollback-failed', detail }, at);
  return phase.kind === 'rollback-failed' && phase.detail !== detail
    ? { ...state, phase: { ...phase, detail } }
    : state;
}

/** From any state but a running rollback: without an attempt, the flag may expose users all the same. */
function rollbackStarted(state: RolloutState, event: Event<'rollback-started'>, at: WallTime): RolloutState {
  const { kind } = state.phase;
  if (kind === 'rolling-back' || kind === 'rollback-failed') return state;
  const from: RolledBackFrom = { ...(event.from ?? leaves(state)), at: event.at };
  return inPhase(
    {
      ...state,
      visits: closed(state.visits, event.at, null),
      drift: null,
      exposure: null,
      promiseBroken: false,
    },
    { kind: 'rolling-back', cause: event.cause, from },
    at,
  );
}

function goingBack({ cause, from }: Extract<Phase, { kind: 'rollback-failed' }>): Phase {
  return { kind: 'rolling-back', cause, ...(from && { from }) };
}

/** In an attempt that exposes users itself, another percentage is a drift. */
function exposureFound(state: RolloutState, event: Event<'exposure-found'>): RolloutState {
  if (!mayFindExposure(state)) return state;
  const { by, percent: found, detail, since } = event;
  const { exposure } = state;
  if (exposure !== null && exposure.by === by && exposure.percent === found) return state;
  return { ...state, exposure: { by, percent: found, detail, since: exposure?.since ?? since } };
}

/** No attempt exposes users, and no rollback or stage is on its way. */
export function mayFindExposure(state: RolloutState): boolean {
  const { phase, visits } = state;
  if (phase.kind === 'planned') return true;
  if (phase.kind === 'rolled-back') return leftExposed(state) === null;
  return isUnderWay(phase) && phase.kind !== 'completed' && visits.at(-1)?.percent === 0;
}

function begun(state: RolloutState, event: Event<'begun'>, at: WallTime): RolloutState {
  if (!mayBegin(state)) return state;
  return {
    ...initialState(state.rollout, event.planHash, at),
    attempt: event.attempt,
    revision: state.revision,
    phase: { kind: 'soaking' },
    visits: state.visits,
  };
}

/** A person need not wait for the traffic to show a rollback whose flag is set; its file must confirm it. */
export function mayBegin({ phase, effect }: Pick<RolloutState, 'phase' | 'effect'>): boolean {
  switch (phase.kind) {
    case 'planned':
    case 'rolled-back':
      return true;
    case 'rolling-back':
    case 'rollback-failed':
      return effect !== null && order[effect.progress] >= order.verified;
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      return false;
  }
}

function stageEntered(state: RolloutState, event: Event<'stage-entered'>, at: WallTime): RolloutState {
  const phase = phaseOnEntering(state.phase, event.cause);
  if (phase === null) return state;
  const override = event.cause === 'override' ? { by: event.by, reason: event.reason ?? '', unmet: event.unmet } : null;
  const visit: StageVisit = {
    attempt: state.attempt,
    stage: event.id,
    percent: event.percent,
    from: event.at,
    to: null,
    override: null,
  };
  const { loosened: _loosened, doubled: _doubled, gone: before = [], ...rest } = state;
  const gone = before.filter(({ percent }) => percent > event.percent);
  const entered: RolloutState = {
    ...rest,
    ...(gone.length > 0 && { gone }),
    stage: event.stage,
    visits: [...closed(state.visits, event.at, override), visit],
    soaked: duration(0),
    countingSince: null,
    effect: null,
    shares: event.accepted === undefined ? state.shares : withShare(state.shares, event.accepted),
    drift: null,
    exposure: null,
  };
  return phase === state.phase ? entered : inPhase(entered, phase, at);
}

/**
 * A person's hold and an open review outlast a stage that the source entered by itself; nobody else enters one then.
 */
function phaseOnEntering(phase: Phase, cause: Event<'stage-entered'>['cause']): Phase | null {
  switch (phase.kind) {
    case 'soaking':
    case 'ready':
      return { kind: 'soaking' };
    case 'held':
      return cause === 'observed' ? phase : { kind: 'soaking' };
    case 'review':
      return cause === 'observed' ? phase : null;
    case 'planned':
    case 'completed':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return null;
  }
}

function closed(visits: readonly StageVisit[], to: EventTime, override: StageVisit['override']): readonly StageVisit[] {
  const last = visits.at(-1);
  return last === undefined || last.to !== null
    ? visits
    : [...visits.slice(0, -1), { ...withoutDrift(last, to), to, override }];
}

/** Somebody else has set the flag: the exposed users are not those of the stage. */
function flagDrifted(state: RolloutState, { detail, from }: Event<'flag-drifted'>): RolloutState {
  const { phase, effect, visits, drift } = state;
  const visit = visits.at(-1);
  if (!isUnderWay(phase) || phase.kind === 'completed' || visit === undefined || visit.to !== null) return state;
  if (effect === null || order[effect.progress] < order.verified || drift === detail) return state;
  if (drift !== null) return { ...state, drift: detail };
  const drifts = [...(visit.drifts ?? []), { from: from < visit.from ? visit.from : from, to: null }];
  return { ...state, drift: detail, visits: [...visits.slice(0, -1), { ...visit, drifts }] };
}

/** The flag has the set value again; the application's share is to be proven anew. */
function flagRestored(state: RolloutState, at: WallTime): RolloutState {
  const { effect, visits, drift } = state;
  const visit = visits.at(-1);
  if (drift === null || effect === null || visit === undefined) return state;
  return {
    ...state,
    drift: null,
    effect: { ...effect, progress: 'verified', since: at, verifiedAt: at, detail: null },
    visits: [...visits.slice(0, -1), withoutDrift(visit, eventTime(at))],
  };
}

/** With the current drift, if there is one, ended. */
function withoutDrift(visit: StageVisit, at: EventTime): StageVisit {
  const { drifts } = visit;
  if (drifts === undefined || drifts.at(-1)?.to !== null) return visit;
  return { ...visit, drifts: drifts.map((drift) => ({ ...drift, to: drift.to ?? at })) };
}

/** The time of the gap does not count as soak: the soak counts up to its start, and on from the event. */
function clockGap(state: RolloutState, from: WallTime, to: WallTime): RolloutState {
  const standing = to < from ? setBack(state, to) : state;
  if (!isUnderWay(state.phase)) return standing;
  return { ...pauseSoak(standing, from), freshDataAfter: to };
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

function reviewOpened(state: RolloutState, firings: Event<'review-opened'>['firings'], at: WallTime): RolloutState {
  const { phase } = state;
  switch (phase.kind) {
    case 'review':
      return { ...state, phase: { ...phase, firings: oncePerTrigger([...phase.firings, ...firings]) } };
    case 'soaking':
    case 'ready':
      return inPhase(state, { kind: 'review', firings: oncePerTrigger(firings), returnsTo: { kind: 'soaking' } }, at);
    case 'held':
    case 'completed':
      return inPhase(state, { kind: 'review', firings: oncePerTrigger(firings), returnsTo: phase }, at);
    case 'planned':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return state;
  }
}

/** A review lists a trigger once, with its newest firing: the one to look at before the acknowledgement. */
export function oncePerTrigger(firings: readonly Firing[]): readonly Firing[] {
  return [...new Map(firings.map((firing) => [firing.trigger, firing])).values()];
}

/** Once a rollback has begun, no other effect is taken until the rollback has ended and a person begins anew. */
function effectIntended(state: RolloutState, effect: Effect): RolloutState {
  const fits = effect.purpose === 'rollback' ? state.phase.kind === 'rolling-back' : isUnderWay(state.phase);
  return fits ? { ...state, effect } : state;
}

const order = { intended: 0, failed: 0, written: 1, verified: 2, 'in-force': 3 } as const;

function effectProgressed(state: RolloutState, event: Event<'effect-progressed'>, at: WallTime): RolloutState {
  const { effect, phase } = state;
  if (effect === null || effect.id !== event.id) return state;
  const { progress, detail } = event;
  // "Verified" with a detail says that the traffic contradicts it; that may follow any verified state.
  const contradicted = progress === 'verified' && detail !== null && order[effect.progress] >= order.verified;
  const forward = order[progress] > order[effect.progress];
  if (!forward && !(contradicted && effect.detail === null) && progress !== 'failed') return state;
  const next: Effect = {
    ...effect,
    progress,
    detail,
    since: at,
    verifiedAt: verifiedAt(effect, event, at),
    ...(event.heeded !== undefined && { heeded: event.heeded }),
    tries: progress === 'failed' ? effect.tries + 1 : effect.tries,
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
function withShare(shares: RolloutState['shares'], share: ObservedShare): RolloutState['shares'] {
  const { percent: of } = share;
  const isKnown = of === 0 || of === 100 || shares.some(({ percent }) => percent === of);
  return isKnown ? shares : [...shares, share];
}

function verifiedAt(effect: Effect, { progress }: Event<'effect-progressed'>, at: WallTime): WallTime | null {
  if (progress === 'failed' || progress === 'written') return null;
  return effect.verifiedAt ?? at;
}

function completed(state: RolloutState, event: Event<'completed'>, at: WallTime): RolloutState {
  const { kind } = state.phase;
  if (kind !== 'ready' && kind !== 'soaking' && kind !== 'held') return state;
  const done = inPhase({ ...state, drift: null }, { kind: 'completed' }, at);
  const visit = state.visits.at(-1);
  if (visit === undefined || event.reason === null || event.unmet.length === 0) return done;
  const override = { by: event.by, reason: event.reason, unmet: event.unmet };
  return { ...done, visits: [...state.visits.slice(0, -1), { ...visit, override }] };
}
