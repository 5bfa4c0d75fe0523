import type { OutcomeRecord } from '../protocol/observation.ts';
import { type Duration, duration } from '../protocol/units.ts';
import type { CellTable } from './cellTable.ts';
import { type CountsLayout, OutcomeCounts } from './outcomeCounts.ts';
import type { OutcomeQueue } from './outcomeQueue.ts';

/** Windows up to this long are exact to the record: so long are single outcomes kept. */
export const exactLength = duration(3_600_000);

/**
 * Running counts of one arm over the trailing window (t − over, t], where t is never before the watermark. Moving it
 * costs what enters and leaves, whatever the window holds.
 */
export interface SlidingWindow {
  readonly counts: OutcomeCounts;
  /** Moves the window to end at `at`, forward or (a tick ahead of the records) back. */
  moveTo(at: number): void;
  /** Tells of an outcome that the ledger has just taken in; `queued` unless it is older than the queue reaches. */
  inserted(outcome: OutcomeRecord, queued: boolean): void;
  /** What it was counted from has changed otherwise: it is counted anew when it is next moved. */
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
      for (;;) {
        const oldest = this.#queue.timeAt(this.#first);
        if (Number.isNaN(oldest) || oldest > edge) break;
        this.counts.remove(this.#queue.countedAt(this.#first));
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

  reset(): void {
    this.counts.clear();
    this.#edge = Number.POSITIVE_INFINITY;
    this.#first = this.#queue.end;
  }
}

/** Follows whole minutes; for longer windows, whose left end is therefore rounded out to the full minute. */
export class MinuteWindow implements SlidingWindow {
  readonly counts: OutcomeCounts;
  readonly #over: Duration;
  readonly #cells: CellTable<OutcomeCounts>;
  /** The first minute inside. */
  #first = Number.POSITIVE_INFINITY;

  constructor(layout: CountsLayout, over: Duration, cells: CellTable<OutcomeCounts>) {
    this.counts = new OutcomeCounts(layout);
    this.#over = over;
    this.#cells = cells;
  }

  moveTo(at: number): void {
    const first = Math.floor((at - this.#over) / 60_000);
    if (first > this.#first) {
      for (const cell of this.#cells.between(this.#first, first - 1)) this.counts.subtract(cell);
    } else {
      for (const cell of this.#cells.between(first, this.#first - 1)) this.counts.merge(cell);
    }
    this.#first = first;
  }

  inserted(outcome: OutcomeRecord): void {
    if (Math.floor(outcome.at / 60_000) >= this.#first) this.counts.add(outcome);
  }

  reset(): void {
    this.counts.clear();
    this.#first = Number.POSITIVE_INFINITY;
  }
}
