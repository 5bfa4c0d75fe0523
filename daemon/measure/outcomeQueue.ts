import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { type CountedOutcome, OutcomeRows } from './outcomeRows.ts';
import type { ArmRun } from './rowRun.ts';

/** Fewer dead rows are not worth moving the rest. */
const fewDead = 1024;

/**
 * One arm's outcomes of the newest hour in order of event time, equal ones in order of arrival. Positions count from the
 * first outcome ever held, so that they stay valid when old ones are dropped. Windows walk over them once at each end.
 */
export class OutcomeQueue {
  readonly #arm: Arm;
  readonly #rows: OutcomeRows;
  /** The first row that is still held. */
  #head = 0;
  /** Position of the first row. */
  #base = 0;

  /** @param fields how many each outcome has. */
  constructor(arm: Arm, fields: number) {
    this.#arm = arm;
    this.#rows = new OutcomeRows(fields);
  }

  /** Position after the last. */
  get end(): number {
    return this.#base + this.#rows.length;
  }

  /** Event time of the outcome at this position; `NaN` when none is held there. */
  timeAt(position: number): number {
    const row = position - this.#base;
    return row < this.#head || row >= this.#rows.length ? Number.NaN : this.#rows.timeAt(row);
  }

  /** The outcome at this position, as counts need it; it must be held. The same object each time. */
  countedAt(position: number): CountedOutcome {
    return this.#rows.countedAt(position - this.#base);
  }

  at(position: number): OutcomeRecord | undefined {
    return Number.isNaN(this.timeAt(position)) ? undefined : this.#rows.at(position - this.#base, this.#arm);
  }

  insert(outcome: OutcomeRecord): void {
    const { length } = this.#rows;
    const isLate = length > this.#head && this.#rows.timeAt(length - 1) > outcome.at;
    this.#rows.insert(isLate ? this.#rowAfter(outcome.at) : length, outcome);
  }

  /** Inserts the outcomes of a run, one after the other. */
  insertRun({ columns, rows, length }: ArmRun): void {
    for (let index = 0; index < length; index += 1) {
      const row = rows[index] ?? 0;
      const at = columns.times[row] ?? 0;
      const held = this.#rows.length;
      const isLate = held > this.#head && this.#rows.timeAt(held - 1) > at;
      const place = isLate ? this.#rowAfter(at) : held;
      this.#rows.append(columns, row);
      if (isLate) this.#rows.moveLastTo(place);
    }
  }

  /** The shares of the outcome at this position; it must be held. */
  sharesAt(position: number): number {
    return this.#rows.sharesAt(position - this.#base);
  }

  /** Position of the first outcome at `at` or later. */
  positionFrom(at: number): number {
    let low = this.#head;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.timeAt(middle) >= at) high = middle;
      else low = middle + 1;
    }
    return this.#base + low;
  }

  /** Drops outcomes earlier than `at`. */
  dropBefore(at: number): void {
    this.#head = this.positionFrom(at) - this.#base;
    // Moving the rest to the front only once half is dead keeps the cost per outcome constant.
    if (this.#head < fewDead || this.#head * 2 < this.#rows.length) return;
    this.#rows.dropBefore(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }

  /** Drops outcomes later than `at`. */
  dropAfter(at: number): void {
    this.#rows.length = Math.max(this.#head, this.#rowAfter(at));
  }

  #rowAfter(at: number): number {
    let low = this.#head;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.timeAt(middle) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
