import { evidenceLabel } from './evidenceLabel.ts';

/**
 * How many records prove a share of successes. The question is the judge's own, `evidenceLabel`: evidence that holds
 * however often one looks. A gate that asks for as many records as these functions say is proven by them.
 */

/** The number of records without a failure that proves a share above `share`; infinite when no number does. */
export function neededWithoutFailure(share: number): number {
  const label = evidenceLabel({ successes: 0, failures: 0 }, { side: 'above', p0: share });
  return (label.kind === 'insufficient' ? label.needed : null) ?? Number.POSITIVE_INFINITY;
}

/** The largest share of successes that `failures` in `n` prove; 0 when they prove none. */
export function provenShare(failures: number, n: number): number {
  let proven = 0;
  let unproven = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (proven + unproven) / 2;
    if (proves(failures, n, middle)) proven = middle;
    else unproven = middle;
  }
  return proven;
}

/** The most failures in `n` that still prove the share; -1 when none do. */
export function mostFailuresThatProve(share: number, n: number): number {
  let proving = -1;
  let tooMany = n + 1;
  while (tooMany - proving > 1) {
    const middle = Math.floor((proving + tooMany) / 2);
    if (proves(middle, n, share)) proving = middle;
    else tooMany = middle;
  }
  return proving;
}

function proves(failures: number, n: number, share: number): boolean {
  return evidenceLabel({ successes: n - failures, failures }, { side: 'above', p0: share }).kind === 'proven';
}
