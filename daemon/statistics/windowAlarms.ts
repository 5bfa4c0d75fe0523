/**
 * What the letter of a condition makes of healthy traffic: `share < threshold` over a trailing window with a minimum of
 * records, at records that come one by one at random and fail independently. Traffic that comes in batches fires more often.
 */
export interface LiteralRule {
  /** The share of successes below which it fires, in 0..1. */
  readonly threshold: number;
  /** The window, in minutes. */
  readonly over: number;
  readonly min: number;
}

/** Terms of less than this add nothing that is shown. */
const negligible = 1e-12;

/**
 * Expected alarms a minute: λ(1 − p) Σ Pois(n − 1; λ·over) · Bin(k(n) − 1; n − 1, 1 − p) over n ≥ min, where k(n) failures
 * of n are the first that lie below the threshold. A failure is one that makes them so many. Simulated figures are 10 to 20 % higher.
 */
export function alarmsPerMinute({ threshold, over, min }: LiteralRule, perMinute: number, share: number): number {
  const mean = perMinute * over;
  let sum = 0;
  for (let n = Math.max(1, min); n <= mean + 12 * Math.sqrt(mean) + min + 20; n += 1) {
    const arrives = poisson(n - 1, mean);
    if (arrives < negligible && n > mean) break;
    const failures = Math.floor(n * (1 - threshold) + 1e-9) + 1;
    sum += arrives * binomial(failures - 1, n - 1, 1 - share);
  }
  return perMinute * (1 - share) * sum;
}

/** The part of the time in which the window holds the minimum. */
export function timeWithMinimum({ over, min }: LiteralRule, perMinute: number): number {
  const mean = perMinute * over;
  let below = 0;
  for (let n = 0; n < min; n += 1) below += poisson(n, mean);
  return Math.max(0, 1 - below);
}

function poisson(n: number, mean: number): number {
  if (mean <= 0) return n === 0 ? 1 : 0;
  return Math.exp(n * Math.log(mean) - mean - lnFactorial(n));
}

function binomial(k: number, n: number, probability: number): number {
  if (k > n || k < 0) return 0;
  if (probability <= 0) return k === 0 ? 1 : 0;
  if (probability >= 1) return k === n ? 1 : 0;
  const lnChoose = lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
  return Math.exp(lnChoose + k * Math.log(probability) + (n - k) * Math.log1p(-probability));
}

/** By Stirling's series from 20 on, which is exact to the last digits there. */
function lnFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor += 1) product *= factor;
    return Math.log(product);
  }
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}
