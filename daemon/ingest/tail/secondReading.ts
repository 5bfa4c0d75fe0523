import { realpathSync } from 'node:fs';
import * as z from 'zod';
import { LogOrder, type LogOrderState } from '../../measure/logOrder.ts';
import type { Instrument, PositionRecord, SecondTurn } from '../../protocol/domain/observation.ts';

import { separators } from '../../protocol/domain/separator.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { formatOf } from '../formats/kinds.ts';
import { orderOfSecondPass } from '../formats/logOpening.ts';
import {
  byField,
  keptFields,
  type Scanner,
  type ScanState,
  scannerFor,
  scanStart,
  windowSize,
} from '../formats/scan.ts';
import { Tally, type TurnLimits, wholeTurn } from '../formats/tally.ts';
import type { Content } from './content.ts';
import { learnDevice } from './deviceStat.ts';
import { discover, type Glob, parseGlob } from './discover.ts';
import { FileMoved } from './fileMoved.ts';
import type { Generation } from './generation.ts';
import { Generations } from './generations.ts';

/** Files may be renamed and compressed meanwhile: they are looked for again this often, in milliseconds. */
const searchEvery = 2000;
/** A generation that so many searches in a row have not found is gone. */
const searchesToBeSure = 2;

export interface SecondReadingOptions {
  /** The plan's folder. */
  readonly root: string;
  readonly sources: readonly FileSource[];
  /** The number of each source in the plan; its place in the list, unless told otherwise. */
  readonly numbers?: readonly number[];
  readonly instrument: Instrument;
  /** How far each generation was read the first time, which is how far it is read again. */
  readonly until: readonly PositionRecord[];
  /** How far it has been read again, as `SecondTurn.cursor` told. */
  readonly cursors: readonly PositionRecord[];
  now(): WallTime;
  /** So many lines are in one turn at most. */
  readonly linesPerTurn?: number;
}

const cursorSchema = z.object({
  offset: z.number().int().min(0),
  line: z.number().int().min(1),
  skipping: z.enum(['line', 'nul']).nullable(),
  columns: z.array(z.string()).nullable(),
  separator: z.enum(separators),
  carried: z.string().nullable().default(null),
  order: z.object({ newest: z.number(), disorder: z.number(), lag: z.number().nullable() }).nullable().default(null),
});

/** How far a generation has been read again. */
interface Cursor extends ScanState {
  readonly order: LogOrderState | null;
}

const start: Cursor = { ...scanStart, order: null };

/**
 * Reads again what sources were read to at one moment, byte for byte and no further, beside the tails that read on from
 * there. Each generation is known by the marks of its first reading, wherever it lies by now; what no file holds any more
 * is left out, and `isWhole` says so.
 */
export class SecondReading {
  readonly #options: SecondReadingOptions;
  readonly #sources: readonly SourceAgain[];
  readonly #window = Buffer.alloc(windowSize);

  constructor(options: SecondReadingOptions) {
    this.#options = options;
    this.#sources = options.sources.map(
      (source, index) => new SourceAgain(options.numbers?.[index] ?? index, source, options),
    );
  }

  /** The next turn; `null` when there is nothing to read at this moment. */
  async next(): Promise<SecondTurn | null> {
    for (const source of this.#sources) {
      const turn = await source.next(this.#options.now(), this.#window);
      if (turn !== null) return turn;
    }
    return null;
  }

  /** Nothing is left that any file could hold. */
  get isOver(): boolean {
    return this.#sources.every(({ isOver }) => isOver);
  }

  /** Every byte of the first reading was read again. */
  get isWhole(): boolean {
    return this.#sources.every(({ isWhole }) => isWhole);
  }

  /** Bytes, of compressed files as they are without. */
  get progress(): { readonly read: number; readonly total: number } {
    return this.#sources.reduce(
      (sum, { progress: { read, total } }) => ({ read: sum.read + read, total: sum.total + total }),
      { read: 0, total: 0 },
    );
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }
}

class SourceAgain {
  readonly #index: number;
  readonly #root: string;
  readonly #glob: Glob;
  readonly #hasHeader: boolean;
  readonly #limits: TurnLimits;
  readonly #scanner: Scanner;
  readonly #generations: Generations;
  /** By generation: where the first reading ended. */
  readonly #ends = new Map<string, number>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #gone = new Set<string>();
  #order: readonly Generation[] = [];
  #searchedAt = Number.NEGATIVE_INFINITY;

  constructor(index: number, source: FileSource, options: SecondReadingOptions) {
    const { root, instrument, until, cursors, now } = options;
    this.#limits = { ...wholeTurn, lines: options.linesPerTurn ?? wholeTurn.lines, briefly: true };
    this.#index = index;
    this.#root = resolved(root);
    this.#glob = parseGlob(source.file);
    const format = formatOf(source);
    this.#hasHeader = format.hasHeader;
    this.#scanner = scannerFor(format, {
      record: (record) => instrument.readRecord(index, record, now()),
      line: (text) => instrument.readLine(index, text, now()),
      ...byField(instrument, index, now),
      kept: keptFields(instrument),
    });
    this.#generations = new Generations(index, this.#root, until, now());
    for (const { id, position } of this.#generations.list) {
      if (position.standing !== 'copy' && position.offset > 0) this.#ends.set(id, position.offset);
    }
    for (const { source: of, generation, body } of cursors) {
      if (of === index) this.#cursors.set(generation, cursorSchema.parse(JSON.parse(body)));
    }
  }

  get isOver(): boolean {
    return [...this.#ends].every(([id, end]) => this.#gone.has(id) || this.#cursorOf(id).offset >= end);
  }

  get isWhole(): boolean {
    return this.#gone.size === 0;
  }

  get progress(): { readonly read: number; readonly total: number } {
    let read = 0;
    let total = 0;
    for (const [id, end] of this.#ends) {
      total += end;
      read += this.#gone.has(id) ? end : Math.min(end, this.#cursorOf(id).offset);
    }
    return { read, total };
  }

  async next(now: WallTime, window: Buffer): Promise<SecondTurn | null> {
    if (this.isOver) return null;
    if (now - this.#searchedAt >= searchEvery || now < this.#searchedAt) await this.#search(now);
    for (const generation of this.#order) {
      const end = this.#ends.get(generation.id);
      if (end === undefined || this.#gone.has(generation.id) || this.#cursorOf(generation.id).offset >= end) continue;
      const turn = await this.#read(generation, end, window);
      if (turn !== null) return turn;
    }
    return null;
  }

  async close(): Promise<void> {
    for (const generation of this.#generations.list) await generation.close();
  }

  #cursorOf(generation: string): Cursor {
    return this.#cursors.get(generation) ?? start;
  }

  /** How the log's generation before this one was left. */
  #before({ id, position: { family } }: Generation): Cursor | null {
    const log = this.#order.filter(({ position }) => position.family === family);
    const before = log[log.findIndex((other) => other.id === id) - 1];
    return before === undefined ? null : (this.#cursors.get(before.id) ?? null);
  }

  async #search(now: WallTime): Promise<void> {
    this.#searchedAt = now;
    const discovery = await discover(this.#root, this.#glob);
    for (const { target, stats } of discovery.files) await learnDevice(target, stats.device);
    await this.#generations.reconcile(discovery, now);
    const families = new Set(this.#generations.list.map(({ position }) => position.family));
    this.#order = [...families].sort().flatMap((family) => this.#generations.logInOrder(family));
    const there = new Set(
      this.#generations.list.filter(({ file, content }) => (file ?? content) !== null).map(({ id }) => id),
    );
    const missed = new Map(this.#generations.list.map(({ id, missed: times }) => [id, times]));
    for (const id of this.#ends.keys()) {
      if (!there.has(id) && (missed.get(id) ?? searchesToBeSure) >= searchesToBeSure) this.#gone.add(id);
      else if (!there.has(id)) this.#searchedAt = Number.NEGATIVE_INFINITY;
    }
  }

  async #read(generation: Generation, end: number, window: Buffer): Promise<SecondTurn | null> {
    const cursor = this.#cursorOf(generation.id);
    let bytes: Buffer;
    let content: Content;
    try {
      content = await generation.open();
      const { length, failure } = await content.read(cursor.offset, window);
      bytes = window.subarray(0, Math.min(length, end - cursor.offset));
      if (bytes.length === 0) throw failure ?? new FileMoved(generation.position.path);
    } catch {
      // Moved, or not to be read: the next search tells which.
      await generation.close();
      this.#searchedAt = Math.min(this.#searchedAt, 0);
      return null;
    }
    const isLast = cursor.offset + bytes.length >= end;
    const before = this.#before(generation);
    const header = this.#hasHeader && cursor.columns === null && before?.columns ? pick(before) : {};
    const scanWith = (order: LogOrder) => {
      const tally = new Tally(generation.position.path, this.#limits, order);
      return {
        tally,
        next: this.#scanner.scan(
          bytes,
          { ...cursor, ...header, carried: cursor.carried ?? before?.carried ?? null },
          isLast ? 'cut' : 'open',
          tally,
        ),
      };
    };
    const scanned = scanWith(new LogOrder(cursor.order ?? before?.order ?? null, null));
    const second = await orderOfSecondPass(scanned.tally.order, scanned.next, this.#scanner, (at, into) =>
      content.read(at, into),
    );
    const { tally, next } = second === null ? scanned : scanWith(second);
    // The first reading has ended with a line: what is no whole one there was none then.
    const reached = isLast && !tally.full ? { ...next, offset: end } : next;
    const { offset, line, skipping, columns, separator, carried } = reached;
    const order = tally.order.state;
    const body = JSON.stringify({ offset, line, skipping, columns, separator, carried, order });
    return {
      source: this.#index,
      observations: tally.observations,
      ignored: tally.ignored,
      rejected: tally.rejected,
      cursor: { source: this.#index, generation: generation.id, body },
      adopt: () => {
        this.#cursors.set(generation.id, { ...reached, columns: columns === null ? null : [...columns], order });
        if (offset >= end) void generation.close().catch(() => undefined);
      },
    };
  }
}

function pick({ columns, separator }: ScanState): Pick<ScanState, 'columns' | 'separator'> {
  return { columns, separator };
}

/** A root that does not exist is looked for under its own name. */
function resolved(root: string): string {
  try {
    return realpathSync(root);
  } catch {
    return root;
  }
}
