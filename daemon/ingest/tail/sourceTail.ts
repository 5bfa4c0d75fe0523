import { basename, dirname, isAbsolute } from 'node:path';
import type {
  Batch,
  Instrument,
  PositionRecord,
  SourceGap,
  SourceHealth,
  SourceProgress,
} from '../../protocol/domain/observation.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { CompressedFiles } from '../compression/compressedFiles.ts';
import type { Format } from '../formats/format.ts';
import { byField, keptFields, type Scanner, scannerFor } from '../formats/scan.ts';
import { learnDevice } from './deviceStat.ts';
import { type Discovery, discover, discoverLogs, fileProblem, type Glob, parseGlob, roleOf } from './discover.ts';
import { FileLooks } from './fileLooks.ts';
import { degradingProblem, hinderingProblem, listedFiles } from './filesHealth.ts';
import type { Generation } from './generation.ts';
import { Generations } from './generations.ts';
import { LogsThere } from './logsThere.ts';
import type { LogTurn, Proposal } from './logTurn.ts';
import { LogTurns } from './logTurns.ts';
import { OrderedLogs } from './orderedLogs.ts';
import { encodePosition } from './position.ts';
import { Roster } from './roster.ts';
import { everything, SearchDemand, type SearchDue } from './searchDemand.ts';
import { nothingRead, RecentTrouble } from './sourceHealth.ts';

/** Health also depends on the time. */
const healthHolds = 2000;

/** A source of more files than this is searched as a whole rarely, and else for those only of which something was told. */
const manyFiles = 1000;

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

/** The parts that read a source; there are none when its stored positions are unreadable. */
interface Reading {
  readonly generations: Generations;
  readonly looks: FileLooks;
  readonly turns: LogTurns;
}

/** Reads one source of the plan: all files of its glob, each log's generations oldest first. */
export class SourceTail {
  readonly #options: SourceTailOptions;
  readonly #glob: Glob;
  readonly #reading: Reading | null;
  readonly #trouble = new RecentTrouble();
  /** Stops the source for good. */
  readonly #fault: string | null;
  /** The last search failed as a whole. */
  #searchProblem: string | null = null;
  /** Something was seen that a look at the known files cannot explain. */
  readonly #demand = new SearchDemand();
  /** As the searches have found it; paths of files that cannot be read, and why. */
  #problems: ReadonlyMap<string, string> = new Map();
  /** Absolute → the name that the glob goes by. */
  #folders: ReadonlyMap<string, string> = new Map();
  readonly #logs = new OrderedLogs();
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
    this.#glob = parseGlob(options.source.file);
    this.#trouble.add(
      nothingRead,
      options.gaps.filter(({ source }) => source === options.index),
    );
    const { reading, fault } = this.#begin();
    this.#reading = reading;
    this.#compressed = new CompressedFiles(
      reading?.generations.list.filter(({ position }) => position.offset > 0).map(({ position }) => position),
    );
    this.#fault = fault ?? outsideProblem(options.source.file);
  }

  #begin(): { readonly reading: Reading | null; readonly fault: string | null } {
    const { index, root, positions, format } = this.#options;
    const now = () => this.#options.now();
    const searchFor = (generation: Generation) => this.#searchFor(generation);
    const logs = this.#logs;
    try {
      const generations = new Generations(index, root, positions, now());
      const looks = new FileLooks({ root, generations, logs, now, searchFor });
      const turns: LogTurns = new LogTurns({
        index,
        scanner: this.#scanner(() => turns.began),
        hasHeader: format.hasHeader,
        roster: generations.roster,
        logs,
        looks,
        now,
        searchFor,
        adopted: ({ tally }, gaps) => this.#trouble.add(tally, gaps),
      });
      return { reading: { generations, looks, turns }, fault: null };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { reading: null, fault: error.message };
    }
  }

  #scanner(arrived: () => WallTime): Scanner {
    const { index, instrument, format, now } = this.#options;
    return scannerFor(format, {
      record: (record) => instrument.readRecord(index, record, now()),
      line: (text) => instrument.readLine(index, text, now()),
      ...byField(instrument, index, arrived),
      kept: keptFields(instrument),
    });
  }

  /** Folders in which new files can appear, and those of the files that symlinks lead to; absolute. */
  get folders(): readonly string[] {
    return [...this.#folders.keys(), ...(this.#reading?.generations.roster.folders ?? [])];
  }

  /** Tells whether a file of this absolute path could be the source's. */
  concerns(path: string): boolean {
    return this.#logAt(path) !== null;
  }

  /** Tells whether an append to the file of this absolute path is one to the source: also a live file may bear a name that looks rotated. */
  knows(path: string): boolean {
    return this.#reading !== null && this.#reading.generations.roster.at(path) !== null;
  }

  /** The log that a file of this absolute path is one of, if it is the source's. */
  #logAt(path: string): string | null {
    const folder = this.#folders.get(dirname(path));
    if (folder === undefined) return null;
    return roleOf(this.#glob, folder === '' ? basename(path) : `${folder}/${basename(path)}`)?.family ?? null;
  }

  get searchDue(): boolean {
    return this.#demand.isDue;
  }

  /** Everything is searched for with the next search. */
  searchAll(): void {
    this.#demand.all();
  }

  /** The source has so many files that only those are searched for of which something was told. */
  get isLarge(): boolean {
    const files = this.#reading?.generations.roster.files ?? 0;
    return files > (this.#options.manyFiles ?? manyFiles);
  }

  /** Something came or went at that absolute path. */
  searchAt(path: string): void {
    this.#search(this.#logAt(path), [dirname(path)]);
  }

  /** Something may have come or gone in these folders, absolute, before they were watched. */
  searchIn(folders: readonly string[]): void {
    const ours = folders.filter((folder) => this.#folders.has(folder));
    if (this.isLarge && ours.length > 0) this.#search(null, ours);
  }

  /** Whatever could not be looked at in a source of many files is searched for again. */
  searchTroubled(): void {
    if (!this.isLarge) return;
    const paths = [...this.#problems.keys(), ...(this.#reading?.generations.problems.keys() ?? [])];
    if (paths.length === 0) return;
    const targets = new Map([...this.#folders].map(([target, folder]) => [folder, target]));
    for (const path of paths) {
      const log = roleOf(this.#glob, path)?.family;
      const folder = targets.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
      // A folder that could not be looked into may hold anything.
      if (log === undefined || folder === undefined) this.searchAll();
      else this.#search(log, [folder]);
    }
  }

  #searchFor({ position, file }: Generation): void {
    this.#search(position.family, file === null ? [] : [dirname(file.target)]);
  }

  #search(log: string | null, folders: readonly string[]): void {
    if (!this.isLarge || folders.some((folder) => !this.#folders.has(folder))) this.#demand.all();
    else this.#demand.some(log, folders);
  }

  /** Finds the source's files and which generation each carries. Tells whether it has searched for everything. */
  async search(): Promise<boolean> {
    const due = this.#demand.take();
    if (this.#reading === null || this.#fault !== null || due === null) return true;
    this.#stir();
    try {
      const { logs } = await this.#searchWith(this.#reading, due);
      this.#searchProblem = null;
      return logs === null;
    } catch (error) {
      this.#searchProblem = fileProblem(this.#options.source.file, error);
      return true;
    }
  }

  /** Looks at the known files only, as `FileLooks` has it. */
  async look(appended: ReadonlySet<string> | null): Promise<void> {
    if (this.#reading !== null && (await this.#reading.looks.look(appended))) this.#stir();
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
    return this.#stirred && this.#reading !== null ? this.#reading.turns.readable.size : 0;
  }

  /** A turn of each log that can be read now. */
  async turns(window: Buffer, lines: number): Promise<LogTurn[]> {
    return this.#stirred && this.#reading !== null ? this.#reading.turns.next(window, lines) : [];
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
    const roster = this.#reading?.generations.roster ?? new Roster();
    const files = listedFiles(roster, this.#logs);
    const told = { source: index, glob: source.file, ...this.#standing(roster), ...files, lag: roster.sums.lag };
    this.#health = { at: now, told };
    return told;
  }

  async close(): Promise<void> {
    for (const generation of this.#reading?.generations.list ?? []) await generation.end();
  }

  async #searchWith({ generations, looks }: Reading, due: SearchDue): Promise<Discovery> {
    for (const generation of generations.list) generation.changes.lookBegins();
    const discovery = await this.#discovered(generations, due);
    this.#logsThere.look(discovery);
    const findings = await generations.reconcile(discovery, this.#options.now());
    this.#owedGaps.push(...findings.gaps);
    this.#owedForgotten.push(...findings.forgotten);
    for (const { target, stats } of discovery.files) await learnDevice(target, stats.device);
    this.#place(discovery, generations, findings.logs);
    if (findings.unsure) this.#demand.again(due, discovery.logs);
    await looks.searched(findings.concerned);
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
  #place({ logs: searched, folders, problems }: Discovery, generations: Generations, logs: ReadonlySet<string>): void {
    const isSearched = (path: string): boolean =>
      searched === null || searched.has(roleOf(this.#glob, path)?.family ?? '');
    this.#problems = new Map([...[...this.#problems].filter(([path]) => !isSearched(path)), ...problems]);
    if (searched === null) {
      this.#folders = folders;
      this.#logs.clear();
    }
    for (const log of logs) this.#logs.place(log, generations.logInOrder(log));
  }

  #standing(roster: Roster): Pick<SourceHealth, 'state' | 'detail'> {
    const problem = this.#fault ?? this.#searchProblem ?? this.#unreadable ?? hinderingProblem(roster, this.#logs);
    if (problem !== null) return { state: 'error', detail: problem };
    const degraded = degradingProblem(roster, this.#logs) ?? this.#trouble.detail(this.#options.now());
    if (degraded !== null) return { state: 'degraded', detail: degraded };
    if (roster.shown.size > 0 || roster.files > 0)
      return { state: 'reading', detail: this.#trouble.untimed ?? this.#trouble.undecided ?? this.#hint };
    return { state: 'waiting', detail: `no file matches ${this.#options.source.file} yet` };
  }

  /** A file that the searches could not look at. */
  get #unreadable(): string | null {
    const [found] = this.#problems.values();
    const [undecided] = this.#reading?.generations.problems.values() ?? [];
    return found ?? undecided ?? null;
  }

  /** Values of the records that the plan may not mean. */
  get #hint(): string | null {
    const hints = this.#options.instrument.hints?.(this.#options.index) ?? [];
    return hints.length === 0 ? null : hints.join('; ');
  }

  /** Positions that changed without reading, declared losses, generations to forget. */
  housekeeping(): Proposal | null {
    if (this.#reading === null) return null;
    const { index } = this.#options;
    const dirty = [...this.#reading.generations.roster.dirty];
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

function outsideProblem(file: string): string | null {
  if (!isAbsolute(file) && !file.split(/[\\/]/).includes('..')) return null;
  return `${file} lies outside the plan's folder; a source is named relative to the plan and lies beside or below it`;
}
