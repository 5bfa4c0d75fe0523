import type { WallTime } from '../../protocol/domain/units.ts';
import { lineFeed } from '../formats/scan.ts';
import type { ChangesTold } from './changeWitness.ts';
import type { Found } from './discover.ts';
import type { FileStats } from './fileIdentity.ts';
import type { Generation } from './generation.ts';

export const copiedAndTruncated = 'the log was copied and truncated; what was written in between may be lost';

/**
 * Where nobody counts the changes of a log, its writer is taken to have written nothing between the copying and the
 * truncation when it was quiet for so long before (nanoseconds), and so many times as long as the copying took, when the
 * two are no farther apart than that, and when the log was looked at so shortly before (milliseconds): nobody knows what
 * was written while the daemon was stopped or its machine was busy.
 */
const pauseBeforeCopy = 500_000_000n;
const leastPauses = 10n;
const copyToTruncation = 250_000_000n;
const lookBeforeTruncation = 1000;
/** So much of a truncated log is looked at for lines that were written since. */
const longestAfterTruncation = 64 * 1024;

type ExactChanges = Extract<ChangesTold, { kind: 'exact' }>;

/** The file that was made of a log before it was truncated, and how far it is known to hold what was read. */
export interface Copy {
  readonly file: Found | null;
  readonly reach: number;
}

/**
 * Bytes that were written between the copying and the truncation are in no file. They are known to be lost when they were
 * seen, or when the kernel told of the write that made them; nothing is lost when it told of the truncation first. Where
 * it tells nothing, the pace of the writer decides. `null`: nothing is lost; else the words of a declared loss.
 * @param live the generation that the truncated file carries now
 */
export async function lossBetween(
  of: Generation,
  copy: Copy,
  live: Generation | null,
  now: WallTime,
): Promise<string | null> {
  const unread = unreadAndNotCopied(of, copy);
  if (unread > 0)
    return `the log was copied and truncated; ${unread} bytes that were written in between were not read and are lost`;
  const told = await of.changes.told();
  const isAllRead = of.position.offset === of.changes.grown.size;
  if (told.kind === 'exact' && isAllRead && (await isTruncationFirst(of, live, told))) return null;
  const isWhole = copy.reach >= of.position.offset;
  const isUntold = told.kind === 'unknown' || !isAllRead;
  if (copy.file === null || live === null || !isWhole || !isUntold || holdsMore(copy, of)) return copiedAndTruncated;
  return wasQuiet(of, copy.file.stats, live, now) ? null : copiedAndTruncated;
}

/** The writer has gone on since the log was last looked at: nobody knows how long it was quiet before the copying. */
function holdsMore({ file, reach }: Copy, { changes: { grown } }: Generation): boolean {
  return reach > grown.size || (file !== null && !file.compressed && file.stats.size > grown.size);
}

/** Bytes that were seen in a log and are neither read nor, as far as its size tells, in the copy. */
function unreadAndNotCopied({ position, changes: { grown } }: Generation, { file, reach }: Copy): number {
  if (file === null || file.compressed || position.compressed) return 0;
  return Math.max(0, grown.size - Math.max(position.offset, reach, file.stats.size));
}

/** Tells whether the truncation is the first of the changes that were told, and the rest made the lines behind it. */
async function isTruncationFirst(
  of: Generation,
  live: Generation | null,
  { changes, beforeEmpty }: ExactChanges,
): Promise<boolean> {
  if (changes === 1 || beforeEmpty === 1) return true;
  if (beforeEmpty !== null) return false;
  let told = changes;
  for (;;) {
    const since = await live?.withCandidate((candidate) => candidate.read(0, longestAfterTruncation));
    const again = await of.changes.told();
    if (since === undefined || since === null || again.kind === 'unknown') return false;
    // One change at least wrote the present bytes; where there were more, each has made a line.
    const lines = since.filter((byte) => byte === lineFeed).length;
    if (again.changes === told) return since.length > 0 && (told === 2 || lines === told - 1);
    told = again.changes;
  }
}

function wasQuiet({ changes }: Generation, copy: FileStats, live: Generation, now: WallTime): boolean {
  const { grown, unchangedAt } = changes;
  if (grown.size === 0 || unchangedAt === null || now - unchangedAt > lookBeforeTruncation) return false;
  if (live.stats === null) return false;
  const truncated = BigInt(live.stats.modified);
  // Whoever compresses the copy gives it the time of the copy; its birth is later.
  const times = [BigInt(copy.birth === '0' ? copy.changed : copy.birth), BigInt(copy.modified)];
  const [copied] = times.filter((time) => time <= truncated).sort((one, other) => (one > other ? -1 : 1));
  if (copied === undefined) return false;
  const pause = copied - grown.modified;
  const between = truncated - copied;
  return pause >= pauseBeforeCopy && between <= copyToTruncation && between * leastPauses <= pause;
}
