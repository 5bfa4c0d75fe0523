import { lineFeed } from '../formats/scan.ts';
import type { ChangesTold } from './changeWitness.ts';
import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';
import { withCandidate } from './recognition.ts';

export const copiedAndTruncated = 'the log was copied and truncated; what was written in between may be lost';

/** So much of a truncated log and of its copy is looked at for lines that nobody has read. */
const longestLookedAt = 1024 * 1024;

type ExactChanges = Extract<ChangesTold, { kind: 'exact' }>;

/** The file that was made of a log before it was truncated, and how far it is known to hold what was read. */
export interface Copy {
  readonly file: Found | null;
  readonly reach: number;
}

/**
 * Bytes that were written between the copying and the truncation are in no file. They are known to be lost when they were
 * seen, or when the kernel told of the write that made them; nothing is lost when it told of the truncation first. Where
 * it tells nothing, they may be lost. `null`: nothing is lost; else the words of a declared loss.
 * @param live the generation that the truncated file carries now
 */
export async function lossBetween(of: Generation, copy: Copy, live: Generation | null): Promise<string | null> {
  const unread = unreadAndNotCopied(of, copy);
  if (unread > 0)
    return `the log was copied and truncated; ${unread} bytes that were written in between were not read and are lost`;
  const told = await of.changes.told();
  return told.kind === 'exact' && (await isTruncationFirst(of, copy, live, told)) ? null : copiedAndTruncated;
}

/** Bytes that are known to have been in a log and are neither read nor, as far as its size tells, in the copy. */
function unreadAndNotCopied({ position, changes: { provenSize } }: Generation, { file, reach }: Copy): number {
  if (file === null || file.compressed || position.compressed || provenSize === null) return 0;
  return Math.max(0, provenSize - Math.max(position.offset, reach, file.stats.size));
}

/**
 * Tells whether the truncation is the first of the changes that were told, but for those that made lines that were read. A
 * change alone is the truncation; of two, the other one wrote the present bytes. More can only be told apart where the
 * writer is known to write one line at a time: then each of the others has made a line that is there, or in the copy.
 */
async function isTruncationFirst(
  of: Generation,
  { file }: Copy,
  live: Generation | null,
  first: ExactChanges,
): Promise<boolean> {
  const isAllRead = first.linesRead === 0 && of.position.offset === of.changes.grown;
  if (isAllRead && (first.changes === 1 || first.beforeEmpty === 1)) return true;
  let told = first;
  for (;;) {
    const since = await live?.withCandidate((candidate) => candidate.read(0, longestLookedAt));
    const again = await of.changes.told();
    if (since === undefined || since === null || again.kind === 'unknown') return false;
    if (again.changes !== told.changes) {
      told = again;
      continue;
    }
    // One change at least wrote the present bytes.
    if (isAllRead && again.changes === 2 && since.length > 0) return true;
    if (!again.areLines || file === null) return false;
    const copied = await withCandidate(file, (candidate) => candidate.read(of.position.offset, longestLookedAt));
    return linesIn(since) + linesIn(copied) === again.changes - 1 - again.linesRead;
  }
}

function linesIn(bytes: Buffer): number {
  return bytes.filter((byte) => byte === lineFeed).length;
}

/**
 * Lines may have been written into the file that carried it after this one was made of it. What moves or compresses a file
 * gives it the time of the original and comes when its writer has left it.
 */
export function mayHaveGrown({ position, isLeft }: Generation, copy: Found | null): boolean {
  if (isLeft) return false;
  if (position.standing === 'sought') return true;
  if (position.standing !== 'reading' || copy === null || copy.compressed || copy.path === position.path) return false;
  return BigInt(copy.stats.modified) >= BigInt(copy.stats.birth);
}
