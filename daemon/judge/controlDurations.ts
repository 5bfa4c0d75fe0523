import { mostStrata } from '../statistics/strata.ts';

/** The newest durations of a control, and the limit that follows from them; it is frozen within a window, as exceedances need. */
class ControlDurations {
  #newest: number[];
  #limit: number | null;
  #window: number;
  readonly #quantile: number;
  readonly #factor: number;

  constructor(quantile: number, factor: number, memory: NewestDurations | null = null) {
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

  get memory(): NewestDurations {
    return { newest: this.#newest, limit: this.#limit, window: this.#window };
  }
}

interface NewestDurations {
  readonly newest: readonly number[];
  readonly limit: number | null;
  readonly window: number;
}

export interface DurationsMemory extends NewestDurations {
  readonly strata: readonly (NewestDurations & { readonly key: number })[];
}

/** The same for each stratum, and for all where one has too few: what is large is slow with both arms. */
export class StrataDurations {
  readonly #quantile: number;
  readonly #factor: number;
  readonly #all: ControlDurations;
  readonly #strata: Map<number, ControlDurations>;

  constructor(quantile: number, factor: number, memory: DurationsMemory | null = null) {
    this.#quantile = quantile;
    this.#factor = factor;
    this.#all = new ControlDurations(quantile, factor, memory);
    this.#strata = new Map(
      memory?.strata.map(({ key, ...newest }) => [key, new ControlDurations(quantile, factor, newest)]),
    );
  }

  add(duration: number, stratum: number | undefined): void {
    this.#all.add(duration);
    if (stratum === undefined) return;
    const known = this.#strata.get(stratum);
    if (known === undefined && this.#strata.size >= mostStrata) return;
    const durations = known ?? new ControlDurations(this.#quantile, this.#factor);
    durations.add(duration);
    this.#strata.set(stratum, durations);
  }

  limitAt(at: number, stratum: number | undefined): number | null {
    const own = stratum === undefined ? undefined : this.#strata.get(stratum)?.limitAt(at);
    return own ?? this.#all.limitAt(at);
  }

  get memory(): DurationsMemory {
    const strata = [...this.#strata].map(([key, durations]) => ({ key, ...durations.memory }));
    return { ...this.#all.memory, strata };
  }
}

const kept = 500;
const fewest = 100;
const windowLength = 300_000;
