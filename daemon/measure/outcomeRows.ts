import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import type { BlockColumns } from '../protocol/domain/observationBlock.ts';
import { placeColumns, placeOf } from '../protocol/domain/place.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { eventTime } from '../protocol/domain/units.ts';

/** The parts of an outcome that counts need. */
export type CountedOutcome = Pick<OutcomeRecord, 'at' | 'shares' | 'fields'>;

/** A row: its time, shares, file, line and offset; then its fields. */
const fixedColumns = 5;
const firstCapacity = 1024;

/** Outcomes as rows of numbers, not objects: a garbage collector is worst at tens of thousands that all live for an hour. */
export class OutcomeRows {
  length = 0;
  readonly #stride: number;
  readonly #files: string[] = [];
  readonly #indexOfFile = new Map<string, number>();
  /** Index of the newest outcome's file, which is most likely the next one's. */
  #latestFile = 0;
  readonly #counted: { at: OutcomeRecord['at']; shares: number; readonly fields: number[] };
  #rows: Float64Array;

  /** @param fields how many each outcome has. */
  constructor(fields: number) {
    this.#stride = fixedColumns + fields;
    this.#rows = new Float64Array(firstCapacity * this.#stride);
    this.#counted = { at: eventTime(0), shares: 0, fields: Array.from({ length: fields }, () => Number.NaN) };
  }

  timeAt(row: number): number {
    return this.#rows[row * this.#stride] ?? 0;
  }

  sharesAt(row: number): number {
    return this.#rows[row * this.#stride + 1] ?? 0;
  }

  /** Adds the row of a block at the end. */
  append({ file, times, shares, lines, offsets, fields, fieldCount }: BlockColumns, of: number): void {
    const stride = this.#stride;
    if ((this.length + 1) * stride > this.#rows.length) this.#grow();
    const rows = this.#rows;
    const start = this.length * stride;
    this.length += 1;
    rows[start] = times[of] ?? 0;
    rows[start + 1] = shares[of] ?? 0;
    rows[start + 2] = this.#fileIndex(file);
    rows[start + 3] = lines[of] ?? 0;
    rows[start + 4] = offsets[of] ?? 0;
    for (let field = 0; field < stride - fixedColumns; field += 1) {
      rows[start + fixedColumns + field] = fields[of * fieldCount + field] ?? Number.NaN;
    }
  }

  /** Puts the last row before those from `row` on. */
  moveLastTo(row: number): void {
    const stride = this.#stride;
    const [start, last] = [row * stride, (this.length - 1) * stride];
    const moved = this.#rows.slice(last, last + stride);
    this.#rows.copyWithin(start + stride, start, last);
    this.#rows.set(moved, start);
  }

  /** The outcome of a row, as counts need it. The same object each time. */
  countedAt(row: number): CountedOutcome {
    const counted = this.#counted;
    const start = row * this.#stride;
    counted.at = eventTime(this.#rows[start] ?? 0);
    counted.shares = this.#rows[start + 1] ?? 0;
    for (let field = 0; field < counted.fields.length; field += 1) {
      counted.fields[field] = this.#rows[start + fixedColumns + field] ?? Number.NaN;
    }
    return counted;
  }

  at(row: number, arm: Arm): OutcomeRecord {
    const { at, shares, fields } = this.countedAt(row);
    const start = row * this.#stride;
    const [file = 0, line = 0, offset = 0] = this.#rows.subarray(start + 2, start + fixedColumns);
    const place = placeOf(this.#files[file] ?? '', line, offset);
    return { at, arm, shares, fields: fields.slice(), place };
  }

  /** Puts an outcome before those from `row` on. */
  insert(row: number, { at, shares, fields, place }: OutcomeRecord): void {
    const stride = this.#stride;
    if ((this.length + 1) * stride > this.#rows.length) this.#grow();
    const rows = this.#rows;
    const start = row * stride;
    if (row < this.length) rows.copyWithin(start + stride, start, this.length * stride);
    this.length += 1;
    rows[start] = at;
    rows[start + 1] = shares;
    if ('file' in place) {
      rows[start + 2] = this.#fileIndex(place.file);
      rows[start + 3] = place.line;
      rows[start + 4] = place.offset;
    } else {
      const { name, line, offset } = placeColumns(place);
      rows[start + 2] = this.#fileIndex(name);
      rows[start + 3] = line;
      rows[start + 4] = offset;
    }
    for (let field = 0; field < stride - fixedColumns; field += 1) {
      rows[start + fixedColumns + field] = fields[field] ?? Number.NaN;
    }
  }

  /** Moves the rows from `row` on to the front; those before it are gone. */
  dropBefore(row: number): void {
    this.#rows.copyWithin(0, row * this.#stride, this.length * this.#stride);
    this.length -= row;
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
