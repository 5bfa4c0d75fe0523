import type { EvidenceLabel } from '../protocol/domain/verdict.ts';
import { lnEvidenceAbove, lnEvidenceBelow, type Trials } from './statistics.ts';

/** Evidence of 20 to 1, so that a label is wrong at most once in twenty rollouts however often one looks (Ville). */
const lnEnough = Math.log(20);
/** Beyond this many records an answer is of no use to anyone. */
const hopeless = 1e9;

/** The claim of a condition about a share: it lies above p0, or below. */
export interface ShareClaim {
  readonly side: 'above' | 'below';
  readonly p0: number;
}

/**
 * The label that the trials can carry for the claim, beside the literal verdict. `needed` continues at the present
 * share; before the first trial, at the best possible one.
 */
export function evidenceLabel(trials: Trials, claim: ShareClaim): EvidenceLabel {
  if (lnFor(trials, claim) >= lnEnough) return { kind: 'proven' };
  if (lnFor(trials, { ...claim, side: claim.side === 'above' ? 'below' : 'above' }) >= lnEnough) {
    return { kind: 'refuted' };
  }
  return { kind: 'insufficient', needed: trialsNeeded(trials, claim) };
}

function lnFor(trials: Trials, { side, p0 }: ShareClaim): number {
  return side === 'above' ? lnEvidenceAbove(trials, p0) : lnEvidenceBelow(trials, p0);
}

function trialsNeeded(trials: Trials, claim: ShareClaim): number | null {
  const n = trials.successes + trials.failures;
  const best = claim.side === 'above' ? 1 : 0;
  const share = n === 0 ? best : trials.successes / n;
  if (claim.side === 'above' ? share <= claim.p0 : share >= claim.p0) return null;
  const provenAfter = (more: number) =>
    lnFor({ successes: trials.successes + share * more, failures: trials.failures + (1 - share) * more }, claim) >=
    lnEnough;
  let enough = 1;
  while (!provenAfter(enough)) {
    enough *= 2;
    if (enough > hopeless) return null;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (provenAfter(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
