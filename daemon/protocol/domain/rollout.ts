import type { EscalationAnswer } from '../wire/escalation.ts';
import type { ReviewCounts } from './dailyReview.ts';
import type { Explanation } from './explanation.ts';
import type { Place } from './place.ts';
import type { TestSuiteView } from './testReport.ts';
import type { Duration, EventTime, Percent, WallTime } from './units.ts';
import type { ConditionVerdict, Firing, ObservedShare } from './verdict.ts';

/** The progress of an actuation. `in-force` is proven by the traffic, not by the file. */
export type EffectProgress = 'intended' | 'written' | 'verified' | 'in-force' | 'failed';

/** An actuation of the flag, always an absolute value. Its identity makes a repetition harmless. */
export interface Effect {
  readonly id: string;
  readonly purpose: 'advance' | 'rollback' | 'begin';
  readonly stage: string;
  readonly percent: Percent;
  readonly enabled: boolean;
  readonly progress: EffectProgress;
  readonly since: WallTime;
  /** When the flag was first read back as written; proof counts traffic after it. */
  readonly verifiedAt: WallTime | null;
  /** For `failed` and for a proof that does not come: one line. */
  readonly detail: string | null;
  readonly tries: number;
  /** Only for a rollback that continues an earlier one: the percentage that the earlier one had left. */
  readonly before?: Percent | undefined;
  /**
   * The start of the traffic that shows it, once it is in force: the application may have heeded the flag later than it
   * was set.
   */
  readonly heeded?: EventTime | undefined;
}

export type RollbackCause =
  | { readonly kind: 'trigger'; readonly firing: Firing }
  | { readonly kind: 'person'; readonly by: string; readonly reason: string | null };

export type HoldCause =
  | { readonly kind: 'person'; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'clock-gap'; readonly length: Duration }
  | { readonly kind: 'fault'; readonly detail: string };

/** The origin of a rollback. */
export interface RolledBackFrom {
  /** `null`: no stage of an attempt, but an exposure without an attempt. */
  readonly stage: string | null;
  /** `null` when it is unknown. */
  readonly percent: Percent | null;
  readonly at: EventTime;
}

/** Users meet the treatment although no attempt exposes them, by the flag or by the traffic. */
export interface FoundExposure {
  readonly by: 'flag' | 'traffic';
  /** `null` where the flag says "enabled" and no number, or the traffic alone tells. */
  readonly percent: Percent | null;
  /** The observation, in one line. */
  readonly detail: string;
  /** When it was first seen: triggers are judged from here on. */
  readonly since: EventTime;
}

/**
 * The phase of a rollout: `planned → soaking ⇄ ready → (advance) soaking → … → completed`. From any exposed phase:
 * `held` by a person or a gap of the clock, `review` until a person acknowledges it, `rolling-back → rolled-back` until
 * a person begins anew, `rollback-failed` while the flag cannot be set.
 */
export type Phase =
  | { readonly kind: 'planned' }
  | { readonly kind: 'soaking' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'held'; readonly cause: HoldCause }
  | {
      readonly kind: 'review';
      readonly firings: readonly Firing[];
      /** The phase after an acknowledgement. */
      readonly returnsTo: Extract<Phase, { kind: 'soaking' | 'held' | 'completed' }>;
    }
  | { readonly kind: 'rolling-back'; readonly cause: RollbackCause; readonly from?: RolledBackFrom }
  | { readonly kind: 'rolled-back'; readonly cause: RollbackCause; readonly from?: RolledBackFrom }
  | {
      readonly kind: 'rollback-failed';
      readonly cause: RollbackCause;
      readonly from?: RolledBackFrom;
      readonly detail: string;
    }
  | { readonly kind: 'completed' };

export type PhaseKind = Phase['kind'];

/** One stay in one stage. A stage may be visited again in a later attempt. */
export interface StageVisit {
  readonly attempt: number;
  readonly stage: string;
  readonly percent: Percent;
  /** By the event clock in a replay, by the wall clock live; the two agree to a few seconds on a sane machine. */
  readonly from: EventTime;
  readonly to: EventTime | null;
  /** When the flag was first read back with the percentage of the stage; absent before that, and without a flag. */
  readonly set?: EventTime | undefined;
  /** Set when this stage was left past an unmet gate: by whom, and the conditions that were missing. */
  readonly override: { readonly by: string; readonly reason: string; readonly unmet: readonly string[] } | null;
  /**
   * Times at which somebody else had set the flag to another value than the stage's: records of these times meet no
   * gate.
   */
  readonly drifts?: readonly { readonly from: EventTime; readonly to: EventTime | null }[] | undefined;
}

/** A part of the plan that an edit has changed, in the plan's words; `null` where it is not there. */
export interface PlanChange {
  /** `gate of ten`, `trigger low`. */
  readonly part: string;
  readonly was: string | null;
  readonly now: string | null;
}

export interface GoneStage {
  readonly id: string;
  readonly percent: Percent;
}

/** The whole state of a rollout. It is the fold of its journal and of nothing else. */
export interface RolloutState {
  readonly rollout: string;
  /** 0 before the first `begin`. */
  readonly attempt: number;
  /** Grows by one with each event that changes the state. */
  readonly revision: number;
  readonly planHash: string;
  readonly phase: Phase;
  /** Index into the plan's stages; the first stage while planned. */
  readonly stage: number;
  /** When the phase began. */
  readonly since: WallTime;
  readonly visits: readonly StageVisit[];
  /** Time soaked so far in this visit, up to `countingSince`; from then on the clock adds to it. */
  readonly soaked: Duration;
  /** `null` while the soak does not count. */
  readonly countingSince: WallTime | null;
  /** After a clock gap: no advance before data newer than this has arrived. */
  readonly freshDataAfter: WallTime | null;
  readonly effect: Effect | null;
  /**
   * The shares that the traffic has shown for the stages of this attempt, earliest first; they may differ from the
   * percentages.
   */
  readonly shares: readonly ObservedShare[];
  /** The flag's words after somebody else has set it, in one line; `null` while it is as the effect set it. */
  readonly drift: string | null;
  /** Users are exposed and no attempt exposes them; `null` while no such exposure is known. */
  readonly exposure: FoundExposure | null;
  /** The rollback of this attempt took longer than its trigger's `within`. */
  readonly promiseBroken: boolean;
  /** Conditions of the current gate that an edit has loosened or removed while they did not hold. */
  readonly loosened?: readonly string[] | undefined;
  /** How often the gate of the current stay was met and lost again, and when last. */
  readonly gateLost?: { readonly times: number; readonly at: WallTime } | undefined;
  /** Files of the current stay whose records may have been counted twice. */
  readonly doubled?: readonly string[] | undefined;
  /** Streams of the current stay of which records may be missing for good. */
  readonly lost?: readonly string[] | undefined;
  /** Triggers that a person has acknowledged for a time, and its end: they open no review before it. */
  readonly quiet?: Readonly<Record<string, WallTime>> | undefined;
  /** Earlier stages that an edit has removed. */
  readonly gone?: readonly GoneStage[] | undefined;
}

/** A command names the state it was decided on; a rollback needs none and always wins. */
export interface DecidedOn {
  readonly attempt: number;
  readonly stage: string;
  readonly revision: number;
  /** The start of the decision: a stage entered after it is not the one decided on. */
  readonly asked?: WallTime | undefined;
}

export type Command =
  | {
      readonly kind: 'begin';
      readonly on: DecidedOn;
      /** The first stage, which adopts an exposure that the flag already has; the plan's first when left out. */
      readonly at?: string | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly kind: 'advance';
      readonly on: DecidedOn;
      /** The stage to enter; `null` completes the rollout; the next stage when left out. */
      readonly to?: string | null | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly kind: 'hold'; readonly on: DecidedOn; readonly reason?: string | undefined }
  | { readonly kind: 'resume'; readonly on: DecidedOn }
  | {
      readonly kind: 'acknowledge';
      readonly on: DecidedOn;
      readonly reason: string;
      /** The triggers of the review open none before this has passed; left out: until each was calm. */
      readonly for?: Duration | undefined;
    }
  /** The stage is judged on what comes from now on, as if it had been entered now: an incident was repaired. */
  | { readonly kind: 'rejudge'; readonly on: DecidedOn; readonly reason: string }
  /** Sets the stage's percentage again, after somebody else has set the flag. */
  | { readonly kind: 'restore'; readonly on: DecidedOn }
  | {
      readonly kind: 'rollback';
      readonly reason?: string | undefined;
      /** Overrides the plan: the flag was set to off without the daemon, and must not rise again. */
      readonly to?: 'off' | undefined;
    };

export type CommandKind = Command['kind'];

/** The person who asked, and the key under which a repetition returns the first outcome. */
export interface CommandEnvelope {
  readonly rollout: string;
  readonly key: string;
  readonly by: string;
  readonly command: Command;
}

export type RefusalCode =
  | 'stale'
  | 'not-begun'
  | 'already-begun'
  | 'exposed'
  | 'no-stage'
  | 'gate-not-met'
  | 'frozen'
  | 'last-stage'
  | 'latched'
  | 'rolled-back'
  | 'rolling-back'
  | 'not-held'
  | 'not-in-review'
  | 'reason-needed'
  | 'flag-not-in-force'
  | 'not-approved'
  | 'no-drift'
  | 'plan-changed'
  | 'completed'
  | 'no-item'
  | 'evidence-holds'
  | 'no-signal'
  | 'storage';

export type CommandOutcome =
  | { readonly kind: 'done'; readonly revision: number; readonly message: string }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly revision: number; readonly message: string };

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
  | { readonly kind: 'gate-ready' }
  | { readonly kind: 'gate-lost'; readonly conditions: readonly string[] }
  | { readonly kind: 'held'; readonly cause: HoldCause }
  | { readonly kind: 'resumed'; readonly by: string }
  /** The clock stood still or was set ahead; or, with `to` before `from`, it was set back. */
  | {
      readonly kind: 'clock-gap';
      readonly from: WallTime;
      readonly to: WallTime;
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
