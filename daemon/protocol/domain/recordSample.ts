import type { SourceFormat } from './formatNames.ts';

/** A record of a sample: its fields by their path, `result.ok`, as a plan names them. */
export type SampleRecord = Readonly<Record<string, unknown>>;

/** Records of a metrics file, from which a plan is proposed. */
export interface RecordSample {
  /** The name for the plan: relative to the plan's folder. */
  readonly file: string;
  readonly format: SourceFormat;
  readonly records: readonly SampleRecord[];
  /** Lines that are no record. */
  readonly rejected: number;
  /** Fields whose texts are lengths of time with their unit; their numbers are milliseconds. */
  readonly lengths?: readonly string[];
}
