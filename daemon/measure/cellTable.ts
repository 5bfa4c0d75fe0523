import type { CellRecord } from '../protocol/domain/observation.ts';
import type { EventMinute } from '../protocol/domain/units.ts';

/** How a kind of cell is made, and kept as bytes. */
export interface CellKind<Cell> {
  empty(minute: number): Cell;
  encode(cell: Cell): Uint8Array;
  decode(body: Uint8Array, minute: number): Cell;
  /** Adds a cell of the same kind to `into`. */
  merge(into: Cell, cell: Cell): void;
}

/** How far the past is rolled up, in minutes. */
export interface RollUp {
  /** Minutes before this one become hours, those before `days` become days. */
  readonly hours: number;
  readonly days: number;
  /** Counts on both sides of an instant in this block must stay apart. */
  isApart(from: number, to: number): boolean;
}

const hour = 60;
const day = 24 * hour;
/** A history of years is rolled up in turns: so many blocks are looked at in one call, and so many are changed. */
const mostWalked = 2000;
const mostWorked = 48;

const gone = new Uint8Array();

/**
 * The cells of one series by minute. Closed minutes are held as the bytes that the store has of them, a tenth of their
 * size; a late record opens its minute again.
 */
export class CellTable<Cell> {
  readonly #series: string;
  readonly #kind: CellKind<Cell>;
  readonly #open = new Map<number, Cell>();
  readonly #closed = new Map<number, Uint8Array>();
  readonly #changed = new Set<number>();
  /** The minute of the newest change, whose cell is open and noted as changed; `NaN` when there is none. */
  #latestMinute = Number.NaN;
  #latest: Cell;
  #droppedBefore = Number.NEGATIVE_INFINITY;
  /** By the length of a block: everything before this minute is rolled up. */
  readonly #rolledUp = new Map<number, number>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(series: string, kind: CellKind<Cell>) {
    this.#series = series;
    this.#kind = kind;
    this.#latest = kind.empty(0);
  }

  /** For reading; `undefined` for a minute without records. */
  get(minute: number): Cell | undefined {
    const open = this.#open.get(minute);
    if (open !== undefined) return open;
    const body = this.#closed.get(minute);
    return body === undefined ? undefined : this.#kind.decode(body, minute);
  }

  /** For a change: the cell as it is, or a new one. */
  change(minute: number): Cell {
    if (minute === this.#latestMinute) return this.#latest;
    this.#changed.add(minute);
    this.#latest = this.#open.get(minute) ?? this.#opened(minute);
    this.#latestMinute = minute;
    return this.#latest;
  }

  load(minute: number, body: Uint8Array): void {
    this.#closed.set(minute, body);
    this.#latestMinute = Number.NaN;
    this.#extend(minute);
  }

  /** Cells of the minutes from `from` to `to`, both included, in order. */
  *between(from: number, to: number): Generator<Cell> {
    const first = Math.max(from, this.#first);
    const last = Math.min(to, this.#last);
    // One stamp of the year 1 must not make every range a walk over a thousand million empty minutes.
    if (last - first > 4 * (this.#open.size + this.#closed.size)) {
      const held = [...this.#open.keys(), ...this.#closed.keys()].filter((minute) => minute >= first && minute <= last);
      for (const minute of held.sort((one, other) => one - other)) {
        const cell = this.get(minute);
        if (cell !== undefined) yield cell;
      }
      return;
    }
    for (let minute = first; minute <= last; minute += 1) {
      const cell = this.get(minute);
      if (cell !== undefined) yield cell;
    }
  }

  /** The same, the latest first. */
  *latestFirst(from: number, to: number): Generator<Cell> {
    const held = [...this.#open.keys(), ...this.#closed.keys()].filter((minute) => minute >= from && minute <= to);
    for (const minute of held.sort((one, other) => other - one)) {
      const cell = this.get(minute);
      if (cell !== undefined) yield cell;
    }
  }

  /** Adds all cells of a table of the same kind. */
  absorb(other: CellTable<Cell>): void {
    for (const minute of other.#minutes()) {
      const body = other.#closed.get(minute);
      if (body !== undefined && !this.#open.has(minute) && !this.#closed.has(minute)) {
        this.load(minute, body);
        this.#changed.add(minute);
        continue;
      }
      const cell = other.get(minute);
      if (cell !== undefined) this.#kind.merge(this.change(minute), cell);
    }
  }

  /** The earliest minute with records; `Infinity` without any. */
  get first(): number {
    return this.#first;
  }

  /** How many cells are held. */
  get size(): number {
    return this.#open.size + this.#closed.size;
  }

  closeBefore(minute: number): void {
    this.#latestMinute = Number.NaN;
    for (const [known, cell] of this.#open) {
      if (known >= minute) continue;
      this.#closed.set(known, this.#kind.encode(cell));
      this.#open.delete(known);
    }
  }

  /** Empties the cells of this minute and of all later ones, and returns their former content. */
  takeFrom(minute: number): Cell[] {
    return this.#take((known) => known >= minute);
  }

  /** Empties the cells before this minute, which never goes back. */
  dropBefore(minute: number): void {
    const from = Math.max(this.#first, this.#droppedBefore);
    this.#droppedBefore = minute;
    if (minute - from > this.#open.size + this.#closed.size) {
      for (const known of this.#minutes()) if (known >= from && known < minute) this.#remove(known);
      return;
    }
    for (let known = from; known < minute; known += 1) this.#remove(known);
  }

  /** Earlier minutes are empty for good. */
  get droppedBefore(): number {
    return this.#droppedBefore;
  }

  /**
   * Makes one cell of the cells of an hour or a day that is long past, under its first minute.
   * @param moved told of each cell that is now part of another.
   */
  rollUp({ hours, days, isApart }: RollUp, moved?: (from: number, to: number) => void): void {
    this.#rollUpBlocks(hour, hours, isApart, moved);
    this.#rollUpBlocks(day, days, isApart, moved);
  }

  /** The cells that changed since the last call, whole; an empty body stands for a cell that is gone. */
  takeChanged(): CellRecord[] {
    const records: CellRecord[] = [];
    for (const minute of this.#changed) {
      const cell = this.#open.get(minute);
      const body = cell === undefined ? this.#closed.get(minute) : this.#kind.encode(cell);
      records.push({ series: this.#series, minute: minute as EventMinute, body: body ?? gone });
    }
    this.#changed.clear();
    this.#latestMinute = Number.NaN;
    return records;
  }

  #take(isTaken: (minute: number) => boolean): Cell[] {
    const taken: Cell[] = [];
    for (const known of [...this.#open.keys(), ...this.#closed.keys()].filter(isTaken)) {
      const cell = this.get(known);
      if (cell !== undefined) taken.push(cell);
      this.#empty(known);
    }
    return taken;
  }

  #rollUpBlocks(
    length: number,
    before: number,
    isApart: RollUp['isApart'],
    moved?: (from: number, to: number) => void,
  ): void {
    const end = Math.floor(before / length) * length;
    const known = this.#rolledUp.get(length) ?? Number.NEGATIVE_INFINITY;
    const from = Math.max(known, Math.floor(this.#first / length) * length);
    if (!(from < end)) return;
    const due = this.#dueBlocks(from, end, length);
    let worked = 0;
    for (const block of due.slice(0, mostWalked)) {
      if (worked === mostWorked) {
        this.#rolledUp.set(length, block);
        return;
      }
      if (!isApart(block, block + length) && this.#rollUpBlock(block, length, moved)) worked += 1;
    }
    this.#rolledUp.set(length, due[mostWalked] ?? end);
  }

  /** The blocks of [from, end) that may hold cells, in order. */
  #dueBlocks(from: number, end: number, length: number): readonly number[] {
    const count = (end - from) / length;
    if (count <= mostWalked) return Array.from({ length: count }, (_, index) => from + index * length);
    // One stamp of the year 1 must not make this a walk over a thousand million empty minutes.
    const held = new Set(this.#minutes().map((minute) => Math.floor(minute / length) * length));
    return [...held].filter((block) => block >= from && block < end).sort((one, other) => one - other);
  }

  /** Tells whether there was anything to do. */
  #rollUpBlock(block: number, length: number, moved?: (from: number, to: number) => void): boolean {
    let worked = false;
    for (let minute = block + 1; minute < block + length; minute += 1) {
      const cell = this.get(minute);
      if (cell === undefined) continue;
      this.#kind.merge(this.change(block), cell);
      this.#remove(minute);
      moved?.(minute, block);
      worked = true;
    }
    if (worked) this.#close(block);
    return worked;
  }

  #close(minute: number): void {
    const cell = this.#open.get(minute);
    if (cell === undefined) return;
    this.#closed.set(minute, this.#kind.encode(cell));
    this.#open.delete(minute);
    this.#latestMinute = Number.NaN;
  }

  #minutes(): readonly number[] {
    return [...this.#open.keys(), ...this.#closed.keys()];
  }

  /** The store lets go of it too. */
  #remove(minute: number): void {
    if (this.#open.delete(minute) || this.#closed.delete(minute)) {
      this.#closed.delete(minute);
      this.#changed.add(minute);
    }
    this.#latestMinute = Number.NaN;
  }

  /** An empty cell replaces the one in the store. */
  #empty(minute: number): void {
    if (this.#open.delete(minute) || this.#closed.has(minute)) {
      this.#closed.set(minute, this.#kind.encode(this.#kind.empty(minute)));
      this.#changed.add(minute);
    }
    this.#latestMinute = Number.NaN;
  }

  #opened(minute: number): Cell {
    const cell = this.get(minute) ?? this.#kind.empty(minute);
    this.#open.set(minute, cell);
    this.#closed.delete(minute);
    this.#extend(minute);
    return cell;
  }

  #extend(minute: number): void {
    if (minute < this.#first) this.#first = minute;
    if (minute > this.#last) this.#last = minute;
  }
}
