import type { JournalBody } from '../protocol/domain/journalEntry.ts';
import type { HoldCause, Phase, RolledBackFrom } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import { duration, type EventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import { clockGap } from './clockStep.ts';
import { flagDrifted, flagRestored, withoutDrift } from './driftOfStay.ts';
import { effectIntended, effectProgressed, isReadBack, withShare } from './effectProgress.ts';
import { exposureFound, leaves } from './exposure.ts';
import { withLostGate } from './hoveringGate.ts';
import { type EventOf, inPhase, isUnderWay } from './phase.ts';
import { settleSoak } from './soak.ts';

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
  const next = withoutOldApprovals(applied(state, event, at), event);
  if (next === state) return state;
  return { ...settleSoak(next, at), revision: state.revision + 1 };
}

/** An approval is of the state that the person saw: another stage, a lost gate, a review or an edit needs a new one. */
function withoutOldApprovals(state: RolloutState, { kind }: JournalBody): RolloutState {
  if (state.approvals === undefined || !endsApprovals.has(kind)) return state;
  const { approvals: _approvals, ...rest } = state;
  return rest;
}

const endsApprovals: ReadonlySet<JournalBody['kind']> = new Set<JournalBody['kind']>([
  'stage-entered',
  'gate-lost',
  'held',
  'review-opened',
  'rollback-started',
  'completed',
  'plan-changed',
]);

function applied(state: RolloutState, event: JournalBody, at: WallTime): RolloutState {
  const { phase } = state;
  switch (event.kind) {
    case 'begun':
      return begun(state, event, at);
    case 'stage-entered':
      return stageEntered(state, event, at);
    case 'approved':
      return phase.kind === 'soaking' || phase.kind === 'ready'
        ? { ...state, approvals: [...(state.approvals ?? []), { by: event.by, at, reason: event.reason }] }
        : state;
    case 'gate-ready':
      return phase.kind === 'soaking' ? inPhase(state, { kind: 'ready' }, at) : state;
    case 'gate-lost':
      return phase.kind === 'ready' ? inPhase(withLostGate(state, at), { kind: 'soaking' }, at) : state;
    case 'held':
      return held(state, event.cause, at);
    case 'resumed':
      return phase.kind === 'held' ? inPhase(state, { kind: 'soaking' }, at) : state;
    case 'clock-gap':
      return clockGap(state, event);
    case 'data-fresh':
      return state.freshDataAfter === null ? state : { ...state, freshDataAfter: null };
    case 'review-opened':
      return reviewOpened(state, event.firings, at);
    case 'acknowledged':
      return phase.kind === 'review' ? inPhase(acknowledged(state, event, at), phase.returnsTo, at) : state;
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
      return doubtfulCounts(state, event);
    case 'completed':
      return completed(state, event, at);
    case 'plan-changed':
      return event.planHash === state.planHash && event.stage === state.stage ? state : planChanged(state, event);
    case 'command':
    case 'firing':
    case 'lines':
    case 'explained':
    case 'measured':
    case 'signal':
    case 'tick':
    case 'evidence':
    case 'tests':
    case 'escalated':
    case 'reviewed':
    case 'lease-taken':
    case 'journal-replaced':
    case 'daemon':
      return state;
  }
}

/** A stay continues under another plan; conditions and later stages that the edit removed are remembered. */
function planChanged(state: RolloutState, event: EventOf<'plan-changed'>): RolloutState {
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
function doubtfulCounts(
  state: RolloutState,
  { glob, file, doubled, lost }: Extract<JournalBody, { kind: 'source' }>,
): RolloutState {
  if (!isUnderWay(state.phase) || (doubled !== true && lost !== true)) return state;
  const withThis = (known: readonly string[] | undefined) => [...new Set([...(known ?? []), file ?? glob])];
  return {
    ...state,
    ...(doubled === true && { doubled: withThis(state.doubled) }),
    ...(lost === true && { lost: withThis(state.lost) }),
  };
}

/** A trigger that was acknowledged until it is calm is not quiet for a time any more. */
function acknowledged(state: RolloutState, event: EventOf<'acknowledged'>, at: WallTime): RolloutState {
  const { triggers, for: length } = event;
  const { quiet: before, ...rest } = state;
  const others = Object.entries(before ?? {}).filter(([trigger]) => !triggers.includes(trigger));
  const these = length === undefined ? [] : triggers.map((trigger) => [trigger, wallTime(at + length)] as const);
  const quiet = Object.fromEntries([...others, ...these]);
  return Object.keys(quiet).length === 0 ? rest : { ...rest, quiet };
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
function rollbackStarted(state: RolloutState, event: EventOf<'rollback-started'>, at: WallTime): RolloutState {
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

function begun(state: RolloutState, event: EventOf<'begun'>, at: WallTime): RolloutState {
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
      return effect !== null && isReadBack(effect);
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      return false;
  }
}

function stageEntered(state: RolloutState, event: EventOf<'stage-entered'>, at: WallTime): RolloutState {
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
  const {
    loosened: _loosened,
    doubled: _doubled,
    lost: _lost,
    gateLost: _gateLost,
    gone: before = [],
    ...rest
  } = state;
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
function phaseOnEntering(phase: Phase, cause: EventOf<'stage-entered'>['cause']): Phase | null {
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

/** The first cause stays, and a trigger stands beside it: a resume must not pass over what fired meanwhile. */
function held(state: RolloutState, cause: HoldCause, at: WallTime): RolloutState {
  const { phase } = state;
  switch (phase.kind) {
    case 'soaking':
    case 'ready':
      return inPhase(state, { kind: 'held', cause }, at);
    case 'held':
      return cause.kind === 'trigger'
        ? { ...state, phase: { kind: 'held', cause: heldToo(phase.cause, cause) } }
        : state;
    case 'review': {
      const { returnsTo } = phase;
      if (returnsTo.kind === 'soaking') return { ...state, phase: { ...phase, returnsTo: { kind: 'held', cause } } };
      if (returnsTo.kind === 'completed' || cause.kind !== 'trigger') return state;
      return { ...state, phase: { ...phase, returnsTo: { kind: 'held', cause: heldToo(returnsTo.cause, cause) } } };
    }
    case 'planned':
    case 'completed':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return state;
  }
}

function heldToo(before: HoldCause, { kind, firings }: Extract<HoldCause, { kind: 'trigger' }>): HoldCause {
  return before.kind === 'trigger'
    ? { ...before, firings: oncePerTrigger([...before.firings, ...firings]) }
    : { kind, firings, beside: before };
}

function reviewOpened(state: RolloutState, firings: EventOf<'review-opened'>['firings'], at: WallTime): RolloutState {
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

function completed(state: RolloutState, event: EventOf<'completed'>, at: WallTime): RolloutState {
  const { kind } = state.phase;
  if (kind !== 'ready' && kind !== 'soaking' && kind !== 'held') return state;
  const done = inPhase({ ...state, drift: null }, { kind: 'completed' }, at);
  const visit = state.visits.at(-1);
  if (visit === undefined || event.reason === null || event.unmet.length === 0) return done;
  const override = { by: event.by, reason: event.reason, unmet: event.unmet };
  return { ...done, visits: [...state.visits.slice(0, -1), { ...visit, override }] };
}
