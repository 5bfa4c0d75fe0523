import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import { outcomesKeptFor } from '../protocol/domain/retention.ts';
import type { Duration } from '../protocol/domain/units.ts';
import type { CellTable } from './cellTable.ts';
import { type CountsLayout, OutcomeCounts } from './outcomeCounts.ts';
import type { OutcomeQueue } from './outcomeQueue.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import { type ArmRun, countedRows } from './rowRun.ts';

/** How long single outcomes are held; windows up to this long follow them one by one. */
export const exactLength = outcomesKeptFor;

/**
 * Running counts of one arm over the trailing window (t − over, t], where t is never before the watermark. A move costs
 * the outcomes that enter and leave, not the window's content.
 */
export interface SlidingWindow {
  readonly counts: OutcomeCounts;
  /** Moves the window to end at `at`, forward or (a tick ahead of the records) back. */
  moveTo(at: number): void;
  /** Reports an outcome that the ledger has just taken in; `queued` unless it is older than the queue reaches. */
  inserted(outcome: OutcomeRecord, queued: boolean): void;
  /** Reports the outcomes of a run, all of which are queued. */
  insertedRun(run: ArmRun): void;
  /** The underlying counts have changed in another way: the window is counted anew at its next move. */
  reset(): void;
}

/** Follows single outcomes; for windows that the queue of the newest hour covers. */
export class ExactWindow implements SlidingWindow {
  readonly counts: OutcomeCounts;
  readonly #over: Duration;
  readonly #queue: OutcomeQueue;
  /** The window's left, open end. */
  #edge = Number.POSITIVE_INFINITY;
  /** Position of the first outcome inside. */
  #first: number;

  constructor(layout: CountsLayout, over: Duration, queue: OutcomeQueue) {
    this.counts = new OutcomeCounts(layout);
    this.#over = over;
    this.#queue = queue;
    this.#first = queue.end;
  }

  moveTo(at: number): void {
    const edge = at - this.#over;
    if (edge >= this.#edge) {
      const { isOfShares } = this.counts;
      for (;;) {
        const oldest = this.#queue.timeAt(this.#first);
        if (Number.isNaN(oldest) || oldest > edge) break;
        if (isOfShares) this.counts.removeShares(this.#queue.sharesAt(this.#first));
        else this.counts.remove(this.#queue.countedAt(this.#first));
        this.#first += 1;
      }
    } else {
      for (;;) {
        const before = this.#queue.timeAt(this.#first - 1);
        if (Number.isNaN(before) || before <= edge) break;
        this.#first -= 1;
        this.counts.add(this.#queue.countedAt(this.#first));
      }
    }
    this.#edge = edge;
  }

  inserted(outcome: OutcomeRecord, queued: boolean): void {
    if (!queued) return;
    if (outcome.at > this.#edge) this.counts.add(outcome);
    else this.#first += 1;
  }

  insertedRun(run: ArmRun): void {
    if (run.oldest > this.#edge) {
      this.counts.addRun(run);
      return;
    }
    for (const outcome of countedRows(run)) {
      if (outcome.at > this.#edge) this.counts.add(outcome);
      else this.#first += 1;
    }
  }

  reset(): void {
    this.counts.clear();
    this.#edge = Number.POSITIVE_INFINITY;
    this.#first = this.#queue.end;
  }
}

/** The outcomes of a minute one by one, oldest first. */
export type SinglesOf = (minute: number) => readonly CountedOutcome[];

/** Follows whole minutes, and in the minute of its left end single outcomes; for longer windows. */
export class LongWindow implements SlidingWindow {
  readonly counts: OutcomeCounts;
  readonly #over: Duration;
  readonly #cells: CellTable<OutcomeCounts>;
  readonly #singlesOf: SinglesOf;
  /** The minute of the left end; it and all later ones are counted, but for what is `#left` of it. */
  #first = Number.POSITIVE_INFINITY;
  /** The single outcomes of that minute; `null` while they are not known. */
  #singles: readonly CountedOutcome[] | null = null;
  /** The number of them before the left end. */
  #left = 0;

  constructor(layout: CountsLayout, over: Duration, cells: CellTable<OutcomeCounts>, singlesOf: SinglesOf) {
    this.counts = new OutcomeCounts(layout);
    this.#over = over;
    this.#cells = cells;
    this.#singlesOf = singlesOf;
  }

  moveTo(at: number): void {
    const edge = at - this.#over;
    const first = Math.floor(edge / 60_000);
    if (first !== this.#first) this.#beginWith(first);
    this.#singles ??= this.#singlesOf(first);
    for (
      let next = this.#singles[this.#left];
      next !== undefined && next.at <= edge;
      next = this.#singles[this.#left]
    ) {
      this.counts.remove(next);
      this.#left += 1;
    }
    for (
      let last = this.#singles[this.#left - 1];
      last !== undefined && last.at > edge;
      last = this.#singles[this.#left - 1]
    ) {
      this.counts.add(last);
      this.#left -= 1;
    }
  }

  #beginWith(first: number): void {
    this.#takeBack();
    if (first > this.#first) {
      for (const cell of this.#cells.between(this.#first, first - 1)) this.counts.subtract(cell);
    } else {
      for (const cell of this.#cells.between(first, this.#first - 1)) this.counts.merge(cell);
    }
    this.#first = first;
  }

  inserted(outcome: OutcomeRecord): void {
    const minute = Math.floor(outcome.at / 60_000);
    if (minute === this.#first) this.#takeBack();
    if (minute >= this.#first) this.counts.add(outcome);
  }

  insertedRun(run: ArmRun): void {
    if (run.length === 0) return;
    const minute = Math.floor(run.oldest / 60_000);
    if (minute === this.#first) this.#takeBack();
    if (minute >= this.#first) this.counts.addRun(run);
  }

  reset(): void {
    this.counts.clear();
    this.#first = Number.POSITIVE_INFINITY;
    this.#singles = null;
    this.#left = 0;
  }

  /** The whole minute counts again, until the next move. */
  #takeBack(): void {
    for (let index = 0; index < this.#left; index += 1) {
      const single = this.#singles?.[index];
      if (single !== undefined) this.counts.add(single);
    }
    this.#singles = null;
    this.#left = 0;
  }
}
