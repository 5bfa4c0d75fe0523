import type { Place } from './place.ts';
import type { TriggerConsequence } from './triggerConsequence.ts';
import type { TriggerRule } from './triggerRule.ts';
import type { Duration, EventTime, Percent, WallTime } from './units.ts';

/** Only `met` may pass. `insufficient` and `no-data` are not a small "met". */
export type Verdict = 'met' | 'unmet' | 'insufficient' | 'no-data' | 'error';

/**
 * The conclusion that the data can carry, beside the literal verdict: anytime-valid at 95 % (beta-binomial e-process,
 * both sides).
 */
export type EvidenceLabel =
  | { readonly kind: 'proven' }
  | { readonly kind: 'refuted' }
  /**
   * `needed`: the number of further records that would prove it at the present share; `null` when none would. `within`:
   * how long they take at the stay's rate, rounded; only of a gate that is judged now.
   */
  | { readonly kind: 'insufficient'; readonly needed: number | null; readonly within?: Duration | undefined };

export interface Figure {
  /** A share in 0..1, a count, or a value in the measure's unit; `null` without data. */
  readonly value: number | null;
  /** `%` for shares, the measure's own unit, or the empty string for counts. */
  readonly unit: string;
  /** How many records the figure rests on. */
  readonly n: number;
  /** For shares: how many of them were good. */
  readonly good: number | null;
}

export interface VerdictBaseline extends Figure {
  readonly from: 'concurrent' | 'window' | 'figure';
  /**
   * The baseline's origin, and why no other was used: "of 3,600 control records of the same time", "of the recorded
   * window 08:00–09:00 (3,600 records), because control ended at 10:00". Older journals do not have it.
   */
  readonly why?: string | undefined;
}

export interface ConditionVerdict {
  /** As the plan writes it. */
  readonly condition: string;
  readonly measure: string;
  readonly verdict: Verdict;
  readonly figure: Figure;
  /** The limit of the figure, in the figure's own unit: 0.995, or 1.1 × the baseline's 870 ms. */
  readonly limit: number | null;
  readonly baseline: VerdictBaseline | null;
  readonly window: { readonly from: EventTime | null; readonly to: EventTime | null };
  readonly label: EvidenceLabel | null;
  /** Records of a quantile's arm without a number in its field: the figure is of the others. */
  readonly leftOut?: number | undefined;
  /** The reason why it is not a plain met or unmet: "no uploads yet", "needs 20 uploads, has 7". Empty otherwise. */
  readonly reason: string;
}

/** One episode of a trigger: from the first record at which it fired to the last. */
export interface Firing {
  readonly trigger: string;
  /**
   * `literal`: the letter of the condition; `proven`: the data carry it; `sequential`: the test beside the rule
   * (`also: sequential`); `missing`: the plan's word on missing data.
   */
  readonly rule: 'literal' | 'proven' | 'sequential' | 'missing';
  readonly at: EventTime;
  readonly until: EventTime;
  /** The window at the first record, and its figures. */
  readonly window: { readonly from: EventTime; readonly to: EventTime };
  readonly n: number;
  readonly good: number | null;
  readonly figure: number | null;
  readonly condition: string;
  /** The baseline of the figure, for a trigger on a baseline; older journals do not have it. */
  readonly baseline?: VerdictBaseline | undefined;
  /** A proof's records of the control at the same time, where there was a control. */
  readonly beside?: Trials | null | undefined;
  /** The limit of a latency's proof: a record beyond it counts, in the measure's unit. */
  readonly beyond?: number | undefined;
  /** The chance behind a crossing whose trigger acts on a proof and had none. */
  readonly unproven?: Unproven | undefined;
  /** The failing records of that window (for lines: the matching lines), newest last, at most 50. */
  readonly evidence: readonly Place[];
  /**
   * The trigger fires because nothing is known of its measure, as its `missing` asks; the figure is then meaningless.
   */
  readonly missing?: MissingData | undefined;
}

/** Records of one arm, and how many of them failed. */
export interface Trials {
  readonly n: number;
  readonly failures: number;
}

export interface Unproven {
  /** How often so many failures among so many records come from a healthy share; `null` where nobody can tell. */
  readonly chance: number | null;
}

/** The evidence so far for a trigger whose rule is `proven`. */
export interface ProofStatus {
  /** 0 for nothing, 1 for a proof; of the logarithms. */
  readonly closeness: number;
  /** Its records of both arms since the evidence was last nothing. */
  readonly since: EventTime;
  readonly treatment: Trials;
  /** `null` without a control in that time. */
  readonly control: Trials | null;
}

export interface MissingData {
  readonly consequence: 'hold' | 'review' | 'rollback';
  /** The reason why nothing is known, in one short line. */
  readonly reason: string;
  /** It is the word of a condition in this stage's gate, and no trigger's. */
  readonly gate?: string | undefined;
}

export type TriggerPhase =
  /** Nobody is exposed, or the stage is none of its own, so the trigger is not judged. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'armed' }
  /** The condition holds, `for` has not elapsed. */
  | {
      readonly kind: 'pending';
      readonly since: EventTime;
      /** The part of the time since then that counts: data were there to show it. */
      readonly observed?: Duration | undefined;
    }
  | { readonly kind: 'firing'; readonly since: EventTime };

export interface TriggerStatus {
  readonly id: string;
  /** Its name for people; left out, it is the id. */
  readonly title?: string | undefined;
  readonly when: string;
  readonly consequence: TriggerConsequence;
  readonly over: Duration;
  readonly for: Duration;
  readonly min: number;
  /** The stages in which it is judged; left out, all of them. */
  readonly stages?: readonly string[] | undefined;
  readonly phase: TriggerPhase;
  readonly verdict: ConditionVerdict;
  readonly rule?: TriggerRule | undefined;
  /** `null` where the rule is the literal one. */
  readonly proof?: ProofStatus | null | undefined;
  /** The sequential test's statistic against its threshold, both as factors (1 = nothing yet); `null` without one. */
  readonly sequential: { readonly capital: number; readonly threshold: number } | null;
  /** It fired several times without a time of calm, which is one firing for people; left out for the first. */
  readonly recurred?: { readonly times: number; readonly last: EventTime } | undefined;
}

export interface SourceFreshness {
  readonly source: number;
  readonly glob: string;
  /** When its last record arrived, and that record's event time. */
  readonly arrived: WallTime | null;
  readonly newest: EventTime | null;
  readonly fresh: boolean;
  /** Silence longer than this is no-data. */
  readonly limit: Duration;
  /** A source without which the plan's gate and triggers can be judged may be silent without blocking anything. */
  readonly needed: boolean;
}

/** The reason why the source's data cannot be relied on although some arrive, in one short line. */
export interface SourceTrouble {
  /** `silent`: one of its files is silent while the others are not. */
  readonly kind: 'error' | 'silent';
  readonly detail: string;
}

/** The facts of a source that a decision needs beside its freshness. */
export interface JudgedSource extends SourceFreshness {
  readonly kind: 'records' | 'lines';
  /** Event time of the newest record that came since the clock stood still or was set; `null` when none has. */
  readonly newestSinceGap: EventTime | null;
  /** The start of the newest look since then that found nothing left to read; `null` when none has yet. */
  readonly readToEnd: WallTime | null;
  /** The time since which there has always been something left to read; `null` when there is not. */
  readonly behindSince: WallTime | null;
  /** How far the newest record is dated before its writing; only a record that came while all was read tells. */
  readonly datedBehind: Duration | null;
  readonly trouble: SourceTrouble | null;
}

/** The share that the traffic showed for a percentage, when it was proven or a person accepted it. */
export interface ObservedShare {
  readonly percent: Percent;
  /** The treatment's share, in 0..1. */
  readonly share: number;
  readonly n: number;
}

/** The traffic's proof of the flag's percentage, since the flag was written. */
export interface ShareProof {
  readonly kind: 'unproven' | 'proven' | 'contradicted';
  readonly treatment: number;
  readonly total: number;
  /** The treatment's share, where the records show another share than the percentage; else `null`. */
  readonly share?: ObservedShare | null | undefined;
  /** The start of the traffic that is as `kind` says. */
  readonly since?: EventTime | undefined;
  /** One line: "12 of 118 records since 09:00:12 were treatment (10.2 %, 10 % wanted)". */
  readonly detail: string;
}

/** All conclusions of the judge at one moment. The rollout decides on this and nothing else. */
export interface Judgement {
  readonly gate: readonly ConditionVerdict[];
  /** Conditions that an edit has removed from the gate while they did not hold, with their present verdicts. */
  readonly former?: readonly ConditionVerdict[] | undefined;
  readonly triggers: readonly TriggerStatus[];
  /** Episodes that began since the last judgement, oldest first. */
  readonly fired: readonly Firing[];
  readonly freshness: readonly JudgedSource[];
  /** `null` when the plan names no proof or no flag was written yet. */
  readonly proof: ShareProof | null;
  readonly watermark: EventTime | null;
}
