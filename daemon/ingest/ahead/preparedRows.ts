import type { RowClass } from '../../protocol/domain/observation.ts';
import type { RowsInto } from '../formats/tally.ts';
import { boundsOfRun, type RunBounds, type Slot } from './slot.ts';

/** Rows that another thread has found in the bytes that are read now, by the places of their lines. */
export class PreparedRows {
  readonly #slot: Slot;
  readonly #fieldCount: number;
  /** Of the slot's bytes, in the file. */
  readonly #offset: number;
  readonly #runs: RunBounds;
  readonly #known: readonly RowClass[];

  constructor(slot: Slot, fieldCount: number, offset: number, runs: RunBounds, known: readonly RowClass[]) {
    this.#slot = slot;
    this.#fieldCount = fieldCount;
    this.#offset = offset;
    this.#runs = runs;
    this.#known = known;
  }

  /**
   * Counts the rows from the line on that starts at this offset of the file, as many as the turn takes; `line` is its number.
   * The answer is the offset of the first line that is left. @param latest a later stamp is not taken as it is.
   */
  take(offset: number, line: number, latest: number, into: RowsInto): number {
    const { times, classes, numbers, starts } = this.#slot;
    const [from, to, first, end] = this.#runAt(offset - this.#offset);
    const row = from === undefined ? -1 : rowAt(starts, first, end, offset - this.#offset);
    if (row === -1) return offset;
    const { least, most } = into.countedTimes;
    const last = Math.min(end, row + into.room);
    let next = row;
    for (; next < last; next += 1) {
      const at = times[next] ?? Number.NaN;
      if (!(at >= least && at <= most && at <= latest)) break;
    }
    if (next === row) return offset;
    const fieldCount = this.#fieldCount;
    into.addRows({
      length: next - row,
      times: times.subarray(row, next),
      classes: classes.subarray(row, next),
      known: this.#known,
      fields: numbers.subarray(row * fieldCount, next * fieldCount),
      fieldCount,
      starts: starts.subarray(row, next),
      offset: this.#offset,
      line,
    });
    return this.#offset + (next === end ? to : (starts[next] ?? to));
  }

  /** The run that has the line at this byte of the slot. */
  #runAt(byte: number): readonly [from: number | undefined, to: number, first: number, end: number] {
    const runs = this.#runs;
    let low = 0;
    let high = runs.length / boundsOfRun;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((runs[middle * boundsOfRun + 1] ?? 0) > byte) high = middle;
      else low = middle + 1;
    }
    const [from, to = 0, first = 0, end = 0] = runs.subarray(low * boundsOfRun, (low + 1) * boundsOfRun);
    return [from !== undefined && from <= byte ? from : undefined, to, first, end];
  }
}

/** The row whose line starts there; -1 when none does. */
function rowAt(starts: Uint32Array, first: number, end: number, byte: number): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) >= byte) high = middle;
    else low = middle + 1;
  }
  return low < end && starts[low] === byte ? low : -1;
}
