import { basename, dirname, isAbsolute, join } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type {
  Batch,
  Instrument,
  PositionRecord,
  SourceGap,
  SourceHealth,
  SourceProgress,
} from '../../protocol/domain/observation.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import type { EventTime, WallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { CompressedFiles } from '../compression/compressedFiles.ts';
import { DamagedFile } from '../compression/damage.ts';
import type { CsvHeader } from '../formats/csvHeader.ts';
import type { Format } from '../formats/format.ts';
import { byField, keptFields, type Scanner, scannerFor } from '../formats/scan.ts';
import type { TurnLimits } from '../formats/tally.ts';
import type { Content } from './content.ts';
import { deviceStat, learnDevice } from './deviceStat.ts';
import { type Discovery, discover, discoverLogs, fileProblem, type Glob, parseGlob, roleOf } from './discover.ts';
import { type FileStats, inodeKey } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import type { Generation } from './generation.ts';
import { Generations } from './generations.ts';
import { readTurn, type TurnRead } from './generationTurn.ts';
import { heldFiles } from './heldFiles.ts';
import { LogsThere } from './logsThere.ts';
import { encodePosition, type Position } from './position.ts';
import { Roster, sizeOf } from './roster.ts';
import { nothingRead, RecentTrouble } from './sourceHealth.ts';

/** A rotated file is read so long after its last growth: the writer may keep it open a while. */
const rotateWait = 5000;
/** A deleted file that its writer may hold open is held as long, after its last growth: it takes up room on the disk. */
const deletedHeldFor = 5 * 60_000;
/** A file that was moved away is read on so long after its last growth. */
const movedHeldFor = 24 * 3_600_000;
/** Rotated generations with unread bytes that are held open, so that their deletion loses nothing. */
const openAtOnce = 32;

/** A live file that grew is looked at with every poll for so long; later it is told of, or has its turn. */
const wakefulFor = 30_000;
/** So many of those are looked at with each poll, each in its turn: some milliseconds. */
const wakefulLooks = 512;
/** So many of all files are looked at with each poll: a tenth of a millisecond or two. */
const quietLooks = 64;
/** So many files of a source are listed by name. */
const filesListed = 20;
/** Health also depends on the time. */
const healthHolds = 2000;

/** A source of more files than this is searched as a whole rarely, and else for those only of which something was told. */
const manyFiles = 1000;

/** What a search is to look for. `folders`: absolute, in which something came or went. */
type SearchDue = typeof everything | { readonly logs: ReadonlySet<string>; readonly folders: ReadonlySet<string> };
const everything = 'everything';

function withLogs(due: SearchDue, logs: ReadonlySet<string>): SearchDue {
  return due === everything ? due : { logs: new Set([...due.logs, ...logs]), folders: due.folders };
}

/** Batches to commit together, and what to do once they are committed. Until then nothing has happened. */
export interface Proposal {
  readonly batches: readonly Batch[];
  adopt(): Promise<void>;
}

/** The readable part of one log. Nothing has happened until the turn is adopted. */
export interface LogTurn {
  readonly source: number;
  /** Names the log among those of all sources. */
  readonly log: string;
  /** The newest event time in it. */
  readonly newest: EventTime | null;
  /** There is more to read behind it. */
  readonly more: boolean;
  /** As much of it as happened up to then; `null` when that is nothing. */
  upTo(at: EventTime, window: Buffer): Promise<LogTurn | null>;
  /** @param unread as in `Batch`. */
  batch(unread: boolean): Batch;
  /** Tells only that there is something to read. */
  waits(): Batch;
  adopt(): Promise<void>;
}

export interface SourceTailOptions {
  readonly index: number;
  readonly source: FileSource;
  readonly format: Format;
  /** Absolute and free of symlinks. */
  readonly root: string;
  readonly instrument: Instrument;
  readonly positions: readonly PositionRecord[];
  /** The gaps of all sources, as declared before. */
  readonly gaps: readonly SourceGap[];
  now(): WallTime;
  /** Another number for `manyFiles`. */
  readonly manyFiles?: number;
}

/** Reads one source of the plan: all files of its glob, each log's generations oldest first. */
export class SourceTail {
  readonly #options: SourceTailOptions;
  readonly #glob: Glob;
  readonly #scanner: Scanner;
  readonly #generations: Generations | null;
  readonly #trouble = new RecentTrouble();
  /** Stops the source for good: its stored positions are unreadable. */
  readonly #fault: string | null;
  /** The last search failed as a whole. */
  #searchProblem: string | null = null;
  /** Something was seen that a look at the known files cannot explain. */
  #due: SearchDue | null = everything;
  /** As the searches have found it; paths of files that cannot be read, and why. */
  #problems: ReadonlyMap<string, string> = new Map();
  /** Absolute → the name that the glob goes by. */
  #folders: ReadonlyMap<string, string> = new Map();
  /** By family, each log's generations, oldest first. */
  readonly #logs = new Map<string, readonly Generation[]>();
  /** When the turn at hand began: asked once, not for each record. */
  #turnBegan: WallTime;
  #readToEnd: WallTime | null = null;
  readonly #logsThere = new LogsThere();
  #behindSince: WallTime | null = null;
  #owedGaps: SourceGap[] = [];
  #owedForgotten: Generation[] = [];
  readonly #compressed: CompressedFiles;
  #stirred = true;
  /** As it was told last, while nothing has happened since. */
  #health: { readonly at: WallTime; readonly told: SourceHealth } | null = null;

  constructor(options: SourceTailOptions) {
    this.#options = options;
    this.#turnBegan = options.now();
    this.#glob = parseGlob(options.source.file);
    const { index, instrument } = options;
    this.#scanner = scannerFor(options.format, {
      record: (record) => instrument.readRecord(index, record, options.now()),
      line: (text) => instrument.readLine(index, text, options.now()),
      ...byField(instrument, index, () => this.#turnBegan),
      kept: keptFields(instrument),
    });
    this.#trouble.add(
      nothingRead,
      options.gaps.filter(({ source }) => source === index),
    );
    let generations: Generations | null = null;
    let fault: string | null = null;
    try {
      generations = new Generations(options.index, options.root, options.positions, options.now());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      fault = error.message;
    }
    this.#generations = generations;
    this.#compressed = new CompressedFiles(
      generations?.list.filter(({ position }) => position.offset > 0).map(({ position }) => position),
    );
    this.#fault = fault ?? outsideProblem(options.source.file);
  }

  /** Folders in which new files can appear, and those of the files that symlinks lead to; absolute. */
  get folders(): readonly string[] {
    return [...this.#folders.keys(), ...(this.#generations?.roster.folders ?? [])];
  }

  /** Tells whether a file of this absolute path could be the source's. */
  concerns(path: string): boolean {
    return this.#logAt(path) !== null;
  }

  /** Tells whether an append to the file of this absolute path is one to the source: also a live file may bear a name that looks rotated. */
  knows(path: string): boolean {
    return this.#generations !== null && this.#generations.roster.at(path) !== null;
  }

  /** The log that a file of this absolute path is one of, if it is the source's. */
  #logAt(path: string): string | null {
    const folder = this.#folders.get(dirname(path));
    if (folder === undefined) return null;
    return roleOf(this.#glob, folder === '' ? basename(path) : `${folder}/${basename(path)}`)?.family ?? null;
  }

  get searchDue(): boolean {
    return this.#due !== null;
  }

  /** Everything is searched for with the next search. */
  searchAll(): void {
    this.#due = everything;
  }

  /** The source has so many files that only those are searched for of which something was told. */
  get isLarge(): boolean {
    return this.#generations !== null && this.#generations.roster.files > (this.#options.manyFiles ?? manyFiles);
  }

  /** Something came or went at that absolute path. */
  searchAt(path: string): void {
    this.#demand(this.#logAt(path), [dirname(path)]);
  }

  /** Something may have come or gone in these folders, absolute, before they were watched. */
  searchIn(folders: readonly string[]): void {
    const ours = folders.filter((folder) => this.#folders.has(folder));
    if (this.isLarge && ours.length > 0) this.#demand(null, ours);
  }

  /** Whatever could not be looked at in a source of many files is searched for again. */
  searchTroubled(): void {
    if (!this.isLarge) return;
    const paths = [...this.#problems.keys(), ...(this.#generations?.problems.keys() ?? [])];
    if (paths.length === 0) return;
    const targets = new Map([...this.#folders].map(([target, folder]) => [folder, target]));
    for (const path of paths) {
      const log = roleOf(this.#glob, path)?.family;
      const folder = targets.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
      // A folder that could not be looked into may hold anything.
      if (log === undefined || folder === undefined) this.searchAll();
      else this.#demand(log, [folder]);
    }
  }

  #searchFor({ position, file }: Generation): void {
    this.#demand(position.family, file === null ? [] : [dirname(file.target)]);
  }

  #demand(log: string | null, folders: readonly string[]): void {
    const due = this.#due ?? { logs: new Set(), folders: new Set() };
    if (due === everything || !this.isLarge || folders.some((folder) => !this.#folders.has(folder))) {
      this.#due = everything;
      return;
    }
    this.#due = {
      logs: log === null ? due.logs : new Set([...due.logs, log]),
      folders: new Set([...due.folders, ...folders]),
    };
  }

  /** Finds the source's files and which generation each carries. Tells whether it has searched for everything. */
  async search(): Promise<boolean> {
    const due = this.#due;
    if (this.#generations === null || this.#fault !== null || due === null) {
      this.#due = null;
      return true;
    }
    this.#due = null;
    this.#stir();
    try {
      const { logs } = await this.#searchWith(this.#generations, due);
      this.#searchProblem = null;
      return logs === null;
    } catch (error) {
      this.#searchProblem = fileProblem(this.#options.source.file, error);
      return true;
    }
  }

  /**
   * Looks at the known files only: have they grown, are they still the same? Four times a second, so of files that have
   * been quiet only at some in turn, and those in `appended`, which were told of; all of them when nobody tells (`null`).
   */
  async look(appended: ReadonlySet<string> | null): Promise<void> {
    if (this.#generations === null) return;
    const { roster, list } = this.#generations;
    if (appended === null) {
      for (const generation of list) await this.#lookAgain(generation);
      return;
    }
    const now = this.#options.now();
    const looked = new Set<Generation>();
    for (const path of appended) {
      const told = roster.at(path);
      if (told !== null) looked.add(told);
    }
    for (const generation of roster.awake(wakefulLooks, (one) => isAsleep(one, now))) looked.add(generation);
    for (const generation of roster.inTurn(quietLooks)) looked.add(generation);
    for (const generation of looked) await this.#lookAgain(generation);
  }

  async #lookAgain(generation: Generation): Promise<void> {
    generation.retry();
    generation.lookBegins();
    await this.#tryLookAt(generation);
    generation.lookEnded();
    if (generation.readable || generation.orphaned) this.#stir();
  }

  /** Nothing has changed since the last round that began with it and read all: no turn can give anything. */
  get isQuiet(): boolean {
    return !this.#stirred;
  }

  #stir(): void {
    this.#stirred = true;
    this.#health = null;
  }

  /** Logs that have something to read. */
  get readableLogs(): number {
    if (!this.#stirred) return 0;
    return this.#readableLogs().size;
  }

  #readableLogs(): Set<string> {
    const families = new Set<string>();
    for (const { position } of this.#generations?.roster.readable ?? []) families.add(position.family);
    return families;
  }

  /** A turn of each log that can be read now. */
  async turns(window: Buffer, lines: number): Promise<LogTurn[]> {
    const turns: LogTurn[] = [];
    if (!this.#stirred || this.#generations === null) return turns;
    const families = this.#readableLogs();
    for (const generation of this.#generations.roster.orphaned)
      if (this.#isOver(generation)) families.add(generation.position.family);
    for (const family of families) {
      for (const generation of this.#logs.get(family) ?? []) {
        if (!generation.readable && !this.#isOver(generation)) continue;
        const turn = await this.#turnOf(generation, window, { lines, upTo: null });
        if (turn === null) continue;
        turns.push(turn);
        break;
      }
    }
    return turns;
  }

  /** A round that looked at the source and read from it has ended. */
  roundEnded(began: WallTime): void {
    if (this.#stirred && this.readableLogs > 0) {
      const since = this.#behindSince ?? this.#readToEnd ?? began;
      // A clock that was set back must not make it wait for the time that was.
      this.#behindSince = since > began ? began : since;
      return;
    }
    this.#readToEnd = began;
    this.#behindSince = null;
    this.#stirred = false;
  }

  get progress(): SourceProgress {
    return {
      source: this.#options.index,
      readToEnd: this.#readToEnd,
      behindSince: this.#behindSince,
      isThere: this.#logsThere.found.size > 0,
      logs: this.#logsThere.found,
      unwritten: this.#logsThere.unwritten,
    };
  }

  health(): SourceHealth {
    const now = this.#options.now();
    const known = this.#health;
    if (known !== null && !this.#stirred && Math.abs(now - known.at) < healthHolds) return known.told;
    const { index, source } = this.#options;
    const roster = this.#generations?.roster ?? new Roster();
    const standing = this.#standing(roster);
    const told = { source: index, glob: source.file, ...standing, ...this.#listed(roster), lag: roster.sums.lag };
    this.#health = { at: now, told };
    return told;
  }

  async close(): Promise<void> {
    for (const generation of this.#generations?.list ?? []) await generation.end();
  }

  async #searchWith(generations: Generations, due: SearchDue): Promise<Discovery> {
    for (const generation of generations.list) generation.lookBegins();
    const discovery = await this.#discovered(generations, due);
    this.#logsThere.look(discovery);
    const findings = await generations.reconcile(discovery, this.#options.now());
    this.#owedGaps.push(...findings.gaps);
    this.#owedForgotten.push(...findings.forgotten);
    for (const { target, stats } of discovery.files) await learnDevice(target, stats.device);
    this.#place(discovery, findings.logs);
    if (findings.unsure) this.#due = discovery.logs === null ? everything : withLogs(due, discovery.logs);
    for (const generation of findings.concerned) {
      if (generation.orphaned) await this.#lookAtOrphan(generation);
      await generation.lookAtPadding(this.#options.now());
    }
    await this.#openUnread();
    for (const generation of findings.concerned) {
      await this.#letGo(generation);
      generation.lookEnded();
    }
    return discovery;
  }

  async #discovered({ roster }: Generations, due: SearchDue): Promise<Discovery> {
    const { root } = this.#options;
    if (due !== everything) {
      const folders = new Map([...due.folders].map((folder) => [folder, this.#folders.get(folder) ?? '']));
      const some = await discoverLogs(root, this.#glob, this.#compressed, { folders, logs: due.logs, known: roster });
      if (some !== null) return some;
    }
    return discover(root, this.#glob, this.#compressed);
  }

  /** @param logs of which a generation came, went or changed its place */
  #place({ logs: searched, folders, problems }: Discovery, logs: ReadonlySet<string>): void {
    const isSearched = (path: string): boolean =>
      searched === null || searched.has(roleOf(this.#glob, path)?.family ?? '');
    this.#problems = new Map([...[...this.#problems].filter(([path]) => !isSearched(path)), ...problems]);
    if (searched === null) {
      this.#folders = folders;
      this.#logs.clear();
    }
    for (const log of logs) {
      const generations = this.#generations?.logInOrder(log) ?? [];
      if (generations.length === 0) this.#logs.delete(log);
      else this.#logs.set(log, generations);
    }
  }

  #standing({ failed, shown }: Roster): Pick<SourceHealth, 'state' | 'detail'> {
    // A damaged old generation degrades its source; the rest of it is still read.
    const isOldAndDamaged = ({ position, spoiled }: Generation): boolean => position.compressed && spoiled;
    const problem = this.#fault ?? this.#searchProblem ?? this.#firstProblem(failed, isOldAndDamaged);
    if (problem !== null) return { state: 'error', detail: problem };
    const broken = this.#firstOf(failed, isOldAndDamaged);
    const degraded = broken?.problem ?? this.#trouble.detail(this.#options.now());
    if (degraded !== null) return { state: 'degraded', detail: degraded };
    if (shown.size > 0 || (this.#generations?.roster.files ?? 0) > 0)
      return { state: 'reading', detail: this.#trouble.untimed ?? this.#trouble.undecided ?? this.#hint };
    return { state: 'waiting', detail: `no file matches ${this.#options.source.file} yet` };
  }

  /** Values of the records that the plan may not mean. */
  get #hint(): string | null {
    const hints = this.#options.instrument.hints?.(this.#options.index) ?? [];
    return hints.length === 0 ? null : hints.join('; ');
  }

  #firstProblem(failures: ReadonlySet<Generation>, isLeftOut: (generation: Generation) => boolean): string | null {
    const [found] = this.#problems.values();
    const [undecided] = this.#generations?.problems.values() ?? [];
    const failed = this.#firstOf(failures, (generation) => !isLeftOut(generation));
    return found ?? undecided ?? failed?.problem ?? null;
  }

  /** The first by its log and its place in it, so that the same one is told of each time. */
  #firstOf(among: ReadonlySet<Generation>, holds: (generation: Generation) => boolean): Generation | null {
    let first: Generation | null = null;
    for (const generation of among)
      if (holds(generation) && (first === null || this.#inOrder(generation, first) < 0)) first = generation;
    return first;
  }

  #inOrder(one: Generation, other: Generation): number {
    const [first, second] = [one.position.family, other.position.family];
    if (first !== second) return first < second ? -1 : 1;
    const log = this.#logs.get(first) ?? [];
    return log.indexOf(one) - log.indexOf(other);
  }

  /** The files of a source, of many those that have most to read; the rest are summed. */
  #listed({ shown, lagging, sums }: Roster): Pick<SourceHealth, 'files' | 'others'> {
    if (shown.size <= filesListed)
      return { files: [...shown].sort((one, other) => this.#inOrder(one, other)).map(fileHealth) };
    const named = new Set(mostLagging(lagging));
    for (const generation of shown) {
      if (named.size === filesListed) break;
      named.add(generation);
    }
    const files = [...named].map(fileHealth);
    const others = { files: shown.size - filesListed, size: sums.size, offset: sums.offset };
    for (const { size, offset } of files) {
      others.size -= size;
      others.offset -= Math.min(size, offset);
    }
    return { files, others };
  }

  async #openUnread(): Promise<void> {
    if (heldFiles.full) return;
    const unopened = [...(this.#generations?.roster.unopened ?? [])];
    let opened = 0;
    for (const generation of unopened.sort((one, other) => this.#inOrder(one, other))) {
      const { file } = generation;
      if (heldFiles.full) return;
      if (file === null) continue;
      if (file.age !== null && (opened >= openAtOnce || !generation.hasMore)) continue;
      if (file.age !== null) opened += 1;
      await this.#opened(generation);
    }
  }

  /** The generation's content; `null`, and noted, when it cannot be opened. */
  async #opened(generation: Generation): Promise<Content | null> {
    try {
      return await generation.open();
    } catch (error) {
      this.#note(generation, error);
      return null;
    }
  }

  async #lookAtOrphan(generation: Generation): Promise<void> {
    await this.#tryLookAt(generation);
    const { compressed, offset } = generation.position;
    if (compressed || generation.size >= offset) return;
    // Truncated before its name was taken away.
    await generation.detach();
    this.#searchFor(generation);
  }

  async #tryLookAt(generation: Generation): Promise<void> {
    try {
      await this.#lookAt(generation);
    } catch (error) {
      this.#note(generation, error);
      this.#searchFor(generation);
    }
  }

  async #lookAt(generation: Generation): Promise<void> {
    const { file, position, carried } = generation;
    if (!carried) return;
    const now = this.#options.now();
    await generation.lookAtPadding(now);
    const stats =
      file === null
        ? await generation.statOpen()
        : await deviceStat(join(this.#options.root, position.path), file.stats.device);
    if (stats !== null && file !== null && inodeKey(stats) !== inodeKey(file.stats)) throw new FileMoved(position.path);
    if (stats !== null) this.#take(generation, generation.grow(stats, now));
    if (file === null || file.age !== null) await this.#letGo(generation);
  }

  /** A file that changed without growing was truncated or rewritten, one that is not known yet may be: only a search can tell. */
  #take(generation: Generation, changed: boolean): void {
    const { compressed, offset } = generation.position;
    if (changed && generation.examinationDue) this.#searchFor(generation);
    if (changed && !compressed && generation.size <= offset && offset > 0) {
      generation.suspect();
      this.#searchFor(generation);
    }
  }

  /** A rotated file that is quiet is taken for finished; one without a name is let go after a while. */
  async #letGo(generation: Generation): Promise<void> {
    const { position, readiness, file, stats } = generation;
    if (!generation.carried) return;
    const quiet = this.#options.now() - generation.quietSince;
    const isRotated = file === null || (file.age !== null && this.#generations?.hasSuccessor(generation) === true);
    const isRead = readiness.kind === 'held' || !generation.hasMore;
    if (position.standing === 'reading' && !position.compressed && isRotated && isRead && quiet >= rotateWait) {
      // Half a line may still be completed: its file is read on when it grows. Of a deleted one it is given up in the end.
      const isWhole =
        stats === null ||
        (readiness.kind === 'held' && readiness.paddedFrom === position.offset) ||
        stats.size <= position.offset;
      if (isWhole || stats.links > 0) generation.change({ standing: 'finished' });
      if (heldFiles.full) await generation.close();
    }
    // Its writer may still have it open when its name goes.
    const isDone = generation.position.standing !== 'reading' && (file === null || file.age !== null);
    if (isDone && quiet >= (file === null ? heldFor(stats) : deletedHeldFor)) await generation.close();
  }

  #note(generation: Generation, error: unknown): void {
    if (error instanceof FileMoved || errorCode(error) === 'ENOENT') {
      this.#searchFor(generation);
      return;
    }
    const isContent = error instanceof UserError || error instanceof DamagedFile;
    generation.fails(fileProblem(generation.position.path, error), isContent ? 'content' : 'file');
  }

  async #turnOf(generation: Generation, window: Buffer, limits: TurnLimits): Promise<LogTurn | null> {
    const final = this.#isOver(generation);
    if (!generation.readable && !final) return null;
    const isHeld = generation.content !== null || !heldFiles.full;
    const content = await this.#opened(generation);
    if (content === null) return null;
    this.#turnBegan = this.#options.now();
    try {
      const read = await readTurn(generation, content, this.#scanner, window, {
        over: final,
        limits,
        header: this.#headerBefore(generation),
        arrived: this.#turnBegan,
        before: this.#orderBefore(generation),
        carried: this.#carriedBefore(generation),
      });
      if (read !== null) return this.#logTurn(generation, read, limits);
      await this.#letGo(generation);
      return null;
    } catch (error) {
      if (error instanceof FileMoved) await generation.detach();
      // The file server has forgotten this handle; by its path the file may be opened anew.
      if (errorCode(error) === 'ESTALE' && generation.file !== null) await generation.close();
      this.#note(generation, error);
      return null;
    } finally {
      // A compressed one would have to be decompressed from its start again.
      if (!isHeld && !generation.position.compressed) await generation.close();
    }
  }

  /** The header of the log's newest generation before this one that has a header. */
  #headerBefore({ position, id }: Generation): CsvHeader | null {
    if (position.columns !== null || !this.#options.format.hasHeader) return null;
    const log = this.#logs.get(position.family) ?? [];
    const before = log
      .slice(
        0,
        log.findIndex((other) => other.id === id),
      )
      .findLast((other) => other.position.columns);
    if (before === undefined || before.position.columns === null) return null;
    return { columns: before.position.columns, separator: before.position.separator };
  }

  /** Counters go on over the rotations of a log. */
  #carriedBefore(generation: Generation): string | null {
    const log = this.#logs.get(generation.position.family) ?? [];
    return log[log.indexOf(generation) - 1]?.position.carried ?? null;
  }

  /** The order of a log goes on over its rotations. */
  #orderBefore(generation: Generation): Position['order'] {
    const log = this.#logs.get(generation.position.family) ?? [];
    return log[log.indexOf(generation) - 1]?.position.order ?? null;
  }

  /** Nothing more is expected of it: deleted, and quiet for so long that nobody writes into it any more. */
  #isOver({ position, file, content, stats, quietSince }: Generation): boolean {
    if (position.standing !== 'reading' || position.compressed || file !== null || content === null) return false;
    return this.#options.now() - quietSince >= heldFor(stats);
  }

  #logTurn(generation: Generation, { position, tally, more }: TurnRead, limits: TurnLimits): LogTurn {
    const { index } = this.#options;
    const { observations, ignored, rejected } = tally;
    const positions = [encodePosition(index, { id: generation.id, position, seen: generation.seen })];
    const arrived = this.#options.now();
    const { family } = position;
    const gaps = this.#doubtOf(generation, tally, arrived);
    const others = (this.#logs.get(family) ?? []).some((other) => other !== generation && other.readable);
    return {
      source: index,
      log: `${index} ${family}`,
      newest: tally.newest,
      more: more || others,
      upTo: (at, window) => this.#turnOf(generation, window, { ...limits, upTo: at }),
      batch: (unread) => {
        const rest = { positions, forgotten: [], gaps };
        return { source: index, log: family, arrived, unread, observations, ignored, rejected, ...rest };
      },
      waits: () => {
        const nothing = { observations: [], ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
        return { source: index, arrived, unread: true, ...nothing };
      },
      adopt: async () => {
        generation.position = position;
        generation.committed();
        if (generation.goesOnReading()) this.#searchFor(generation);
        if (tally.newest !== null) generation.replaced = null;
        this.#trouble.add(tally, gaps);
        if (position.standing === 'finished') await generation.close();
      },
    };
  }

  /** A file that stands where another was and that begins no later than that one ended may be the same, written anew. */
  #doubtOf({ replaced, position }: Generation, { observations }: TurnRead['tally'], at: WallTime): SourceGap[] {
    const [first] = observations;
    if (replaced === null || first === undefined || first.reading.at > replaced) return [];
    const reason =
      'the file was rewritten with records that are no newer than those read before; they may be counted twice';
    return [{ source: this.#options.index, file: position.path, reason, at, doubled: true }];
  }

  /** Positions that changed without reading, declared losses, generations to forget. */
  housekeeping(): Proposal | null {
    if (this.#generations === null) return null;
    const { index } = this.#options;
    const dirty = [...this.#generations.roster.dirty];
    const gaps = this.#owedGaps;
    const gone = this.#owedForgotten;
    if (dirty.length + gaps.length + gone.length === 0) return null;
    const batch: Batch = {
      source: index,
      arrived: this.#options.now(),
      unread: this.readableLogs > 0,
      observations: [],
      ignored: 0,
      rejected: {},
      positions: dirty.map((generation) => encodePosition(index, generation)),
      forgotten: gone.map(({ id }) => ({ source: index, generation: id })),
      gaps,
    };
    return {
      batches: [batch],
      adopt: async () => {
        for (const generation of dirty) generation.committed();
        this.#owedGaps = [];
        this.#owedForgotten = [];
        this.#trouble.add(nothingRead, gaps);
      },
    };
  }
}

function mostLagging(lagging: ReadonlyMap<Generation, number>): readonly Generation[] {
  const most: { generation: Generation; lag: number }[] = [];
  let least = 0;
  for (const [generation, lag] of lagging) {
    if (lag <= least && most.length === filesListed) continue;
    most.splice(most.findLastIndex((other) => other.lag >= lag) + 1, 0, { generation, lag });
    if (most.length > filesListed) most.pop();
    least = most.at(-1)?.lag ?? 0;
  }
  return most.map(({ generation }) => generation);
}

function fileHealth(generation: Generation): SourceHealth['files'][number] {
  const { path, offset } = generation.position;
  return { file: path, size: sizeOf(generation), offset };
}

/** Tells whether its file needs no look: a live file that is read and has long been quiet changes only with an event. */
function isAsleep(generation: Generation, now: WallTime): boolean {
  const { position, file, content, readable, readiness, quietSince, orphaned } = generation;
  if (file === null) return !orphaned;
  if (readable || now - quietSince < wakefulFor) return false;
  if (position.standing === 'finished' && file.age !== null) return content === null;
  return readiness.kind !== 'failed' && !(readiness.kind === 'held' && readiness.paddedFrom !== null);
}

function heldFor(stats: FileStats | null): number {
  return stats === null || stats.links === 0 ? deletedHeldFor : movedHeldFor;
}

function outsideProblem(file: string): string | null {
  if (!isAbsolute(file) && !file.split(/[\\/]/).includes('..')) return null;
  return `${file} lies outside the plan's folder; a source is named relative to the plan and lies beside or below it`;
}
