import type { Minute } from './declineDetector.ts';

/** Sums over the control's windows, from which its overdispersion follows. */
export interface DispersionSums {
  readonly n: number;
  readonly failures: number;
  /** Windows with a failure. */
  readonly failing: number;
  /** Σ n². */
  readonly sizes: number;
  /** Σ n f. */
  readonly products: number;
  /** Σ f². */
  readonly squares: number;
}

export const noDispersion: DispersionSums = { n: 0, failures: 0, failing: 0, sizes: 0, products: 0, squares: 0 };

/**
 * Until failures have shown how they come, they are taken to come together: two records of one window share their outcome
 * as often as this correlation says, up to so many times the variation of independent ones. It weighs as much as so many
 * failures that were seen, and less with each window that has a single one: a failure that is tried again would have been followed.
 */
const priorCorrelation = 0.25;
const mostCorrelated = 2.2;
const priorFailures = 2;
/** It weighs as so many windows where each holds many failures. */
const priorCrowded = 5;
/** From so many records without a failure on they are less and less expected to come together, as if so many had come alone. */
const fewSpotless = 300;
const mostSpotless = 2;
/** Records that come in batches are taken to fail in batches, up to this; a failure may be tried again however they come. */
const leastPrior = 1.5;
const mostPrior = 25;
/** A few failing windows may show too little by chance: two standard errors are added, as if there were some more. */
const standardErrors = 2;
const priorWindows = 16;

/** The sums after one more closed window. */
export function stepDispersion(sums: DispersionSums, { n, failures }: Minute): DispersionSums {
  return {
    n: sums.n + n,
    failures: sums.failures + failures,
    failing: sums.failing + (failures > 0 ? 1 : 0),
    sizes: sums.sizes + n * n,
    products: sums.products + n * failures,
    squares: sums.squares + failures * failures,
  };
}

/**
 * So many times more than independent records the failures vary from window to window (Pearson's statistic over its
 * expectation), at least 1: retries, batches and bursts make failures come together, and dividing the logarithm of an
 * e-value by it keeps its mean at most one (Jensen).
 *
 * @param batch as so many the records come (`batchSize`): what is assumed until enough of them have failed.
 */
export function overdispersion(sums: DispersionSums, batch = 1): number {
  const { n, failures, failing, sizes, products, squares } = sums;
  const perWindow = n === 0 ? 2 : sizes / n;
  const correlated = Math.min(mostCorrelated, 1 + priorCorrelation * (perWindow - 1));
  const prior = Math.min(mostPrior, Math.max(leastPrior, correlated, batch));
  // Σ (f − n p̂)² and Σ n p̂ (1 − p̂), by the share p̂ of all windows: one that changed from window to window would expect
  // failures of those before the first, and find too little.
  const share = n === 0 ? 0 : failures / n;
  const varied = squares - share * (2 * products - share * sizes);
  const expected = n === 0 ? 0 : failures * (1 - share) * (1 - sizes / (n * n));
  // A window says one thing of how failures vary, however many it has.
  const perFailing = expected / Math.max(1, failing);
  const alone = Math.max(0, failing - (squares - failures) / 2);
  const weight = Math.max(priorFailures / (1 + alone), priorCrowded * (perFailing - 1));
  const rare = Math.min(mostSpotless, Math.max(0, Math.log(n / fewSpotless))) / (1 + failing) ** 2;
  const found = Math.max(1, (varied + prior * weight) / (expected + rare + weight));
  return 1 + (found - 1) * (1 + standardErrors / Math.sqrt(priorWindows + failing));
}
