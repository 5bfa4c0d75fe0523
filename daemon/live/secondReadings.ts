import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { isBeyond } from '../judge/rejects.ts';
import { joinedCounts, withCells } from '../measure/joinedCounts.ts';
import type { CountedUnder } from '../measure/keptParts.ts';
import { Ledger } from '../measure/ledger.ts';
import type { Observation, SecondTurn } from '../protocol/domain/observation.ts';
import { everyMinute } from '../protocol/domain/retention.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { eventTime, type WallTime } from '../protocol/domain/units.ts';
import { countBatch, restoreCounters, type SourceCounters } from '../rollout/counters.ts';
import { startSecondReading } from '../sources/kinds.ts';
import type { SecondReader } from '../sources/source.ts';
import type { Store } from '../store/store.ts';
import { type JoinedCommit, joinedCommit, joinedPieces, type Piece, piecesOf, wholePart } from './countedParts.ts';
import { type Counted, type SecondReadingRecord, underText } from './countedUnder.ts';
import { keptFrom } from './keptFromPlan.ts';
import { linesOf, rejectedOf } from './linesRead.ts';
import { isNothing, onlyFrom } from './wantedParts.ts';

/** After a refusal of the store, or when files are not to be had at the moment: in milliseconds. */
const pause = 250;

export interface SecondReadingsOptions {
  readonly rollout: string;
  readonly root: string;
  readonly file: string;
  readonly store: Store;
  /** The readings, in this order: each is joined with the counts before the next begins. */
  readonly readings: readonly SecondReadingRecord[];
  now(): WallTime;
  readonly linesPerTurn?: number;
  /** Every readable byte is read: a throw means that the reading is to be tried again. */
  finished(reading: SecondReadingRecord, isWhole: boolean): void;
  failed(error: unknown): void;
}

/** Reads again, beside all other work and in small turns, the data for new parts of the plan. */
export class SecondReadings {
  readonly #options: SecondReadingsOptions;
  readonly #left: SecondReadingRecord[];
  #under: ReadingAgain | null = null;
  #closed = false;
  readonly #running: Promise<void>;

  constructor(options: SecondReadingsOptions) {
    this.#options = options;
    this.#left = [...options.readings];
    this.#running = this.#run();
  }

  /** The read part of the first reading that is left, 0..1; `null` when none is left. */
  get progress(): number | null {
    if (this.#left.length === 0) return null;
    const { read, total } = this.#under?.progress ?? { read: 0, total: 0 };
    // All of it is read, and not joined yet: its figures are unknown before that.
    return total === 0 ? 0 : Math.min(0.99, read / total);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let reading = this.#left[0]; reading !== undefined && !this.#closed; reading = this.#left[0]) {
      // The starter must have finished before it is told of the end.
      await yieldToEvents();
      try {
        if (await this.#read(reading)) this.#left.shift();
      } catch (error) {
        this.#options.failed(error);
        await this.#wait();
      }
    }
  }

  /** Returns true when the reading is finished. */
  async #read(record: SecondReadingRecord): Promise<boolean> {
    const under = underText(record.text, this.#options.file);
    if (under === null) {
      this.#options.finished(record, false);
      return true;
    }
    const again = new ReadingAgain(this.#options, record, under);
    this.#under = again;
    try {
      while (!this.#closed) {
        const turn = await again.next();
        if (this.#closed) return false;
        if (turn === null) {
          if (again.isOver) break;
          await this.#wait();
          continue;
        }
        again.keep(turn);
        await yieldToEvents();
      }
      if (this.#closed) return false;
      this.#options.finished(record, again.isWhole);
      return true;
    } finally {
      this.#under = null;
      await again.close();
    }
  }

  async #wait(): Promise<void> {
    if (this.#closed) return;
    await new Promise((resolve) => setTimeout(resolve, pause).unref());
  }
}

class ReadingAgain {
  readonly #options: SecondReadingsOptions;
  readonly #record: SecondReadingRecord;
  readonly #reader: SecondReader;
  readonly #ledger: Ledger;
  readonly #sources: readonly Source[];
  #counters: SourceCounters[];

  constructor(options: SecondReadingsOptions, record: SecondReadingRecord, { plan, instrument }: CountedUnder) {
    this.#options = options;
    this.#record = record;
    const { store, root } = options;
    const { cells, outcomes, keptSince, positions, counters } = store.load(record.key);
    this.#ledger = Ledger.restore({ ...plan, retention: everyMinute }, instrument, cells, outcomes, keptSince);
    for (const edge of record.edges) this.#ledger.splitAt(eventTime(edge));
    this.#counters = restoreCounters(counters, plan.sources.length);
    const { until } = record;
    this.#sources = plan.sources.filter((_, index) => until.some(({ source }) => source === index));
    const now = () => options.now();
    const { linesPerTurn } = options;
    const limits = linesPerTurn === undefined ? {} : { linesPerTurn };
    this.#reader = startSecondReading({
      root,
      sources: plan.sources.map((source, index) => ({ index, source })),
      instrument,
      until,
      cursors: positions,
      now,
      ...limits,
    });
  }

  get progress() {
    return this.#reader.progress;
  }

  get isOver(): boolean {
    return this.#reader.isOver;
  }

  /** Everything was read again, and is something under the new plan as far as it was something under the old one. */
  get isWhole(): boolean {
    const { lines, rejected } = this.#record;
    const read = linesOf(this.#counters);
    const more = rejectedOf(this.#counters) - rejected;
    const isOdd = this.#sources.some((source) => isBeyond(source, more, read));
    return this.#reader.isWhole && read >= lines && !isOdd;
  }

  next(): Promise<SecondTurn | null> {
    return this.#reader.next();
  }

  keep(turn: SecondTurn): void {
    for (const observation of turn.observations) this.#ledger.add(undatable(observation));
    const { source, observations, ignored, rejected } = turn;
    const counters = this.#counters.with(
      source,
      countBatch(this.#counters[source] ?? (restoreCounters(null, 1)[0] as SourceCounters), {
        source,
        observations,
        ignored,
        rejected,
        arrived: this.#options.now(),
        unread: true,
        positions: [],
        forgotten: [],
        gaps: [],
      }),
    );
    const changes = this.#ledger.takeChanges();
    this.#options.store.commit({
      rollout: this.#record.key,
      batch: { positions: [turn.cursor], forgotten: [] },
      cells: changes.cells,
      outcomes: changes.outcomes,
      replacesOutcomes: changes.replaces,
      keepOutcomesSince: changes.keepSince,
      counters: JSON.stringify(counters),
      durable: false,
    });
    this.#counters = counters;
    turn.adopt();
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** A line that was there before the first look cannot be dated by its arrival. */
export function undatable(observation: Observation): Observation {
  const { reading } = observation;
  return reading.kind === 'line' && reading.untimed === true
    ? { ...observation, reading: { ...reading, undatable: true } }
    : observation;
}

/** The commit that joins a second reading with the counts, and drops the reading. */
export function joining(
  rollout: string,
  file: string,
  store: Store,
  present: CountedUnder,
  counted: Counted,
  record: SecondReadingRecord,
  isWhole: boolean,
): JoinedCommit | null {
  const under = underText(record.text, file);
  if (under === null) return null;
  const { parts, first } = counted;
  const stored = store.load(rollout);
  const { cells, outcomes } = store.load(record.key);
  const kept = keptFrom(under, present, record.until, []);
  const { pieces, others } = piecesOf(stored, parts, present.plan, store);
  const now = pieces.map((piece): Piece => {
    const wanted = onlyFrom(piece.holds, record.wanted);
    if (piece.key !== record.into[piece.holds] || isNothing(wanted)) return piece;
    const second = { under, counts: { cells, outcomes }, wanted, whole: isWhole };
    const joined = joinedCounts(piece.counts, present, second, kept, piece.counts.keptSince);
    return { ...piece, counts: { ...piece.counts, ...joined, cells: withCells(piece.counts.cells, joined.cells) } };
  });
  const changed = now.filter((piece) => !pieces.includes(piece));
  return {
    ...joinedCommit(rollout, present, stored, [others, ...joinedPieces(now, first)]),
    beside: changed.flatMap(wholePart),
  };
}
