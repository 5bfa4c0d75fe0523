import type { Instrument, Observation } from '../protocol/domain/observation.ts';

/** How the records of a rollout come: both arms alike, for a healthy treatment is as good as the control. */
export interface TrafficShape {
  /** Records of both arms a minute, on average. */
  readonly perMinute: number;
  /** For each hour of the day, in UTC, its part of the average. */
  readonly hours: readonly number[];
  /** The share of successes. */
  readonly success: number;
  /** So many records come together on average, and succeed or fail together; 1 for records that know nothing of each other. */
  readonly burst: number;
  /** By the instrument's numeric fields: numbers to draw from; empty where a record has none. */
  readonly numbers: readonly (readonly number[])[];
}

const hour = 3_600_000;
const span = 5 * 60_000;
const mostNumbers = 2000;
const largestBurst = 20;

/** Takes the shape of recorded records, in one pass: their rate by the hour, successes, numbers, and how failures come together. */
export class ShapeOfRecords {
  readonly #bit: number | null;
  readonly #numbers: { seen: number; readonly kept: number[] }[];
  readonly #hours = new Array<number>(24).fill(0);
  readonly #days = new Set<number>();
  /** Of both arms, and of the control. */
  readonly #all = { n: 0, good: 0 };
  readonly #control = { n: 0, good: 0 };
  readonly #failures = new Map<number, { n: number; failed: number }>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #seed = 1;

  constructor({ shares, fields }: Pick<Instrument, 'shares' | 'fields'>) {
    this.#bit = shares.length === 0 ? null : 1;
    this.#numbers = fields.map(() => ({ seen: 0, kept: [] }));
  }

  get n(): number {
    return this.#all.n;
  }

  note({ reading }: Observation): void {
    if (reading.kind !== 'outcome' || reading.arm === null) return;
    const isGood = this.#bit === null || (reading.shares & this.#bit) !== 0;
    for (const counts of reading.arm === 'control' ? [this.#all, this.#control] : [this.#all]) {
      counts.n += 1;
      if (isGood) counts.good += 1;
    }
    this.#first = Math.min(this.#first, reading.at);
    this.#last = Math.max(this.#last, reading.at);
    const at = Math.floor(reading.at / hour);
    this.#hours[at % 24] = (this.#hours[at % 24] ?? 0) + 1;
    this.#days.add(Math.floor(at / 24));
    const slot = Math.floor(reading.at / span);
    const failures = this.#failures.get(slot) ?? { n: 0, failed: 0 };
    failures.n += 1;
    if (!isGood) failures.failed += 1;
    this.#failures.set(slot, failures);
    for (const [field, value] of reading.fields.entries()) if (Number.isFinite(value)) this.#keep(field, value);
  }

  /** The control's successes where there are enough of them: a treatment that has failed is no healthy one. */
  shape(): TrafficShape {
    const minutes = Math.max(1, (this.#last - this.#first) / 60_000);
    const { n, good } = this.#control.n >= 200 ? this.#control : this.#all;
    const mean = this.#all.n / 24;
    // Less than two days do not say how a day goes.
    const isWhole = this.#days.size >= 2 && this.#last - this.#first >= 36 * hour;
    return {
      perMinute: this.#all.n / minutes,
      hours: this.#hours.map((count) => (isWhole ? count / mean : 1)),
      // Never quite 1: no service never fails.
      success: (good + 0.5) / (n + 1),
      burst: this.#burst(),
      numbers: this.#numbers.map(({ kept }) => kept),
    };
  }

  /**
   * The variance of failures in five minutes against that of independent ones is 2 m − 1 for clusters whose size is geometric
   * with mean m.
   */
  #burst(): number {
    const share = 1 - this.#all.good / Math.max(1, this.#all.n);
    let [excess, expected] = [0, 0];
    for (const { n, failed } of this.#failures.values()) {
      excess += (failed - n * share) ** 2;
      expected += n * share * (1 - share);
    }
    return expected === 0 ? 1 : Math.min(largestBurst, Math.max(1, (excess / expected + 1) / 2));
  }

  /** An even sample (Vitter 1985, algorithm R). */
  #keep(field: number, value: number): void {
    const into = this.#numbers[field];
    if (into === undefined) return;
    into.seen += 1;
    if (into.kept.length < mostNumbers) {
      into.kept.push(value);
      return;
    }
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0;
    const place = Math.floor(((this.#seed >>> 0) / 4_294_967_296) * into.seen);
    if (place < mostNumbers) into.kept[place] = value;
  }
}
