/** The format's defaults for its records; the keys are those of a source. */
interface FormatShape {
  readonly time?: { readonly field: string | readonly string[]; readonly zone?: string };
  readonly unwrap?: string | readonly string[];
  readonly each?: string | readonly string[];
  readonly columns?: readonly string[];
  readonly weight?: string;
  readonly times?: string;
  readonly cumulative?: { readonly series: readonly string[] };
  readonly isTimeless?: true;
  /** A long line comes in pieces: their text, the stream that tells lines apart, and how the last piece is known. */
  readonly pieces?: {
    readonly text: string;
    readonly stream: string;
    /** Without its end, a text that does not fill a piece is whole all the same. In bytes. */
    readonly last: { readonly field: string; readonly is: string } | { readonly end: string; readonly full: number };
  };
  /** Records that are no observations. */
  readonly ignore?: Readonly<Record<string, string>>;
}

/** Facts of a format that judging and planning need; how its bytes are read is in `ingest/formats/`. */
interface FormatFacts extends FormatShape {
  /** `records` have fields and a time of their own; `lines` are text, which may be silent and need not say a time. */
  readonly holds: 'records' | 'lines';
  /** A record's cells are text, in which a matcher finds numbers and booleans as they are written. */
  readonly cellsAreText: boolean;
  /** Rows of a table, whose columns a header row names, or the plan. */
  readonly isTable?: true;
  /** Endings of file names that tell the format, without the dot; a file of no known ending is a log. */
  readonly endings: readonly string[];
}

const json = { holds: 'records', cellsAreText: false, endings: [] } as const satisfies FormatFacts;
/** Lines of text with a record in each: its values are text. */
const lines = {
  holds: 'records',
  cellsAreText: true,
  endings: [],
  time: { field: 'time' },
} as const satisfies FormatFacts;
const table = { holds: 'records', cellsAreText: true, isTable: true, endings: [] } as const satisfies FormatFacts;
const utc = { field: ['date', 'time'], zone: 'UTC' } as const;

/** Each source format by its name in a plan. The key of one more makes the compiler ask for its reader. */
export const formats = {
  jsonl: { ...json, endings: ['jsonl', 'ndjson', 'json'] },
  csv: { ...table, endings: ['csv'] },
  text: { holds: 'lines', cellsAreText: false, endings: [] },
  /** Objects in a file, in an array or one after the other, each over as many lines as it likes. */
  json,
  /** Lines of text, of which the source's `record` makes records. */
  record: lines,
  combined: lines,
  common: lines,
  envoy: lines,
  haproxy: lines,
  alb: lines,
  s3: lines,
  w3c: { ...lines, time: utc },
  cloudfront: { ...lines, time: utc },
  logfmt: lines,
  cri: { ...lines, unwrap: 'log', pieces: { text: 'log', stream: 'stream', last: { field: 'tag', is: 'F' } } },
  docker: {
    ...json,
    time: { field: 'time' },
    unwrap: 'log',
    pieces: { text: 'log', stream: 'stream', last: { end: '\n', full: 16_000 } },
  },
  compose: { ...lines, unwrap: 'message' },
  journald: { ...json, time: { field: '__REALTIME_TIMESTAMP' }, unwrap: 'MESSAGE' },
  syslog: { ...lines, unwrap: 'message' },
  klog: lines,
  rails: lines,
  python: lines,
  django: lines,
  otlp_traces: { ...json, time: { field: 'startTimeUnixNano' }, each: 'resourceSpans[].scopeSpans[].spans[]' },
  otlp_logs: { ...json, time: { field: 'timeUnixNano' }, each: 'resourceLogs[].scopeLogs[].logRecords[]' },
  otlp_metrics: {
    ...json,
    time: { field: 'timeUnixNano' },
    each: [
      'resourceMetrics[].scopeMetrics[].metrics[].sum.dataPoints[]',
      'resourceMetrics[].scopeMetrics[].metrics[].histogram.dataPoints[]',
      'resourceMetrics[].scopeMetrics[].metrics[].gauge.dataPoints[]',
    ],
    times: 'asInt',
    cumulative: { series: ['name', 'attributes', 'resource.attributes'] },
  },
  /** Scrapes, one after the other. */
  prometheus: { ...lines, times: 'value', cumulative: { series: ['series'] }, isTimeless: true },
  statsd: { ...lines, times: 'count', weight: 'weight', isTimeless: true },
  influx: { ...lines, isTimeless: true },
  locust: { ...table, time: { field: 'Timestamp' }, cumulative: { series: ['Type', 'Name'] } },
  k6: { ...json, time: { field: 'time' }, unwrap: ['data', 'tags'], ignore: { thresholds: 'any' } },
  k6_csv: { ...table, time: { field: 'timestamp' } },
  vegeta: json,
  jmeter: { ...table, endings: ['jtl'], time: { field: 'timeStamp' } },
  gatling: { ...lines, time: { field: 'start' } },
} as const satisfies Readonly<Record<string, FormatFacts>>;

export type SourceFormat = keyof typeof formats;

export const formatNames = Object.keys(formats) as [SourceFormat, ...SourceFormat[]];

/** The format's defaults for the shape of its records. */
export function formatShape(name: SourceFormat): FormatShape {
  const facts: FormatFacts = formats[name];
  return facts;
}

/** A log: the format of a file whose name tells none. */
export const logFormat = 'text' satisfies SourceFormat;

/** Lines of text of which a pattern of the plan makes records. */
export const patternFormat = 'record' satisfies SourceFormat;

/** Its rows have columns, which the plan may name. */
export function hasColumns(name: SourceFormat): boolean {
  const facts: FormatFacts = formats[name];
  return facts.isTable === true;
}

/** Each of its records is a sample of one of many metrics. */
export function holdsManyMetrics(name: SourceFormat): boolean {
  const facts: FormatFacts = formats[name];
  return facts.times !== undefined;
}

/** Metrics: the format of a file of records whose name tells none. */
export const recordFormat = 'jsonl' satisfies SourceFormat;

/** Endings of the names of files that hold records. */
export const recordEndings: readonly string[] = formatNames
  .filter((name) => formats[name].holds === 'records')
  .flatMap((name) => formats[name].endings);
