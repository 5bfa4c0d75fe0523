import type { PositionRecord, SourceGap } from '../protocol/observation.ts';
import type { WallTime } from '../protocol/units.ts';
import { type Discovery, type Found, fileProblem } from './discover.ts';
import { FileMoved, Generation } from './generation.ts';
import { carries, type FileStats, inodeKey, isUntouched, mayBeBornTogether } from './identity.ts';
import { decodePosition } from './position.ts';
import { contentMatch, isPrefix, isTwin, type Match, mayCarry, withContent } from './sameContent.ts';

/** A finished generation whose file is gone is remembered so long, in case the file comes back. */
const rememberedFor = 24 * 3_600_000;
/** After so long nobody brings a file back, finished or not. */
const longestAbsence = 7 * rememberedFor;
/** One search may fall into the middle of a rotation; only what a second one misses too is missing. */
const searchesToBeSure = 2;

/** What a search found out, to be committed: declared losses and generations to forget. */
export interface Findings {
  readonly gaps: readonly SourceGap[];
  readonly forgotten: readonly Generation[];
  /** Something was seen only once: search again soon. */
  readonly unsure: boolean;
}

/** All generations of one source, and which file carries which. */
export class Generations {
  readonly list: Generation[];
  private readonly source: number;
  /** Copies of generations that are themselves still there; not read. */
  private readonly copies = new Map<string, { readonly stats: FileStats; readonly of: Generation }>();
  /** Files of the last search that could not be read to know them again: path → one line. */
  readonly problems = new Map<string, string>();
  private gaps: SourceGap[] = [];

  /** Throws a `UserError` when a stored position is unreadable. */
  constructor(source: number, positions: readonly PositionRecord[], now: WallTime) {
    this.source = source;
    this.list = positions
      .filter((record) => record.source === source)
      .map((record) => new Generation(record.generation, decodePosition(record), true, now));
  }

  /** Oldest first, by the search's order; what has no name any more comes first. */
  inOrder(discovery: Discovery): readonly Generation[] {
    const rank = new Map(discovery.files.map((file, index) => [inodeKey(file.stats), index]));
    const rankOf = (generation: Generation): number =>
      generation.file === null ? -1 : (rank.get(inodeKey(generation.file.stats)) ?? -1);
    return this.list.toSorted((one, other) => rankOf(one) - rankOf(other));
  }

  /** Whether a younger generation of the same log is there. */
  hasSuccessor(generation: Generation): boolean {
    return this.list.some(
      (other) =>
        other !== generation && other.file?.age === null && other.position.family === generation.position.family,
    );
  }

  /**
   * Decides for every file which generation it carries. A file is known again by its inode, its birth time, its
   * beginning and the bytes before the offset; content whose own file is gone or was truncated is looked for in the
   * rotated ones. What is left over is new.
   */
  async reconcile(discovery: Discovery, now: WallTime): Promise<Findings> {
    this.gaps = [];
    this.problems.clear();
    const claimed = new Set<Generation>();
    const paths = new Map(this.list.map((generation) => [generation, generation.position.path]));
    for (const generation of this.list) generation.retry();

    const byInode = Map.groupBy(this.list, (generation) => generation.key);
    const strangers: Found[] = [];
    for (const found of discovery.files) {
      const known = byInode.get(inodeKey(found.stats)) ?? [];
      if (!(await this.findAgain(found, known, claimed, now))) strangers.push(found);
    }
    const unknown: Found[] = [];
    for (const found of strangers) {
      if (!(await this.findElsewhere(found, claimed, now))) unknown.push(found);
    }
    // A copy is always one of the live file, so that one has to be known first.
    unknown.sort((one, other) => Number(one.age !== null) - Number(other.age !== null));
    for (const found of unknown) {
      if (await this.isCopy(found, claimed)) continue;
      const generation = Generation.begin(found, now);
      this.list.push(generation);
      claimed.add(generation);
    }
    this.forgetCopies(discovery);
    this.findMissingNumbers(discovery, claimed, paths, now);
    return await this.judgeMissing(claimed, now);
  }

  private async findAgain(
    found: Found,
    known: readonly Generation[],
    claimed: Set<Generation>,
    now: WallTime,
  ): Promise<boolean> {
    for (const generation of known) {
      if (generation.position.detached || claimed.has(generation)) continue;
      if (await this.isSame(generation, found)) {
        claimed.add(generation);
        generation.sees(found, now);
        return true;
      }
      // Born at another time: the old file is gone and a new one was given its inode. Else it was truncated in place.
      if (generation.position.birth === found.stats.birth) await generation.detach();
    }
    return false;
  }

  /** Whether a file still carries what was read from its inode. An unreadable one is given the benefit of the doubt. */
  private async isSame(generation: Generation, found: Found): Promise<boolean> {
    const { position } = generation;
    if (generation.wasUntouched(found.stats)) return true;
    if (position.compressed !== found.compressed || !mayBeBornTogether(position, found.stats)) return false;
    if (position.compressed) return true;
    if (position.offset === 0) return true;
    // A size smaller than what was read is no proof of a truncation: a network file system may tell it late. The bytes
    // before the offset are.
    try {
      return generation.content === null
        ? await withContent(found, (content) => carries(content, position))
        : await carries(generation.content, position);
    } catch (error) {
      if (!(error instanceof FileMoved)) generation.problem = fileProblem(found.path, error);
      return true;
    }
  }

  /** Looks whether the file carries a generation whose own file is gone or was truncated. */
  private async findElsewhere(found: Found, claimed: Set<Generation>, now: WallTime): Promise<boolean> {
    for (const generation of this.list) {
      if (claimed.has(generation) || !mayCarry(found, generation)) continue;
      let match: Match;
      try {
        match = await contentMatch(found, generation);
      } catch (error) {
        // Undecided, so neither this one nor a new one: what may have been counted is not read again.
        this.problems.set(found.path, fileProblem(found.path, error));
        return true;
      }
      if (match === 'other') continue;
      claimed.add(generation);
      if (generation.position.detached) {
        this.addLoss(found.path, 'the log was copied and truncated; what was written in between may be lost', now);
      }
      await generation.moveTo(found, now);
      if (match === 'all-of-it') generation.change({ finished: true });
      return true;
    }
    return false;
  }

  /** Whether a rotated file is but a copy of a generation that is still there: one being made, or a compressed twin. */
  private async isCopy(found: Found, claimed: ReadonlySet<Generation>): Promise<boolean> {
    if (found.age === null) return false;
    const key = inodeKey(found.stats);
    const known = this.copies.get(key);
    if (known !== undefined && claimed.has(known.of) && isUntouched(known.stats, found.stats)) return true;
    this.copies.delete(key);
    for (const generation of claimed) {
      const file = generation.file;
      if (file === null || file.family !== found.family) continue;
      if (!(isTwin(found, file) || (await isPrefix(found, file)))) continue;
      this.copies.set(key, { stats: found.stats, of: generation });
      return true;
    }
    return false;
  }

  private forgetCopies(discovery: Discovery): void {
    const present = new Set(discovery.files.map((file) => inodeKey(file.stats)));
    for (const key of this.copies.keys()) if (!present.has(key)) this.copies.delete(key);
  }

  /** Generations that came and went unseen: numbers missing below a generation that has moved up. */
  private findMissingNumbers(
    discovery: Discovery,
    claimed: ReadonlySet<Generation>,
    paths: ReadonlyMap<Generation, string>,
    now: WallTime,
  ): void {
    for (const family of new Set(discovery.files.map((file) => file.family))) {
      const numbers = discovery.files.filter((file) => file.family === family).map(numberOf);
      const moved = [...claimed]
        .filter((generation) => paths.has(generation) && paths.get(generation) !== generation.position.path)
        .filter((generation) => generation.file?.family === family)
        .map((generation) => (generation.file === null ? 0 : numberOf(generation.file)))
        .filter((number) => number > 0);
      if (moved.length === 0) continue;
      for (let number = 1; number < Math.min(...moved); number += 1) {
        if (numbers.includes(number)) continue;
        this.addLoss(`${family}.${number}`, 'a rotated generation is missing; what it held was never read', now);
      }
    }
  }

  private async judgeMissing(claimed: ReadonlySet<Generation>, now: WallTime): Promise<Findings> {
    const forgotten: Generation[] = [];
    let unsure = false;
    for (const generation of [...this.list]) {
      if (claimed.has(generation)) continue;
      generation.miss(now);
      // Content that could not be used is gone with its file, and so is what was wrong with it.
      if (generation.spoiled) {
        await generation.giveUp();
        if (!generation.stored) {
          this.forget(generation, forgotten);
          continue;
        }
      }
      if (generation.orphaned) continue;
      const { position } = generation;
      const settled = position.finished || position.lost || (!generation.stored && generation.size === 0);
      const age = now - position.seen;
      const worthless = !generation.stored || position.offset === 0;
      if (settled ? worthless || age > rememberedFor : age > longestAbsence) {
        this.forget(generation, forgotten);
        continue;
      }
      if (settled || !(position.detached || this.hasSuccessor(generation))) continue;
      if (generation.missed < searchesToBeSure) {
        unsure = true;
        continue;
      }
      this.addLoss(position.path, lossOf(generation), now);
      if (generation.stored) generation.change({ lost: true });
      else this.forget(generation, forgotten);
    }
    return { gaps: this.gaps, forgotten, unsure };
  }

  private forget(generation: Generation, forgotten: Generation[]): void {
    this.list.splice(this.list.indexOf(generation), 1);
    if (generation.stored) forgotten.push(generation);
  }

  private addLoss(file: string, reason: string, now: WallTime): void {
    this.gaps.push({ source: this.source, file, reason, at: now });
  }
}

function lossOf({ position, size }: Generation): string {
  const what = position.detached ? 'was truncated or replaced' : 'is gone';
  const unread = size - position.offset;
  const loss =
    unread > 0 && !position.compressed
      ? `${unread} bytes behind byte ${position.offset} were not read and are lost`
      : `what was written behind byte ${position.offset} may be lost`;
  return `the file ${what} and no copy of it was found; ${loss}`;
}

function numberOf(file: Found): number {
  return file.age?.kind === 'number' ? file.age.number : 0;
}
