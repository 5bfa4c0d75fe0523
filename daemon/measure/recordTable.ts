import type { EventTime } from '../protocol/domain/units.ts';
import { CellTable } from './cellTable.ts';
import { type Counter, counterOf, RecordCell } from './recordCell.ts';
import type { RowRun } from './rowRun.ts';

/**
 * The number of different values of one field that are counted one by one; an id in the place of an arm must not fill
 * the memory.
 */
const valueLimit = 1000;
const otherValues = '(other)';

const minuteOf = (at: number): number => Math.floor(at / 60_000);
const always = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** The numbers of all records (or all text lines) by minute, whatever their content, and the values of the arms' fields. */
export class RecordTable {
  readonly cells: CellTable<RecordCell>;
  /** By field: how many records have each value, over all time. */
  readonly values: readonly Map<string, Counter>[];
  #n = 0;

  constructor(series: string, valueFields: number) {
    this.cells = new CellTable(series, {
      empty: () => new RecordCell(valueFields),
      encode: (cell) => cell.encode(),
      decode: (body) => RecordCell.decode(valueFields, body),
      merge: (into, cell) => into.merge(cell),
    });
    this.values = Array.from({ length: valueFields }, () => new Map<string, Counter>());
  }

  /** All records, of whatever time. */
  get n(): number {
    return this.#n;
  }

  /** A record of that time was there, whether or not it counts. */
  seen(at: number): RecordCell {
    const cell = this.cells.change(minuteOf(at));
    if (at > cell.newest) cell.newest = at;
    return cell;
  }

  add(at: number, values: readonly (string | null)[]): void {
    const cell = this.seen(at);
    cell.n += 1;
    this.#n += 1;
    this.#countValues(cell, values, 1);
  }

  /** Adds the rows of a run, which are all of one minute. */
  addRun({ columns, from, to, newest }: RowRun): void {
    const cell = this.seen(newest);
    cell.n += to - from;
    this.#n += to - from;
    const { values, tuples } = columns;
    // In the order in which the values came first: the order in which they are listed.
    const numbers = new Map<number, number>();
    for (let row = from; row < to; row += 1) {
      const tuple = values[row] ?? 0;
      numbers.set(tuple, (numbers.get(tuple) ?? 0) + 1);
    }
    for (const [tuple, n] of numbers) this.#countValues(cell, tuples[tuple] ?? [], n);
  }

  /** Removes the records of the minutes after that of `now`, and returns how many those were. */
  takeAfter(now: number): number {
    let taken = 0;
    for (const cell of this.cells.takeFrom(minuteOf(now) + 1)) {
      taken += cell.n;
      this.#count(cell, -1);
    }
    return taken;
  }

  /** The newest event that is not later than `now`; in a minute that goes beyond it, `now`. */
  backTo(now: EventTime): number {
    let newest = Number.NEGATIVE_INFINITY;
    const minute = minuteOf(now);
    for (const cell of this.cells.between(Number.NEGATIVE_INFINITY, minute)) newest = Math.max(newest, cell.newest);
    if (newest > now) {
      newest = now;
      this.cells.change(minute).newest = now;
    }
    return newest;
  }

  /** All cells are loaded: counts them, and returns the time of the newest record. */
  countLoaded(): number {
    let newest = Number.NEGATIVE_INFINITY;
    for (const cell of this.cells.between(...always)) {
      this.#count(cell, 1);
      newest = Math.max(newest, cell.newest);
    }
    return newest;
  }

  /** Adds the records of another ledger. */
  absorb(other: RecordTable): void {
    this.cells.absorb(other.cells);
    for (const cell of other.cells.between(...always)) this.#count(cell, 1);
  }

  #countValues(cell: RecordCell, values: readonly (string | null)[], n: number): void {
    for (let index = 0; index < this.values.length; index += 1) {
      const value = values[index] ?? null;
      const totals = this.values[index];
      if (value === null || totals === undefined) continue;
      let counted = value;
      let total = totals.get(value);
      if (total === undefined) {
        if (totals.size >= valueLimit) counted = otherValues;
        total = counterOf(totals, counted);
      }
      total.n += n;
      const ofMinute = cell.values[index];
      if (ofMinute !== undefined) counterOf(ofMinute, counted).n += n;
    }
  }

  #count(cell: RecordCell, sign: 1 | -1): void {
    this.#n += sign * cell.n;
    for (const [index, counts] of cell.values.entries()) {
      const totals = this.values[index];
      if (totals !== undefined) for (const [value, { n }] of counts) counterOf(totals, value).n += sign * n;
    }
  }
}
