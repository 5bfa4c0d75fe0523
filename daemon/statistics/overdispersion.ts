import type { Minute } from './declineDetector.ts';

/** Sums over the control's windows, from which its overdispersion follows. */
export interface DispersionSums {
  readonly n: number;
  readonly failures: number;
  /** Windows with a failure. */
  readonly failing: number;
  /** Σ n². */
  readonly sizes: number;
  /** Σ (f − n p̂)², with p̂ as it was before the window. */
  readonly squares: number;
  /** Σ n p̂ (1 − p̂). */
  readonly expected: number;
}

export const noDispersion: DispersionSums = {
  n: 0,
  failures: 0,
  failing: 0,
  sizes: 0,
  squares: 0,
  expected: 0,
};

/**
 * Until failures have shown how they come, they are taken to come together: two records of one window share their outcome
 * as often as this correlation says, up to so many times the variation of independent ones. It weighs as much as so many
 * failures that were seen.
 */
const priorCorrelation = 0.25;
const mostCorrelated = 3;
const priorFailures = 3;
/** Records that come in batches are taken to fail in batches, up to this; a failure may be tried again however they come. */
const leastPrior = 2;
const mostPrior = 25;
/** A few failing windows may show too little by chance: two standard errors are added, as if there were some more. */
const standardErrors = 2;
const priorWindows = 16;

/** The sums after one more closed window; p̂ is the share of failures before it, so no window judges itself. */
export function stepDispersion(sums: DispersionSums, { n, failures }: Minute): DispersionSums {
  const share = (sums.failures + 0.5) / (sums.n + 1);
  const known = sums.n > 0;
  return {
    n: sums.n + n,
    failures: sums.failures + failures,
    failing: sums.failing + (failures > 0 ? 1 : 0),
    sizes: sums.sizes + n * n,
    squares: sums.squares + (known ? (failures - n * share) ** 2 : 0),
    expected: sums.expected + (known ? n * share * (1 - share) : 0),
  };
}

/**
 * So many times more than independent records the failures vary from window to window (Pearson's statistic over its
 * expectation), at least 1: retries, batches and bursts make failures come together, and dividing the logarithm of an
 * e-value by it keeps its mean at most one (Jensen).
 *
 * @param batch as so many the records come (`batchSize`): what is assumed until enough of them have failed.
 */
export function overdispersion({ n, failing, sizes, squares, expected }: DispersionSums, batch = 1): number {
  const perWindow = n === 0 ? 2 : sizes / n;
  const correlated = Math.min(mostCorrelated, 1 + priorCorrelation * (perWindow - 1));
  const prior = Math.min(mostPrior, Math.max(leastPrior, correlated, batch));
  const found = Math.max(1, (squares + prior * priorFailures) / (expected + priorFailures));
  return 1 + (found - 1) * (1 + standardErrors / Math.sqrt(priorWindows + failing));
}
