import type { SourceFormat } from '../protocol/domain/formatNames.ts';
import type { FieldValue } from './initProfile.ts';

export interface EventRecords {
  readonly field: string;
  /** The events' values there; `undefined` where only events have the field. */
  readonly kinds: readonly FieldValue[] | undefined;
  /** Records of a stage change: their value, and the field with the percentage. */
  readonly stage: { readonly value: FieldValue; readonly percent: string } | undefined;
}

export interface ProposedShare {
  readonly field: string;
  /** Values of the sample that are good. */
  readonly values: readonly FieldValue[];
  /** The plan's matcher, where it is more than those. */
  readonly written?: string | undefined;
  /** A person decides it later: it is written as a comment. */
  readonly later?: true;
}

export interface ProposedArms {
  readonly field: string;
  readonly treatment: readonly FieldValue[];
  readonly control: readonly FieldValue[];
  readonly patterns?: { readonly treatment: string; readonly control: string } | undefined;
  /** A person decides it later: they are written as a comment. */
  readonly later?: true;
}

export interface ProposedLatency {
  readonly field: string;
  readonly unit: string;
  /** p95 of the control in the sample, of all records without one. */
  readonly p95: number;
}

export interface Thresholds {
  /** In percent; `undefined` without a success field. */
  readonly success: number | undefined;
  readonly rollback: number | undefined;
  /** The number of records without a failure that proves the share of successes. */
  readonly least: number;
}

/** A plan as proposed from a sample. */
export interface PlanProposal {
  readonly id: string;
  readonly file: string;
  readonly format: SourceFormat;
  /** `null` where the format says it. */
  readonly time: string | null;
  readonly zone: string;
  /** Records without this field are no requests. */
  readonly without: string | undefined;
  /** The field that says for how many a sampled record stands. */
  readonly weight: string | undefined;
  readonly event: EventRecords | undefined;
  readonly arms: ProposedArms;
  /** Fields of the work by which like is compared with like. */
  readonly strata: readonly string[];
  readonly success: ProposedShare | undefined;
  readonly fallback: { readonly field: string; readonly no: FieldValue } | undefined;
  readonly latency: ProposedLatency | undefined;
  readonly memory: { readonly field: string; readonly unit: string } | undefined;
  /** Percentages above 0, ascending. */
  readonly ladder: readonly number[];
  readonly thresholds: Thresholds;
  readonly window: readonly [string, string] | undefined;
  readonly flag: { readonly dotenv: string; readonly key: string; readonly enabled: string | undefined } | undefined;
}
