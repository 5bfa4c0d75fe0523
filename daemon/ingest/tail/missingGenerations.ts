import { positionsKept } from '../../protocol/domain/retention.ts';
import { mayHaveGrown } from './copyLoss.ts';
import { sameMark } from './fileIdentity.ts';
import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { OngoingSearch } from './ongoingSearch.ts';
import { remainsOf } from './unreadRemains.ts';

/** A finished generation whose file is gone is remembered so long, in case the file comes back. */
const rememberedFor = positionsKept.read;
/** After so long nobody brings a file back, finished or not. */
const longestAbsence = positionsKept.unread;
/** One search may fall into the middle of a rotation; only what a second one misses too is missing. */
const searchesToBeSure = 2;
/** A file that may hold what is missing, and that cannot be looked at, is waited for so many searches. */
const searchesToBeTold = 20;

/** Decides on the generations that no file carries any more: remembered, forgotten, or declared lost. */
export async function judgeMissing(search: OngoingSearch, known: KnownGenerations): Promise<void> {
  for (const generation of search.concerned) {
    if (search.claimed.has(generation) || generation.isForgotten) continue;
    // Content that could not be used is gone with its file, and so is what was wrong with it.
    if (generation.spoiled) {
      await generation.giveUp();
      if (!generation.stored) {
        search.forget(generation);
        continue;
      }
    }
    if (generation.orphaned) continue;
    const { position } = generation;
    const settled = isSettled(generation);
    const age = search.now - generation.seen;
    // An empty one that was renamed while the search went on is found by the next one.
    const worthless = !generation.stored || (position.offset === 0 && generation.missed >= searchesToBeSure);
    if (settled ? worthless || age > rememberedFor : age > longestAbsence) {
      search.forget(generation);
      continue;
    }
    if (settled || !(position.standing === 'sought' || known.hasSuccessor(generation))) continue;
    if (generation.missed < searchesToBeSure) {
      search.searchAgain();
      continue;
    }
    if (await takeBack(generation, search, known)) continue;
    const remains = position.offset > 0 ? 'none' : await remainsOf(generation, known);
    if (remains === 'held') {
      search.forget(generation);
      continue;
    }
    if (remains === 'untold' && generation.missed < searchesToBeTold) {
      search.searchAgain();
      continue;
    }
    if (!generation.isLeft) await declareLoss(generation, search, known);
    await generation.end();
    if (generation.stored) generation.change({ standing: 'settled' });
    else search.forget(generation);
  }
}

function isSettled({ position, stored, size }: Generation): boolean {
  switch (position.standing) {
    case 'finished':
    case 'settled':
    case 'copy':
      return true;
    case 'reading':
    case 'sought':
      return !stored && size === 0;
  }
}

/** Tells whether the known copy of a generation holds everything read of it; the copy then carries it from now on. */
async function takeBack(generation: Generation, search: OngoingSearch, known: KnownGenerations): Promise<boolean> {
  const { position } = generation;
  const copy = known.copyOf(generation);
  if (copy === null || copy.file === null || copy.position.standing !== 'copy') return false;
  if (copy.position.offset !== position.offset || !sameMark(copy.position.marker, position.marker)) return false;
  const { file } = copy;
  if (mayHaveGrown(generation, file)) await search.declareCopied(generation, { file, reach: copy.position.offset });
  await copy.end();
  search.forget(copy);
  await generation.moveTo(file, position, 'finished', search.now);
  return true;
}

/** Declares what may be lost of a generation that is gone. */
async function declareLoss(generation: Generation, search: OngoingSearch, known: KnownGenerations): Promise<void> {
  const copy = generation.position.standing === 'sought' ? known.copyOf(generation) : null;
  if (copy === null) search.declareLoss(generation.position.path, lossOf(generation));
  else await search.declareCopied(generation, { file: copy.file, reach: copy.position.offset });
}

function lossOf({ position, changes: { provenSize } }: Generation): string {
  const what = position.standing === 'sought' ? 'was truncated or replaced' : 'is gone';
  const unread = (provenSize ?? 0) - position.offset;
  const loss =
    unread > 0 && !position.compressed
      ? `${unread} bytes behind byte ${position.offset} were not read and are lost`
      : `what was written behind byte ${position.offset} may be lost`;
  return `the file ${what} and no copy of it was found; ${loss}`;
}
