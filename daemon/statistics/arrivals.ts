/**
 * How records arrive, minute by minute: one by one, or in batches. What comes in batches may fail in batches, and the arrivals
 * show it before anything has failed.
 */
export interface ArrivalSums {
  /** The minute that is not over yet, and the numbers of both arms in it. */
  readonly minute: number;
  readonly treatment: number;
  readonly control: number;
  /** The numbers of the minute before it; `null` before the second minute. */
  readonly before: { readonly treatment: number; readonly control: number } | null;
  /** Σ (n − n of the minute before)², over both arms. */
  readonly changes: number;
  /** Σ (n + n of the minute before). */
  readonly records: number;
}

export const noArrivals: ArrivalSums = {
  minute: 0,
  treatment: 0,
  control: 0,
  before: null,
  changes: 0,
  records: 0,
};

/** Until so many records have shown how they come, they are taken to come by so many. */
const priorRecords = 30;
const priorBatch = 5;

/** The sums with more records of a minute; minutes come in order, those without records are left out. */
export function stepArrivals(sums: ArrivalSums, minute: number, treatment: number, control: number): ArrivalSums {
  if (minute === sums.minute) {
    return { ...sums, treatment: sums.treatment + treatment, control: sums.control + control };
  }
  const { treatment: n, control: m, before } = sums;
  let { changes, records } = sums;
  if (before !== null) {
    changes += (n - before.treatment) ** 2 + (m - before.control) ** 2;
    records += n + before.treatment + m + before.control;
  }
  const isGap = minute > sums.minute + 1;
  // Every minute of the gap has none, so only the first of them is a change.
  if (isGap && n + m > 0) {
    changes += n ** 2 + m ** 2;
    records += n + m;
  }
  const isFirst = before === null && n + m === 0;
  return {
    minute,
    treatment,
    control,
    before: isFirst ? null : isGap ? { treatment: 0, control: 0 } : { treatment: n, control: m },
    changes,
    records,
  };
}

/**
 * The variance of the numbers over their mean, by differences of neighbours, which a daily wave leaves alone: 1 for records
 * that come one by one at random, the mean of the squares over the mean size for batches.
 */
export function batchSize({ changes, records }: ArrivalSums): number {
  return (changes + priorBatch * priorRecords) / (records + priorRecords);
}
