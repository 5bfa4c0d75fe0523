import { join } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { PositionRecord, SourceGap } from '../../protocol/domain/observation.ts';
import { positionsKept } from '../../protocol/domain/retention.ts';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { filesAside, foundAside } from './aside.ts';
import { type Copy, copiedAndTruncated, lossBetween } from './copyLoss.ts';
import { type Discovery, type Found, fileProblem, oldestFirst } from './discover.ts';
import { type Answer, type Doubt, Examination } from './examination.ts';
import { inodeKey, mayBeBornTogether, sameMark } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { Generation } from './generation.ts';
import { missingNumbers } from './missingNumbers.ts';
import { decodePosition, type Position } from './position.ts';
import { carries, withCandidate } from './recognition.ts';
import { Roster } from './roster.ts';
import { ageOf, byAge } from './rotation.ts';

/** A finished generation whose file is gone is remembered so long, in case the file comes back. */
const rememberedFor = positionsKept.read;
/** After so long nobody brings a file back, finished or not. */
const longestAbsence = positionsKept.unread;
/** One search may fall into the middle of a rotation; only what a second one misses too is missing. */
const searchesToBeSure = 2;

/** The results of a search, to be committed: declared losses and generations to forget. */
export interface Findings {
  readonly gaps: readonly SourceGap[];
  readonly forgotten: readonly Generation[];
  /** Something was seen only once: search again soon. */
  readonly unsure: boolean;
  /** The generations that the search was about; those of the logs that it looked for. */
  readonly concerned: readonly Generation[];
  /** The logs that they belong to, or did before. */
  readonly logs: ReadonlySet<string>;
}

/** All generations of one source, and which file carries which. */
export class Generations {
  readonly #all: Set<Generation>;
  /** The same, by what there is to do with them. */
  readonly roster = new Roster();
  readonly #source: number;
  /** Files of the last search that could not be read to know them again: path → one line. */
  readonly problems = new Map<string, string>();
  readonly #root: string;
  /** Files without a name of the source's that carry a generation all the same: path → family. */
  readonly #aside = new Map<string, string>();
  #gaps: SourceGap[] = [];
  #forgotten: Generation[] = [];
  /** Paths of numbers that the search before missed. */
  #suspected: readonly string[] = [];
  #unsure = false;
  /** When the search for everything before this one began, which the store may tell; `null` when there was none. */
  #searched: WallTime | null;
  /** When the logs were looked for that were looked for since. */
  readonly #searchedLogs = new Map<string, WallTime>();
  /** Logs of which the search before saw no file that it knew, and what it had known. */
  #suspectedBreaks: ReadonlyMap<string, readonly Generation[]> = new Map();
  /** Files of which something had been kept before this search, as `fileKey` names them. */
  #keptFiles: ReadonlySet<string> = new Set();

  /** Throws a `UserError` when a stored position is unreadable. */
  constructor(source: number, root: string, positions: readonly PositionRecord[], now: WallTime) {
    this.#source = source;
    this.#root = root;
    const stored = positions
      .filter((record) => record.source === source)
      .map((record) => new Generation(record.generation, decodePosition(record), true, now));
    this.#all = new Set(stored);
    for (const generation of stored) this.roster.add(generation);
    const seen = stored.map(({ position }) => position.seen);
    this.#searched = seen.length === 0 ? null : wallTime(seen.reduce((latest, at) => Math.max(latest, at)));
  }

  get list(): readonly Generation[] {
    return [...this.#all];
  }

  /** Oldest first; what has no name any more comes first. */
  logInOrder(family: string): readonly Generation[] {
    return [...this.roster.ofLog(family)].sort(({ file: one }, { file: other }) => {
      if (one === null || other === null) return Number(one !== null) - Number(other !== null);
      return oldestFirst(one, other);
    });
  }

  /** Tells whether a younger generation of the same log is there; where each file has a date there is no live one. */
  hasSuccessor(generation: Generation): boolean {
    const { path, family } = generation.position;
    const age = ageOf(path, family);
    for (const other of this.roster.ofLog(family)) {
      if (other === generation || other.file === null) continue;
      if (other.file.age === null || (age !== null && byAge(age, other.file.age) < 0)) return true;
    }
    return false;
  }

  /**
   * Decides for every file which generation it carries. A file is known again by its inode, its birth time, its beginning
   * and the bytes before the offset. The content of any other is held against all that was read, before a line of it
   * counts.
   */
  async reconcile(discovery: Discovery, now: WallTime): Promise<Findings> {
    this.#gaps = [];
    this.#forgotten = [];
    this.#unsure = false;
    const concerned = this.#concerned(discovery);
    const logs = new Set(concerned.map(({ position }) => position.family));
    this.#forgetProblems(discovery, concerned);
    this.#keptFiles = new Set(concerned.filter(({ stored }) => stored).map(({ position }) => fileKey(position)));
    const paths = new Map(concerned.map((generation) => [generation, generation.position.path]));
    for (const generation of concerned) generation.retry();
    const files = [...discovery.files, ...(await this.#findAside(discovery))];
    const claimed = await this.#claim(files, now);
    for (const generation of concerned) {
      if (claimed.has(generation)) continue;
      generation.miss(now);
      const stats = generation.orphaned ? await generation.statOpen() : null;
      if (stats === null) continue;
      generation.grow(stats, now);
      // Truncated before its name was taken away.
      const { compressed, offset } = generation.position;
      if (!compressed && stats.size < offset) await generation.detach();
    }
    await this.#examine([...concerned, ...claimed], claimed, discovery.problems, now);
    await this.#lookAside(concerned, files, claimed, discovery.problems, now);
    this.#judgeNumbers(discovery, missingNumbers(discovery.files, claimed, paths), now);
    // A file that cannot be looked at may be one that is known.
    if (discovery.problems.size === 0) this.#judgeBreaks(discovery, claimed, now);
    await this.#judgeMissing(concerned, claimed, now);
    this.#noteSearched(discovery, now);
    const left = [...new Set([...concerned, ...claimed])].filter(({ isForgotten }) => !isForgotten);
    for (const { position } of left) logs.add(position.family);
    return { gaps: this.#gaps, forgotten: this.#forgotten, unsure: this.#unsure, concerned: left, logs };
  }

  /** All that a search has to do with: those of the logs it looked for, and those of the files it found. */
  #concerned({ logs, files }: Discovery): readonly Generation[] {
    if (logs === null) return this.list;
    const concerned = new Set<Generation>();
    for (const family of logs) for (const generation of this.roster.ofLog(family)) concerned.add(generation);
    for (const { stats } of files)
      for (const generation of this.roster.withInode(inodeKey(stats))) concerned.add(generation);
    return [...concerned];
  }

  #forgetProblems({ logs, files }: Discovery, concerned: readonly Generation[]): void {
    if (logs === null) this.problems.clear();
    for (const { position } of concerned) this.problems.delete(position.path);
    for (const { path } of files) this.problems.delete(path);
  }

  #noteSearched({ logs }: Discovery, now: WallTime): void {
    if (logs === null) {
      this.#searched = now;
      this.#searchedLogs.clear();
    } else for (const family of logs) this.#searchedLogs.set(family, now);
  }

  /** The generations that the files carry, new ones among them. */
  async #claim(files: readonly Found[], now: WallTime): Promise<Set<Generation>> {
    const claimed = new Set<Generation>();
    const strangers: Found[] = [];
    for (const found of files) {
      const known = await this.#findAgain(found, [...this.roster.withInode(inodeKey(found.stats))], claimed);
      if (known === null) {
        strangers.push(found);
        continue;
      }
      claimed.add(known);
      known.sees(found, now);
    }
    for (const found of strangers) claimed.add(this.#added(Generation.begin(found, now)));
    return claimed;
  }

  async #findAgain(
    found: Found,
    known: readonly Generation[],
    claimed: ReadonlySet<Generation>,
  ): Promise<Generation | null> {
    for (const generation of known) {
      const { standing, birth } = generation.position;
      if (standing === 'sought' || standing === 'settled' || claimed.has(generation)) continue;
      if (await this.#isSame(generation, found)) return generation;
      // Born at another time: the old file is gone and a new one was given its inode. Else it was truncated in place.
      if (birth === found.stats.birth) await generation.detach();
    }
    return null;
  }

  /** Tells whether a file still carries the content that was read from its inode. An unreadable one is given the benefit of the doubt. */
  async #isSame(generation: Generation, found: Found): Promise<boolean> {
    const { position } = generation;
    if (generation.wasUntouched(found.stats)) return true;
    if (position.compressed !== found.compressed || !mayBeBornTogether(position, found.stats)) return false;
    if (position.offset === 0 || (position.compressed && generation.stats === null)) return true;
    // A size smaller than what was read is no proof of a truncation: a network file system may tell it late. The bytes
    // before the offset are.
    try {
      return generation.content === null || position.compressed
        ? await withCandidate(found, (_, content) => carries(content, position))
        : await carries(generation.content, position);
    } catch (error) {
      if (!(error instanceof FileMoved)) generation.fails(fileProblem(found.path, error), 'file');
      return true;
    }
  }

  /** Holds what is new against what was read. Of two that begin alike the live one is read first. */
  async #examine(
    concerned: readonly Generation[],
    claimed: Set<Generation>,
    unreadable: ReadonlyMap<string, string>,
    now: WallTime,
  ): Promise<void> {
    const candidates = new Set([...concerned, ...this.roster.undecided]);
    const due = [...candidates].filter(({ examinationDue, isForgotten }) => examinationDue && !isForgotten);
    if (due.length === 0) return;
    const examination = new Examination(this.roster);
    const isRotated = ({ file }: Generation): number => Number(file !== null && file.age !== null);
    for (const generation of due.sort((one, other) => isRotated(one) - isRotated(other))) {
      const { path, family } = generation.position;
      // A copy of a log that cannot be read now may hold what the log does.
      if (isRotated(generation) && (this.problems.has(family) || unreadable.has(family))) {
        this.#unsure = true;
        continue;
      }
      try {
        const answer = await examination.of(generation);
        if (answer === null) continue;
        await this.#settle(generation, answer, claimed, now);
      } catch (error) {
        if (error instanceof FileMoved || errorCode(error) === 'ENOENT') this.#unsure = true;
        else this.problems.set(path, fileProblem(path, error));
      }
    }
  }

  async #settle(generation: Generation, answer: Answer, claimed: Set<Generation>, now: WallTime): Promise<void> {
    const { path } = generation.position;
    switch (answer.kind) {
      case 'untold':
        generation.cannotBeTold();
        if (answer.failure !== null) generation.fails(fileProblem(path, answer.failure), 'content');
        return;
      case 'waits':
        generation.waitsFor(answer.of, answer.until);
        this.#unsure = true;
        return;
      case 'own':
        if (this.#isUnseenCopy(generation)) this.#addLoss(generation.position.family, copiedAndTruncated, now);
        if (answer.fromStart) generation.isItsOwnFromStart(answer.firstLine);
        else generation.isItsOwn(answer.firstLine);
        generation.replaced = answer.replaced;
        if (answer.doubt !== null) this.#addDoubt(path, answer.doubt, now);
        return;
      case 'goes on': {
        const { of, marks, standing } = answer;
        const { file } = generation;
        if (answer.doubt !== null) this.#addDoubt(path, answer.doubt, now);
        const isTaken = answer.whereabouts === 'carried' && !of.carried && standing !== 'copy';
        if (isTaken && of.key !== generation.key && mayHaveGrown(of, file))
          await this.#declareCopied(of, { file, reach: of.position.offset }, now);
        if (isTaken && file !== null && !generation.stored) {
          await of.moveTo(file, marks, standing, now);
          await generation.end();
          this.#forget(generation);
          claimed.delete(generation);
          claimed.add(of);
          return;
        }
        // A copy of what was trimmed before: its log was truncated behind it.
        if (answer.whereabouts === 'settled' && of.position.standing === 'sought' && of.key !== generation.key)
          await this.#declareCopied(of, { file, reach: of.position.offset }, now);
        generation.goesOn(marks, of.position, standing, answer);
        if (answer.whereabouts === 'settled' && !of.carried) of.change({ standing: 'settled' });
        if (!isTaken) return;
        await of.end();
        this.#forget(of);
        return;
      }
    }
  }

  /**
   * A rotated file that was made since the last search, and after the live one, is a copy of that where nothing was known of
   * either: the live one was written, copied and truncated meanwhile.
   */
  #isUnseenCopy({ file, stored, position }: Generation): boolean {
    if (file === null || stored || file.age === null || file.compressed || file.stats.birth === '0') return false;
    const born = BigInt(file.stats.birth);
    const searched = this.#searchedLogs.get(position.family) ?? this.#searched;
    if (searched === null || born / 1_000_000n < BigInt(Math.floor(searched))) return false;
    const live = [...this.roster.ofLog(position.family)].find((other) => other.file?.age === null);
    if (live === undefined || live.position.offset > 0) return false;
    return BigInt(live.position.birth) < born && this.#keptFiles.has(fileKey(live.position));
  }

  /** Files that carried a generation without a name of the source's, as they are now. */
  async #findAside({ files, logs }: Discovery): Promise<Found[]> {
    const named = new Set(files.map(({ stats }) => inodeKey(stats)));
    const found: Found[] = [];
    for (const [path, family] of this.#aside) {
      if (logs !== null && !logs.has(family)) continue;
      const file = await foundAside(this.#root, path, family);
      if (file !== null && !named.has(inodeKey(file.stats))) found.push(file);
      else this.#aside.delete(path);
    }
    return found;
  }

  /** Looks under names that are not the source's for what is missing and was not read to its end. */
  async #lookAside(
    concerned: readonly Generation[],
    files: readonly Found[],
    claimed: Set<Generation>,
    unreadable: ReadonlyMap<string, string>,
    now: WallTime,
  ): Promise<void> {
    const inodes = new Set(files.map(({ stats }) => inodeKey(stats)));
    const isNamed = (key: string): boolean =>
      inodes.has(key) || [...this.roster.withInode(key)].some(({ file }) => file !== null);
    const paths = new Set(files.map((file) => file.path));
    const isKnown = (path: string): boolean => paths.has(path) || this.roster.at(join(this.#root, path)) !== null;
    for (const missing of concerned) {
      const { standing, offset, path } = missing.position;
      if (claimed.has(missing) || missing.orphaned || missing.missed !== 1 || offset === 0) continue;
      if (standing === 'settled' || standing === 'copy') continue;
      for (const found of await filesAside(this.#root, missing.position, isKnown)) {
        // Renamed since the search listed it.
        const isElsewhere = isNamed(inodeKey(found.stats));
        if (isElsewhere) this.#unsure = true;
        if (isElsewhere || !(await this.#carriesAside(found, missing))) continue;
        this.#aside.set(found.path, missing.position.family);
        if (inodeKey(found.stats) === missing.key) {
          claimed.add(missing);
          missing.sees(found, now);
        } else {
          const aside = this.#added(Generation.begin(found, now));
          const carrying = new Set([aside]);
          await this.#examine([aside], carrying, unreadable, now);
          for (const generation of carrying) claimed.add(generation);
        }
        break;
      }
      if (missing.position.path !== path) this.#unsure = true;
    }
  }

  async #carriesAside(found: Found, missing: Generation): Promise<boolean> {
    try {
      const relation = await withCandidate(found, (candidate) => candidate.relationTo(missing.position));
      return relation.kind === 'whole' || relation.kind === 'part';
    } catch {
      return false;
    }
  }

  #added(generation: Generation): Generation {
    this.#all.add(generation);
    this.roster.add(generation);
    return generation;
  }

  /** Tells whether the known copy of a generation holds everything read of it; the copy then carries it from now on. */
  async #takeBack(generation: Generation, now: WallTime): Promise<boolean> {
    const { position } = generation;
    const copy = position.standing === 'sought' ? this.#copyOf(generation) : null;
    if (copy === null || copy.file === null || copy.position.standing !== 'copy') return false;
    if (copy.position.offset !== position.offset || !sameMark(copy.position.marker, position.marker)) return false;
    await this.#declareCopied(generation, { file: copy.file, reach: copy.position.offset }, now);
    const { file } = copy;
    await copy.end();
    this.#forget(copy);
    await generation.moveTo(file, position, 'finished', now);
    return true;
  }

  /** Files are listed one after the other while others rename them: what only one search misses is not missing. */
  #judgeNumbers({ files, logs }: Discovery, missing: readonly string[], now: WallTime): void {
    const present = new Set(
      files.flatMap(({ family, age }) => (age?.kind === 'number' ? [`${family}.${age.number}`] : [])),
    );
    const isLookedFor = (path: string): boolean => logs === null || logs.has(path.slice(0, path.lastIndexOf('.')));
    for (const path of this.#suspected.filter(isLookedFor)) {
      if (!present.has(path)) this.#addLoss(path, 'a rotated generation is missing; what it held was never read', now);
    }
    this.#suspected = [...this.#suspected.filter((path) => !isLookedFor(path)), ...missing];
    if (missing.length > 0) this.#unsure = true;
  }

  /**
   * Where all that was known of a log is gone and was read to its end, and all that is there is new, it was rotated so often
   * while nobody looked that others may have come and gone between. A second search must find it so, too.
   */
  #judgeBreaks({ logs }: Discovery, claimed: ReadonlySet<Generation>, now: WallTime): void {
    const suspected = new Map<string, readonly Generation[]>();
    for (const [family, known] of this.#suspectedBreaks) {
      if (logs !== null && !logs.has(family)) suspected.set(family, known);
      else if (known.every(({ carried }) => !carried)) {
        this.#addLoss(
          family,
          'no generation that was known is left; what was written and deleted since may be lost',
          now,
        );
      }
    }
    const rotated = [...claimed].filter(({ stored, file }) => !stored && file !== null && file.age !== null);
    for (const family of new Set(rotated.map(({ position }) => position.family))) {
      const known = [...this.roster.ofLog(family)].filter(({ stored }) => stored);
      const isGone = ({ carried, position }: Generation): boolean => !carried && position.standing === 'finished';
      if (known.length === 0 || !known.every(isGone) || this.#suspectedBreaks.has(family)) continue;
      suspected.set(family, known);
      this.#unsure = true;
    }
    this.#suspectedBreaks = suspected;
  }

  async #judgeMissing(
    concerned: readonly Generation[],
    claimed: ReadonlySet<Generation>,
    now: WallTime,
  ): Promise<void> {
    for (const generation of concerned) {
      if (claimed.has(generation) || generation.isForgotten) continue;
      // Content that could not be used is gone with its file, and so is what was wrong with it.
      if (generation.spoiled) {
        await generation.giveUp();
        if (!generation.stored) {
          this.#forget(generation);
          continue;
        }
      }
      if (generation.orphaned) continue;
      const { position } = generation;
      const { standing } = position;
      const settled =
        standing === 'finished' ||
        standing === 'settled' ||
        standing === 'copy' ||
        (!generation.stored && generation.size === 0);
      const age = now - generation.seen;
      const worthless = !generation.stored || position.offset === 0;
      if (settled ? worthless || age > rememberedFor : age > longestAbsence) {
        this.#forget(generation);
        continue;
      }
      if (settled || !(standing === 'sought' || this.hasSuccessor(generation))) continue;
      if (generation.missed < searchesToBeSure) {
        this.#unsure = true;
        continue;
      }
      if (await this.#takeBack(generation, now)) continue;
      await this.#declareLoss(generation, now);
      await generation.end();
      if (generation.stored) generation.change({ standing: 'settled' });
      else this.#forget(generation);
    }
  }

  /** Declares what may be lost of a generation that is gone. */
  async #declareLoss(generation: Generation, now: WallTime): Promise<void> {
    const copy = generation.position.standing === 'sought' ? this.#copyOf(generation) : null;
    if (copy === null) this.#addLoss(generation.position.path, lossOf(generation), now);
    else await this.#declareCopied(generation, { file: copy.file, reach: copy.position.offset }, now);
  }

  /** Says what was lost between the copying of a log and its truncation. */
  async #declareCopied(of: Generation, copy: Copy, now: WallTime): Promise<void> {
    const reason = await lossBetween(of, copy, this.#liveFileOf(of), now);
    if (reason !== null) this.#addLoss(of.position.path, reason, now);
  }

  /** The generation that the file carries now which carried this one. */
  #liveFileOf({ key, position }: Generation): Generation | null {
    const live = [...this.roster.withInode(key)].find((other) => other.file !== null);
    return live?.position.birth === position.birth ? live : null;
  }

  /** The file that was made of it before it was truncated. */
  #copyOf({ firstLine, position }: Generation): Generation | null {
    return (
      this.list.find(
        (other) =>
          other.carried &&
          other.position !== position &&
          other.position.standing !== 'reading' &&
          other.position.offset <= position.offset &&
          (firstLine === null ? sameMark(other.position.head, position.head) : other.firstLine === firstLine),
      ) ?? null
    );
  }

  #forget(generation: Generation): void {
    this.#all.delete(generation);
    generation.forget();
    if (generation.stored) this.#forgotten.push(generation);
  }

  #addLoss(file: string, reason: string, now: WallTime): void {
    this.#gaps.push({ source: this.#source, file, reason, at: now });
  }

  #addDoubt(file: string, { reason, doubled }: Doubt, now: WallTime): void {
    const gap = { source: this.#source, file, reason, at: now };
    this.#gaps.push(doubled ? { ...gap, doubled } : gap);
  }
}

/**
 * Lines may have been written into the file that carried it after this one was made of it. What moves or compresses a file
 * gives it the time of the original and comes when its writer has left it.
 */
function mayHaveGrown({ position }: Generation, copy: Found | null): boolean {
  if (position.standing === 'sought') return true;
  if (position.standing !== 'reading' || copy === null || copy.compressed || copy.path === position.path) return false;
  return BigInt(copy.stats.modified) >= BigInt(copy.stats.birth);
}

function fileKey(position: Position): string {
  return `${inodeKey(position)} ${position.birth}`;
}

function lossOf({ position, grown }: Generation): string {
  const what = position.standing === 'sought' ? 'was truncated or replaced' : 'is gone';
  const unread = grown.size - position.offset;
  const loss =
    unread > 0 && !position.compressed
      ? `${unread} bytes behind byte ${position.offset} were not read and are lost`
      : `what was written behind byte ${position.offset} may be lost`;
  return `the file ${what} and no copy of it was found; ${loss}`;
}
