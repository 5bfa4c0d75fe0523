/** What a number of good records out of `n` can prove, one-sided at 95 %, exactly (Clopper and Pearson 1934). */

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

/** The largest share of successes that `failures` in `n` prove. */
export function provenShare(failures: number, n: number): number {
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

/** How many records without one failure prove the share; infinite for all of them. */
export function neededWithoutFailure(share: number): number {
  if (share >= 1) return Number.POSITIVE_INFINITY;
  return share <= 0 ? 1 : Math.ceil(Math.log(doubt) / Math.log(share) - 1e-9);
}

/** The most failures in `n` that still prove the share; -1 when none do. */
export function mostFailuresThatProve(share: number, n: number): number {
  let low = -1;
  let high = n;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (atMost(middle, n, 1 - share) <= doubt) low = middle;
    else high = middle;
  }
  return low;
}
