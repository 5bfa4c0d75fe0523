import { lnBeta } from './specialFunctions.ts';

/** A two-by-two table: of `failed` records `failedWith` have a feature, of `passed` records `passedWith`. */
export interface FeatureTable {
  readonly failedWith: number;
  readonly failed: number;
  readonly passedWith: number;
  readonly passed: number;
}

/**
 * ln of the probability of at least so many failures with the feature when it has nothing to do with failure: Fisher's exact
 * test, one-sided (the upper tail of the hypergeometric distribution).
 */
export function lnChanceOfFeature({ failedWith, failed, passedWith, passed }: FeatureTable): number {
  const all = failed + passed;
  const having = failedWith + passedWith;
  const most = Math.min(having, failed);
  if (failedWith <= Math.max(0, having - passed)) return 0;
  const first = lnChoose(having, failedWith) + lnChoose(all - having, failed - failedWith) - lnChoose(all, failed);
  let sum = 1;
  let term = 1;
  for (let k = failedWith; k < most; k += 1) {
    term *= ((having - k) * (failed - k)) / ((k + 1) * (all - having - failed + k + 1));
    sum += term;
    if (term < sum * 1e-16) break;
  }
  return Math.min(0, first + Math.log(sum));
}

/** ln C(n, k). */
function lnChoose(n: number, k: number): number {
  return k <= 0 || k >= n ? 0 : -Math.log(n + 1) - lnBeta(n - k + 1, k + 1);
}

/**
 * How far a feature's failures exceed those expected within strata, in standard deviations (Mantel and Haenszel 1959, without
 * continuity correction): 0 where another feature, which made the strata, explains it.
 */
export function stratifiedExcess(strata: readonly FeatureTable[]): number {
  let excess = 0;
  let variance = 0;
  for (const { failedWith, failed, passedWith, passed } of strata) {
    const all = failed + passed;
    if (all < 2) continue;
    const having = failedWith + passedWith;
    excess += failedWith - (failed * having) / all;
    variance += (failed * passed * having * (all - having)) / (all * all * (all - 1));
  }
  return variance <= 0 ? 0 : excess / Math.sqrt(variance);
}

/** The positions of the tests that hold together at `alpha`, however many were made (Holm 1979). */
export function holdTogether(lnChances: readonly number[], tests: number, alpha: number): ReadonlySet<number> {
  const order = lnChances
    .map((_, index) => index)
    .sort((one, other) => (lnChances[one] ?? 0) - (lnChances[other] ?? 0));
  const held = new Set<number>();
  for (const [rank, index] of order.entries()) {
    if ((lnChances[index] ?? 0) > Math.log(alpha / Math.max(1, tests - rank))) break;
    held.add(index);
  }
  return held;
}
