import type { OutcomeRecord } from '../protocol/observation.ts';

/**
 * One arm's outcomes of the newest hour in order of event time, equal ones in order of arrival. Positions count from the
 * first outcome ever held, so that they stay valid when old ones are dropped.
 */
export class OutcomeQueue {
  #outcomes: OutcomeRecord[] = [];
  /** Index in `#outcomes` of the first that is still held. */
  #head = 0;
  /** Position of `#outcomes[0]`. */
  #base = 0;

  /** Position after the last. */
  get end(): number {
    return this.#base + this.#outcomes.length;
  }

  at(position: number): OutcomeRecord | undefined {
    const index = position - this.#base;
    return index < this.#head ? undefined : this.#outcomes[index];
  }

  insert(outcome: OutcomeRecord): void {
    const last = this.#outcomes.at(-1);
    if (last === undefined || last.at <= outcome.at) {
      this.#outcomes.push(outcome);
      return;
    }
    this.#outcomes.splice(this.#indexAfter(outcome.at), 0, outcome);
  }

  /** Position of the first outcome later than `at`. */
  positionAfter(at: number): number {
    return this.#base + this.#indexAfter(at);
  }

  /** Position of the first outcome at `at` or later. */
  positionFrom(at: number): number {
    let low = this.#head;
    let high = this.#outcomes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#outcomes[middle]?.at ?? 0) >= at) high = middle;
      else low = middle + 1;
    }
    return this.#base + low;
  }

  /** Drops what is earlier than `at`. */
  dropBefore(at: number): void {
    this.#head = this.positionFrom(at) - this.#base;
    // Moving the rest to the front only once half is dead keeps the cost per outcome constant.
    if (this.#head < 1024 || this.#head * 2 < this.#outcomes.length) return;
    this.#outcomes = this.#outcomes.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }

  #indexAfter(at: number): number {
    let low = this.#head;
    let high = this.#outcomes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#outcomes[middle]?.at ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
