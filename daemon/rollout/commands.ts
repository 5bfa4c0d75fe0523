import type { Plan } from '../protocol/domain/plan.ts';
import type {
  Command,
  CommandOutcome,
  DecidedOn,
  PhaseKind,
  RefusalCode,
  RolloutState,
} from '../protocol/domain/rollout.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Judgement } from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { enterStage, startRollback } from './actuation.ts';
import { type Draft, record } from './draft.ts';
import { leftExposed } from './evolve.ts';
import { frozenUntil } from './freeze.ts';
import { blockers, blockerText, currentStage, currentStageId } from './readiness.ts';

/** A command with what it is judged by. */
interface Order<Kind extends Command['kind'] = Command['kind']> {
  readonly plan: Plan;
  readonly judgement: Judgement;
  readonly eventNow: EventTime;
  readonly by: string;
  readonly command: Extract<Command, { kind: Kind }>;
}

/**
 * Carries out a command on the draft, or refuses it. A refusal says in one line why and what to do. All but a rollback
 * must name the present state: what a trigger has just done was not known to whoever decided.
 */
export function carryOut(draft: Draft, order: Order): CommandOutcome {
  const { command } = order;
  if (command.kind === 'rollback') return rollback(draft, { ...order, command });
  if (!isCurrent(order.plan, draft.state, command.on)) {
    return refused(draft, 'stale', `the rollout has moved on: it is ${whereText(order.plan, draft.state)}; look again`);
  }
  switch (command.kind) {
    case 'begin':
      return begin(draft, order);
    case 'advance':
      return advance(draft, { ...order, command });
    case 'hold':
      return hold(draft, { ...order, command });
    case 'resume':
      return resume(draft, order);
    case 'acknowledge':
      return acknowledge(draft, { ...order, command });
  }
}

function isCurrent(plan: Plan, state: RolloutState, on: DecidedOn): boolean {
  return on.attempt === state.attempt && on.revision === state.revision && on.stage === currentStageId(plan, state);
}

function begin(draft: Draft, { plan, eventNow, by }: Order): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'completed')
    return refused(draft, 'completed', 'the rollout is completed; a new one needs a new plan id');
  if (kind === 'rolling-back' || kind === 'rollback-failed') return notNow(draft, kind);
  if (kind !== 'planned' && kind !== 'rolled-back') {
    return refused(draft, 'already-begun', `already begun: ${whereText(plan, draft.state)}`);
  }
  const [stage] = plan.stages;
  if (stage === undefined) return refused(draft, 'plan-changed', 'the plan has no stages');
  const frozen = stage.percent > 0 ? frozenUntil(plan, draft.now) : null;
  if (frozen !== null) {
    const until = clockText(frozen, draft.now, plan.timezone);
    return refused(draft, 'frozen', `the plan forbids to expose users until ${until}`);
  }
  record(draft, { kind: 'begun', by, attempt: draft.state.attempt + 1, planHash: draft.state.planHash });
  const entering = { cause: 'begin', by, reason: null, unmet: [] } as const;
  enterStage(draft, plan, { index: 0, stage, at: eventNow }, entering);
  return done(draft, `attempt ${draft.state.attempt} has begun with ${stage.id} at ${percentText(stage.percent)}`);
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
  if (unmet.length === 0) record(draft, { kind: 'gate-ready' });
  if (next === undefined) {
    record(draft, { kind: 'completed', by, reason, unmet });
    return done(draft, 'the rollout is completed');
  }
  const cause = unmet.length === 0 ? 'advance' : 'override';
  enterStage(draft, plan, { index, stage: next, at: eventNow }, { cause, by, reason, unmet });
  return done(draft, `advanced to ${next.id} at ${percentText(next.percent)}`);
}

function hold(draft: Draft, { by, command }: Order<'hold'>): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'held') return done(draft, 'already held');
  if (kind !== 'soaking' && kind !== 'ready') return notNow(draft, kind);
  record(draft, { kind: 'held', cause: { kind: 'person', by, reason: reasonOf(command.reason) } });
  return done(draft, 'held: the soak stands still and nothing advances until it is resumed');
}

function resume(draft: Draft, { by }: Order): CommandOutcome {
  const { kind } = draft.state.phase;
  if (kind === 'soaking' || kind === 'ready') return refused(draft, 'not-held', 'not held: nothing to resume');
  if (kind !== 'held') return notNow(draft, kind);
  record(draft, { kind: 'resumed', by });
  return done(draft, 'resumed');
}

function acknowledge(draft: Draft, { by, command }: Order<'acknowledge'>): CommandOutcome {
  const { phase } = draft.state;
  if (phase.kind !== 'review') return refused(draft, 'not-in-review', 'no review is open: nothing to acknowledge');
  const reason = reasonOf(command.reason);
  if (reason === null) return refused(draft, 'reason-needed', 'an acknowledgement needs a reason');
  const triggers = [...new Set(phase.firings.map(({ trigger }) => trigger))];
  record(draft, { kind: 'acknowledged', by, reason, triggers });
  return done(draft, `acknowledged: ${triggers.join(', ')}`);
}

/** Needs no revision, is never frozen and never waits: the first of several does it, the others find it done. */
function rollback(draft: Draft, { plan, eventNow, by, command }: Order<'rollback'>): CommandOutcome {
  const { kind } = draft.state.phase;
  switch (kind) {
    case 'planned':
      return refused(
        draft,
        'not-begun',
        'not begun: there is nothing to roll back; the flag is as somebody else set it',
      );
    case 'rolling-back':
      return done(draft, 'already rolling back');
    case 'rollback-failed':
      return done(draft, 'already rolling back; the flag is being tried again');
    case 'rolled-back':
      if (leftExposed(draft.state) === null) return done(draft, 'already rolled back');
      startRollback(draft, plan, { kind: 'person', by, reason: reasonOf(command.reason) }, eventNow);
      return done(draft, 'rolling back further');
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      startRollback(draft, plan, { kind: 'person', by, reason: reasonOf(command.reason) }, eventNow);
      return done(draft, plan.flag === undefined ? 'rolled back: set the flag by hand' : 'rolling back');
  }
}

/** The refusal that a phase itself is. */
function notNow(draft: Draft, kind: PhaseKind): CommandOutcome {
  switch (kind) {
    case 'planned':
      return refused(draft, 'not-begun', 'not begun: begin it first');
    case 'review':
      return refused(draft, 'latched', 'in review: acknowledge it with a reason, or roll back');
    case 'rolling-back':
      return refused(draft, 'rolling-back', 'rolling back: wait until it is done');
    case 'rollback-failed':
      return refused(draft, 'rolling-back', 'the rollback failed and is being tried again: see to the flag first');
    case 'rolled-back':
      return refused(draft, 'rolled-back', 'rolled back: begin starts a new attempt');
    case 'completed':
      return refused(draft, 'completed', 'completed: only a rollback is left to do');
    case 'soaking':
    case 'ready':
    case 'held':
      throw new Error(`a command must not be refused for being ${kind}`);
  }
}

function reasonOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

function whereText(plan: Plan, state: RolloutState): string {
  const { attempt, phase, revision } = state;
  return `in attempt ${attempt}, stage ${currentStageId(plan, state)}, ${phase.kind}, revision ${revision}`;
}

function done({ state }: Draft, message: string): CommandOutcome {
  return { kind: 'done', revision: state.revision, message };
}

function refused({ state }: Draft, code: RefusalCode, message: string): CommandOutcome {
  return { kind: 'refused', code, revision: state.revision, message };
}
