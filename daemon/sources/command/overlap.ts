import type { SeenLine } from './seenLines.ts';

/** What is known of the join between a run of a command and what was read before it. */
export type Join = 'open' | 'seamless' | 'torn';

/**
 * Tells the lines that a new run writes again from those that are new. What was read before is known by content, each as
 * often as it was there; of a command that is not told from when on to write, all before the first known line is old too.
 * The join is seamless once a line that was read before has come again, and torn when something newer comes first.
 */
export class Overlap {
  readonly #counts = new Map<string, number>();
  readonly #newest: number;
  readonly #beginsAnywhere: boolean;
  #left: number;
  #join: Join = 'open';
  #skipped = 0;

  /** @param beginsAnywhere the command is not told from when on to write, so it may begin with the oldest. */
  constructor(seen: Iterable<SeenLine>, beginsAnywhere: boolean) {
    let left = 0;
    let newest = Number.NEGATIVE_INFINITY;
    for (const { print, at } of seen) {
      this.#counts.set(print, (this.#counts.get(print) ?? 0) + 1);
      newest = Math.max(newest, at);
      left += 1;
    }
    this.#left = left;
    this.#newest = newest;
    this.#beginsAnywhere = beginsAnywhere;
  }

  get join(): Join {
    return this.#join;
  }

  /** Nothing that comes from here on can have been read before. */
  get isOver(): boolean {
    return this.#join !== 'open' && this.#left === 0;
  }

  /** Lines that were taken for old ones without being known one by one. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * True when the line is to be counted: it was not read before.
   * @param timeOf its own time; `null` when it says none. Asked only while the join is open.
   */
  isNew(print: string, timeOf: () => number | null): boolean {
    if (this.#join !== 'open') return !this.#takeKnown(print);
    const at = timeOf();
    // Lines without a time may be alike all over the stream: they show no join, and none of them is counted twice.
    if (this.#beginsAnywhere && at === null) {
      this.#skipped += 1;
      return false;
    }
    if (this.#takeKnown(print)) {
      this.#join = 'seamless';
      return false;
    }
    if (at === null || at > this.#newest) {
      this.#join = 'torn';
      return true;
    }
    if (this.#beginsAnywhere) this.#skipped += 1;
    return !this.#beginsAnywhere;
  }

  /** The run has written all that it had: an equal line that comes now is another one. */
  settle(): void {
    if (this.#join === 'open') this.#join = 'torn';
    this.#counts.clear();
    this.#left = 0;
  }

  #takeKnown(print: string): boolean {
    const count = this.#counts.get(print) ?? 0;
    if (count === 0) return false;
    if (count === 1) this.#counts.delete(print);
    else this.#counts.set(print, count - 1);
    this.#left -= 1;
    return true;
  }
}
