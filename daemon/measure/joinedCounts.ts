import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import { type Place, placeColumns } from '../protocol/domain/place.ts';
import type { EventMinute, EventTime } from '../protocol/domain/units.ts';
import { type CountedUnder, countsLayout, type KeptParts } from './keptParts.ts';
import { MinuteOutcomes } from './minuteOutcomes.ts';
import { type CountsLayout, OutcomeCounts } from './outcomeCounts.ts';
import { RecordCell } from './recordCell.ts';
import { SampleCell } from './sampleCell.ts';
import {
  keptBits,
  keptFields,
  keptSides,
  perMinute,
  type SeriesName,
  type StoredCounts,
  seriesName,
} from './storedCounts.ts';

/** The goal of a second reading, by the names of its own plan. */
export interface Wanted {
  /** The arms themselves, and with them all counts of outcomes. */
  readonly arms: boolean;
  /** The tables of all records, and of all lines. */
  readonly records: boolean;
  readonly lines: boolean;
  /** Bits of shares. */
  readonly shares: readonly number[];
  /** Numeric fields, by index. */
  readonly fields: readonly number[];
  /** Places among the sketched fields. */
  readonly sketches: readonly number[];
  /** Indices of fields whose values are counted. */
  readonly values: readonly number[];
  readonly series: readonly string[];
}

export interface SecondReading {
  readonly under: CountedUnder;
  readonly counts: StoredCounts;
  readonly wanted: Wanted;
  /** All bytes of the first reading were read again. */
  readonly whole: boolean;
}

/**
 * The counts with the past that a second reading has found: the two have read different bytes, so everything adds up
 * once. Records that could not be read again stay a number of unknown ones.
 * @param kept from the second reading's plan to the present one.
 * @returns the cells that change, and all outcomes.
 */
export function joinedCounts(
  present: StoredCounts,
  under: CountedUnder,
  second: SecondReading,
  kept: KeptParts,
  keptSince: EventTime | null,
): StoredCounts {
  return new Joining(present, under, second, kept, keptSince).result();
}

class Joining {
  readonly #present: StoredCounts;
  readonly #under: CountedUnder;
  readonly #second: SecondReading;
  readonly #kept: KeptParts;
  readonly #keptSince: number;
  readonly #layout: CountsLayout;
  readonly #theirs: CountsLayout;
  readonly #cells = new Map<string, CellRecord>();
  readonly #found = new Map<string, CellRecord>();
  readonly #seen: Readonly<Record<'records' | 'lines', ReadonlyMap<number, number>>>;

  constructor(
    present: StoredCounts,
    under: CountedUnder,
    second: SecondReading,
    kept: KeptParts,
    keptSince: EventTime | null,
  ) {
    this.#present = present;
    this.#under = under;
    this.#second = second;
    this.#kept = kept;
    this.#keptSince = keptSince ?? Number.NEGATIVE_INFINITY;
    this.#layout = countsLayout(under);
    this.#theirs = countsLayout(second.under);
    for (const cell of present.cells) this.#cells.set(keyOf(cell), cell);
    for (const cell of this.#foundCells()) this.#found.set(keyOf(cell), cell);
    this.#seen = {
      records: perMinute(second.counts.cells, 'records', second.under),
      lines: perMinute(second.counts.cells, 'lines', second.under),
    };
  }

  result(): StoredCounts {
    const changed: CellRecord[] = [];
    const keys = new Map([...this.#cells, ...this.#found]);
    for (const { series, minute } of keys.values()) {
      const name = seriesName(series);
      if (name.kind === 'samples' || name.kind === 'places') continue;
      const body = this.#cell(name, { series, minute });
      if (body !== null) changed.push({ series, minute, body });
    }
    changed.push(...this.#places(), ...this.#samples());
    return { cells: changed, outcomes: this.#outcomes() };
  }

  /** The counts of a minute that has become part of an hour or a day since its first reading are found there. */
  #foundCells(): Iterable<CellRecord> {
    const { counts, wanted } = this.#second;
    // With the arms all counts are added, wherever they stand.
    if (wanted.arms) return counts.cells;
    const cells = new Map<string, CellRecord>();
    for (const record of counts.cells) {
      const moved = { ...record, minute: this.#minuteOf(record) };
      const known = cells.get(keyOf(moved));
      cells.set(keyOf(moved), known === undefined ? moved : { ...moved, body: this.#summed(known.body, moved.body) });
    }
    return cells.values();
  }

  #minuteOf({ series, minute }: CellRecord): EventMinute {
    const name = seriesName(series);
    if (name.kind !== 'counts' || name.edge) return minute;
    const blocks = [minute, minute - (minute % 60), minute - (minute % 1440)] as EventMinute[];
    return blocks.find((block) => this.#cells.has(keyOf({ series, minute: block }))) ?? minute;
  }

  #summed(one: Uint8Array, other: Uint8Array): Uint8Array {
    const sum = OutcomeCounts.decode(this.#theirs, one);
    sum.merge(OutcomeCounts.decode(this.#theirs, other));
    return sum.encode();
  }

  #cell(name: SeriesName, at: Pick<CellRecord, 'series' | 'minute'>): Uint8Array | null {
    const mine = this.#cells.get(keyOf(at))?.body;
    const theirs = this.#found.get(keyOf(at))?.body;
    const { wanted } = this.#second;
    switch (name.kind) {
      case 'counts':
        return this.#counts(at.minute, mine, theirs);
      case 'singles':
        return wanted.arms && theirs !== undefined ? this.#singles(at.minute, mine, theirs) : null;
      case 'records':
        return theirs === undefined || !(wanted.records || wanted.values.length > 0)
          ? null
          : this.#records(mine, theirs);
      case 'lines':
        return theirs === undefined || !wanted.lines ? null : lineCells(mine, theirs);
      case 'places':
      case 'samples':
        return null;
    }
  }

  #counts(minute: number, mine: Uint8Array | undefined, theirs: Uint8Array | undefined): Uint8Array | null {
    const { wanted, whole } = this.#second;
    const counts = mine === undefined ? new OutcomeCounts(this.#layout) : OutcomeCounts.decode(this.#layout, mine);
    const found = theirs === undefined ? null : OutcomeCounts.decode(this.#theirs, theirs);
    const { shares, sketches } = this.#kept;
    const isWanted = (old: number | null, among: readonly number[]): old is number =>
      old !== null && (wanted.arms || among.includes(old));
    // Without the arms there are no counts to add them to: such a record was not of this arm when it was first read.
    if (mine === undefined && !wanted.arms) return null;
    const known = found?.n ?? 0;
    for (const [bit, old] of shares.entries()) {
      if (isWanted(old, wanted.shares)) counts.good[bit] = (counts.good[bit] ?? 0) + (found?.good[old] ?? 0);
    }
    for (const [place, old] of sketches.entries()) {
      const sketch = isWanted(old, wanted.sketches) ? found?.sketches[old] : undefined;
      if (sketch !== undefined) counts.sketches[place]?.merge(sketch);
    }
    const columns = [
      ...shares.map((old) => ({ isOurs: isWanted(old, wanted.shares), old: old ?? 0 })),
      ...sketches.map((old) => ({ isOurs: isWanted(old, wanted.sketches), old: this.#theirs.shares + (old ?? 0) })),
    ];
    const left = columns.map(({ isOurs, old }, column) => {
      const before = counts.uncounted?.[column] ?? 0;
      const doubt = found?.uncounted?.[old] ?? 0;
      // With the arms the outcomes themselves are added, and the unknown ones with them.
      if (wanted.arms) return before + (isOurs ? doubt : known);
      if (!isOurs) return before;
      return whole ? doubt : Math.max(0, before - known + doubt);
    });
    counts.uncounted = left.some((count) => count > 0) ? left : null;
    if (wanted.arms) {
      if (found !== null) counts.addNumbers(found);
      const read = this.#seen.records.get(minute) ?? 0;
      counts.unplaced = (whole ? 0 : Math.max(0, counts.unplaced - read)) + (found?.unplaced ?? 0);
    }
    return counts.encode();
  }

  #singles(minute: number, mine: Uint8Array | undefined, theirs: Uint8Array): Uint8Array | null {
    if (theirs.length <= 1) return null;
    const fields = this.#under.instrument.fields.length;
    const singles =
      mine === undefined || mine.length <= 1
        ? new MinuteOutcomes(this.#layout, minute)
        : MinuteOutcomes.decode(this.#layout, fields, minute, mine);
    const found = MinuteOutcomes.decode(this.#theirs, this.#second.under.instrument.fields.length, minute, theirs);
    for (const { at, shares, fields: numbers } of found.outcomes) {
      singles.add({ at, shares: keptBits(shares, this.#kept), fields: keptFields(numbers, this.#kept) });
    }
    return singles.encode();
  }

  #records(mine: Uint8Array | undefined, theirs: Uint8Array): Uint8Array {
    const { values } = this.#kept;
    const { wanted } = this.#second;
    const cell = mine === undefined ? new RecordCell(values.length) : RecordCell.decode(values.length, mine);
    const found = RecordCell.decode(this.#second.under.instrument.valueFields.length, theirs);
    if (wanted.records) {
      cell.n += found.n;
      cell.newest = Math.max(cell.newest, found.newest);
    }
    for (const [index, old] of values.entries()) {
      if (old === null || !(wanted.records || wanted.values.includes(old))) continue;
      for (const [value, { n }] of found.values[old] ?? []) {
        const known = cell.values[index]?.get(value)?.n ?? 0;
        cell.values[index]?.set(value, { n: known + n });
      }
    }
    return cell.encode();
  }

  /** The places of older outcomes, for the newly requested sides. */
  #places(): CellRecord[] {
    const { wanted, counts } = this.#second;
    return counts.cells.flatMap(({ series, minute, body }) => {
      const name = seriesName(series);
      if (name.kind !== 'places') return [];
      const [kind, index] = name.side.split(' ');
      const isNew = kind === 'share' ? wanted.shares.includes(Number(index)) : wanted.fields.includes(Number(index));
      if (!wanted.arms && !(isNew && kind !== 'all')) return [];
      return keptSides(name.side, this.#kept).flatMap((side) => {
        const mine = `${name.arm}!${side}`;
        // A minute with later records keeps its own, newer places.
        return this.#cells.has(keyOf({ series: mine, minute })) ? [] : [{ series: mine, minute, body }];
      });
    });
  }

  #samples(): CellRecord[] {
    const { wanted, whole } = this.#second;
    const changed: CellRecord[] = [];
    for (const [mine, { from, kind }] of this.#kept.series) {
      if (from === null || !wanted.series.includes(from) || kind === 'process') continue;
      const minutes = [...this.#cells.values(), ...this.#found.values()].flatMap(({ series, minute }) =>
        series === mine || series === from ? [minute] : [],
      );
      // An undatable line may belong to any of the minutes in which such lines came.
      const isUndated = [...this.#found.values()].some(
        ({ series, body }) => series === from && SampleCell.decode(body).uncounted > 0,
      );
      for (const minute of new Set(minutes)) {
        const body = this.#cells.get(keyOf({ series: mine, minute }))?.body;
        const cell = body === undefined ? new SampleCell() : SampleCell.decode(body);
        const theirs = this.#found.get(keyOf({ series: from, minute }))?.body;
        const left = Math.max(0, cell.uncounted - (this.#seen[kind].get(minute) ?? 0));
        const joined = theirs === undefined ? cell : joinedSamples(SampleCell.decode(theirs), cell);
        joined.uncounted = whole && !isUndated ? 0 : left;
        joined.uncountedBefore = cell.uncountedBefore;
        changed.push({ series: mine, minute, body: joined.encode() });
      }
    }
    return changed;
  }

  #outcomes(): readonly OutcomeRecord[] {
    const { wanted, counts } = this.#second;
    const relaid = (outcome: OutcomeRecord): OutcomeRecord => ({
      ...outcome,
      shares: keptBits(outcome.shares, this.#kept),
      fields: keptFields(outcome.fields, this.#kept),
    });
    if (wanted.arms) {
      const found = counts.outcomes.filter(({ at }) => at >= this.#keptSince).map(relaid);
      return [...found, ...this.#present.outcomes].sort((one, other) => one.at - other.at);
    }
    const known = new Map(counts.outcomes.map((outcome) => [nameOf(outcome), outcome]));
    let mask = 0;
    for (const [bit, old] of this.#kept.shares.entries()) {
      if (old !== null && wanted.shares.includes(old)) mask |= 1 << bit;
    }
    return this.#present.outcomes.map((outcome) => {
      const found = known.get(nameOf(outcome));
      if (found === undefined) return outcome;
      const { shares, fields } = relaid(found);
      return {
        ...outcome,
        shares: (outcome.shares & ~mask) | (shares & mask),
        fields: outcome.fields.map((value, index) => {
          const old = this.#kept.fields[index] ?? null;
          return old !== null && wanted.fields.includes(old) ? (fields[index] ?? Number.NaN) : value;
        }),
      };
    });
  }
}

/** The stored cells with those that have changed. */
export function withCells(stored: readonly CellRecord[], changed: readonly CellRecord[]): readonly CellRecord[] {
  const cells = new Map([...stored, ...changed].map((cell) => [keyOf(cell), cell]));
  return [...cells.values()];
}

function keyOf({ series, minute }: Pick<CellRecord, 'series' | 'minute'>): string {
  return `${minute} ${series}`;
}

/** The same record in both readings: its file may have another name now. */
function nameOf({ at, arm, place }: { at: EventTime; arm: string; place: Place }): string {
  const { line, offset } = placeColumns(place);
  return `${at} ${arm} ${line} ${offset}`;
}

function lineCells(mine: Uint8Array | undefined, theirs: Uint8Array): Uint8Array {
  const cell = mine === undefined ? new RecordCell(0) : RecordCell.decode(0, mine);
  const found = RecordCell.decode(0, theirs);
  cell.n += found.n;
  cell.newest = Math.max(cell.newest, found.newest);
  return cell.encode();
}

/** The samples of two readings of one minute, those of the first the older ones. */
function joinedSamples(earlier: SampleCell, later: SampleCell): SampleCell {
  if (later.n === 0) return earlier;
  for (const sample of later.kept) earlier.add(sample);
  // Folded samples cannot be told apart any more.
  earlier.n += later.folded.n;
  earlier.folded.n += later.folded.n;
  earlier.folded.sum += later.folded.sum;
  earlier.folded.max = Math.max(earlier.folded.max, later.folded.max);
  return earlier;
}
