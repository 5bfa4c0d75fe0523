/**
 * A log-bucket sketch of a distribution: 128 buckets per octave, read straight off a float64's exponent and its seven
 * highest bits of mantissa (reference: HdrHistogram's linear-in-octave layout). Exact in count, mergeable, and
 * subtractable, so that a sliding window costs its moves and not its content.
 */
const bucketsPerOctave = 128;

/**
 * A quantile of the sketch differs from the exact nearest-rank quantile by at most this much, relative to it: a bucket
 * spans [m, m + 1) with m ≥ 128, and its representative lies between the ends at equal relative distance, 1/(2m + 1).
 */
export const sketchRelativeError = 1 / (2 * bucketsPerOctave + 1);

interface Octave {
  readonly octave: number;
  total: number;
  readonly counts: Uint32Array;
}

/** A quantile's answer, which holds while its rank stays in its bucket: from record to record it nearly always does. */
interface Answered {
  readonly bucket: number;
  /** How many values lie in the buckets before. */
  below: number;
  /** The counts of its octave, with its own at `index`. */
  readonly counts: Uint32Array;
  readonly index: number;
  readonly value: number;
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Buckets are numbered in the order of their values: negative numbers below zero, zero and subnormals at 0. */
export function bucketOf(value: number): number {
  float[0] = Math.abs(value);
  const bucket = (words[1] ?? 0) >>> 13;
  if (bucket < bucketsPerOctave) return 0;
  return value < 0 ? -bucket : bucket;
}

function lowerEdge(bucket: number): number {
  words[0] = 0;
  words[1] = bucket << 13;
  return float[0] ?? 0;
}

/** A value of this bucket. */
export function representative(bucket: number): number {
  if (bucket === 0) return 0;
  const lower = lowerEdge(Math.abs(bucket));
  const upper = Math.min(lowerEdge(Math.abs(bucket) + 1), Number.MAX_VALUE);
  // 2lu/(l + u), arranged so that the largest float64s do not overflow.
  const middle = lower * (2 / (1 + lower / upper));
  return bucket < 0 ? -middle : middle;
}

/**
 * Rank of the nearest-rank quantile, ⌈q·n⌉ and at least 1. A product that misses a whole number by rounding alone
 * (0.07 × 100) is that whole number.
 */
export function nearestRank(quantile: number, count: number): number {
  const exact = quantile * count;
  const whole = Math.round(exact);
  return Math.max(1, Math.abs(exact - whole) <= 1e-12 * count ? whole : Math.ceil(exact));
}

/** The number of values held as a list of their buckets: most minutes have few, and arrays of counts cost. */
const fewLimit = 64;

/** Without `splice`, which makes an array of the removed items even when there are none. */
function insert(ascending: number[], bucket: number): void {
  let place = ascending.length;
  ascending.push(bucket);
  for (; place > 0; place -= 1) {
    const before = ascending[place - 1] ?? 0;
    if (before <= bucket) break;
    ascending[place] = before;
  }
  ascending[place] = bucket;
}

export class Sketch {
  count = 0;
  /** The buckets of all values, ascending, while they are few; `null` from then on. */
  #few: number[] | null = [];
  /** Ascending; a distribution of durations has about ten. */
  readonly #octaves: Octave[] = [];
  #answered: Answered | null = null;
  /** The octave of the newest value, which is most likely the next one's. */
  #latest: Octave | null = null;

  clear(): void {
    this.count = 0;
    this.#few = [];
    this.#octaves.length = 0;
    this.#latest = null;
    this.#answered = null;
  }

  /** @param value finite. */
  add(value: number): void {
    this.addToBucket(bucketOf(value), 1);
  }

  /** Removes a value that was added. */
  remove(value: number): void {
    this.addToBucket(bucketOf(value), -1);
  }

  /** `times` may be negative; no bucket may fall below zero. */
  addToBucket(bucket: number, times: number): void {
    const few = this.#few;
    if (few === null || this.count + times > fewLimit) {
      this.#spread();
      this.#addToOctave(bucket, times);
      return;
    }
    this.count += times;
    if (times < 0) {
      const end = few.findLastIndex((known) => known <= bucket) + 1;
      few.splice(end + times, -times);
      return;
    }
    for (let left = times; left > 0; left -= 1) insert(few, bucket);
  }

  /** Adds the first `count` of these buckets, once each. */
  addBuckets(buckets: Int32Array, count: number): void {
    if (this.#few !== null && this.count + count <= fewLimit) {
      for (let index = 0; index < count; index += 1) insert(this.#few, buckets[index] ?? 0);
      this.count += count;
      return;
    }
    this.#spread();
    // A quantile is asked for after the run, and then found anew.
    this.#answered = null;
    const octaves = this.#octaves;
    let found = this.#latest;
    for (let index = 0; index < count; index += 1) {
      const bucket = buckets[index] ?? 0;
      const octave = bucket >> 7;
      if (found?.octave !== octave) {
        found = null;
        for (let place = 0; place < octaves.length; place += 1) {
          const known = octaves[place];
          if (known?.octave === octave) {
            found = known;
            break;
          }
        }
        found ??= this.#octave(octave);
      }
      const at = bucket & (bucketsPerOctave - 1);
      found.counts[at] = (found.counts[at] ?? 0) + 1;
      found.total += 1;
    }
    this.#latest = found;
    this.count += count;
  }

  merge(other: Sketch): void {
    this.#combine(other, 1);
  }

  subtract(other: Sketch): void {
    this.#combine(other, -1);
  }

  /** Nearest rank, within `sketchRelativeError`; `NaN` when empty. */
  quantile(quantile: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = nearestRank(quantile, this.count);
    if (this.#few !== null) return representative(this.#few[rank - 1] ?? 0);
    const known = this.#answered;
    if (known !== null && rank > known.below && rank <= known.below + (known.counts[known.index] ?? 0)) {
      return known.value;
    }
    return this.#answer(rank);
  }

  #answer(rank: number): number {
    let below = 0;
    for (const { octave, total, counts } of this.#octaves) {
      if (rank > below + total) {
        below += total;
        continue;
      }
      for (let index = 0; index < bucketsPerOctave; index += 1) {
        const count = counts[index] ?? 0;
        if (rank > below + count) {
          below += count;
          continue;
        }
        const bucket = octave * bucketsPerOctave + index;
        const value = representative(bucket);
        this.#answered = { bucket, below, counts, index, value };
        return value;
      }
    }
    return Number.NaN;
  }

  /** Visits the non-empty buckets in ascending order. */
  eachBucket(tell: (bucket: number, count: number) => void): void {
    const few = this.#few;
    if (few !== null) {
      for (let start = 0, end = 1; start < few.length; end += 1) {
        if (few[end] === few[start]) continue;
        tell(few[start] ?? 0, end - start);
        start = end;
      }
      return;
    }
    for (const { octave, total, counts } of this.#octaves) {
      let left = total;
      for (let index = 0; left > 0; index += 1) {
        const count = counts[index] ?? 0;
        if (count === 0) continue;
        left -= count;
        tell(octave * bucketsPerOctave + index, count);
      }
    }
  }

  #combine(other: Sketch, sign: 1 | -1): void {
    if (other.#few !== null) {
      for (const bucket of other.#few) this.addToBucket(bucket, sign);
      return;
    }
    this.#spread();
    this.#answered = null;
    for (const { octave, total, counts } of other.#octaves) {
      if (total === 0) continue;
      const own = this.#octave(octave);
      for (let index = 0; index < bucketsPerOctave; index += 1) {
        own.counts[index] = (own.counts[index] ?? 0) + sign * (counts[index] ?? 0);
      }
      own.total += sign * total;
    }
    this.count += sign * other.count;
  }

  /** From the list of a few to counts by octave. */
  #spread(): void {
    if (this.#few === null) return;
    const few = this.#few;
    this.#few = null;
    this.count = 0;
    for (const bucket of few) this.#addToOctave(bucket, 1);
  }

  #addToOctave(bucket: number, times: number): void {
    const octave = this.#octave(bucket >> 7);
    const index = bucket & (bucketsPerOctave - 1);
    octave.counts[index] = (octave.counts[index] ?? 0) + times;
    octave.total += times;
    this.count += times;
    if (this.#answered !== null && bucket < this.#answered.bucket) this.#answered.below += times;
  }

  #octave(octave: number): Octave {
    if (this.#latest?.octave === octave) return this.#latest;
    let index = 0;
    for (; index < this.#octaves.length; index += 1) {
      const known = this.#octaves[index];
      if (known === undefined || known.octave > octave) break;
      if (known.octave !== octave) continue;
      this.#latest = known;
      return known;
    }
    const made: Octave = { octave, total: 0, counts: new Uint32Array(bucketsPerOctave) };
    this.#octaves.splice(index, 0, made);
    this.#latest = made;
    return made;
  }
}
