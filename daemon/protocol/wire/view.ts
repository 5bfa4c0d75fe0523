import type { ChecklistView } from '../domain/checklistView.ts';
import type { Explanation } from '../domain/explanation.ts';
import type { Effect } from '../domain/flagEffect.ts';
import type { JournalEntry } from '../domain/journalEntry.ts';
import type { SourceGap, SourceHealth } from '../domain/observation.ts';
import type { Phase } from '../domain/rolloutPhase.ts';
import type { FoundExposure, StageVisit } from '../domain/rolloutState.ts';
import type { TargetView } from '../domain/targetView.ts';
import type { TestSuiteView } from '../domain/testReport.ts';
import type { Duration, EventTime, Percent, WallTime } from '../domain/units.ts';
import type { ConditionVerdict, ShareProof, SourceFreshness, TriggerStatus } from '../domain/verdict.ts';
import type { WantedCredential } from './credentials.ts';

/**
 * A rollout as a client sees it. Instants are absolute, never ages, so that nothing is sent merely because a second
 * passed; the client's clock turns them into "3 s ago".
 */
export interface RolloutView {
  readonly rollout: string;
  readonly plan: PlanView;
  readonly standing: StandingView;
  readonly stages: readonly StageView[];
  readonly triggers: readonly TriggerStatus[];
  readonly sources: readonly SourceView[];
  readonly flag: FlagView | null;
  readonly checklists: readonly ChecklistView[];
  /** The deliverables to show at the end, as one more checklist; left out when the plan names none. */
  readonly deliverables?: ChecklistView | undefined;
  /** In the plan's order; left out when it names none. */
  readonly tests?: readonly TestSuiteView[] | undefined;
  readonly targets?: readonly TargetView[] | undefined;
  /** What explains the firings and the unmet conditions of the newest attempt, newest first; left out when nothing does yet. */
  readonly explanations?: readonly Explanation[] | undefined;
  /** The newest entries, newest first; a client asks for older ones. */
  readonly journal: readonly JournalEntry[];
  /** What this daemon lacks to reach the flag or a source; left out where the plan names no credential. */
  readonly credentials?: readonly WantedCredential[] | undefined;
  /** Left out where the rollout is this daemon's alone. */
  readonly team?: TeamView | undefined;
}

/** A shared rollout, as the daemon that shows it stands to it. */
export interface TeamView {
  readonly role: 'holds' | 'follows';
  /** This daemon: `bert@desk`. */
  readonly self: string;
  /** The daemon that judges; `null`: nobody does. */
  readonly holder: string | null;
  readonly epoch: number;
  /** In a line, what is wrong with the sharing; `null`: nothing. */
  readonly trouble: string | null;
}

/** The top-level parts of a view; a delta replaces whole parts. */
export type RolloutViewPart = keyof RolloutView;

export interface PlanView {
  readonly id: string;
  readonly name: string;
  /** Absolute path of the plan file. */
  readonly file: string;
  readonly hash: string;
  readonly timezone: string;
  readonly mode: 'manual' | 'auto';
  /** The most that an assistant may do; `propose` where it is left out. */
  readonly agents?: 'read' | 'propose' | 'act' | undefined;
  /** 1-based lines of the parts in the file: `stages.1`, `stages.1.gate.0`, `triggers.0`. */
  readonly lines: Readonly<Record<string, number>>;
  readonly documents: readonly {
    readonly path: string;
    readonly purpose?: string | undefined;
    readonly minutes?: number | undefined;
  }[];
  /**
   * The present plan file cannot be used; the rollout continues with the last good one. One line with file:line:column.
   */
  readonly problem: string | null;
}

export type Health =
  | { readonly kind: 'ok' }
  /** Data or proof is missing; no fault is known. */
  | { readonly kind: 'stale'; readonly detail: string }
  | { readonly kind: 'degraded'; readonly detail: string }
  /** A trigger fires, a rollback failed, or storage does. */
  | { readonly kind: 'alarm'; readonly detail: string };

export interface StandingView {
  readonly attempt: number;
  readonly revision: number;
  readonly phase: Phase;
  readonly since: WallTime;
  readonly stage: string;
  /** Index of the stage in the plan. */
  readonly stageIndex: number;
  /** The percentage of traffic, as the flag is set. */
  readonly percent: Percent;
  readonly health: Health;
  readonly soak: SoakView;
  /** Conditions of the current gate. */
  readonly gateMet: number;
  readonly gateTotal: number;
  /** The open points before an advance, one line each, most important first; empty when ready. */
  readonly missing: readonly string[];
  /** End of the freeze window in force, when the plan forbids an advance now. */
  readonly frozenUntil: WallTime | null;
  readonly watermark: EventTime | null;
  /** Who has approved the advance out of this stage; left out where the plan asks for one person alone. */
  readonly approvals?: { readonly needed: number; readonly by: readonly string[] } | undefined;
  /** Users are exposed and no attempt exposes them; left out when no such exposure is known. */
  readonly exposure?: ExposureView | undefined;
  /** The flag's setting after `begin`, `advance` and `rollback`; a kind without an effect is left out. */
  readonly effects?: { readonly [kind in 'begin' | 'advance' | 'rollback']?: EffectPreview } | undefined;
  /** Command kinds that would not be refused now. `advance` also when only an override would do; `adopt` is a begin at a stage. */
  readonly may: readonly (
    | 'begin'
    | 'adopt'
    | 'advance'
    | 'override'
    | 'hold'
    | 'resume'
    | 'acknowledge'
    | 'rejudge'
    | 'restore'
    | 'rollback'
  )[];
}

export interface ExposureView extends FoundExposure {
  /** Stages that match the present exposure: a begin at one of them changes nothing for anyone. */
  readonly adopt: readonly string[];
}

/** The effect of a command, so that a confirmation can state it before anyone decides. Absolute values. */
export interface EffectPreview {
  readonly stage: string;
  readonly percent: Percent;
  /** The flag's target by its name for people, and its settings; `null` when the plan actuates no flag. */
  readonly flag: {
    readonly target: string;
    readonly values: Readonly<Record<string, string>>;
    /** The request or the program by which a remote target is set, in a line: `PUT https://… → 25 %`. */
    readonly deed?: string | undefined;
  } | null;
}

export interface SoakView {
  readonly required: Duration;
  readonly soaked: Duration;
  readonly countingSince: WallTime | null;
}

export interface StageView {
  readonly id: string;
  /** Its name for people; left out, it is the id. */
  readonly title?: string | undefined;
  readonly percent: Percent;
  readonly soak: Duration;
  readonly state: 'passed' | 'current' | 'ahead' | 'left';
  /** Live for the current stage, as it stood when left for earlier ones, without figures for those ahead. */
  readonly gate: readonly ConditionVerdict[];
  readonly visit: StageVisit | null;
  readonly arms: { readonly treatment: number; readonly control: number };
}

export interface SourceView extends SourceFreshness {
  readonly health: SourceHealth;
  readonly records: number;
  readonly ignored: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly gaps: readonly SourceGap[];
}

export interface FlagView {
  /** The name of the target for people. */
  readonly target: string;
  readonly effect: Effect | null;
  readonly proof: ShareProof | null;
  /** The target's values at the last look; empty before the first look. */
  readonly values: Readonly<Record<string, string | null>>;
  /** Somebody else has set the flag to another value than the stage's; left out while nobody has. */
  readonly drift?: FlagDriftView | undefined;
}

export interface FlagDriftView {
  /** The percentage that the flag says now; `null`: it says none. */
  readonly found: Percent | null;
  /** The percentage that the rollout has set. */
  readonly wanted: Percent;
}

/** A plan file that could not be loaded at all. */
export interface PlanProblem {
  readonly file: string;
  /** One line with file:line:column and what would be right. */
  readonly message: string;
}

/** The view of a workspace that a client shows. */
export interface WorkspaceView {
  readonly root: string;
  readonly rollouts: readonly RolloutView[];
  readonly problems: readonly PlanProblem[];
  /** The daemon's own faults, one line each: disk full, state not writable. */
  readonly faults: readonly string[];
  readonly daemon: { readonly pid: number; readonly version: string; readonly startedAt: WallTime };
}
