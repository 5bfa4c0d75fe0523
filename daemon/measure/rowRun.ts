import { armColumn, type BlockColumns, type ObservationBlock } from '../protocol/domain/observationBlock.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import { bucketOf } from './sketch.ts';

/** So many rows are folded at once at most. */
export const longestRun = 2048;

/** What is summed of a run. */
interface SummedLayout {
  readonly shares: number;
  /** Indices of the fields whose buckets are asked for. */
  readonly sketched: readonly number[];
}

/** The rows of a run that belong to one arm, with their sums. */
export interface ArmRun {
  readonly columns: BlockColumns;
  /** Their places in the block: the first `length` of `rows`. */
  readonly rows: Int32Array;
  readonly length: number;
  readonly oldest: number;
  readonly newest: number;
  /** How many satisfy each share. */
  readonly good: readonly number[];
  /** Of each sketched field, the buckets of its finite values: the first `held` of `of`. */
  readonly buckets: readonly { readonly of: Int32Array; readonly held: number }[];
}

interface Sums {
  columns: BlockColumns;
  readonly rows: Int32Array;
  length: number;
  oldest: number;
  newest: number;
  readonly good: number[];
  readonly buckets: { readonly of: Int32Array; held: number }[];
}

/**
 * Rows of a block that follow one another, are all of one minute, and are folded at once: counts commute, so that the sums
 * of the run can be added in place of its rows. One object for all runs, written over by the next.
 */
export class RowRun {
  readonly arms: Readonly<Record<Arm, ArmRun>>;
  columns: BlockColumns = noColumns;
  from = 0;
  to = 0;
  oldest = Number.POSITIVE_INFINITY;
  newest = Number.NEGATIVE_INFINITY;
  readonly #layout: SummedLayout;
  readonly #sums: Readonly<Record<Arm, Sums>>;

  constructor(layout: SummedLayout) {
    this.#layout = layout;
    const sums = (): Sums => ({
      columns: noColumns,
      rows: new Int32Array(longestRun),
      length: 0,
      oldest: 0,
      newest: 0,
      good: new Array<number>(layout.shares).fill(0),
      buckets: layout.sketched.map(() => ({ of: new Int32Array(longestRun), held: 0 })),
    });
    this.#sums = { treatment: sums(), control: sums() };
    this.arms = this.#sums;
  }

  get length(): number {
    return this.to - this.from;
  }

  /** The newest event time up to the end of the run, where it was `watermark` before. */
  watermarkAfter(watermark: EventTime): EventTime {
    return eventTime(Math.max(watermark, this.newest));
  }

  /** Takes the rows from `from` on that are of this minute, at most up to `to`; `false` when there is none. */
  begin(block: ObservationBlock, from: number, to: number, minute: number): boolean {
    const { columns } = block;
    const [start, end] = [minute * 60_000, (minute + 1) * 60_000];
    const last = Math.min(to, from + longestRun);
    let at = from;
    for (; at < last; at += 1) {
      const time = columns.times[at] ?? 0;
      if (time < start || time >= end || !block.isRow(at)) break;
    }
    this.columns = columns;
    this.from = from;
    this.sumUpTo(at);
    return at > from;
  }

  /** Sums the rows up to `to`; the run ends there. */
  sumUpTo(to: number): void {
    this.to = to;
    const { treatment, control } = this.#sums;
    this.#clear(treatment);
    this.#clear(control);
    this.oldest = Number.POSITIVE_INFINITY;
    this.newest = Number.NEGATIVE_INFINITY;
    const { times, arms, shares, fields, fieldCount } = this.columns;
    const { sketched } = this.#layout;
    for (let row = this.from; row < to; row += 1) {
      const at = times[row] ?? 0;
      if (at < this.oldest) this.oldest = at;
      if (at > this.newest) this.newest = at;
      const arm = arms[row] ?? 0;
      if (arm > armColumn.control) continue;
      const sums = arm === armColumn.treatment ? treatment : control;
      sums.rows[sums.length] = row;
      sums.length += 1;
      if (at < sums.oldest) sums.oldest = at;
      if (at > sums.newest) sums.newest = at;
      const bits = shares[row] ?? 0;
      for (let share = 0; share < sums.good.length; share += 1) {
        sums.good[share] = (sums.good[share] ?? 0) + ((bits >> share) & 1);
      }
      for (let index = 0; index < sketched.length; index += 1) {
        const value = fields[row * fieldCount + (sketched[index] ?? 0)] ?? Number.NaN;
        const buckets = sums.buckets[index];
        if (buckets === undefined || !Number.isFinite(value)) continue;
        buckets.of[buckets.held] = bucketOf(value);
        buckets.held += 1;
      }
    }
  }

  #clear(sums: Sums): void {
    sums.columns = this.columns;
    sums.length = 0;
    sums.oldest = Number.POSITIVE_INFINITY;
    sums.newest = Number.NEGATIVE_INFINITY;
    sums.good.fill(0);
    for (const buckets of sums.buckets) buckets.held = 0;
  }
}

const noColumns: BlockColumns = {
  file: '',
  times: new Float64Array(0),
  arms: new Uint8Array(0),
  shares: new Int32Array(0),
  values: new Uint16Array(0),
  tuples: [],
  lines: new Float64Array(0),
  offsets: new Float64Array(0),
  fields: new Float64Array(0),
  fieldCount: 0,
};

/** Shows each row of a run as counts need it; it is written over by the next. */
export function* countedRows({ columns, rows, length }: ArmRun): Generator<CountedOutcome> {
  const { times, shares, fields, fieldCount } = columns;
  const counted = { at: eventTime(0), shares: 0, fields: new Array<number>(fieldCount).fill(Number.NaN) };
  for (let index = 0; index < length; index += 1) {
    const row = rows[index] ?? 0;
    counted.at = eventTime(times[row] ?? 0);
    counted.shares = shares[row] ?? 0;
    for (let field = 0; field < fieldCount; field += 1)
      counted.fields[field] = fields[row * fieldCount + field] ?? Number.NaN;
    yield counted;
  }
}
