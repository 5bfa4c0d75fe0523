import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { CellTable, type RollUp } from './cellTable.ts';
import { type CountedSide, keyOf, numberOn } from './countedSide.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import { type Placed, PlacesCell } from './placesCell.ts';

/** Separates an arm from a side in a series' name: `treatment!share 0 no`. */
export const sideMark = '!';

const minuteOf = (at: number): number => Math.floor(at / 60_000);

interface SideTable {
  readonly side: CountedSide;
  readonly series: string;
  readonly cells: CellTable<PlacesCell>;
}

/**
 * The places of an arm's outcomes that are older than the single ones: for each side that the plan asks about some of
 * every minute, so that the failure of two days ago can still be shown.
 */
export class OlderPlaces {
  readonly #prefix: string;
  readonly #sides: readonly SideTable[];

  constructor(arm: Arm, sides: readonly CountedSide[]) {
    this.#prefix = arm + sideMark;
    this.#sides = sides
      .filter((side) => side.arm === arm)
      .map((side) => ({ side, series: this.#prefix + keyOf(side), cells: placesTable(this.#prefix, side) }));
  }

  owns(series: string): boolean {
    return series.startsWith(this.#prefix);
  }

  load({ series, minute, body }: CellRecord): void {
    this.#sides.find((each) => each.series === series)?.cells.load(minute, body);
  }

  /** True when any side would keep the outcome. */
  wants(outcome: CountedOutcome): boolean {
    // Called for every outcome that grows old: no closures here.
    for (let index = 0; index < this.#sides.length; index += 1) {
      const each = this.#sides[index];
      const number = each === undefined ? null : numberOn(each.side, outcome);
      if (number !== null && each?.cells.change(minuteOf(outcome.at)).takes(number)) return true;
    }
    return false;
  }

  add(outcome: OutcomeRecord): void {
    const { at, place } = outcome;
    for (const { side, cells } of this.#sides) {
      const number = numberOn(side, outcome);
      if (number !== null) cells.change(minuteOf(at)).add({ at, number, place });
    }
  }

  /** Adds the places of another ledger of the same plan. */
  absorb(other: OlderPlaces): void {
    for (const { series, cells } of this.#sides) {
      const theirs = other.#sides.find((each) => each.series === series);
      if (theirs !== undefined) cells.absorb(theirs.cells);
    }
  }

  closeBefore(minute: number): void {
    for (const { cells } of this.#sides) cells.closeBefore(minute);
  }

  get size(): number {
    return this.#sides.reduce((sum, { cells }) => sum + cells.size, 0);
  }

  rollUp(rule: RollUp): void {
    for (const { cells } of this.#sides) cells.rollUp(rule);
  }

  takeFrom(minute: number): void {
    for (const { cells } of this.#sides) cells.takeFrom(minute);
  }

  takeChanged(): CellRecord[] {
    return this.#sides.flatMap(({ cells }) => cells.takeChanged());
  }

  /** The places of [from, to), newest first; none for a side that the plan does not ask about. */
  *newestFirst(side: CountedSide, from: number, to: number): Generator<Placed> {
    const key = this.#prefix + keyOf(side);
    const found = this.#sides.find(({ series }) => series === key);
    for (const { kept } of found?.cells.latestFirst(minuteOf(from), minuteOf(to)) ?? []) {
      for (const placed of kept.toReversed()) if (placed.at >= from && placed.at < to) yield placed;
    }
  }
}

function placesTable(prefix: string, side: CountedSide): CellTable<PlacesCell> {
  return new CellTable(prefix + keyOf(side), {
    empty: (minute) => new PlacesCell(side, minute),
    encode: (cell) => cell.encode(),
    decode: (body, minute) => PlacesCell.decode(body, side, minute),
    merge: (into, cell) => {
      for (const placed of cell.kept) into.add(placed);
    },
  });
}
