import * as z from 'zod';
import { fileFormat } from './fileFormat.ts';
import { formatNames, type SourceFormat } from './formatNames.ts';
import { arm, type KeyDescription, length, matcher, percentage } from './planTexts.ts';

const fieldName = z.string().min(1);
const fieldNames = z.union([fieldName, z.array(fieldName).min(1)]);
/** Under the names that the measures use: the columns of one arm. */
const armColumns = z.record(fieldName, fieldName);

/** Common to each kind: how its records are read and how far it is relied on. */
const common = {
  /** A record out of a line of text: a pattern in RE2 syntax whose named groups are its fields. */
  record: z
    .string()
    .regex(/^\/.+\/$/s, 'a pattern stands between slashes, for example `"/ (?P<status>[0-9]{3}) /"`')
    .optional(),
  /** Lines that are no records and that nobody misses. */
  skip: z.array(z.string().min(1)).min(1).optional(),
  /** The columns of a CSV file that has no header row. */
  columns: z.array(z.string()).min(1).optional(),
  /** Fields that hold a record in a text of theirs. */
  unwrap: fieldNames.optional(),
  /** Lists whose items are the records, `resourceSpans[].scopeSpans[].spans[]`. */
  each: fieldNames.optional(),
  time: z
    .strictObject({
      /** Without one, that of the format. Several are read as one text, a date and a time of day. */
      field: fieldNames.optional(),
      zone: z.string().optional(),
      pattern: z.string().min(1).optional(),
      /** The instant of a request that the time of its record is: its end, where nothing is said. */
      marks: z.enum(['start', 'end']).optional(),
    })
    .optional(),
  /** All its records are of this arm. */
  arm: arm.optional(),
  /** Each record has columns of both arms. */
  arm_columns: z.strictObject({ treatment: armColumns.optional(), control: armColumns.optional() }).optional(),
  /** Records that are an outcome each; others bring but their numbers. All, when nothing is said. */
  outcomes: matcher.optional(),
  /** A record was sampled and stands for so many. */
  weight: fieldName.optional(),
  /** The records of one request are one trial of a proof. */
  unit: fieldName.optional(),
  /** A record counts so many. */
  times: fieldName.optional(),
  /** Its counts only grow, by series: what counts is by how much. */
  cumulative: z.union([z.literal(false), z.strictObject({ series: fieldNames })]).optional(),
  ignore: matcher.optional(),
  fresh: length.optional(),
  /** The largest share of its records that may be rejected; more is an error of the source. */
  rejects: percentage.optional(),
  stage_event: z.strictObject({ match: matcher, percent: z.string().min(1) }).optional(),
};

/** Files that grow, and their rotated generations. */
const file = z.strictObject({ file: z.string().min(1), format: z.enum(formatNames).optional(), ...common });
export type FileSource = z.output<typeof file>;

/** A kind of source as planning, judging and views know it; how it is read is a folder of `sources/`. */
interface SourceFacts<Settings> {
  readonly schema: z.ZodType<Settings>;
  /** Each key of its own, and what lies below it (`set.*`), with its words in the editor. */
  readonly keys: Readonly<Record<Exclude<keyof Settings, keyof typeof common>, KeyDescription>> &
    Readonly<Record<string, KeyDescription>>;
  /** The words for it in a plan, a view and the journal. */
  name(settings: Settings): string;
  /** How its records are written. */
  format(settings: Settings): SourceFormat;
  /** Paths and globs that it names inside the plan's folder, each with its key in the plan. */
  files(settings: Settings): readonly { readonly key: string; readonly path: string }[];
}

const fileFacts: SourceFacts<FileSource> = {
  schema: file,
  keys: {
    file: {
      description:
        "A file or glob, relative to the plan's folder and inside it. Rotated and gzipped generations follow by themselves.",
      examples: ['logs/metrics.jsonl', 'logs/*.log'],
    },
    format: {
      description:
        'One JSON object a line; CSV with a header line, separated by commas, semicolons or tabs; plain log lines; or one of the formats of docs/sources.md, for access logs, container logs, telemetry exports and load tests.',
      examples: ['jsonl'],
    },
  },
  name: (source) => source.file,
  format: fileFormat,
  files: (source) => [{ key: 'file', path: source.file }],
};

/** Each kind of source by the key that tells it. One more makes the compiler ask for its reader. */
export const sourceKinds = { file: fileFacts };
export type SourceKindName = keyof typeof sourceKinds;
export const sourceKindNames = Object.keys(sourceKinds) as SourceKindName[];

/** A union by key, in the order of the table. */
export const sourceSchema = z.union([file]);
export type Source = z.output<typeof sourceSchema>;
export type SourceOf<Kind extends SourceKindName> = z.output<(typeof sourceKinds)[Kind]['schema']>;

/** @throws RangeError for a source of no kind, which the schema lets no plan have. */
export function sourceKind(source: Source): SourceKindName {
  const kind = sourceKindNames.find((key) => key in source);
  if (kind === undefined) throw new RangeError('a source of no known kind');
  return kind;
}

/** The kind was told by the source's own key, so its facts are of this very shape: the compiler cannot see that. */
export function sourceFacts(source: Source): SourceFacts<Source> {
  return sourceKinds[sourceKind(source)] as unknown as SourceFacts<Source>;
}

export function sourceName(source: Source): string {
  return sourceFacts(source).name(source);
}

/** All keys of a source but the one that names it. */
export function sourceSettings(source: Source): Readonly<Record<string, unknown>> {
  const { [sourceKind(source)]: _name, ...settings } = source as Readonly<Record<string, unknown>>;
  return settings;
}

/** The name of a plan's source by its number; empty for a number that the plan does not have. */
export function nameOfSource({ sources }: { readonly sources: readonly Source[] }, index: number): string {
  const source = sources[index];
  return source === undefined ? '' : sourceName(source);
}

export function sourceFiles(source: Source): readonly { readonly key: string; readonly path: string }[] {
  return sourceFacts(source).files(source);
}
