import type { Comparison } from '../protocol/domain/condition.ts';
import type { Verdict } from '../protocol/domain/verdict.ts';
import { lnEvidenceAbove } from '../statistics/statistics.ts';
import { type Found, trialsOf } from './figure.ts';

/** A figure is beyond a limit at 95 %, whenever one looks. */
const lnProof = Math.log(20);

/**
 * The largest share that `n` records without any leave open at 95 %, whenever one looks. It stands for a baseline of 0,
 * because there is no ratio to 0.
 */
export function openShare(n: number): number {
  const none = { successes: n, failures: 0 };
  let proven = 0;
  let unproven = 1;
  // A trigger asks at each record: `provenShare` gives the same and costs fifty times as much.
  for (let step = 0; step < 40; step += 1) {
    const middle = (proven + unproven) / 2;
    if (lnEvidenceAbove(none, middle) >= lnProof) proven = middle;
    else unproven = middle;
  }
  return 1 - proven;
}

/**
 * The verdict of a condition whose baseline is 0. A ratio to 0 says nothing, and a single failure must not be "more
 * than 200 % of the baseline": a share is compared with the same part of the share that the baseline leaves open, and
 * is beyond it only when the data prove it. A figure without a number of records, such as a fixed figure or a latency
 * of 0, cannot be compared at all.
 *
 *
 * @param limit the condition's part of the share that the baseline leaves open; `null` when nothing is known about
 * that.
 */
export function verdictOnZero(found: Found, comparison: Comparison, limit: number | null): Verdict {
  const amount = found.kind === 'share' ? found.matching : found.kind === 'count' ? found.n : found.value;
  if (amount === 0) {
    // Zero is not more than zero, whatever the part; "as much as zero" praises and blames nothing.
    if (comparison === '>' || comparison === '<') return 'unmet';
    if (comparison === '<=') return 'met';
    return 'no-data';
  }
  if (found.kind !== 'share' || limit === null) return 'no-data';
  const trials = trialsOf(found);
  const beyond = lnEvidenceAbove(trials, limit) >= lnProof;
  switch (comparison) {
    case '>':
    case '>=':
      return beyond ? 'met' : 'insufficient';
    case '<':
    case '<=':
      return beyond ? 'unmet' : 'insufficient';
    case '==':
    case '!=':
      return 'no-data';
  }
}
