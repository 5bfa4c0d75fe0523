import type { Place } from './place.ts';
import type { Arm } from './plan.ts';
import type { Duration, EventMinute, EventTime, WallTime } from './units.ts';

/**
 * When it happened. `again`: the second instant with the same local time, because the clocks were set back. The order
 * of the log tells which one is meant (`measure/logOrder.ts`), and no observation has both.
 */
interface Happened {
  readonly at: EventTime;
  readonly again?: EventTime;
}

/** One line, after the plan's arms and measures were applied to it. */
export type LineReading =
  | Reading
  /** A line may hold many records, and a record may count many things. */
  | { readonly kind: 'several'; readonly readings: readonly Reading[] };

/** One record, after the plan's arms and measures were applied to it. */
export type Reading =
  /** A record that counts. `arm` is `null` when it belongs to neither. */
  | (Happened & {
      readonly kind: 'outcome';
      readonly arm: Arm | null;
      /** Bit i is set when the record satisfies the plan's i-th `share` measure. */
      readonly shares: number;
      /** One number per numeric field the plan's quantiles and gauges name; `NaN` where the record has none. */
      readonly fields: readonly number[];
      /** One value per field that the arms name, for the count of values. */
      readonly values: readonly (string | null)[];
      /** More of a record that another reading has counted as one. */
      readonly more?: true;
      /** `at` is the start of the request, and not its end. */
      readonly marksStart?: true;
      /** Names the request, where the source says which field does: its records are one trial of a proof. */
      readonly unit?: number;
      /** Names the values of the plan's `strata`, where it has some. */
      readonly stratum?: number;
      /** It is half of an outcome: another record with the same key is the other half (`measure/exposureJoin.ts`). */
      readonly half?: JoinHalf;
    })
  /** A text line that matched. Bit i of `matches` is the plan's i-th `lines` measure; `0` when none did. */
  | (Happened & {
      readonly kind: 'line';
      readonly matches: number;
      /** The line has no time of its own: `at` is its arrival. */
      readonly untimed?: true;
      /** The line was there before the first look, so its arrival does not tell its time: the line cannot be dated. */
      readonly undatable?: true;
    })
  /** The source itself says that the rollout is at this percentage. */
  | (Happened & { readonly kind: 'stage'; readonly percent: number })
  /** The plan excludes this record from the observations. `at` still proves that the source is alive. */
  | { readonly kind: 'ignored'; readonly at: EventTime | null; readonly again?: EventTime }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

export type RejectReason =
  | 'invalid-json'
  | 'not-an-object'
  | 'no-time'
  | 'invalid-time'
  | 'invalid-number'
  | 'too-long'
  | 'too-deep'
  /** Of so many different keys that reading it would hold up all rollouts. */
  | 'too-many-keys'
  | 'duplicate-key'
  | 'nul-bytes'
  | 'partial'
  | 'wrong-columns'
  /** A row of a CSV file that no header row precedes. */
  | 'no-header'
  | 'not-utf8'
  /** A line of text in which the source's pattern finds no record. */
  | 'no-match'
  /** A line whose list of records is not there. */
  | 'no-records'
  /** A record that is to say how many it stands for, and does not. */
  | 'no-count'
  /** A record that is to be joined with another, and has no key. */
  | 'no-key'
  /** An outcome of which no exposure says the arm. */
  | 'no-exposure'
  | 'future';

/** A record that says of which arm something is, or one that says how it went. */
export interface JoinHalf {
  readonly key: string;
  /** From its time on, an exposure tells the arm of its key for so long. `null`: the record is an outcome. */
  readonly within: Duration | null;
}

/** A reading that counts, with its place and when it arrived. */
export interface Observation {
  readonly reading: Exclude<Reading, { kind: 'ignored' } | { kind: 'rejected' }>;
  readonly place: Place;
}

/** Observations in their order: a list, or the columns of a block (`observationBlock.ts`). */
export interface Observations extends Iterable<Observation> {
  readonly length: number;
  /** The observation, anybody's to keep. */
  at(index: number): Observation | undefined;
}

/** A plain outcome that is written over by the next one. */
export interface OutcomeRow {
  at: EventTime;
  arm: Arm | null;
  shares: number;
  /** As many as the instrument has; changed in place. */
  readonly fields: number[];
  values: readonly (string | null)[];
}

/** Reads the records of one source by the few fields that decide their reading, so that no object per record is needed. */
export interface FieldReader {
  /** The field of the time stamp first; no other counts. */
  readonly fields: readonly string[];
  /** The instant of the stamp written in `bytes[start, end)`; `NaN` when only its text can tell. */
  stampIn(bytes: Uint8Array, start: number, end: number): number;
  /**
   * @param values of the fields, in their order; `undefined` where the record has none. They are not kept.
   * @param at the result of `stampIn`; when it is `NaN`, the stamp is the first value.
   */
  read(values: readonly unknown[], at: number, arrived: WallTime): LineReading;
  /**
   * The same into `row`, where the record is a plain outcome whose stamp was read from its bytes; `false`: it is not, and
   * `read` must tell.
   */
  readRow?(values: readonly unknown[], at: number, arrived: WallTime, row: OutcomeRow): boolean;
  /** What a scanner must know to make the same rows by itself; left out where it could not. */
  readonly rows?: RowRules;
  /** One line each for features of the records read so far that the plan may not count as its author expects. */
  hints?(): readonly string[];
}

/** Everything of a plain outcome but its time and numbers: the same for all records with the same tested values. */
export interface RowClass {
  readonly arm: Arm | null;
  readonly shares: number;
  readonly values: readonly (string | null)[];
  /** Bit i is set when the row's i-th number counts. */
  readonly counted: number;
}

/** A number of the row: `value * times / over` of a field, where that is a number; absent where it is `null` or not there. */
export interface RowNumber {
  /** Index among the reader's fields; `null` for a number that no record has. */
  readonly field: number | null;
  readonly times: number;
  readonly over: number;
}

/** How records of one source become rows, for a scanner that reads values from bytes. */
export interface RowRules {
  /** Indices of the fields whose values tell the class of a record. */
  readonly tested: readonly number[];
  /** In the order of the row's fields. */
  readonly numbers: readonly RowNumber[];
  /** The class of records with these values; `null` when they are no plain outcomes. */
  classOf(values: readonly unknown[]): RowClass | null;
  /** The start of the minute written at `bytes[start]`, as `2025-11-01T10:00:`; `null` when it is none. */
  minuteIn(bytes: Uint8Array, start: number): WrittenMinute | null;
  /** A later stamp is not taken as it is. */
  latest(arrived: WallTime): number;
}

/** The start of a minute as a stamp writes it, in milliseconds. */
export interface WrittenMinute {
  /** In the zone of the source; `NaN` when the local time comes twice. */
  readonly zoned: number;
  /** When the stamp says UTC. */
  readonly civil: number;
}

/** The facts of a file's lines that its next lines rest on: the last values of counters, for example. */
export interface LineMemory {
  /** @param text from `save`; `null` at the begin of a log. */
  load(text: string | null): void;
  save(): string | null;
  /** The record that was read last is not counted yet. */
  takeBack(): void;
}

/** Turns one record of the plan's i-th source into a reading. Pure; made once per plan by `measure/instrument.ts`. */
export interface Instrument {
  /** Names of the plan's `share` measures, in bit order. */
  readonly shares: readonly string[];
  /** Numeric fields that are kept, in the order of `LineReading.fields`. */
  readonly fields: readonly string[];
  /** Names of the plan's `lines` measures, in bit order. */
  readonly lines: readonly string[];
  /** Fields whose values are counted (those that the arms name), in the order of `LineReading.values`. */
  readonly valueFields: readonly string[];
  /**
   * A record of a source. `arrived` stands in where a future stamp must be refused.
   * @param near when it was written, about; of a record that has just arrived, then.
   */
  readRecord(
    source: number,
    record: Readonly<Record<string, unknown>>,
    arrived: WallTime,
    near?: WrittenNear,
  ): LineReading;
  /** The same reading as `readRecord`, field by field; of a source whose lines are records as they stand. */
  fieldReader?(source: number): FieldReader | undefined;
  /** Fields of the source that the plan reads; a key that comes twice matters among these alone. */
  readonly reads?: (source: number) => readonly string[];
  /** The facts of a file's lines so far that its next lines rest on, for a source that needs them. */
  readonly memory?: (source: number) => LineMemory | undefined;
  /** As those of the source's reader. */
  hints?(source: number): readonly string[];
  /**
   * A line of a `text` source, without its line end. A line without a time of its own gets `arrived`.
   * @param near the approximate time of writing; for a line that has just arrived, its arrival.
   */
  readLine(source: number, line: string, arrived: WallTime, near?: WrittenNear): Reading;
}

/**
 * The approximate time at which something was written. A stamp without a year (syslog's) gets the year that brings it
 * nearest to `at` and not more than `ahead` after it.
 */
export interface WrittenNear {
  readonly at: EventTime | WallTime;
  readonly ahead: Duration;
}

/** How far one file (generation) of a source has been read; opaque to everyone but `ingest`. JSON, stored whole. */
export interface PositionRecord {
  readonly source: number;
  /** Names the generation: stable across renames, restarts and reboots. */
  readonly generation: string;
  /** JSON text. */
  readonly body: string;
}

/** A declared gap: bytes that may have been lost, always shown. */
export interface SourceGap {
  readonly source: number;
  readonly file: string;
  readonly reason: string;
  readonly at: WallTime;
  /** Nothing is lost, but records may have been counted twice, so a gate is not sure of its figures. */
  readonly doubled?: true | undefined;
  /** Nobody can read again what is missing, so a gate waits for a person. */
  readonly lost?: true | undefined;
}

/** The yield of one turn of reading. The store commits it whole or not at all. */
export interface Batch {
  readonly source: number;
  /** The name of its log, which rotation does not change; left out for a batch without a log. */
  readonly log?: string | undefined;
  readonly arrived: WallTime;
  /** More of the source is known to be unread: the content of this batch may be long past. */
  readonly unread: boolean;
  /** No record of this source that happened up to this instant is unread; left out where the reader does not know. */
  readonly knownUpTo?: EventTime | undefined;
  readonly observations: Observations;
  readonly ignored: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
  /** Positions that replace those of the same generation. */
  readonly positions: readonly PositionRecord[];
  /** Generations that are finished and whose position may be forgotten. */
  readonly forgotten: readonly { readonly source: number; readonly generation: string }[];
  readonly gaps: readonly SourceGap[];
}

/** The yield of one turn of a second reading. */
export interface SecondTurn {
  readonly source: number;
  readonly observations: Observations;
  readonly ignored: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
  readonly cursor: PositionRecord;
  /** To be called when it is kept. */
  adopt(): void;
}

/** The present state of a source. */
export interface SourceHealth {
  readonly source: number;
  /** The plan's glob. */
  readonly glob: string;
  readonly state: 'waiting' | 'reading' | 'error' | 'degraded';
  /** One line, when there is something to say: the fault and the remedy. */
  readonly detail: string | null;
  /** Among many files, those with the most unread bytes. */
  readonly files: readonly { readonly file: string; readonly size: number; readonly offset: number }[];
  /** The number of unlisted files, and the sums of their sizes and offsets; absent when all are listed. */
  readonly others?: { readonly files: number; readonly size: number; readonly offset: number };
  /** Bytes known to exist and not yet read. */
  readonly lag: number;
  /** Nothing is run or connected to before a person has approved it on this machine. */
  readonly unapproved?: true;
}

/** How far a source has been read. */
export interface SourceProgress {
  readonly source: number;
  /** When the newest round began that left nothing unread of what could be read; `null` before the first. */
  readonly readToEnd: WallTime | null;
  /** Since when rounds have left something unread; `null` when the newest did not. */
  readonly behindSince: WallTime | null;
  /** The newest search has found a file of it; one that is gone may still be open here for a while. */
  readonly isThere: boolean;
  /** The logs of which the newest search has found a file; left out where a source has none. */
  readonly logs?: ReadonlySet<string> | undefined;
  /** Those of them that have never had a line, as far as their files tell. */
  readonly unwritten?: ReadonlySet<string> | undefined;
}

/** One row of the cell table: the counts and sketches of one minute of one series, encoded by `measure`. */
export interface CellRecord {
  /** `treatment`, `control`, `line:<measure>`, `gauge:<measure>`, `signal:<name>`. */
  readonly series: string;
  readonly minute: EventMinute;
  /** Empty for a cell that is gone: it has become part of an hour or a day. */
  readonly body: Uint8Array;
}

/** An outcome of the newest hour, as stored, so that partial minutes of a window stay exact after a restart. */
export interface OutcomeRecord {
  readonly at: EventTime;
  readonly arm: Arm;
  readonly shares: number;
  readonly fields: readonly number[];
  readonly place: Place;
}
