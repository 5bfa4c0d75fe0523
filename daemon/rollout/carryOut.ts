import type { Plan } from '../protocol/domain/plan.ts';
import type { CommandOutcome, DecidedOn } from '../protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { boundedList } from '../protocol/words/listText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { enterStage, setAgain, startRollback } from './actuation.ts';
import { begin } from './begin.ts';
import { type Draft, record } from './decisionDraft.ts';
import { leftExposed } from './exposure.ts';
import { frozenUntil } from './freeze.ts';
import { done, notNow, type Order, reasonOf, refused, whereText } from './order.ts';
import { blockers, blockerText, currentStage, currentStageId } from './readiness.ts';

/**
 * Carries out a command on the draft, or refuses it. A refusal says in one line why and what to do. All commands but a
 * rollback must name the present state: a person may not know yet what a trigger has just done.
 */
export function carryOut(draft: Draft, order: Order): CommandOutcome {
  const { command } = order;
  if (command.kind === 'rollback') return rollback(draft, { ...order, command });
  if (!isCurrent(order.plan, draft.state, command.on)) {
    return refused(draft, 'stale', `the rollout has moved on: it is ${whereText(order.plan, draft.state)}; look again`);
  }
  switch (command.kind) {
    case 'begin':
      return begin(draft, { ...order, command });
    case 'advance':
      return advance(draft, { ...order, command });
    case 'hold':
      return hold(draft, { ...order, command });
    case 'resume':
      return resume(draft, order);
    case 'rejudge':
      return rejudge(draft, { ...order, command });
    case 'restore':
      return restore(draft);
    case 'acknowledge':
      return acknowledge(draft, { ...order, command });
  }
}

function isCurrent(plan: Plan, state: RolloutState, on: DecidedOn): boolean {
  // The second of two simultaneous commands finds a stage that it has not seen, however late it looks.
  const entered = state.visits.at(-1)?.from;
  if (on.asked !== undefined && entered !== undefined && entered > on.asked) return false;
  return on.attempt === state.attempt && on.revision === state.revision && on.stage === currentStageId(plan, state);
}

function advance(draft: Draft, { plan, judgement, eventNow, by, command }: Order<'advance'>): CommandOutcome {
  const { state, now } = draft;
  const { kind } = state.phase;
  if (kind !== 'soaking' && kind !== 'ready' && kind !== 'held') return notNow(draft, kind);
  if (currentStage(plan, state) === undefined) {
    const id = currentStageId(plan, state);
    return refused(draft, 'plan-changed', `the plan no longer has the stage ${id}: put it back, or roll back`);
  }
  const index = state.stage + 1;
  const next = plan.stages[index];
  if (command.to !== undefined && command.to !== (next?.id ?? null)) {
    const leads = next === undefined ? 'completes the rollout' : `leads to ${next.id} at ${percentText(next.percent)}`;
    return refused(draft, 'stale', `an advance now ${leads}, not to ${plainText(command.to ?? 'completion')}`);
  }
  const lacking = blockers(plan, state, judgement, now);
  const lines = lacking.map((blocker) => blockerText(blocker, now, plan.timezone));
  if (kind === 'held') lines.unshift('held: resume it first');
  const frozen = next === undefined ? null : frozenUntil(plan, now);
  const until = frozen === null ? null : clockText(frozen, now, plan.timezone);
  const unmet = until === null ? lines : [...lines, `frozen until ${until}`];
  const reason = reasonOf(command.reason);
  if (unmet.length > 0 && reason === null) {
    if (lines.length === 0) {
      return refused(draft, 'frozen', `the plan forbids an advance until ${until}; a reason overrides it`);
    }
    const code = lacking.every((blocker) => blocker.kind === 'effect' || blocker.kind === 'drift') && kind !== 'held';
    const message = `not ready: ${lines.join('; ')}; a reason overrides it`;
    return refused(draft, code ? 'flag-not-in-force' : 'gate-not-met', message);
  }
  const waits = waitsForOthers(draft, plan, by, reason, kind);
  if (waits !== null) return waits;
  if (unmet.length === 0) record(draft, { kind: 'gate-ready' });
  if (next === undefined) {
    record(draft, { kind: 'completed', by, reason, unmet });
    return done(draft, 'the rollout is completed');
  }
  const cause = unmet.length === 0 ? 'advance' : 'override';
  const accepted = judgement.proof?.share ?? undefined;
  const entering = { cause, by, reason, unmet, ...(accepted !== undefined && { accepted }) } as const;
  enterStage(draft, plan, { index, stage: next, at: eventNow }, entering);
  return done(draft, `advanced to ${next.id} at ${percentText(next.percent)}`);
}

/** The outcome while more people must approve the advance; `null` once it may be carried out. */
function waitsForOthers(
  draft: Draft,
  { advance: { approvals: needed } }: Plan,
  by: string,
  reason: string | null,
  phase: 'soaking' | 'ready' | 'held',
): CommandOutcome | null {
  const given = draft.state.approvals ?? [];
  if (needed <= 1) return null;
  if (phase === 'held') return refused(draft, 'not-held', 'held: resume it first, then it can be approved');
  if (given.some((approval) => isSamePerson(approval.by, by))) {
    const message = `you have approved this advance already: ${needed - given.length} more of ${needed} must, and each must be another person`;
    return refused(draft, 'already-approved', message);
  }
  if (given.length + 1 >= needed) return null;
  record(draft, { kind: 'approved', by, reason, needed });
  const more = needed - given.length - 1;
  return done(
    draft,
    `approved, ${given.length + 1} of ${needed}: ${more === 1 ? 'another person advances it' : `${more} other people must approve it`}`,
  );
}

/** `anna`, `anna@laptop` and `anna through Claude` are one person. */
function isSamePerson(one: string, other: string): boolean {
  return personOf(one) === personOf(other);
}

function personOf(by: string): string {
  return (by.split(' through ')[0] ?? '').split('@')[0]?.trim().toLowerCase() ?? '';
}

function hold(draft: Draft, { by, command }: Order<'hold'>): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'held') return done(draft, 'already held');
  if (kind !== 'soaking' && kind !== 'ready') return notNow(draft, kind);
  record(draft, { kind: 'held', cause: { kind: 'person', by, reason: reasonOf(command.reason) } });
  return done(draft, 'held: the soak is paused and nothing advances until you resume');
}

function resume(draft: Draft, { by }: Order): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'soaking' || kind === 'ready') return refused(draft, 'not-held', 'not held: nothing to resume');
  if (kind !== 'held') return notNow(draft, kind);
  record(draft, { kind: 'resumed', by });
  return done(draft, 'resumed');
}

function acknowledge(draft: Draft, { plan, by, command }: Order<'acknowledge'>): CommandOutcome {
  const { phase } = draft.state;
  if (phase.kind !== 'review') return refused(draft, 'not-in-review', 'no review is open: nothing to acknowledge');
  const reason = reasonOf(command.reason);
  if (reason === null) return refused(draft, 'reason-needed', 'an acknowledgement needs a reason');
  const triggers = [...new Set(phase.firings.map(({ trigger }) => trigger))];
  const { for: length } = command;
  record(draft, { kind: 'acknowledged', by, reason, triggers, ...(length !== undefined && { for: length }) });
  const how = length === undefined ? '' : ` until ${clockText(draft.now + length, draft.now, plan.timezone)}`;
  return done(draft, `acknowledged${how}: ${boundedList(triggers, 5)}`);
}

/** A new stay in the same stage: soak, counts and gate begin anew, and what was before stays in the journal. */
function rejudge(draft: Draft, { plan, eventNow, by, command }: Order<'rejudge'>): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'held') return refused(draft, 'not-held', 'held: resume it first');
  if (kind !== 'soaking' && kind !== 'ready') return notNow(draft, kind);
  const stage = currentStage(plan, draft.state);
  if (stage === undefined) return refused(draft, 'plan-changed', 'the plan no longer has this stage: put it back');
  const reason = reasonOf(command.reason);
  if (reason === null) return refused(draft, 'reason-needed', 'judging a stage anew needs a reason');
  const entering = { cause: 'rejudge', by, reason, unmet: [] } as const;
  enterStage(draft, plan, { index: draft.state.stage, stage, at: eventNow }, entering);
  return done(draft, `${stage.id} is judged anew from now`);
}

/** The stage's own value, set once more: absolute, so nothing else changes for anyone. */
function restore(draft: Draft): CommandOutcome {
  const { drift, effect } = draft.state;
  if (drift === null || effect === null) {
    return refused(draft, 'no-drift', 'the flag is as this rollout set it: there is nothing to put back');
  }
  setAgain(draft, effect);
  return done(draft, `putting ${percentText(effect.percent)} back`);
}

/**
 * Needs no revision, is never frozen and never waits, in any phase: the state of an attempt does not tell the state of
 * the flag. Of several at once the first does it, and the others set the same absolute value again.
 */
function rollback(draft: Draft, { plan, eventNow, by, command }: Order<'rollback'>): CommandOutcome {
  const { phase, exposure, effect } = draft.state;
  const start = (message: string): CommandOutcome => {
    startRollback(draft, plan, { kind: 'person', by, reason: reasonOf(command.reason) }, eventNow, command.to);
    return done(draft, plan.flag === undefined ? 'rolled back: set the flag by hand' : message);
  };
  switch (phase.kind) {
    case 'planned':
      if (plan.flag === undefined && exposure === null) {
        return refused(draft, 'not-begun', 'not begun, and the plan names no flag: there is nothing to set');
      }
      return start(exposure === null ? 'setting the flag to 0 %, though nothing has begun' : 'rolling back');
    case 'rolling-back':
      return done(draft, 'already rolling back');
    case 'rollback-failed':
      return done(draft, 'already rolling back; the flag is being tried again');
    case 'rolled-back':
      if (leftExposed(draft.state) !== null) return start('rolling back further');
      if (exposure !== null) return start('rolling back again: users were exposed since');
      if (plan.flag !== undefined && effect === null) return start('rolling back');
      return done(draft, effect === null ? 'already rolled back' : 'already rolled back; the flag is set once more');
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      return start('rolling back');
  }
}
