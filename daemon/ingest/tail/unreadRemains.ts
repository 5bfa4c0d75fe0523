import { type Mark, markOf, sameMark } from './fileIdentity.ts';
import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { Candidate } from './recognition.ts';

export type Remains =
  /** Another generation holds its content, and is read in its place. */
  | 'held'
  /** Another one may, and is not looked at yet. */
  | 'untold'
  | 'none';

/**
 * Looks for the content of a generation that is gone before a line of it was read: it may have been compressed or copied
 * between the look that told of it and the one into it. A younger generation that was not read under another name holds it
 * when it begins with the bytes that were seen of it and is as long. Where not even those were seen, it is what was
 * compressed of it, or has its size and its time. One generation stands for one.
 */
export async function remainsOf(missing: Generation, known: KnownGenerations): Promise<Remains> {
  let remains: Remains = 'none';
  for (const other of known.after(missing)) {
    if (other.position.family !== missing.position.family || !other.carried || other.standsFor !== null) continue;
    if (other.examinationDue) remains = 'untold';
    else if (other.isOwn && (await holds(other, missing))) {
      other.standsFor = missing;
      return 'held';
    }
  }
  return remains;
}

async function holds(other: Generation, missing: Generation): Promise<boolean> {
  const { beginning, stats } = missing;
  if (stats === null) return false;
  if (beginning === null && !isMadeOf(other, missing)) return false;
  const does = (candidate: Candidate) => beginsLike(candidate, beginning, stats.size);
  return (await other.withCandidate(does).catch(() => false)) ?? false;
}

async function beginsLike(candidate: Candidate, beginning: Mark | null, size: number): Promise<boolean> {
  if ((await candidate.length()) < size) return false;
  return beginning === null || sameMark(markOf(await candidate.read(0, beginning.length)), beginning);
}

/** Tells by the files alone whether one may have been made of the other. */
function isMadeOf({ position, stats }: Generation, missing: Generation): boolean {
  if (position.compressed) return !missing.position.compressed;
  return stats?.size === missing.size && stats.modified === missing.stats?.modified;
}
