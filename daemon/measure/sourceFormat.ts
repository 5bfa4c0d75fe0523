import type { Source } from '../protocol/plan.ts';

export type SourceFormat = NonNullable<Source['format']>;

/** The format the plan states, else what the file's name says: `.csv`, `.jsonl`, `.ndjson` and `.json`; all else is text. */
export function sourceFormat(source: Pick<Source, 'file' | 'format'>): SourceFormat {
  if (source.format !== undefined) return source.format;
  const extension = /\.(csv|jsonl|ndjson|json)(?:\.[\d*?-]+)?(?:\.gz)?$/i.exec(source.file)?.[1]?.toLowerCase();
  if (extension === undefined) return 'text';
  return extension === 'csv' ? 'csv' : 'jsonl';
}
