import { realpathSync } from 'node:fs';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
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
import type { Format } from '../formats/format.ts';
import { formatOf } from '../formats/kinds.ts';
import { windowSize } from '../formats/scan.ts';
import { linesPerTurn } from '../formats/tally.ts';
import { markerSize } from './fileIdentity.ts';
import { inStep, joined } from './logsInStep.ts';
import type { LogTurn, Proposal } from './logTurn.ts';
import { SearchPace } from './searchPace.ts';
import { sameStanding } from './sourceHealth.ts';
import { SourceTail } from './sourceTail.ts';
import { TurnPace } from './turnPace.ts';
import { Wake } from './wake.ts';

/** Poll of the known files. */
const pollEvery = 250;
/** What could not be read of a source of many files is tried again after so long. */
const retryEvery = 2000;
/** Health without anything to tell is looked at so often: what it says may also depend on the time. */
const healthEvery = 5000;
/** After so long a round ends even with a backlog, looks at all files again, and goes on in the next. */
const longestRound = 250;
/** A refused batch is offered again after this, then after twice as long, and so on up to the longest. */
const firstBackoff = 250;
const longestBackoff = 10_000;
/** A search that saw a rotation half-way is repeated, so often within one round. */
const searchesPerRound = 4;
/** However many logs there are, each has so many lines in a turn. */
const leastLines = 256;

export interface IngestOptions {
  /** The plan's folder; every file must lie inside it, never through a symlink that leaves it. */
  readonly root: string;
  readonly sources: readonly FileSource[];
  /** The number of each source in the plan; its place in the list, unless told otherwise. */
  readonly numbers?: readonly number[];
  /** The format of a source; that of its name or its plan, unless told otherwise. */
  readonly formatOf?: (source: FileSource) => Format;
  readonly instrument: Instrument;
  /** As committed earlier. */
  readonly positions: readonly PositionRecord[];
  /** Losses declared earlier: a restart mends none of them. */
  readonly gaps?: readonly SourceGap[];
  now(): WallTime;
  /**
   * Commits the batches of one turn together and whole, synchronously: several where several logs have something to read,
   * to be taken in the order of event time. A throw means that nothing was committed: the same batches are offered again
   * later, nothing else is read until then, and health says so.
   */
  commit(batches: readonly Batch[]): void;
  /** Told after a round in which a source's state or detail changed, and at most each poll when only offsets did. */
  onHealth?(health: readonly SourceHealth[]): void;
  /** `false`: reads only when `poll` is called. */
  readonly unattended?: boolean;
  /** A source of more files is searched as a whole only rarely. */
  readonly manyFiles?: number;
  /** So many lines are in one turn at most, of all logs together. */
  readonly linesPerTurn?: number;
}

export interface Ingest {
  /**
   * One full round: reads all that is readable now, to the end. Rejects only for a defect.
   * @param changed absolute paths at which something came or went since the last round, where that is known.
   */
  poll(changed?: readonly string[]): Promise<void>;
  health(): readonly SourceHealth[];
  /** How far each source has been read. */
  progress(): readonly SourceProgress[];
  /** Stops reading, after the batch at hand. */
  close(): Promise<void>;
}

/** Tails the sources: watches and polls by itself. Rounds never overlap. */
export function startIngest(options: IngestOptions): Ingest {
  return new TailingIngest(options);
}

class TailingIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #tails: readonly SourceTail[];
  readonly #wake: Wake | null;
  /** One for all: turns never overlap. A marker's length more, to check what stands before the offset. */
  readonly #window = Buffer.alloc(markerSize + windowSize);
  #round: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #running = false;
  #wokenMeanwhile = false;
  #closed = false;
  readonly #pace = new SearchPace();
  readonly #turnPace: TurnPace;
  /** A folder has told that something came or went, and not what. */
  #announced = false;
  /** Absolute paths at which something came or went. */
  readonly #announcedAt = new Set<string>();
  #retried = Number.NEGATIVE_INFINITY;
  #lastReport = Number.NEGATIVE_INFINITY;
  #reported: readonly SourceHealth[] = [];
  /** Something happened in the round before this one. */
  #wasStirred = true;
  /** A batch that the store has refused; its bytes may be gone from the disk by now. */
  #refused: {
    readonly proposal: Proposal;
    readonly reason: string;
    readonly retryAt: number;
    readonly wait: number;
  } | null = null;
  #defect: string | null = null;
  /** Logs that wait for others to catch up, and since when. */
  readonly #waiting = new Map<string, number>();

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#turnPace = new TurnPace(options.linesPerTurn ?? linesPerTurn);
    const root = resolvedRoot(options.root);
    this.#tails = options.sources.map(
      (source, index) =>
        new SourceTail({
          index: options.numbers?.[index] ?? index,
          source,
          format: (options.formatOf ?? formatOf)(source),
          root,
          instrument: options.instrument,
          positions: options.positions,
          gaps: options.gaps ?? [],
          now: () => options.now(),
          ...(options.manyFiles !== undefined && { manyFiles: options.manyFiles }),
        }),
    );
    if (options.unattended === false) {
      this.#wake = null;
      return;
    }
    const files = {
      concerns: (path: string) => this.#tails.some((tail) => tail.concerns(path)),
      knows: (path: string) => this.#tails.some((tail) => tail.knows(path)),
    };
    this.#wake = new Wake(files, (kind, path) => {
      if (kind === 'folder') this.#announce(path);
      this.#schedule(0);
    });
    this.#schedule(0);
  }

  poll(changed?: readonly string[]): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#refused !== null) this.#refused = { ...this.#refused, retryAt: 0 };
      for (const tail of this.#tails) if (changed === undefined || !tail.isLarge) tail.searchAll();
      this.#searchAt(changed ?? []);
      while (!this.#closed && !(await this.#oneRound()) && this.#refused === null);
      this.#report(true);
    });
  }

  health(): readonly SourceHealth[] {
    const health = this.#tails.map((tail) => tail.health());
    const fault =
      this.#refused === null ? this.#defect : `nothing is read: ${this.#refused.reason}; tried again by itself`;
    if (fault === null) return health;
    return health.map((of) => ({ ...of, state: 'error', detail: fault }));
  }

  progress(): readonly SourceProgress[] {
    return this.#tails.map((tail) => tail.progress);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake?.close();
    await this.#exclusively(async () => {
      for (const tail of this.#tails) await tail.close();
    });
  }

  /** Rounds run one after the other, whoever asks for them. */
  #exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#round.then(task, task);
    this.#round = result.catch(() => {});
    return result;
  }

  /** The next round in so many milliseconds at the latest; 0 means as soon as the events at hand are handled. */
  #schedule(wait: number): void {
    if (this.#closed || this.#wake === null) return;
    if (this.#running) {
      this.#wokenMeanwhile ||= wait === 0;
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#schedule(0), wait);
      return;
    }
    this.#running = true;
    setImmediate(() => void this.#exclusively(() => this.#background()));
  }

  async #background(): Promise<void> {
    this.#wokenMeanwhile = false;
    let complete = true;
    try {
      this.#demandSearches(performance.now());
      if (!this.#closed) complete = await this.#oneRound();
      this.#defect = null;
      this.#report(false);
    } catch (error) {
      // A defect of ours must not end the reading for good, nor be silent.
      this.#defect = `reading failed: ${error instanceof Error ? error.message : String(error)}; tried again by itself`;
    }
    this.#running = false;
    const again = this.#refused === null && this.#defect === null && (!complete || this.#wokenMeanwhile);
    this.#schedule(again ? 0 : pollEvery);
  }

  #announce(path: string | null): void {
    const concerned = path === null ? [] : this.#tails.filter((tail) => tail.concerns(path));
    if (path !== null && concerned.every(({ isLarge }) => isLarge)) this.#announcedAt.add(path);
    else this.#announced = true;
  }

  #demandSearches(now: number): void {
    if (this.#pace.isDue(now, this.#announced)) {
      this.#announced = false;
      this.#announcedAt.clear();
      for (const tail of this.#tails) tail.searchAll();
      return;
    }
    const isRetryDue = now - this.#retried > retryEvery;
    if ((this.#announcedAt.size === 0 && !isRetryDue) || !this.#pace.mayLookFor(now)) return;
    if (isRetryDue) this.#retried = now;
    this.#searchAt(this.#announcedAt);
    this.#announcedAt.clear();
  }

  #searchAt(changed: Iterable<string>): void {
    for (const tail of this.#tails) tail.searchTroubled();
    for (const path of changed) for (const tail of this.#tails) if (tail.concerns(path)) tail.searchAt(path);
  }

  /** Looks at every source and reads for a while; tells whether everything that was readable has been read. */
  async #oneRound(): Promise<boolean> {
    const start = performance.now();
    const began = this.#options.now();
    if (!(await this.#offerRefused(start))) return true;
    const isComplete = await this.#readAll(start);
    if (this.#refused === null && !this.#closed) for (const tail of this.#tails) tail.roundEnded(began);
    return isComplete;
  }

  async #readAll(start: number): Promise<boolean> {
    const appended = this.#wake?.takeAppended() ?? null;
    for (let search = 0; search < searchesPerRound; search += 1) {
      await this.#lookAround(appended);
      if (!(await this.#readFrom(start + longestRound))) return this.#refused !== null;
      if (!this.#tails.some((tail) => tail.searchDue)) return true;
    }
    return true;
  }

  /** Searches where that is due, and looks at the known files elsewhere. */
  async #lookAround(appended: ReadonlySet<string> | null): Promise<void> {
    const start = performance.now();
    const due = this.#tails.filter(({ searchDue }) => searchDue);
    let whole = 0;
    for (const tail of due) if (await tail.search()) whole += 1;
    const end = performance.now();
    if (whole === this.#tails.length) this.#pace.searched(start, end);
    else if (due.length > 0 && whole === 0) this.#pace.lookedFor(start, end);
    if (due.length > 0 && this.#wake !== null) {
      const watched = this.#wake.follow(new Set(this.#tails.flatMap(({ folders }) => folders)));
      for (const tail of this.#tails) tail.searchIn(watched);
    }
    for (const tail of this.#tails) if (!due.includes(tail)) await tail.look(appended);
  }

  /** Turn by turn; `false` when the time was up or the store refused a batch. */
  async #readFrom(deadline: number): Promise<boolean> {
    for (;;) {
      const read = await this.#readOnce();
      if (read !== 'some') return read === 'nothing';
      if (performance.now() > deadline) return false;
    }
  }

  /** One turn. What it read lives no longer than this call: a loop over turns would hold on to its last one after its end. */
  async #readOnce(): Promise<'some' | 'nothing' | 'refused'> {
    let read: 'some' | 'nothing' = 'nothing';
    for (const proposal of [...this.#housekeeping(), await this.#nextTurn()]) {
      if (this.#closed) return 'nothing';
      if (proposal === null) continue;
      if (!(await this.#offer(proposal, firstBackoff))) return 'refused';
      read = 'some';
      await yieldToEvents();
    }
    return read;
  }

  #housekeeping(): readonly Proposal[] {
    return this.#tails.flatMap((tail) => tail.housekeeping() ?? []);
  }

  /** All logs go on together, none far ahead of the others in event time. */
  async #nextTurn(): Promise<Proposal | null> {
    const logs = this.#tails.reduce((sum, tail) => sum + tail.readableLogs, 0);
    const most = this.#turnPace.lines;
    const lines = Math.max(Math.min(leastLines, most), Math.floor(most / Math.max(1, logs)));
    const turns: LogTurn[] = [];
    for (const tail of this.#tails) {
      if (this.#closed) return null;
      turns.push(...(await tail.turns(this.#window, lines)));
    }
    return turns.length === 0
      ? null
      : joined(turns, await inStep(turns, this.#window, this.#waiting, performance.now()));
  }

  async #offerRefused(now: number): Promise<boolean> {
    const refused = this.#refused;
    if (refused === null) return true;
    if (now < refused.retryAt) return false;
    return this.#offer(refused.proposal, Math.min(longestBackoff, refused.wait * 2));
  }

  async #offer(proposal: Proposal, wait: number): Promise<boolean> {
    const began = performance.now();
    try {
      this.#options.commit(proposal.batches);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#refused = { proposal, reason, retryAt: performance.now() + wait, wait };
      return false;
    }
    this.#refused = null;
    const lines = proposal.batches.reduce((sum, batch) => sum + linesIn(batch), 0);
    this.#turnPace.committed(lines, performance.now() - began);
    await proposal.adopt();
    return true;
  }

  #report(always: boolean): void {
    const { onHealth } = this.#options;
    if (onHealth === undefined) return;
    const sinceReport = performance.now() - this.#lastReport;
    const isQuiet = this.#refused === null && this.#defect === null && this.#tails.every(({ isQuiet }) => isQuiet);
    if (!always && isQuiet && !this.#wasStirred && sinceReport < healthEvery) return;
    this.#wasStirred = !isQuiet;
    const health = this.health();
    const due = always || sinceReport >= pollEvery;
    if (!due && sameStanding(health, this.#reported)) return;
    if (JSON.stringify(health) === JSON.stringify(this.#reported)) return;
    this.#lastReport = performance.now();
    this.#reported = health;
    this.#options.onHealth?.(health);
  }
}

function linesIn({ observations, ignored, rejected }: Batch): number {
  return observations.length + ignored + Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

/** A root that does not exist yet is looked for under its own name. */
function resolvedRoot(root: string): string {
  try {
    return realpathSync(root);
  } catch {
    return root;
  }
}
