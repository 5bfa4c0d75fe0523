/** The newest durations of a control, and the limit that follows from them; it is frozen within a window, as exceedances need. */
export class ControlDurations {
  #newest: number[];
  #limit: number | null;
  #window: number;
  readonly #quantile: number;
  readonly #factor: number;

  constructor(quantile: number, factor: number, memory: DurationsMemory | null = null) {
    this.#quantile = quantile;
    this.#factor = factor;
    this.#newest = [...(memory?.newest ?? [])];
    this.#limit = memory?.limit ?? null;
    this.#window = memory?.window ?? 0;
  }

  add(duration: number): void {
    this.#newest.push(duration);
    if (this.#newest.length >= 2 * kept) this.#newest = this.#newest.slice(-kept);
  }

  /** The limit of a record's duration, by the durations before this time; `null` while they are too few. */
  limitAt(at: number): number | null {
    const window = Math.floor(at / windowLength);
    const isMore = this.#limit === null && this.#newest.length >= fewest;
    if (window <= this.#window && !isMore) return this.#limit;
    this.#window = Math.max(window, this.#window);
    const sorted = this.#newest.slice(-kept).toSorted((one, other) => one - other);
    const value = sorted[Math.ceil(this.#quantile * sorted.length) - 1];
    this.#limit = sorted.length < fewest || value === undefined ? null : this.#factor * value;
    return this.#limit;
  }

  get memory(): DurationsMemory {
    return { newest: this.#newest, limit: this.#limit, window: this.#window };
  }
}

export interface DurationsMemory {
  readonly newest: readonly number[];
  readonly limit: number | null;
  readonly window: number;
}

const kept = 500;
const fewest = 100;
const windowLength = 300_000;
