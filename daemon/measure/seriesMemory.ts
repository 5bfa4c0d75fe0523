/** More series than a scrape of one application has; each costs a text and a number. */
const mostSeries = 20_000;

/** The upper end of a bucket of a histogram, and how many were counted up to it. */
export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

interface Kept {
  readonly values: readonly (readonly [string, number])[];
  readonly buckets: readonly (readonly [string, Bucket])[];
  readonly time: number | null;
  /** Left out by an earlier version, and where there are none. */
  readonly pieces?: readonly (readonly [string, string | null])[];
}

/**
 * The facts of a file's lines so far that its next lines rest on: the last value of each counter, the bucket before of each
 * histogram, the newest time, the first pieces of a line. It stands where the file does: `load` and `save` are called around each turn of reading.
 */
export class SeriesMemory {
  time: number | null = null;
  /** A counter was left out, because there are too many. */
  overflown = false;
  #values = new Map<string, number>();
  #buckets = new Map<string, Bucket>();
  #pieces = new Map<string, string | null>();
  #saved: string | null = null;
  #undo: (() => void)[] = [];

  /** @param text from `save`; `null` at the begin of a log. */
  load(text: string | null): void {
    this.#undo = [];
    if (text === this.#saved) return;
    const kept: Kept = text === null ? { values: [], buckets: [], time: null } : JSON.parse(text);
    this.#values = new Map(kept.values);
    this.#buckets = new Map(kept.buckets);
    this.#pieces = new Map(kept.pieces);
    this.time = kept.time;
    this.#saved = text;
  }

  save(): string | null {
    const [values, buckets, pieces] = [[...this.#values], [...this.#buckets], [...this.#pieces]];
    if (values.length + buckets.length + pieces.length === 0 && this.time === null) return null;
    const kept: Kept = { values, buckets, time: this.time, ...(pieces.length > 0 && { pieces }) };
    this.#saved = JSON.stringify(kept);
    return this.#saved;
  }

  /** A record is read from here on; `takeBack` makes it unread. */
  begin(): void {
    this.#undo = [];
  }

  takeBack(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  /**
   * By how much a counter has grown. The first value of a series counts from zero, and so does a smaller one: the
   * application has started anew (as Prometheus' `increase` has it). `NaN` when there are too many series.
   */
  increase(series: string, value: number): number {
    if (!Number.isFinite(value)) return Number.NaN;
    const before = this.#values.get(series);
    if (before === undefined && this.#values.size >= mostSeries) {
      this.overflown = true;
      return Number.NaN;
    }
    this.#set(this.#values, series, before, value);
    return before === undefined || value < before ? value : value - before;
  }

  /** The bucket before, of the same histogram at the same time; `null` where this one is the first. */
  bucketBefore(histogram: string, bucket: Bucket): Bucket | null {
    const before = this.#buckets.get(histogram);
    this.#set(this.#buckets, histogram, before, bucket);
    return before === undefined || before.bound >= bucket.bound ? null : before;
  }

  held(stream: string): string | null | undefined {
    return this.#pieces.get(stream);
  }

  hold(stream: string, text: string | null | undefined): void {
    const before = this.#pieces.get(stream);
    const put = (piece: string | null | undefined) => {
      if (piece === undefined) this.#pieces.delete(stream);
      else this.#pieces.set(stream, piece);
    };
    put(text);
    this.#undo.push(() => put(before));
  }

  noteTime(at: number): void {
    const before = this.time;
    if (before === at) return;
    this.time = at;
    this.#undo.push(() => {
      this.time = before;
    });
  }

  #set<Value>(values: Map<string, Value>, key: string, before: Value | undefined, value: Value): void {
    values.set(key, value);
    this.#undo.push(() => {
      if (before === undefined) values.delete(key);
      else values.set(key, before);
    });
  }
}
