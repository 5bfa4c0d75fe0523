import type { Plan } from '../protocol/domain/plan.ts';
import type { Command, CommandOutcome, RefusalCode } from '../protocol/domain/rolloutCommand.ts';
import type { PhaseKind } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Judgement } from '../protocol/domain/verdict.ts';
import type { Draft } from './decisionDraft.ts';
import { currentStageId } from './readiness.ts';

/** A command with the inputs of its decision. */
export interface Order<Kind extends Command['kind'] = Command['kind']> {
  readonly plan: Plan;
  readonly judgement: Judgement;
  readonly eventNow: EventTime;
  readonly by: string;
  readonly command: Extract<Command, { kind: Kind }>;
  /** Further remarks for the person who begins, one line each. */
  readonly remarks: readonly string[];
}

export function reasonOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

export function whereText(plan: Plan, state: RolloutState): string {
  const { attempt, phase, revision } = state;
  return `in attempt ${attempt}, stage ${currentStageId(plan, state)}, ${phase.kind}, revision ${revision}`;
}

export function done({ state }: Draft, message: string): CommandOutcome {
  return { kind: 'done', revision: state.revision, message };
}

export function refused({ state }: Draft, code: RefusalCode, message: string): CommandOutcome {
  return { kind: 'refused', code, revision: state.revision, message };
}

/** The refusal that follows from a phase alone. */
export function notNow(draft: Draft, kind: PhaseKind): CommandOutcome {
  switch (kind) {
    case 'planned':
      return refused(draft, 'not-begun', 'not begun: begin it first');
    case 'review':
      return refused(draft, 'latched', 'in review: acknowledge it with a reason, or roll back');
    case 'rolling-back':
      return refused(draft, 'rolling-back', 'rolling back: wait until it is done');
    case 'rollback-failed':
      return refused(draft, 'rolling-back', 'the rollback failed and is being tried again: check the flag first');
    case 'rolled-back':
      return refused(draft, 'rolled-back', 'rolled back: begin starts a new attempt');
    case 'completed':
      return refused(draft, 'completed', 'completed: only a rollback is possible');
    case 'soaking':
    case 'ready':
    case 'held':
      throw new Error(`a command must not be refused for being ${kind}`);
  }
}
