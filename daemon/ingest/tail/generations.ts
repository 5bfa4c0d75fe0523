import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { PositionRecord, SourceGap } from '../../protocol/domain/observation.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { Copies, doubtfulOf, isSettled } from './copies.ts';
import { type Discovery, type Found, fileProblem } from './discover.ts';
import { FileMoved, Generation } from './generation.ts';
import { carries, inodeKey, mayBeBornTogether, sameMark } from './identity.ts';
import { missingNumbers } from './missingNumbers.ts';
import { decodePosition } from './position.ts';
import { ageOf, byAge } from './rotation.ts';
import { contentMatch, type Match, mayCarry, withContent } from './sameContent.ts';

/** A finished generation whose file is gone is remembered so long, in case the file comes back. */
const rememberedFor = 24 * 3_600_000;
/** After so long nobody brings a file back, finished or not. */
const longestAbsence = 7 * rememberedFor;
/** One search may fall into the middle of a rotation; only what a second one misses too is missing. */
const searchesToBeSure = 2;

const copiedAndTruncated = 'the log was copied and truncated; what was written in between may be lost';

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
  /** Files of the last search that could not be read to know them again: path → one line. */
  readonly problems = new Map<string, string>();
  private readonly copies = new Copies();
  private gaps: SourceGap[] = [];
  private forgotten: Generation[] = [];
  /** Paths of numbers that the search before missed. */
  private suspected: readonly string[] = [];
  private unsure = false;

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

  /** Whether a younger generation of the same log is there; where each file has a date there is no live one. */
  hasSuccessor(generation: Generation): boolean {
    const { path, family } = generation.position;
    const age = ageOf(path, family);
    return this.list.some((other) => {
      if (other === generation || other.file === null || other.position.family !== family) return false;
      return other.file.age === null || (age !== null && byAge(age, other.file.age) < 0);
    });
  }

  /**
   * Decides for every file which generation it carries. A file is known again by its inode, its birth time, its
   * beginning and the bytes before the offset; content whose own file is gone or was truncated is looked for in the
   * rotated ones. What is left over is new.
   */
  async reconcile(discovery: Discovery, now: WallTime): Promise<Findings> {
    this.gaps = [];
    this.forgotten = [];
    this.unsure = false;
    this.problems.clear();
    const claimed = new Set<Generation>();
    const paths = new Map(this.list.map((generation) => [generation, generation.position.path]));
    for (const generation of this.list) generation.retry();

    const byInode = Map.groupBy(this.list, (generation) => generation.key);
    const knownOf = (found: Found): readonly Generation[] => byInode.get(inodeKey(found.stats)) ?? [];
    const strangers: Found[] = [];
    for (const found of discovery.files) {
      const known = knownOf(found).filter(({ doubtful }) => !doubtful);
      if (!(await this.findAgain(found, known, claimed, now))) strangers.push(found);
    }
    const unknown: Found[] = [];
    for (const found of strangers) {
      const known = knownOf(found).filter(({ doubtful }) => doubtful);
      if (await this.findElsewhere(found, known, claimed, now)) await this.dropDoubtful(known, claimed);
      else unknown.push(found);
    }
    // A copy is mostly one of the live file, so that one has to be known first.
    unknown.sort((one, other) => Number(one.age !== null) - Number(other.age !== null));
    for (const found of unknown) await this.settle(found, knownOf(found), claimed, now);
    this.judgeNumbers(discovery, missingNumbers(discovery.files, claimed, paths), now);
    await this.judgeMissing(claimed, now);
    return { gaps: this.gaps, forgotten: this.forgotten, unsure: this.unsure };
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
  private async findElsewhere(
    found: Found,
    known: readonly Generation[],
    claimed: Set<Generation>,
    now: WallTime,
  ): Promise<boolean> {
    // A copy gives way to what it is a copy of.
    const list = this.list.toSorted((one, other) => Number(one.position.copy) - Number(other.position.copy));
    for (const generation of list) {
      if (claimed.has(generation) || known.includes(generation) || !mayCarry(found, generation)) continue;
      let match: Match;
      try {
        match = await contentMatch(found, generation);
      } catch (error) {
        this.undecided({ found, known, claimed, now }, error);
        return true;
      }
      if (match === 'other') continue;
      claimed.add(generation);
      this.declareCopied(found, generation, now);
      await generation.moveTo(found, now);
      if (match === 'all-of-it' || generation.position.copy) generation.change({ finished: true });
      return true;
    }
    return false;
  }

  /** A file that carries nothing known: it is a copy of something, or a generation of its own. */
  private async settle(
    found: Found,
    known: readonly Generation[],
    claimed: Set<Generation>,
    now: WallTime,
  ): Promise<void> {
    const claim = (generation: Generation): void => {
      claimed.add(generation);
      generation.decide(found, now);
    };
    try {
      const own = await doubtfulOf(found, known);
      if (own !== null && (await isSettled(own, found))) {
        claim(own);
        return;
      }
      const answer = await this.copies.ask(found, claimed, this.list);
      if (answer.kind === 'own') {
        if (own?.position.copy === true) own.change({ copy: false, finished: false });
        claim(own ?? this.added(Generation.begin(found, now)));
        return;
      }
      if (answer.kind === 'copy') {
        this.declareCopied(found, answer.of, now);
        const copy = own?.position.copy === true ? own : this.added(Generation.begin(found, now));
        copy.isCopyTo(answer.marks);
        claim(copy);
      }
      // What is read in this round may come so far that the next search can tell.
      if (answer.kind === 'ahead') this.unsure = true;
      await this.dropDoubtful(known, claimed);
    } catch (error) {
      this.undecided({ found, known, claimed, now }, error);
      await this.dropDoubtful(known, claimed);
    }
  }

  /** What was truncated after it had been copied is not looked for any more. */
  private declareCopied(found: Found, of: Generation, now: WallTime): void {
    if (!of.position.detached || of.position.lost) return;
    this.addLoss(found.path, copiedAndTruncated, now);
    of.change({ lost: true });
  }

  private added(generation: Generation): Generation {
    this.list.push(generation);
    return generation;
  }

  /** The file of these turned out to carry something else. */
  private async dropDoubtful(known: readonly Generation[], claimed: ReadonlySet<Generation>): Promise<void> {
    for (const generation of known) {
      if (!generation.doubtful || claimed.has(generation)) continue;
      await generation.close();
      this.forget(generation);
    }
  }

  /** What may have been counted is not read again: a copy stays one, and nothing new is begun. */
  private undecided(
    at: { found: Found; known: readonly Generation[]; claimed: Set<Generation>; now: WallTime },
    error: unknown,
  ): void {
    const { found, known, claimed, now } = at;
    if (error instanceof FileMoved || errorCode(error) === 'ENOENT') this.unsure = true;
    else this.problems.set(found.path, fileProblem(found.path, error));
    for (const generation of known) {
      if (!generation.position.copy) continue;
      claimed.add(generation);
      generation.sees(found, now);
    }
  }

  /** Files are listed one after the other while others rename them: what only one search misses is not missing. */
  private judgeNumbers({ files }: Discovery, missing: readonly string[], now: WallTime): void {
    const present = new Set(
      files.flatMap(({ family, age }) => (age?.kind === 'number' ? [`${family}.${age.number}`] : [])),
    );
    for (const path of this.suspected) {
      if (!present.has(path)) this.addLoss(path, 'a rotated generation is missing; what it held was never read', now);
    }
    this.suspected = missing;
    if (missing.length > 0) this.unsure = true;
  }

  private async judgeMissing(claimed: ReadonlySet<Generation>, now: WallTime): Promise<void> {
    for (const generation of [...this.list]) {
      if (claimed.has(generation)) continue;
      generation.miss(now);
      // Content that could not be used is gone with its file, and so is what was wrong with it.
      if (generation.spoiled) {
        await generation.giveUp();
        if (!generation.stored) {
          this.forget(generation);
          continue;
        }
      }
      if (generation.orphaned) continue;
      const { position } = generation;
      const settled = position.finished || position.lost || (!generation.stored && generation.size === 0);
      const age = now - position.seen;
      const worthless = !generation.stored || position.offset === 0;
      if (settled ? worthless || age > rememberedFor : age > longestAbsence) {
        this.forget(generation);
        continue;
      }
      if (settled || !(position.detached || this.hasSuccessor(generation))) continue;
      if (generation.missed < searchesToBeSure) {
        this.unsure = true;
        continue;
      }
      const { head, detached } = position;
      const wasCopied =
        detached && this.list.some((other) => other.position.copy && sameMark(other.position.head, head));
      this.addLoss(position.path, wasCopied ? copiedAndTruncated : lossOf(generation), now);
      if (generation.stored) generation.change({ lost: true });
      else this.forget(generation);
    }
  }

  private forget(generation: Generation): void {
    this.list.splice(this.list.indexOf(generation), 1);
    if (generation.stored) this.forgotten.push(generation);
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
