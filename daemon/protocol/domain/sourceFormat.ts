import type { Source } from './plan.ts';

export type SourceFormat = NonNullable<Source['format']>;

/** The ending that tells the format, in a name or in one of several that a glob lists. */
const ending = /[.{,](csv|jsonl|ndjson|json)(?![a-z0-9])/g;
/** What rotation, compression and globs put behind it: `.1`, `-20251101`, `.2025-11-01_12`, `.old`, `.gz`, `*`, `}`; and copying: `.bak`. */
const behind = /^(?:[-._:\d*?,()[\]{}!|@+]|(?<=\d)t|old|bak|backup|orig|copy|gz|(?<=[{,.])(?:csv|jsonl|ndjson|json))*$/;

/**
 * The format the plan states, else what the file's name says, rotated, dated, compressed or with wildcards as it may be:
 * `.csv`, `.jsonl`, `.ndjson` and `.json`; all else is text.
 */
export function sourceFormat({ file, format }: Pick<Source, 'file' | 'format'>): SourceFormat {
  if (format !== undefined) return format;
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase();
  for (const match of name.matchAll(ending)) {
    if (behind.test(name.slice(match.index + match[0].length))) return match[1] === 'csv' ? 'csv' : 'jsonl';
  }
  return 'text';
}
