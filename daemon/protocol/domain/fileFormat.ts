import { formatNames, formats, logFormat, patternFormat, type SourceFormat } from './formatNames.ts';

const endings = formatNames.flatMap((name) => formats[name].endings.map((ending) => [ending, name] as const));
const formatOfEnding: ReadonlyMap<string, SourceFormat> = new Map(endings);
const endingNames = endings.map(([ending]) => ending).join('|');
/** The ending that tells the format, in a name or in one of several names that a glob lists. */
const ending = new RegExp(`[.{,](${endingNames})(?![a-z0-9])`, 'g');
/**
 * Additions by rotation, compression and globs behind the ending: `.1`, `-20251101`, `.2025-11-01_12`, `.old`, `.gz`,
 * `*`, `}`; and by copying: `.bak`.
 */
const behind = new RegExp(
  `^(?:[-._:\\d*?,()[\\]{}!|@+]|(?<=\\d)t|old|bak|backup|orig|copy|gz|(?<=[{,.])(?:${endingNames}))*$`,
);

/** A file, or a glob of files, and the format that the plan states. */
interface NamedFile {
  readonly file: string;
  readonly format?: SourceFormat | undefined;
  /** Makes records of lines of text. */
  readonly record?: string | undefined;
}

/**
 * The format that the plan states, else the one of the file's name, which may be rotated, dated, compressed or have
 * wildcards.
 */
export function fileFormat({ file, format, record }: NamedFile): SourceFormat {
  if (record !== undefined && (format === undefined || format === logFormat)) return patternFormat;
  if (format !== undefined) return format;
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase();
  for (const match of name.matchAll(ending)) {
    const told = formatOfEnding.get(match[1] ?? '');
    if (told !== undefined && behind.test(name.slice(match.index + match[0].length))) return told;
  }
  return logFormat;
}
