import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import { placeColumns, placeOf } from '../protocol/domain/place.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { eventTime } from '../protocol/domain/units.ts';

/** The parts of an outcome that counts need. */
export type CountedOutcome = Pick<OutcomeRecord, 'at' | 'shares' | 'fields'>;

/** A row: its time, shares, file, line and offset; then its fields. */
const fixedColumns = 5;
const firstCapacity = 1024;

/**
 * One arm's outcomes of the newest hour in order of event time, equal ones in order of arrival. Positions count from the
 * first outcome ever held, so that they stay valid when old ones are dropped.
 *
 * They are rows of numbers, not objects: tens of thousands of those that all live for an hour are what a garbage
 * collector is worst at, and windows walk over them once at each end.
 */
export class OutcomeQueue {
  readonly #arm: Arm;
  readonly #stride: number;
  readonly #files: string[] = [];
  readonly #indexOfFile = new Map<string, number>();
  /** Index of the newest outcome's file, which is most likely the next one's. */
  #latestFile = 0;
  readonly #counted: { at: OutcomeRecord['at']; shares: number; readonly fields: number[] };
  #rows: Float64Array;
  /** Rows in `#rows`, those before `#head` included. */
  #length = 0;
  /** The first row that is still held. */
  #head = 0;
  /** Position of the first row. */
  #base = 0;

  /** @param fields how many each outcome has. */
  constructor(arm: Arm, fields: number) {
    this.#arm = arm;
    this.#stride = fixedColumns + fields;
    this.#rows = new Float64Array(firstCapacity * this.#stride);
    this.#counted = { at: eventTime(0), shares: 0, fields: Array.from({ length: fields }, () => Number.NaN) };
  }

  /** Position after the last. */
  get end(): number {
    return this.#base + this.#length;
  }

  /** Event time of the outcome at this position; `NaN` when none is held there. */
  timeAt(position: number): number {
    const row = position - this.#base;
    return row < this.#head || row >= this.#length ? Number.NaN : this.#time(row);
  }

  /** The outcome at this position, as counts need it; it must be held. The same object each time. */
  countedAt(position: number): CountedOutcome {
    const counted = this.#counted;
    const start = (position - this.#base) * this.#stride;
    counted.at = eventTime(this.#rows[start] ?? 0);
    counted.shares = this.#rows[start + 1] ?? 0;
    for (let field = 0; field < counted.fields.length; field += 1) {
      counted.fields[field] = this.#rows[start + fixedColumns + field] ?? Number.NaN;
    }
    return counted;
  }

  at(position: number): OutcomeRecord | undefined {
    if (Number.isNaN(this.timeAt(position))) return undefined;
    const { at, shares, fields } = this.countedAt(position);
    const start = (position - this.#base) * this.#stride;
    const [file = 0, line = 0, offset = 0] = this.#rows.subarray(start + 2, start + fixedColumns);
    const place = placeOf(this.#files[file] ?? '', line, offset);
    return { at, arm: this.#arm, shares, fields: fields.slice(), place };
  }

  insert(outcome: OutcomeRecord): void {
    if ((this.#length + 1) * this.#stride > this.#rows.length) this.#grow();
    let row = this.#length;
    if (row > this.#head && this.#time(row - 1) > outcome.at) {
      row = this.#rowAfter(outcome.at);
      this.#rows.copyWithin((row + 1) * this.#stride, row * this.#stride, this.#length * this.#stride);
    }
    this.#length += 1;
    this.#write(row, outcome);
  }

  /** Position of the first outcome at `at` or later. */
  positionFrom(at: number): number {
    let low = this.#head;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#time(middle) >= at) high = middle;
      else low = middle + 1;
    }
    return this.#base + low;
  }

  /** Drops outcomes earlier than `at`. */
  dropBefore(at: number): void {
    this.#head = this.positionFrom(at) - this.#base;
    // Moving the rest to the front only once half is dead keeps the cost per outcome constant.
    if (this.#head < firstCapacity || this.#head * 2 < this.#length) return;
    this.#rows.copyWithin(0, this.#head * this.#stride, this.#length * this.#stride);
    this.#base += this.#head;
    this.#length -= this.#head;
    this.#head = 0;
  }

  /** Drops outcomes later than `at`. */
  dropAfter(at: number): void {
    this.#length = Math.max(this.#head, this.#rowAfter(at));
  }

  #rowAfter(at: number): number {
    let low = this.#head;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#time(middle) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #time(row: number): number {
    return this.#rows[row * this.#stride] ?? 0;
  }

  #write(row: number, { at, shares, fields, place }: OutcomeRecord): void {
    const rows = this.#rows;
    const start = row * this.#stride;
    const { name, line, offset } = placeColumns(place);
    rows[start] = at;
    rows[start + 1] = shares;
    rows[start + 2] = this.#fileIndex(name);
    rows[start + 3] = line;
    rows[start + 4] = offset;
    for (let field = 0; field < this.#stride - fixedColumns; field += 1) {
      rows[start + fixedColumns + field] = fields[field] ?? Number.NaN;
    }
  }

  #fileIndex(file: string): number {
    if (file === this.#files[this.#latestFile]) return this.#latestFile;
    const known = this.#indexOfFile.get(file);
    this.#latestFile = known ?? this.#files.push(file) - 1;
    if (known === undefined) this.#indexOfFile.set(file, this.#latestFile);
    return this.#latestFile;
  }

  #grow(): void {
    const grown = new Float64Array(this.#rows.length * 2);
    grown.set(this.#rows);
    this.#rows = grown;
  }
}
