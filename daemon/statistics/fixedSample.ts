/** A number of records that is fixed before and looked at once. Rollouts are looked at all the time: see provenShare.ts. */

const doubt = 0.05;

/** The probability of at most `most` failures in `n` when each fails with `probability`. */
export function atMost(most: number, n: number, probability: number): number {
  if (most >= n || probability <= 0) return 1;
  if (probability >= 1) return 0;
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = n * Math.log1p(-probability);
  let largest = logTerm;
  // Sum of terms relative to the largest one so far: none underflows that matters.
  let sum = 1;
  for (let k = 1; k <= most; k += 1) {
    logTerm += Math.log((n - k + 1) / k) + odds;
    if (logTerm <= largest) sum += Math.exp(logTerm - largest);
    else {
      sum = sum * Math.exp(largest - logTerm) + 1;
      largest = logTerm;
    }
  }
  return Math.min(1, Math.exp(largest) * sum);
}

/** The largest share of successes that one single look proves, one-sided at 95 %, exactly (Clopper and Pearson 1934). */
export function provenInOneLook(failures: number, n: number): number {
  if (failures >= n) return 0;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (atMost(failures, n, 1 - middle) <= doubt) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The probability that a window of `n` records holds a share of successes below `share` (or equal to it, where `inclusive`)
 * although the true share is `truth`.
 */
export function belowByChance(share: number, inclusive: boolean, n: number, truth: number): number {
  const bound = n * (1 - share);
  const whole = Math.abs(bound - Math.round(bound)) < 1e-9;
  const silent = whole ? Math.round(bound) - (inclusive ? 1 : 0) : Math.floor(bound);
  return silent < 0 ? 1 : 1 - atMost(silent, n, 1 - truth);
}
