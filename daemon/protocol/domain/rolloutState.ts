import type { Effect } from './flagEffect.ts';
import type { Phase } from './rolloutPhase.ts';
import type { Duration, EventTime, Percent, WallTime } from './units.ts';
import type { ObservedShare } from './verdict.ts';

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

export interface GoneStage {
  readonly id: string;
  readonly percent: Percent;
}

/** A person's word that the rollout may leave its stage. */
export interface Approval {
  readonly by: string;
  readonly at: WallTime;
  readonly reason: string | null;
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
  /** People who have approved the advance out of this stage, where the plan asks for several. */
  readonly approvals?: readonly Approval[] | undefined;
  /** Earlier stages that an edit has removed. */
  readonly gone?: readonly GoneStage[] | undefined;
}
