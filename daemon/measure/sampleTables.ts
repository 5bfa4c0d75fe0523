import type { CellRecord } from '../protocol/domain/observation.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import { CellTable, type RollUp } from './cellTable.ts';
import { type Sample, SampleCell, SampleTotals } from './sampleCell.ts';

const minuteOf = (at: number): number => Math.floor(at / 60_000);

/** The samples of all series: matching lines, readings of gauges, signals of people. */
export class SampleTables {
  readonly #tables = new Map<string, CellTable<SampleCell>>();

  add(series: string, sample: Sample): void {
    this.#table(series).change(minuteOf(sample.at)).add(sample);
  }

  /** The series had an event at some time before `at`. */
  noteUncounted(series: string, at: EventTime): void {
    const cell = this.#table(series).change(minuteOf(at));
    cell.uncounted += 1;
    cell.uncountedBefore = Math.max(cell.uncountedBefore, at);
  }

  /** The samples of a series in [from, to), the newest `limit` of them one by one. */
  totals(series: string, from: number | null, to: number | null, limit: number): SampleTotals {
    const totals = new SampleTotals(limit);
    const first = from ?? Number.NEGATIVE_INFINITY;
    const end = to ?? Number.POSITIVE_INFINITY;
    for (const cell of this.#tables.get(series)?.between(minuteOf(first), minuteOf(end)) ?? []) {
      totals.addCell(cell, first, end);
    }
    return totals;
  }

  /** How many cells are held. */
  get size(): number {
    return [...this.#tables.values()].reduce((sum, table) => sum + table.size, 0);
  }

  /** Removes all samples later than `now`. */
  setAside(now: number): void {
    const minute = minuteOf(now);
    for (const table of this.#tables.values()) {
      table.takeFrom(minute + 1);
      if (table.get(minute) !== undefined) table.change(minute).dropAfter(now);
    }
  }

  /** Adds the samples of another ledger. */
  absorb(other: SampleTables): void {
    for (const [series, table] of other.#tables) this.#table(series).absorb(table);
  }

  closeBefore(minute: number): void {
    for (const table of this.#tables.values()) table.closeBefore(minute);
  }

  rollUp(rule: RollUp): void {
    for (const table of this.#tables.values()) table.rollUp(rule);
  }

  load({ series, minute, body }: CellRecord): void {
    this.#table(series).load(minute, body);
  }

  takeChanged(): CellRecord[] {
    return [...this.#tables.values()].flatMap((table) => table.takeChanged());
  }

  #table(series: string): CellTable<SampleCell> {
    const known = this.#tables.get(series);
    if (known !== undefined) return known;
    const table = new CellTable(series, {
      empty: () => new SampleCell(),
      encode: (cell) => cell.encode(),
      decode: (body) => SampleCell.decode(body),
      merge: (into, cell) => into.merge(cell),
    });
    this.#tables.set(series, table);
    return table;
  }
}
