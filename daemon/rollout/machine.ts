import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { RolloutEvent } from '../protocol/domain/journalEntry.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { Command, CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { FoundExposure, RolloutState } from '../protocol/domain/rolloutState.ts';
import type { EventTime, WallTime } from '../protocol/domain/units.ts';
import type { Judgement } from '../protocol/domain/verdict.ts';
import { dueEffect, enterStage, reportEffect, settleRollback, weighProof } from './actuation.ts';
import { carryOut } from './carryOut.ts';
import { type Draft, draftOf, record } from './decisionDraft.ts';
import type { EditOfPlan } from './editOfPlan.ts';
import { frozenUntil } from './freeze.ts';
import { heedTriggers } from './heedTriggers.ts';
import { readyFrom } from './hoveringGate.ts';
import { isUnderWay } from './phase.ts';
import { blockers, blockerText, currentStage, freshWindowEnd, hasFreshData } from './readiness.ts';

/**
 * The inputs of a rollout. `now` is also the time of the journal's entries: a restart folds them into exactly the state
 * that was left.
 */
export type RolloutInput =
  | {
      readonly kind: 'tick';
      readonly now: WallTime;
      readonly eventNow: EventTime;
      readonly judgement: Judgement;
      /** `false`: nothing advances by itself now. */
      readonly mayAdvance?: boolean;
    }
  | {
      readonly kind: 'command';
      readonly now: WallTime;
      readonly eventNow: EventTime;
      readonly judgement: Judgement;
      readonly by: string;
      readonly command: Command;
      readonly remarks?: readonly string[];
    }
  | {
      readonly kind: 'clock-gap';
      readonly now: WallTime;
      readonly from: WallTime;
      readonly to: WallTime;
      /** Records and lines dated later than the time of a clock that was set back. */
      readonly moved?: number;
      readonly setAside: number;
    }
  | {
      readonly kind: 'effect';
      readonly now: WallTime;
      readonly id: string;
      readonly progress: 'written' | 'verified' | 'failed';
      readonly detail: string | null;
    }
  /** The words of the flag's file; `null` when it has the value that was set and read back. */
  | {
      readonly kind: 'flag-seen';
      readonly now: WallTime;
      readonly drift: { readonly detail: string; readonly from: EventTime } | null;
    }
  /** Users are exposed without an attempt; `null` when there is no sign of it. */
  | { readonly kind: 'exposure-seen'; readonly now: WallTime; readonly exposure: FoundExposure | null }
  | {
      readonly kind: 'plan-changed';
      readonly now: WallTime;
      readonly planHash: string;
      /** `null` when the earlier plan is not known. */
      readonly edit?: EditOfPlan | null | undefined;
    }
  /** In a replay the source itself drives the stage; such a stage counts as in force. */
  | { readonly kind: 'stage-observed'; readonly now: WallTime; readonly at: EventTime; readonly percent: number };

export interface Decision {
  /** The fold of `events` over the given state. */
  readonly state: RolloutState;
  readonly events: readonly RolloutEvent[];
  /** To be carried out now; absolute, and the same identity means the same effect. */
  readonly wish: Effect | null;
  /** For commands only. */
  readonly outcome: CommandOutcome | null;
}

/** The actor of an entry that no person caused. */
const self = 'rampwatch';

/** One input, one decision. Pure, and total over every state. */
export function decide(plan: Plan, state: RolloutState, input: RolloutInput): Decision {
  const draft = draftOf(state, input.now);
  let wish: Effect | null = null;
  let outcome: CommandOutcome | null = null;
  switch (input.kind) {
    case 'tick':
      tick(draft, plan, input);
      wish = dueEffect(draft.state, input.now);
      break;
    case 'command':
      heedTriggers(draft, plan, input.judgement, input.eventNow);
      outcome = carryOut(draft, { plan, remarks: [], ...input });
      wish = newEffect(state, draft.state) ?? retried(draft.state, input.command);
      break;
    case 'clock-gap':
      record(draft, {
        kind: 'clock-gap',
        from: input.from,
        to: input.to,
        ...(input.moved !== undefined && input.moved !== 0 && { moved: input.moved }),
        ...(input.setAside > 0 && { setAside: input.setAside }),
      });
      break;
    case 'effect':
      wish = reportEffect(draft, plan, input);
      break;
    case 'flag-seen':
      record(draft, input.drift === null ? { kind: 'flag-restored' } : { kind: 'flag-drifted', ...input.drift });
      break;
    case 'exposure-seen':
      record(
        draft,
        input.exposure === null ? { kind: 'exposure-over' } : { kind: 'exposure-found', ...input.exposure },
      );
      break;
    case 'plan-changed':
      if (input.planHash !== state.planHash) {
        record(draft, { kind: 'plan-changed', planHash: input.planHash, stage: stageIn(plan, state), ...input.edit });
      }
      break;
    case 'stage-observed':
      observeStage(draft, plan, input.percent, input.at);
      break;
  }
  return { state: draft.state, events: draft.events, wish, outcome };
}

/** The order matters: triggers, then the flag, then the clock, and only then any move forward. */
function tick(
  draft: Draft,
  plan: Plan,
  { judgement, eventNow, mayAdvance = true }: Extract<RolloutInput, { kind: 'tick' }>,
): void {
  heedTriggers(draft, plan, judgement, eventNow);
  weighProof(draft, plan, judgement, eventNow);
  settleRollback(draft, plan);
  const { freshDataAfter } = draft.state;
  if (freshDataAfter !== null && isFreshAgain(draft, plan, judgement, freshDataAfter))
    record(draft, { kind: 'data-fresh' });
  weighGate(draft, plan, judgement);
  if (mayAdvance && plan.advance.mode === 'auto' && draft.state.phase.kind === 'ready')
    goOn(draft, plan, judgement, eventNow);
}

function isFreshAgain({ state, now }: Draft, plan: Plan, judgement: Judgement, after: WallTime): boolean {
  return now >= freshWindowEnd(plan, currentStage(plan, state), after) && hasFreshData(judgement, after);
}

function weighGate(draft: Draft, plan: Plan, judgement: Judgement): void {
  const { kind } = draft.state.phase;
  if (kind !== 'soaking' && kind !== 'ready') return;
  const lacking = blockers(plan, draft.state, judgement, draft.now);
  if (lacking.length === 0) {
    const from = readyFrom(draft.state, draft.now);
    if (from === null || draft.now >= from) record(draft, { kind: 'gate-ready' });
  } else if (kind === 'ready') {
    const conditions = lacking.map((blocker) => blockerText(blocker, draft.now, plan.timezone));
    record(draft, { kind: 'gate-lost', conditions });
  }
}

function goOn(draft: Draft, plan: Plan, { proof }: Judgement, eventNow: EventTime): void {
  const index = draft.state.stage + 1;
  const stage = plan.stages[index];
  if (stage === undefined) {
    record(draft, { kind: 'completed', by: self, reason: null, unmet: [] });
  } else if (frozenUntil(plan, draft.now) === null) {
    const accepted = proof?.share ?? undefined;
    const entering = { cause: 'auto', by: self, reason: null, unmet: [], ...(accepted && { accepted }) } as const;
    enterStage(draft, plan, { index, stage, at: eventNow }, entering);
  }
}

function observeStage(draft: Draft, plan: Plan, percent: number, at: EventTime): void {
  const index = plan.stages.findIndex((stage) => stage.percent === percent);
  const stage = plan.stages[index];
  if (stage === undefined) return;
  const { state } = draft;
  const running = isUnderWay(state.phase);
  if (state.phase.kind !== 'planned' && !running) return;
  if (running && state.visits.at(-1)?.stage === stage.id) return;
  if (!running) record(draft, { kind: 'begun', by: 'source', attempt: state.attempt + 1, planHash: state.planHash });
  enterStage(draft, plan, { index, stage, at }, { cause: 'observed', by: 'source', reason: null, unmet: [] });
}

/** The index of the current stage in an edited plan: by its id, because stages may have been added before it. */
function stageIn(plan: Plan, state: RolloutState): number {
  const visit = state.visits.at(-1);
  if (visit === undefined) return 0;
  const index = plan.stages.findIndex(({ id }) => id === visit.stage);
  return index === -1 ? state.stage : index;
}

function newEffect(before: RolloutState, { effect }: RolloutState): Effect | null {
  return effect !== null && effect.id !== before.effect?.id ? effect : null;
}

/** A person's rollback sets the flag, however often it was set before: its value is absolute. */
function retried({ effect }: RolloutState, command: Command): Effect | null {
  return command.kind === 'rollback' && effect?.purpose === 'rollback' ? effect : null;
}
