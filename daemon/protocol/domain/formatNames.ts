/** Facts of a format that judging and planning need; the reading of its bytes is in `ingest/formats/`. */
interface FormatFacts {
  /** `records` have fields and a time of their own; `lines` are text, which may be silent and need not have a time. */
  readonly holds: 'records' | 'lines';
  /** A record's cells are text, in which a matcher finds numbers and booleans as they are written. */
  readonly cellsAreText: boolean;
  /** Endings of file names that tell the format, without the dot; a file of no known ending is a log. */
  readonly endings: readonly string[];
}

/** Each source format by its name in a plan. The key of one more makes the compiler ask for its reader. */
export const formats = {
  jsonl: { holds: 'records', cellsAreText: false, endings: ['jsonl', 'ndjson', 'json'] },
  csv: { holds: 'records', cellsAreText: true, endings: ['csv'] },
  text: { holds: 'lines', cellsAreText: false, endings: [] },
} as const satisfies Readonly<Record<string, FormatFacts>>;

export type SourceFormat = keyof typeof formats;

export const formatNames = Object.keys(formats) as [SourceFormat, ...SourceFormat[]];

/** A log: the format of a file whose name tells none. */
export const logFormat = 'text' satisfies SourceFormat;

/** Metrics: the format of a file of records whose name tells none. */
export const recordFormat = 'jsonl' satisfies SourceFormat;

/** Endings of the names of files that hold records. */
export const recordEndings: readonly string[] = formatNames
  .filter((name) => formats[name].holds === 'records')
  .flatMap((name) => formats[name].endings);
