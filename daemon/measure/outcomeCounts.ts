import { ByteReader, type ByteWriter, encodeBytes } from './bytes.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import type { ArmRun } from './rowRun.ts';
import { bucketOf, Sketch } from './sketch.ts';

/** The layout of the counts of every outcome: fixed by the plan's measures, the same for all cells of a ledger. */
export interface CountsLayout {
  readonly shares: number;
  /** Indices into `Instrument.fields` of the fields that quantiles need. */
  readonly sketched: readonly number[];
  /** Where records stand for many: the index of the first of `countFields` (`recordCounts.ts`) in an outcome's numbers. */
  readonly counted?: number;
}

/**
 * Counts of one arm's outcomes: over a minute, a window or a stage. Adding and merging commute; both can be undone
 * exactly.
 */
export class OutcomeCounts {
  readonly layout: CountsLayout;
  n = 0;
  #squares = 0;
  /** Per share measure: how many outcomes satisfied it. */
  readonly good: number[];
  /** Per sketched field, in the order of `layout.sketched`. */
  readonly sketches: readonly Sketch[];
  /**
   * Per column (the shares, then the sketches): the number of outcomes for which it is unknown, because they were read
   * before the plan asked for it. `null`: zero.
   */
  uncounted: number[] | null = null;
  /** Records of an unknown arm, because they were read under other arms or sources. */
  unplaced = 0;
  /** Event time of the newest outcome ever added, `-Infinity` before the first. Taking back does not lower it. */
  newest = Number.NEGATIVE_INFINITY;

  constructor(layout: CountsLayout) {
    this.layout = layout;
    this.good = new Array<number>(layout.shares).fill(0);
    this.sketches = layout.sketched.map(() => new Sketch());
  }

  add(outcome: CountedOutcome): void {
    if (outcome.at > this.newest) this.newest = outcome.at;
    this.#count(outcome, 1);
  }

  remove(outcome: CountedOutcome): void {
    this.#count(outcome, -1);
  }

  /** Adds the outcomes of a run, each of which counts as one. */
  addRun({ length, newest, good, buckets }: ArmRun): void {
    if (newest > this.newest) this.newest = newest;
    this.n += length;
    for (let share = 0; share < this.good.length; share += 1) {
      this.good[share] = (this.good[share] ?? 0) + (good[share] ?? 0);
    }
    for (let index = 0; index < this.sketches.length; index += 1) {
      const values = buckets[index];
      if (values !== undefined) this.sketches[index]?.addBuckets(values.of, values.held);
    }
  }

  /** True where the shares of an outcome are all that is counted of it. */
  get isOfShares(): boolean {
    return this.layout.counted === undefined && this.sketches.length === 0;
  }

  /** Removes an outcome of which only its shares are counted. */
  removeShares(shares: number): void {
    this.n -= 1;
    for (let share = 0; share < this.good.length; share += 1) {
      this.good[share] = (this.good[share] ?? 0) - ((shares >> share) & 1);
    }
  }

  /** The number of outcomes that are known to satisfy a share or not. */
  countedIn(share: number): number {
    return this.uncounted === null ? this.n : this.n - (this.uncounted[share] ?? 0);
  }

  /** How many records may be missing in a column: a share's, or (`null`) in the number of outcomes itself. */
  missingIn(column: number | null): number {
    return this.unplaced + (column === null ? 0 : (this.uncounted?.[column] ?? 0));
  }

  /** The column of a field's sketch, for `missingIn`. */
  sketchColumn(field: number): number {
    return this.layout.shares + this.layout.sketched.indexOf(field);
  }

  /** Adds the numbers of outcomes of counts with any layout, without their columns. */
  addNumbers(other: OutcomeCounts): void {
    if (other.newest > this.newest) this.newest = other.newest;
    this.n += other.n;
    // Where each record counts as one, so does its square.
    this.#squares += other.layout.counted === undefined ? other.n : other.#squares;
  }

  merge(other: OutcomeCounts): void {
    if (other.newest > this.newest) this.newest = other.newest;
    this.#combine(other, 1);
  }

  subtract(other: OutcomeCounts): void {
    this.#combine(other, -1);
  }

  clear(): void {
    this.n = 0;
    this.#squares = 0;
    this.good.fill(0);
    for (const sketch of this.sketches) sketch.clear();
    this.newest = Number.NEGATIVE_INFINITY;
    this.uncounted = null;
    this.unplaced = 0;
  }

  /** The sketch of a field of the instrument. */
  sketchOf(field: number): Sketch {
    const sketch = this.sketches[this.layout.sketched.indexOf(field)];
    if (sketch === undefined) throw new RangeError(`no quantile of the plan is of field ${field}`);
    return sketch;
  }

  encode(): Uint8Array {
    return encodeBytes((writer) => this.#write(writer));
  }

  /** @throws RangeError when the bytes are not a cell of this layout. */
  static decode(layout: CountsLayout, body: Uint8Array): OutcomeCounts {
    const reader = new ByteReader(body);
    const counts = new OutcomeCounts(layout);
    counts.n = reader.count();
    if (layout.counted !== undefined) counts.#squares = reader.float();
    counts.newest = reader.float();
    if (reader.count() !== layout.shares) throw new RangeError('a stored cell was counted under another plan');
    for (let share = 0; share < layout.shares; share += 1) counts.good[share] = reader.count();
    if (reader.count() !== layout.sketched.length) throw new RangeError('a stored cell was counted under another plan');
    for (const sketch of counts.sketches) {
      let bucket = 0;
      for (let left = reader.count(); left > 0; left -= 1) {
        bucket += reader.signed();
        sketch.addToBucket(bucket, reader.count());
      }
    }
    // Most cells have no unknown records, and end here.
    if (!reader.ended) {
      counts.unplaced = reader.count();
      const uncounted = Array.from({ length: reader.count() }, () => reader.count());
      if (uncounted.length > 0) counts.uncounted = uncounted;
    }
    return counts;
  }

  /** `n` of an encoded cell, at no other cost. */
  static numberIn(body: Uint8Array): number {
    return new ByteReader(body).count();
  }

  /**
   * The part of `n` that is evidence of its own: sampled records stand for many that nobody saw, and prove no more than as
   * many of equal weight would (Kish 1965, "Survey Sampling", 11.7: (Σw)² / Σw²). 1 where each record counts as one.
   */
  get evidence(): number {
    return this.#squares <= 0 ? 1 : Math.min(1, this.n / this.#squares);
  }

  #count(outcome: CountedOutcome, sign: 1 | -1): void {
    const { counted } = this.layout;
    if (counted !== undefined) {
      this.#countMany(outcome, counted, sign);
      return;
    }
    this.n += sign;
    for (let share = 0; share < this.good.length; share += 1) {
      if ((outcome.shares >> share) & 1) this.good[share] = (this.good[share] ?? 0) + sign;
    }
    for (let index = 0; index < this.sketches.length; index += 1) {
      const value = outcome.fields[this.layout.sketched[index] ?? 0] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      if (sign === 1) this.sketches[index]?.add(value);
      else this.sketches[index]?.remove(value);
    }
  }

  #countMany({ shares, fields }: CountedOutcome, counted: number, sign: 1 | -1): void {
    const n = numberAt(fields, counted);
    const times = numberAt(fields, counted + 2);
    this.n += sign * n;
    this.#squares += sign * numberAt(fields, counted + 1);
    for (let share = 0; share < this.good.length; share += 1) {
      if ((shares >> share) & 1) this.good[share] = (this.good[share] ?? 0) + sign * n;
    }
    if (times === 0) return;
    for (let index = 0; index < this.sketches.length; index += 1) {
      const value = fields[this.layout.sketched[index] ?? 0] ?? Number.NaN;
      if (Number.isFinite(value)) this.sketches[index]?.addToBucket(bucketOf(value), sign * times);
    }
  }

  #combine(other: OutcomeCounts, sign: 1 | -1): void {
    this.n += sign * other.n;
    this.#squares += sign * other.#squares;
    this.unplaced += sign * other.unplaced;
    if (other.uncounted !== null) {
      this.uncounted ??= new Array<number>(other.uncounted.length).fill(0);
      for (const [column, count] of other.uncounted.entries()) {
        this.uncounted[column] = (this.uncounted[column] ?? 0) + sign * count;
      }
    }
    for (let share = 0; share < this.good.length; share += 1) {
      this.good[share] = (this.good[share] ?? 0) + sign * (other.good[share] ?? 0);
    }
    for (let index = 0; index < this.sketches.length; index += 1) {
      const theirs = other.sketches[index];
      if (theirs === undefined) continue;
      if (sign === 1) this.sketches[index]?.merge(theirs);
      else this.sketches[index]?.subtract(theirs);
    }
  }

  #write(writer: ByteWriter): void {
    writer.count(this.n);
    if (this.layout.counted !== undefined) writer.float(this.#squares);
    writer.float(this.newest);
    writer.count(this.good.length);
    for (const good of this.good) writer.count(good);
    writer.count(this.sketches.length);
    for (const sketch of this.sketches) {
      const buckets: number[] = [];
      sketch.eachBucket((bucket, count) => buckets.push(bucket, count));
      writer.count(buckets.length / 2);
      let previous = 0;
      for (let index = 0; index < buckets.length; index += 2) {
        const bucket = buckets[index] ?? 0;
        writer.signed(bucket - previous);
        writer.count(buckets[index + 1] ?? 0);
        previous = bucket;
      }
    }
    const uncounted = this.uncounted?.some((count) => count > 0) === true ? this.uncounted : [];
    if (this.unplaced <= 0 && uncounted.length === 0) return;
    writer.count(Math.max(0, this.unplaced));
    writer.count(uncounted.length);
    for (const count of uncounted) writer.count(Math.max(0, count));
  }
}

/** How many outcomes this one counts as. */
export function numberCounted({ counted }: CountsLayout, { fields }: Pick<CountedOutcome, 'fields'>): number {
  return counted === undefined ? 1 : numberAt(fields, counted);
}

function numberAt(fields: readonly number[], index: number): number {
  const value = fields[index] ?? 0;
  return Number.isFinite(value) ? value : 0;
}
