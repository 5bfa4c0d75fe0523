import type { RowClass } from '../../protocol/domain/observation.ts';
import type { RunOfRows } from '../../protocol/domain/observationBlock.ts';
import { type ArrivedFields, lineFeed } from '../formats/scan.ts';
import { RowScanner } from '../vector/rowScanner.ts';
import { type RunBounds, type Slot, type WindowSizes, windowFrom } from './slot.ts';

/** What was found in a window of a file. */
export interface ScannedWindow {
  readonly window: number;
  /** So many bytes of the slot are filled; they end behind a line feed. */
  readonly length: number;
  readonly runs: RunBounds;
  /** The values by which the classes are told that were met for the first time; a row names one by its place among all. */
  readonly classes: readonly (readonly unknown[])[];
}

/** The columns name a class in 16 bits. */
const mostClasses = 65_000;

/** Puts bytes of the file from `offset` on into the buffer, and tells how many. */
type ReadAt = (offset: number, into: Buffer) => number;

/**
 * Reads a window of a file into a slot, and finds the rows of its plain lines by the compiled scanner. Lines that this one
 * leaves are passed over: the judging thread reads them, from the same bytes.
 */
export class SlotScanner {
  readonly #sizes: WindowSizes;
  readonly #fields: readonly string[];
  readonly #readAt: ReadAt;
  readonly #rows: RowScanner;
  readonly #valuesOf = new Map<RowClass, readonly unknown[]>();
  readonly #numberOf = new Map<RowClass, number>();
  #newClasses: (readonly unknown[])[] = [];

  /** `null` where the compiled scanner is not for such records. @param named all that is read by a name. */
  static of(
    module: WebAssembly.Module,
    { reader, arrived }: ArrivedFields,
    named: readonly string[],
    sizes: WindowSizes,
    readAt: ReadAt,
  ): SlotScanner | null {
    const { rows } = reader;
    if (rows === undefined) return null;
    const valuesOf = new Map<RowClass, readonly unknown[]>();
    const classOf = (values: readonly unknown[]): RowClass | null => {
      const found = rows.classOf(values);
      if (found !== null) valuesOf.set(found, [...values]);
      return found;
    };
    const scanner = RowScanner.of(module, { reader: { ...reader, rows: { ...rows, classOf } }, arrived }, named);
    return scanner === null ? null : new SlotScanner(scanner, valuesOf, reader.fields, sizes, readAt);
  }

  private constructor(
    rows: RowScanner,
    valuesOf: Map<RowClass, readonly unknown[]>,
    fields: readonly string[],
    sizes: WindowSizes,
    readAt: ReadAt,
  ) {
    this.#rows = rows;
    this.#valuesOf = valuesOf;
    this.#fields = fields;
    this.#sizes = sizes;
    this.#readAt = readAt;
  }

  /** `null` where the file has no whole line that begins in the window, or ends in it, or has too many kinds of records. */
  scan(window: number, slot: Slot): ScannedWindow | null {
    const { step, behind } = this.#sizes;
    const from = windowFrom(window, this.#sizes);
    const wanted = (window + 1) * step + behind - from;
    const read = slot.bytes.subarray(0, this.#readAt(from, slot.bytes.subarray(0, wanted)));
    // The end of the file is for those who watch how it grows.
    if (read.length < wanted) return null;
    // The first line is the one behind the first line feed from the byte before the window on.
    const first = window === 0 ? 0 : read.indexOf(lineFeed, window * step - from - 1) + 1;
    const last = read.indexOf(lineFeed, (window + 1) * step - from - 1);
    const end = last === -1 ? read.lastIndexOf(lineFeed) : last;
    if ((window > 0 && first === 0) || end < first) return null;
    const bytes = read.subarray(0, end + 1);
    const runs = this.#runsIn(bytes, first, slot);
    if (this.#numberOf.size > mostClasses) return null;
    const classes = this.#newClasses;
    this.#newClasses = [];
    return { window, length: bytes.length, runs: Int32Array.from(runs), classes };
  }

  #runsIn(bytes: Buffer, first: number, slot: Slot): number[] {
    const runs: number[] = [];
    const lastFeed = bytes.length - 1;
    let taken = 0;
    const into = {
      countedTimes: { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY },
      get room() {
        return slot.rows - taken;
      },
      addRows: (run: RunOfRows) => {
        this.#keep(run, taken, slot);
        taken += run.length;
      },
    };
    this.#rows.open(bytes, false);
    for (let at = first; at <= lastFeed && taken < slot.rows; ) {
      const before = taken;
      const reached = this.#rows.read(at, lastFeed, { line: 0, offset: 0 }, into);
      if (taken > before) runs.push(at, reached, before, taken);
      if (reached > lastFeed || taken === slot.rows) break;
      const feed = bytes.indexOf(lineFeed, reached);
      if (this.#rows.lacksClassAt(reached)) this.#learn(bytes.subarray(reached, feed));
      at = feed + 1;
    }
    return runs;
  }

  #keep(run: RunOfRows, at: number, { times, numbers, starts, classes }: Slot): void {
    times.set(run.times, at);
    numbers.set(run.fields, at * run.fieldCount);
    const numbered = new Map<number, number>();
    for (let row = 0; row < run.length; row += 1) {
      starts[at + row] = (run.starts[row] ?? 0) + run.offset;
      const of = run.classes[row] ?? 0;
      let number = numbered.get(of);
      if (number === undefined) {
        number = this.#number(run.known[of]);
        numbered.set(of, number);
      }
      classes[at + row] = number;
    }
  }

  #number(of: RowClass | undefined): number {
    if (of === undefined) throw new RangeError('a row has no class');
    const known = this.#numberOf.get(of);
    if (known !== undefined) return known;
    const number = this.#numberOf.size;
    this.#numberOf.set(of, number);
    this.#newClasses.push(this.#valuesOf.get(of) ?? []);
    return number;
  }

  /** The line is plain JSON, and has each field by its own name. */
  #learn(line: Buffer): void {
    const record = JSON.parse(line.toString('utf8'));
    this.#rows.learn(this.#fields.map((field) => (Object.hasOwn(record, field) ? record[field] : undefined)));
  }
}
