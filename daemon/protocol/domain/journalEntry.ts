import type { EscalationAnswer } from '../wire/escalation.ts';
import type { ReviewCounts } from './dailyReview.ts';
import type { Explanation } from './explanation.ts';
import type { Effect, EffectProgress } from './flagEffect.ts';
import type { Place } from './place.ts';
import type { Command, CommandOutcome } from './rolloutCommand.ts';
import type { HoldCause, RollbackCause, RolledBackFrom } from './rolloutPhase.ts';
import type { FoundExposure, GoneStage } from './rolloutState.ts';
import type { TestSuiteView } from './testReport.ts';
import type { Duration, EventTime, Percent, WallTime } from './units.ts';
import type { ConditionVerdict, Firing, ObservedShare } from './verdict.ts';

/** A part of the plan that an edit has changed, in the plan's words; `null` where it is not there. */
export interface PlanChange {
  /** `gate of ten`, `trigger low`. */
  readonly part: string;
  readonly was: string | null;
  readonly now: string | null;
}

/** A stay as judged at the moment of an entry, which ends or completes it; older journals do not have it. */
export interface LeftStage {
  readonly attempt: number;
  readonly stage: string;
  /** The start of the stay; it identifies the stay together with the attempt. */
  readonly from: EventTime;
  readonly gate: readonly ConditionVerdict[];
  readonly arms: { readonly treatment: number; readonly control: number };
}

/**
 * An event, as the journal keeps it. The state is the fold of these; any other line of the journal (a tick of a
 * checklist, a signal, a source's gap) is a `JournalNote`.
 */
export type RolloutEvent =
  | {
      readonly kind: 'begun';
      readonly by: string;
      readonly attempt: number;
      readonly planHash: string;
      readonly reason?: string | null | undefined;
      /** Set when the attempt adopts an existing exposure: the observation of it. */
      readonly adopted?: string | undefined;
      /** The open points of the earlier rollback, when a person began in spite of them. */
      readonly unmet?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'stage-entered';
      readonly stage: number;
      readonly id: string;
      readonly percent: Percent;
      readonly at: EventTime;
      /** `rejudge`: the same stage again, judged anew. */
      readonly cause: 'begin' | 'advance' | 'auto' | 'override' | 'observed' | 'rejudge';
      readonly by: string;
      readonly reason: string | null;
      /** The gate of the stage that was left, as it stood. */
      readonly unmet: readonly string[];
      /** The share that the traffic showed for the stage that was left, where it differs from the percentage. */
      readonly accepted?: ObservedShare | undefined;
      readonly left?: LeftStage | undefined;
    }
  /** One of the people whom the plan asks for has approved the advance; `needed` of them carry it out. */
  | { readonly kind: 'approved'; readonly by: string; readonly reason: string | null; readonly needed: number }
  | { readonly kind: 'gate-ready' }
  | { readonly kind: 'gate-lost'; readonly conditions: readonly string[] }
  | { readonly kind: 'held'; readonly cause: HoldCause }
  | { readonly kind: 'resumed'; readonly by: string }
  /** The clock stood still or was set ahead; or, with `to` before `from`, it was set back. */
  | {
      readonly kind: 'clock-gap';
      readonly from: WallTime;
      readonly to: WallTime;
      /** Milliseconds that the wall clock was set by, or stood still for; absent where nobody knows, and for a process that was stopped. */
      readonly moved?: number | undefined;
      /** The number of records and lines later than a clock that was set back; they do not count any more. */
      readonly setAside?: number | undefined;
    }
  | { readonly kind: 'data-fresh' }
  | { readonly kind: 'review-opened'; readonly firings: readonly Firing[] }
  | {
      readonly kind: 'acknowledged';
      readonly by: string;
      readonly reason: string;
      readonly triggers: readonly string[];
      /** The triggers open no review before this has passed; left out: until each was calm. */
      readonly for?: Duration | undefined;
    }
  | {
      readonly kind: 'rollback-started';
      readonly cause: RollbackCause;
      readonly to: number;
      readonly at: EventTime;
      /** The origin of the rollback, when that is not the stage of its attempt. */
      readonly from?: Pick<RolledBackFrom, 'stage' | 'percent'> | undefined;
      readonly left?: LeftStage | undefined;
    }
  | { readonly kind: 'effect-intended'; readonly effect: Effect }
  | {
      readonly kind: 'effect-progressed';
      readonly id: string;
      readonly progress: Exclude<EffectProgress, 'intended'>;
      readonly detail: string | null;
      /** Milliseconds from the first sufficient evidence (or the command) to this progress. */
      readonly took: Duration | null;
      /** The share that the traffic shows for a percentage in force, and since when. */
      readonly share?: ObservedShare | null | undefined;
      readonly heeded?: EventTime | undefined;
    }
  /** Somebody else has set the flag, at the earliest at `from`. */
  | { readonly kind: 'flag-drifted'; readonly detail: string; readonly from: EventTime }
  | { readonly kind: 'flag-restored' }
  /** Users are exposed without an attempt; told again only when the percentage becomes another. */
  | ({ readonly kind: 'exposure-found' } & FoundExposure)
  | { readonly kind: 'exposure-over' }
  | { readonly kind: 'promise-broken'; readonly trigger: string; readonly promised: Duration; readonly took: Duration }
  | { readonly kind: 'rolled-back' }
  | { readonly kind: 'rollback-failed'; readonly detail: string }
  | {
      readonly kind: 'completed';
      readonly by: string;
      readonly reason: string | null;
      /** The open points of the last stage, when a person completed it in spite of them. */
      readonly unmet: readonly string[];
      readonly left?: LeftStage | undefined;
    }
  /** `stage`: the index of the current stage in the new plan; unchanged when the new plan has no such stage. */
  | {
      readonly kind: 'plan-changed';
      readonly planHash: string;
      readonly stage: number;
      /** Left out in entries older than this field. */
      readonly changes?: readonly PlanChange[] | undefined;
      /** Conditions of the current gate that an edit removed while they did not hold: all of this attempt. */
      readonly loosened?: readonly string[] | undefined;
      /** Later stages that an edit removed: all of this attempt. */
      readonly gone?: readonly GoneStage[] | undefined;
    };

/** The journal's entries beside the state machine's own events. */
export type JournalNote =
  | {
      readonly kind: 'command';
      readonly key: string;
      readonly by: string;
      readonly command: Command;
      readonly outcome: CommandOutcome;
    }
  | { readonly kind: 'firing'; readonly firing: Firing }
  /** The newest lines that a firing rests on, as they were read just after it; told apart by trigger and time. */
  | {
      readonly kind: 'lines';
      readonly trigger: string;
      readonly firedAt: EventTime;
      readonly lines: readonly { readonly place: Place; readonly text: string }[];
    }
  /** What is different about the records behind a firing or an unmet condition. */
  | { readonly kind: 'explained'; readonly explanation: Explanation }
  /** The state of the current stay, after some minutes without another entry. */
  | ({ readonly kind: 'measured' } & LeftStage)
  | {
      readonly kind: 'source';
      readonly glob: string;
      readonly file: string | null;
      readonly detail: string;
      /** Records may have been counted twice. */
      readonly doubled?: true | undefined;
      /** Records may be missing for good, and the gate of this stay waits for a person. */
      readonly lost?: true | undefined;
    }
  | {
      readonly kind: 'signal';
      readonly name: string;
      readonly by: string;
      readonly note: string | null;
      readonly at: EventTime;
    }
  | {
      readonly kind: 'tick';
      readonly item: string;
      readonly by: string;
      readonly ticked: boolean;
      readonly note: string | null;
      /** The occurrence of the item's checklist, `2025-11-03`; left out in entries older than occurrences. */
      readonly occurrence?: string | undefined;
      /** `skip`: not done, and the note says why; `note`: only the note. A tick or untick when left out. */
      readonly as?: 'skip' | 'note' | undefined;
    }
  /** An item's evidence began to hold, or stopped. */
  | {
      readonly kind: 'evidence';
      readonly item: string;
      readonly occurrence: string;
      readonly holds: boolean;
      /** The evidence in one line. */
      readonly detail: string;
    }
  /** A suite's report changed its proof. */
  | { readonly kind: 'tests'; readonly suite: TestSuiteView }
  /** The plan's command has sent a bundle, and this is the command's answer. */
  | {
      readonly kind: 'escalated';
      readonly by: string;
      readonly reason: string | null;
      /** The plan's escalation reference, by which other systems know it. */
      readonly reference: string | null;
      readonly bundle: { readonly digest: string; readonly files: number };
      readonly command: { readonly sha256: string; readonly argv: readonly string[] };
      readonly answer: EscalationAnswer;
    }
  /** A daily review was closed; the review log has its entry. */
  | {
      readonly kind: 'reviewed';
      readonly key: string;
      readonly by: string;
      /** The reviewed period. */
      readonly since: WallTime;
      readonly to: WallTime;
      /** One line for the team. */
      readonly summary: string;
      readonly counts: ReviewCounts;
      /** Relative to the plan's folder. */
      readonly log: string;
      /** Lines rejected so far, by the source's glob: the next review tells the new ones. */
      readonly rejected: Readonly<Record<string, number>>;
    }
  /** A daemon of the team has taken the lease of the rollout, in this epoch. */
  | { readonly kind: 'lease-taken'; readonly holder: string; readonly epoch: number }
  /**
   * The entries of this store before it are no part of the team's journal, which follows. `unpublished`: the number of
   * those that nobody else has.
   */
  | { readonly kind: 'journal-replaced'; readonly unpublished: number }
  | { readonly kind: 'daemon'; readonly detail: string };

export type JournalBody = RolloutEvent | JournalNote;

/** One row of the journal. `hash` is sha256 over the previous hash and this row's canonical JSON. */
export interface JournalEntry {
  readonly seq: number;
  readonly rollout: string;
  readonly attempt: number;
  readonly at: WallTime;
  readonly body: JournalBody;
  readonly previous: string;
  readonly hash: string;
}
