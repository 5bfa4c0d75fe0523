import { type DeclineTempering, isNothing, lnMixture, mixtureWeights, tempered } from './declineDetector.ts';

/**
 * Evidence that the treatment fails more often than the control beside it, block by block. Given the numbers of a block and
 * all its failures, the treatment's share of the failures is hypergeometric if both arms fail alike, whatever their common
 * rate does from block to block (safe logrank test: ter Schure et al., arXiv 2011.06931; stratified counts: Turner and
 * Grünwald, arXiv 2302.11401). An outage of both arms is therefore no evidence.
 */
export interface ArmBlock {
  readonly treatment: { readonly n: number; readonly failures: number };
  readonly control: { readonly n: number; readonly failures: number };
}

/** The odds ratios that are looked for, in the treatment's failures against the control's. */
export const oddsRatios = [2, 5, 12, 40] as const;

/**
 * ln of the e-value of a block for the odds ratio `wanted` against "at most `tolerated` times the control's odds", Fisher's
 * noncentral hypergeometric likelihood ratio; 0 without failures or without one of the arms.
 */
export function lnBlockEvidence({ treatment, control }: ArmBlock, wanted: number, tolerated: number): number {
  const failures = treatment.failures + control.failures;
  if (failures === 0 || treatment.n === 0 || control.n === 0) return 0;
  const terms = { n: treatment.n, m: control.n, failures, observed: treatment.failures };
  return lnRelativeSum(terms, tolerated) - lnRelativeSum(terms, wanted);
}

/** ln of each component for `oddsRatios`; all 0 before the first block. */
export type ComparisonCapital = readonly number[];

export const freshComparison: ComparisonCapital = oddsRatios.map(() => 0);

/** The capital after one more block, or one of each stratum, against "at most `tolerated` times the control's odds". */
export function stepComparison(
  capital: ComparisonCapital,
  blocks: readonly ArmBlock[],
  { tolerated, ...tempering }: DeclineTempering & { readonly tolerated: number },
): ComparisonCapital {
  if (blocks.every(({ treatment, control }) => treatment.failures + control.failures === 0)) return capital;
  return oddsRatios.map((times, component) => {
    const held = Math.max(0, capital[component] ?? 0);
    let lnEvidence = 0;
    for (const block of blocks) lnEvidence += lnBlockEvidence(block, times * tolerated, tolerated);
    return held + tempered(lnEvidence, tempering);
  });
}

/** ln of the mixture: the evidence so far that the treatment is worse than the control; 0 when there is none. */
export function lnComparison(capital: ComparisonCapital, weights: readonly number[] = mixtureWeights): number {
  return isNothing(capital) ? 0 : lnMixture(capital, weights);
}

interface Terms {
  /** Records of treatment and of control. */
  readonly n: number;
  readonly m: number;
  /** Failures of both arms, and those of the treatment. */
  readonly failures: number;
  readonly observed: number;
}

/** ln of Σⱼ C(n, j) C(m, failures − j) θʲ over the possible j, relative to the observed one's term. */
function lnRelativeSum({ n, m, failures, observed }: Terms, theta: number): number {
  const lnTheta = Math.log(theta);
  const lowest = Math.max(0, failures - m);
  const highest = Math.min(n, failures);
  // The terms rise to one peak and fall: what is far below it adds nothing to the sum.
  let largest = 0;
  const logs: number[] = [0];
  let up = 0;
  for (let j = observed; j < highest && up > largest - negligible; j += 1) {
    up += Math.log(((n - j) * (failures - j)) / ((j + 1) * (m - failures + j + 1))) + lnTheta;
    largest = Math.max(largest, up);
    logs.push(up);
  }
  let down = 0;
  for (let j = observed; j > lowest && down > largest - negligible; j -= 1) {
    down -= Math.log(((n - j + 1) * (failures - j + 1)) / (j * (m - failures + j))) + lnTheta;
    largest = Math.max(largest, down);
    logs.push(down);
  }
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}

/** In logarithms: a term so far below the largest is lost in its last digit. */
const negligible = 45;
