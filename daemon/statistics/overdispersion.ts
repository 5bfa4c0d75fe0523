import type { Minute } from './declineDetector.ts';

/** Sums over the control's minutes, from which its overdispersion follows. */
export interface DispersionSums {
  readonly minutes: number;
  readonly n: number;
  readonly failures: number;
  /** Σ (f − n p̂)², with p̂ as it was before the minute. */
  readonly squares: number;
  /** Σ n p̂ (1 − p̂). */
  readonly expected: number;
}

export const noDispersion: DispersionSums = { minutes: 0, n: 0, failures: 0, squares: 0, expected: 0 };

/** Held while the control has been seen for less than an hour. */
const cautious = 2;
const firstHour = 60;

/** The sums after one more closed minute; p̂ is the share of failures before it, so no minute judges itself. */
export function stepDispersion(sums: DispersionSums, { n, failures }: Minute): DispersionSums {
  const share = (sums.failures + 0.5) / (sums.n + 1);
  const known = sums.n > 0;
  return {
    minutes: sums.minutes + 1,
    n: sums.n + n,
    failures: sums.failures + failures,
    squares: sums.squares + (known ? (failures - n * share) ** 2 : 0),
    expected: sums.expected + (known ? n * share * (1 - share) : 0),
  };
}

/**
 * So many times more than independent records the failures vary from minute to minute (Pearson's statistic over its
 * expectation), at least 1: retries, batches and bursts make failures come together, and dividing the logarithm of an
 * e-value by it keeps its mean at most one (Jensen).
 */
export function overdispersion({ minutes, squares, expected }: DispersionSums): number {
  if (minutes < firstHour || expected === 0) return cautious;
  return Math.max(1, squares / expected);
}
