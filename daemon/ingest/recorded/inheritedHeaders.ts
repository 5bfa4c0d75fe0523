import { basename } from 'node:path';
import type { CsvHeader } from '../formats/csvHeader.ts';
import { headerAtStart } from '../formats/csvScanner.ts';
import type { Content } from '../tail/content.ts';
import { type Age, byAge, rotatedNames } from '../tail/rotation.ts';
import { openRecorded } from './openRecorded.ts';

/** So much of a file is looked at for its header. */
const headSize = 64 * 1024;

export interface RowsFile {
  /** Absolute. */
  readonly file: string;
  readonly source: number;
}

/**
 * The headers that CSV files without one have from the generation before them, by file: a log that was copied and truncated
 * goes on without a header where its application writes it once. What cannot be read is told where it is read.
 * @param planned fields that the plan names.
 */
export async function inheritedHeaders(
  files: readonly RowsFile[],
  planned: ReadonlySet<string>,
): Promise<ReadonlyMap<string, CsvHeader>> {
  const inherited = new Map<string, CsvHeader>();
  if (files.length < 2) return inherited;
  const dated = files.map((each) => ({ ...each, ...generationOf(each.file) }));
  for (const log of Map.groupBy(dated, ({ source, base }) => `${source} ${base}`).values()) {
    let last: CsvHeader | null = null;
    for (const { file } of log.toSorted(oldestFirst)) {
      const own: CsvHeader | null = await headerOf(file, planned).catch(() => null);
      if (own === null && last !== null) inherited.set(file, last);
      last = own ?? last;
    }
  }
  return inherited;
}

/** The header in the beginning of a content; `null` when its first row is a record. */
export async function headerIn(content: Content, planned: ReadonlySet<string>): Promise<CsvHeader | null> {
  const bytes = Buffer.alloc(headSize);
  const { length } = await content.read(0, bytes);
  return headerAtStart(bytes.subarray(0, length), planned);
}

async function headerOf(file: string, planned: ReadonlySet<string>): Promise<CsvHeader | null> {
  const content = await openRecorded(file);
  try {
    return await headerIn(content, planned);
  } finally {
    await content.close();
  }
}

/** The name of the log's live file, and the age that the name tells; `null` for the live file. */
function generationOf(file: string): { readonly base: string; readonly age: Age | null } {
  const [rotated] = rotatedNames(basename(file));
  return rotated ?? { base: basename(file), age: null };
}

function oldestFirst(one: { readonly age: Age | null }, other: { readonly age: Age | null }): number {
  if (one.age === null || other.age === null) return Number(one.age === null) - Number(other.age === null);
  return byAge(one.age, other.age);
}
