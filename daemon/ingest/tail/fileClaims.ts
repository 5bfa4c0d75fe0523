import { type Found, fileProblem } from './discover.ts';
import { inodeKey, mayBeBornTogether } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { OngoingSearch } from './ongoingSearch.ts';
import { carries, withCandidate } from './recognition.ts';

/**
 * Claims the generations that the files carry, new ones among them. A file is known again by its inode, its birth time, its
 * beginning and the bytes before the offset.
 */
export async function claimFiles(
  files: readonly Found[],
  known: KnownGenerations,
  { claimed, now }: OngoingSearch,
): Promise<void> {
  const strangers: Found[] = [];
  for (const found of files) {
    const generation = await knownAgain(found, [...known.roster.withInode(inodeKey(found.stats))], claimed);
    if (generation === null) {
      strangers.push(found);
      continue;
    }
    claimed.add(generation);
    generation.sees(found, now);
  }
  for (const found of strangers) claimed.add(known.add(Generation.begin(found, now)));
}

async function knownAgain(
  found: Found,
  known: readonly Generation[],
  claimed: ReadonlySet<Generation>,
): Promise<Generation | null> {
  for (const generation of known) {
    const { standing, birth } = generation.position;
    if (standing === 'sought' || standing === 'settled' || claimed.has(generation)) continue;
    if (await isSame(generation, found)) return generation;
    // Born at another time: the old file is gone and a new one was given its inode. Else it was truncated in place.
    if (birth === found.stats.birth) await generation.detach();
  }
  return null;
}

/** Tells whether a file still carries the content that was read from its inode. An unreadable one is given the benefit of the doubt. */
async function isSame(generation: Generation, found: Found): Promise<boolean> {
  const { position } = generation;
  if (generation.changes.wasUntouched(found.stats)) return true;
  if (position.compressed !== found.compressed || !mayBeBornTogether(position, found.stats)) return false;
  if (position.offset === 0 || (position.compressed && generation.stats === null)) return true;
  // A size smaller than what was read is no proof of a truncation: a network file system may tell it late. The bytes
  // before the offset are.
  try {
    const isCarried =
      generation.content === null || position.compressed
        ? await withCandidate(found, (_, content) => carries(content, position))
        : await carries(generation.content, position);
    if (isCarried) generation.changes.prove(found.stats.size);
    return isCarried;
  } catch (error) {
    if (!(error instanceof FileMoved)) generation.fails(fileProblem(found.path, error), 'file');
    return true;
  }
}
