import * as z from 'zod';
import { type CommandSource, commandKeys, commandName, commandProblems, commandSource } from './commandSource.ts';
import { fileFormat } from './fileFormat.ts';
import { formatNames, logFormat, recordFormat, type SourceFormat } from './formatNames.ts';
import type { OutsideUse } from './outsideUse.ts';
import type { KeyDescription } from './planTexts.ts';
import {
  type PrometheusSource,
  prometheusKeys,
  prometheusName,
  prometheusOutside,
  prometheusProblems,
  prometheusShape,
  prometheusSource,
} from './prometheusSource.ts';
import { sourceCommon } from './sourceCommon.ts';

/** Files that grow, and their rotated generations. */
const file = z.strictObject({ file: z.string().min(1), format: z.enum(formatNames).optional(), ...sourceCommon });
export type FileSource = z.output<typeof file>;

/** A kind of source as planning, judging and views know it; how it is read is a folder of `sources/`. */
interface SourceFacts<Settings> {
  readonly schema: z.ZodType<Settings>;
  /** Each key of its own, and what lies below it (`set.*`), with its words in the editor. */
  readonly keys: Readonly<Record<Exclude<keyof Settings, keyof typeof sourceCommon>, KeyDescription>> &
    Readonly<Record<string, KeyDescription>>;
  /** The words for it in a plan, a view and the journal. */
  name(settings: Settings): string;
  /** How its records are written. */
  format(settings: Settings): SourceFormat;
  /** Paths and globs that it names inside the plan's folder, each with its key in the plan. */
  files(settings: Settings): readonly { readonly key: string; readonly path: string }[];
  /** What it would run or connect to, with the part of its settings that an approval covers; `null` for neither. */
  outside(settings: Settings): { readonly needs: OutsideUse; readonly section: unknown } | null;
  /** Texts with the places of credentials (`credentialText.ts`). */
  credentials?(settings: Settings): readonly string[];
  /** How its records lie, where that is no matter of a format. */
  readonly shape?: SourceKindShape;
  /** The settings that decide what is counted, where some do not; an edit of the others keeps all counts. */
  deciding?(settings: Settings): unknown;
  /** What of it cannot be meant, each with its place in the settings. */
  problems(settings: Settings): readonly SourceProblem[];
}

export interface SourceKindShape {
  readonly time: { readonly field: string };
  readonly times: string;
  /** The field that names the arm itself. */
  readonly armField: string;
}

export interface SourceProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
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
  outside: () => null,
  problems: () => [],
};

const commandFacts: SourceFacts<CommandSource> = {
  schema: commandSource,
  keys: commandKeys,
  name: commandName,
  // The endings of names tell nothing here.
  format: ({ format, record }) =>
    fileFormat({ file: `.${recordFormat}`, format: record === undefined ? format : (format ?? logFormat), record }),
  files: () => [],
  outside: ({ command, environment = [] }) => ({
    needs: { kind: 'command', argv: command, environment },
    section: { command, environment },
  }),
  deciding: ({ command: _command, overlap: _overlap, first: _first, environment: _environment, ...rest }) => rest,
  problems: commandProblems,
};

const prometheusFacts: SourceFacts<PrometheusSource> = {
  schema: prometheusSource,
  keys: prometheusKeys,
  name: prometheusName,
  // Its answers become records of their own.
  format: () => recordFormat,
  files: () => [],
  outside: prometheusOutside,
  credentials: ({ prometheus: { headers = {} } }) => Object.values(headers),
  shape: prometheusShape,
  deciding: ({ prometheus: { arms }, ...rest }) => ({ ...rest, arms }),
  problems: prometheusProblems,
};

/** Each kind of source by the key that tells it. One more makes the compiler ask for its reader. */
export const sourceKinds = { file: fileFacts, command: commandFacts, prometheus: prometheusFacts };
export type SourceKindName = keyof typeof sourceKinds;
export const sourceKindNames = Object.keys(sourceKinds) as SourceKindName[];

/** A union by key, in the order of the table. */
export const sourceSchema = z.union([file, commandSource, prometheusSource]);
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
  const kind = sourceKind(source);
  const { [kind]: named, ...settings } = source as Readonly<Record<string, unknown>>;
  // A kind whose key holds settings of its own is named by one of them.
  const isName = typeof named !== 'object' || Array.isArray(named);
  return isName ? settings : { ...settings, [kind]: named };
}

/** Its settings that decide what is counted. */
export function decidingSettings(source: Source): Readonly<Record<string, unknown>> {
  return (sourceFacts(source).deciding?.(source) ?? sourceSettings(source)) as Readonly<Record<string, unknown>>;
}

/** The name of a plan's source by its number; empty for a number that the plan does not have. */
export function nameOfSource({ sources }: { readonly sources: readonly Source[] }, index: number): string {
  const source = sources[index];
  return source === undefined ? '' : sourceName(source);
}

export function sourceFiles(source: Source): readonly { readonly key: string; readonly path: string }[] {
  return sourceFacts(source).files(source);
}

/** What a source would run or connect to; `null` for one that only reads files. */
export function outsideUseOf(source: Source): { readonly needs: OutsideUse; readonly section: unknown } | null {
  return sourceFacts(source).outside(source);
}

/** Texts with the places of credentials. */
export function sourceCredentials(source: Source): readonly string[] {
  return sourceFacts(source).credentials?.(source) ?? [];
}

/** What of a source cannot be meant. */
export function sourceProblems(source: Source): readonly SourceProblem[] {
  return sourceFacts(source).problems(source);
}

/** How the records of a kind lie that are no matter of a format; `null` where they are. */
export function sourceKindShape(source: Source): SourceKindShape | null {
  return sourceFacts(source).shape ?? null;
}
