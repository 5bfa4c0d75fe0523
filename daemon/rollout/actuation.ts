import type { Effect, EffectProgress } from '../protocol/domain/flagEffect.ts';
import type { RolloutEvent } from '../protocol/domain/journalEntry.ts';
import type { Plan, Stage } from '../protocol/domain/plan.ts';
import type { RollbackCause } from '../protocol/domain/rolloutPhase.ts';
import { decidingFirings } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import {
  type Duration,
  duration,
  type EventTime,
  type Percent,
  percent,
  type WallTime,
} from '../protocol/domain/units.ts';
import type { Judgement } from '../protocol/domain/verdict.ts';
import { type Draft, record } from './decisionDraft.ts';
import { isOverwritten, waitsSince } from './effectProgress.ts';
import { leaves } from './exposure.ts';
import { isUnderWay } from './phase.ts';
import { contradictionText } from './readiness.ts';

type Entering = Pick<
  Extract<RolloutEvent, { kind: 'stage-entered' }>,
  'cause' | 'by' | 'reason' | 'unmet' | 'accepted'
>;

/** Enters a stage and, when the plan has a flag, intends its absolute value. */
export function enterStage(
  draft: Draft,
  plan: Plan,
  target: { readonly index: number; readonly stage: Stage; readonly at: EventTime },
  entering: Entering,
): void {
  const { index, stage, at } = target;
  record(draft, { kind: 'stage-entered', stage: index, id: stage.id, percent: stage.percent, at, ...entering });
  if (plan.flag === undefined || entering.cause === 'observed') return;
  intend(draft, entering.cause === 'begin' ? 'begin' : 'advance', stage.id, stage.percent);
}

/**
 * Starts a rollback, of an attempt or of an exposure without one. Without a flag there is nothing to actuate: the
 * rollback is over at once, and the sentence tells the steps that remain by hand.
 */
export function startRollback(draft: Draft, plan: Plan, cause: RollbackCause, at: EventTime, to?: 'off'): void {
  const target = to === 'off' ? offTarget(plan) : rollbackTarget(plan, draft.state);
  const actuated = plan.flag !== undefined || draft.state.effect !== null;
  // A rollback from the stage of its attempt needs no origin.
  const from = isUnderWay(draft.state.phase) && draft.state.exposure === null ? undefined : leaves(draft.state);
  record(draft, { kind: 'rollback-started', cause, to: target.index, at, ...(from && { from }) });
  if (actuated) intend(draft, 'rollback', target.stage, target.percent);
  else record(draft, { kind: 'rolled-back' });
}

export interface RollbackTarget {
  /** The index of the stage in the plan; -1 when `off` is none of its stages. */
  readonly index: number;
  readonly stage: string;
  readonly percent: Percent;
}

/**
 * The target of a rollback: off, or the last lower percentage of this attempt, as it was recorded when that stage was
 * entered; an edit of the plan since then does not move it.
 */
export function rollbackTarget(plan: Plan, { visits, attempt, phase }: RolloutState): RollbackTarget {
  const current = visits.at(-1);
  // From an earlier stage that failed too the only target is off.
  const previous =
    plan.rollback.to === 'previous' && phase.kind !== 'rolled-back' && current !== undefined
      ? visits.findLast((visit) => visit.attempt === attempt && visit.percent < current.percent)
      : undefined;
  if (previous !== undefined && previous.percent > 0) {
    const index = plan.stages.findIndex(({ id }) => id === previous.stage);
    return { index, stage: previous.stage, percent: previous.percent };
  }
  return offTarget(plan);
}

function offTarget(plan: Plan): RollbackTarget {
  const index = plan.stages.findIndex((stage) => stage.percent === 0);
  return { index, stage: plan.stages[index]?.id ?? 'off', percent: percent(0) };
}

/** The executor's report on an effect. Returns the effect to carry out because of it. */
export function reportEffect(
  draft: Draft,
  plan: Plan,
  report: { readonly id: string; readonly progress: 'written' | 'verified' | 'failed'; readonly detail: string | null },
): Effect | null {
  const { effect } = draft.state;
  if (effect === null) return null;
  // A late write that was overtaken may have undone the newer one: absolute values make a repetition harmless.
  if (effect.id !== report.id) return report.progress === 'failed' ? null : effect;
  const { progress: reached, detail } = report;
  progress(draft, reached, reached === 'verified' ? null : detail);
  // A write that reads back differently is no success either, once the executor reports it.
  if (reached === 'failed') failRollback(draft, `the flag could not be set: ${detail ?? 'no reason given'}`);
  if (reached === 'written' && detail !== null) failRollback(draft, `the flag was written, but ${detail}`);
  settleRollback(draft, plan);
  return null;
}

/** The traffic's word on the effect: verified → in force, or a contradiction once `proof.within` is over. */
export function weighProof(draft: Draft, plan: Plan, { proof }: Judgement, eventNow: EventTime): void {
  const { effect } = draft.state;
  const named = plan.flag?.proof;
  if (effect === null || effect.verifiedAt === null || named === undefined || proof === null) return;
  if (proof.kind === 'proven' && effect.progress === 'verified') {
    progress(draft, 'in-force', null, { share: proof.share, heeded: proof.since });
  }
  const since = waitsSince(effect) ?? draft.now;
  const overdue = draft.now - since > named.within;
  if (proof.kind !== 'contradicted' || !overdue || effect.detail !== null) return;
  const detail = contradictionText(effect, proof);
  progress(draft, 'verified', detail);
  failRollback(draft, detail);
  if (effect.purpose !== 'rollback' && isUnderWay(draft.state.phase)) heedExposure(draft, plan, detail, eventNow);
}

/** The plan's word on a share of the traffic that contradicts the flag. */
function heedExposure(draft: Draft, plan: Plan, detail: string, eventNow: EventTime): void {
  switch (plan.flag?.proof?.exposure) {
    case 'hold':
      if (draft.state.phase.kind !== 'held') record(draft, { kind: 'held', cause: { kind: 'fault', detail } });
      break;
    case 'rollback':
      startRollback(draft, plan, { kind: 'person', by: 'flag.proof.exposure of the plan', reason: detail }, eventNow);
      break;
    case 'warn':
    case undefined:
      break;
  }
}

/**
 * Ends a rollback whose effect is in force, or read back where the plan names no proof; reports a broken promise once.
 */
export function settleRollback(draft: Draft, plan: Plan): void {
  const { phase, effect } = draft.state;
  if (phase.kind !== 'rolling-back' && phase.kind !== 'rollback-failed') return;
  if (phase.cause.kind === 'trigger') {
    const { trigger } = phase.cause.firing;
    const promised = plan.triggers.find(({ id }) => id === trigger)?.within;
    const took = sinceCause(draft.state, draft.now);
    if (promised !== undefined && took > promised) record(draft, { kind: 'promise-broken', trigger, promised, took });
  }
  if (effect === null || effect.purpose !== 'rollback') return;
  const done = effect.progress === 'in-force' || (effect.progress === 'verified' && plan.flag?.proof === undefined);
  if (done) record(draft, { kind: 'rolled-back' });
}

const retryFirst = 1000;
/**
 * The longest wait between retries. A rollback leaves users exposed while somebody mends the flag's file; a move
 * forward has time.
 */
const retryLongest = { rollback: 5000, forward: 30_000 } as const;

/**
 * The effect that a tick carries out: one that has not been read back, so that a restart finishes it after a crash;
 * after a failure, and where somebody else sets it too, with 1, 2, 4 … s in between. The executor leaves out an effect that it is just carrying out.
 */
export function dueEffect({ effect }: RolloutState, now: WallTime): Effect | null {
  switch (effect?.progress) {
    case 'intended':
      return effect;
    case 'written':
      return isOverwritten(effect) ? afterPause(effect, now) : effect;
    case 'failed':
      return afterPause(effect, now);
    case 'verified':
    case 'in-force':
    case undefined:
      return null;
  }
}

function afterPause(effect: Effect, now: WallTime): Effect | null {
  const longest = retryLongest[effect.purpose === 'rollback' ? 'rollback' : 'forward'];
  const pause = Math.min(longest, retryFirst * 2 ** Math.min(10, effect.tries - 1));
  const passed = now - effect.since;
  return passed >= pause || passed < 0 ? effect : null;
}

/** The present effect once more, under a new identity: somebody else has overwritten it. */
export function setAgain(draft: Draft, { purpose, stage, percent: value }: Effect): void {
  intend(draft, purpose, stage, value);
}

function intend(draft: Draft, purpose: Effect['purpose'], stage: string, value: Percent): void {
  const { rollout, attempt, revision, effect: earlier, phase } = draft.state;
  const from = phase.kind === 'rolling-back' ? phase.from : undefined;
  const goesOn = purpose === 'rollback' && (earlier?.purpose === 'rollback' || from?.stage === null);
  const effect: Effect = {
    id: `${rollout}/${attempt}/${revision}`,
    purpose,
    stage,
    percent: value,
    enabled: value > 0,
    progress: 'intended',
    since: draft.now,
    verifiedAt: null,
    detail: null,
    tries: 0,
    ...(goesOn && from !== undefined && from.percent !== null && { before: from.percent }),
  };
  record(draft, { kind: 'effect-intended', effect });
}

type Shown = Pick<Extract<RolloutEvent, { kind: 'effect-progressed' }>, 'share' | 'heeded'>;

function progress(
  draft: Draft,
  to: Exclude<EffectProgress, 'intended'>,
  detail: string | null,
  { share, heeded }: Shown = {},
): void {
  const { effect } = draft.state;
  if (effect === null) return;
  const took = effect.purpose === 'rollback' ? sinceCause(draft.state, draft.now) : null;
  record(draft, {
    kind: 'effect-progressed',
    id: effect.id,
    progress: to,
    detail,
    took,
    ...(share != null && { share }),
    ...(heeded !== undefined && { heeded }),
  });
}

function failRollback(draft: Draft, detail: string): void {
  if (draft.state.effect?.purpose === 'rollback') record(draft, { kind: 'rollback-failed', detail });
}

/** Since the first sufficient evidence, or since the command. Event and wall clock agree on a sane machine. */
function sinceCause({ phase, visits }: RolloutState, now: WallTime): Duration {
  const fired = phase.kind === 'held' ? undefined : decidingFirings(phase)[0]?.at;
  const from = 'from' in phase ? phase.from : undefined;
  const began = fired ?? from?.at ?? visits.at(-1)?.to ?? now;
  const moved = 'clockMoved' in phase ? (phase.clockMoved ?? 0) : 0;
  return duration(Math.max(0, Math.round(now - began - moved)));
}
