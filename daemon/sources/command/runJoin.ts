import { lineFeed } from '../../ingest/formats/scan.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { Overlap } from './overlap.ts';
import { fingerprint, type SeenLine } from './seenLines.ts';

/** The reading of a line that a run may write again. */
export interface LineReading {
  /** A line that names the columns is read again with each run, and is no record. */
  namesColumns(line: Buffer): boolean;
  timeOf(line: Buffer): ReturnType<Parameters<Overlap['isNew']>[1]>;
}

/** Joins a run to what the runs before it have written: a line that was read is not read again. */
export class RunJoin {
  #overlap: Overlap | null = null;
  /** The join of this run has been told. */
  #told: Overlap | null = null;
  /** A loss was declared and nothing has been read since: one more would say nothing new. */
  #isGapTold = false;
  readonly #torn: (at: WallTime) => void;

  /** @param torn called when a run did not begin with what was read before, and what lies between may be lost */
  constructor(torn: (at: WallTime) => void) {
    this.#torn = torn;
  }

  /** The run may yet write what was read before. */
  get isOpen(): boolean {
    return this.#overlap !== null && this.#overlap.join === 'open';
  }

  /** Lines of the run are held against those that were read. */
  get isUnderWay(): boolean {
    return this.#overlap !== null;
  }

  /** @param seen what was read before; `null` when nothing is to be joined */
  begin(seen: Iterable<SeenLine> | null, beginsAnywhere: boolean): void {
    this.#overlap = seen === null ? null : new Overlap(seen, beginsAnywhere);
  }

  /** The run says nothing more: it has written again all that it will. */
  settle(at: WallTime): void {
    if (this.#overlap === null) return;
    this.#overlap.settle();
    this.#tell(this.#overlap, at);
    this.#overlap = null;
  }

  /** The run has ended. */
  end(): void {
    this.#overlap = null;
  }

  /** Something was read. */
  wasRead(): void {
    this.#isGapTold = false;
  }

  note(at: WallTime): void {
    if (this.#overlap !== null) this.#tell(this.#overlap, at);
  }

  /** The bytes without the whole lines that were read before. @param isWhole the first line begins with the bytes */
  withoutKnown(bytes: Buffer, isWhole: boolean, reading: LineReading, at: WallTime): Buffer {
    const overlap = this.#overlap;
    if (overlap === null) return bytes;
    const kept: Buffer[] = [];
    let start = 0;
    let isLine = isWhole;
    for (let feed = bytes.indexOf(lineFeed); feed !== -1; feed = bytes.indexOf(lineFeed, start)) {
      const line = bytes.subarray(start, feed + 1);
      start = feed + 1;
      if (!isLine || reading.namesColumns(line) || overlap.isNew(fingerprint(line), () => reading.timeOf(line)))
        kept.push(line);
      isLine = true;
      if (overlap.isOver) break;
    }
    if (overlap.isOver) this.#overlap = null;
    this.#tell(overlap, at);
    kept.push(bytes.subarray(start));
    return Buffer.concat(kept);
  }

  #tell(overlap: Overlap, at: WallTime): void {
    if (overlap.join === 'open' || this.#told === overlap) return;
    this.#told = overlap;
    if (overlap.join !== 'torn' || this.#isGapTold) return;
    this.#isGapTold = true;
    this.#torn(at);
  }
}
