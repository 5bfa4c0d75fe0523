import type { CellRecord } from '../protocol/domain/observation.ts';
import type { EventMinute } from '../protocol/domain/units.ts';

/** How a kind of cell is made, and kept as bytes. */
export interface CellKind<Cell> {
  empty(minute: number): Cell;
  encode(cell: Cell): Uint8Array;
  decode(body: Uint8Array, minute: number): Cell;
}

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

  /** The earliest minute with records; `Infinity` without any. */
  get first(): number {
    return this.#first;
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
      this.#take((known) => known >= from && known < minute);
      return;
    }
    for (let known = from; known < minute; known += 1) this.#empty(known);
  }

  /** Earlier minutes are empty for good. */
  get droppedBefore(): number {
    return this.#droppedBefore;
  }

  /** The cells that changed since the last call, whole. */
  takeChanged(): CellRecord[] {
    const records: CellRecord[] = [];
    for (const minute of this.#changed) {
      const cell = this.#open.get(minute);
      const body = cell === undefined ? this.#closed.get(minute) : this.#kind.encode(cell);
      if (body !== undefined) records.push({ series: this.#series, minute: minute as EventMinute, body });
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
