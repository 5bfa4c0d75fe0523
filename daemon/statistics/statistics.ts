import { lnBeta, lnBetaIncomplete } from './specialFunctions.ts';

/** Successes and failures: what all statistics of a share rest on. */
export interface Trials {
  readonly successes: number;
  readonly failures: number;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Uniform prior, Beta(1, 1), in all mixtures below. */
const prior = 1;

/**
 * Beta-binomial confidence sequence: the shares p that the trials do not speak against, at every moment at once, so that
 * looking after each record is allowed. Keeps p while the mixture's likelihood ratio against it is below 1/α (Robbins;
 * Howard, Ramdas, McAuliffe, Sekhon 2021).
 */
export function confidenceSequence({ successes, failures }: Trials, alpha: number): Interval {
  const n = successes + failures;
  if (n === 0) return { lower: 0, upper: 1 };
  const lnMixture = lnBeta(prior + successes, prior + failures) - lnBeta(prior, prior);
  const keeps = (p: number) => lnMixture - lnPower(p, successes) - lnPower(1 - p, failures) < -Math.log(alpha);
  const centre = successes / n;
  return {
    lower: keeps(0) ? 0 : boundary(0, centre, keeps),
    upper: keeps(1) ? 1 : boundary(1, centre, keeps),
  };
}

/** ln of the e-value against "the share is at most p0": large when it is larger. A test martingale: any look is valid. */
export function lnEvidenceAbove({ successes, failures }: Trials, p0: number): number {
  if (p0 <= 0) return successes > 0 ? Number.POSITIVE_INFINITY : 0;
  if (p0 >= 1) return 0;
  return (
    lnBetaIncomplete(1 - p0, prior + failures, prior + successes) +
    lnBeta(prior + successes, prior + failures) -
    lnBetaIncomplete(1 - p0, prior, prior) -
    lnBeta(prior, prior) -
    lnPower(p0, successes) -
    lnPower(1 - p0, failures)
  );
}

/** ln of the e-value against "the share is at least p0": large when it is smaller. */
export function lnEvidenceBelow({ successes, failures }: Trials, p0: number): number {
  return lnEvidenceAbove({ successes: failures, failures: successes }, 1 - p0);
}

/** `count · ln p`, where no trials say nothing whatever p is. */
function lnPower(p: number, count: number): number {
  return count === 0 ? 0 : count * Math.log(p);
}

/** Where `keeps` turns from false (at `outside`) to true (at `inside`), by bisection to the last bits. */
function boundary(outside: number, inside: number, keeps: (p: number) => boolean): number {
  let without = outside;
  let within = inside;
  for (let step = 0; step < 60; step += 1) {
    const middle = (without + within) / 2;
    if (keeps(middle)) within = middle;
    else without = middle;
  }
  return (without + within) / 2;
}
