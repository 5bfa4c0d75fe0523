import { lnMean } from './declineDetector.ts';

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

/** The capital after one more block. `overdispersion`: at least 1; `lnCap`: ln of the most that one block may count. */
export function stepComparison(
  capital: ComparisonCapital,
  block: ArmBlock,
  {
    tolerated,
    lnCap,
    overdispersion,
  }: { readonly tolerated: number; readonly lnCap: number; readonly overdispersion: number },
): ComparisonCapital {
  return oddsRatios.map((wanted, component) => {
    const held = Math.max(0, capital[component] ?? 0);
    return held + Math.min(lnCap, lnBlockEvidence(block, wanted, tolerated) / overdispersion);
  });
}

/** ln of the mixture: the evidence so far that the treatment is worse than the control; 0 when there is none. */
export function lnComparison(capital: ComparisonCapital): number {
  return lnMean(capital.map((component) => Math.max(0, component)));
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
  const logs: number[] = [0];
  let up = 0;
  for (let j = observed; j < highest; j += 1) {
    up += Math.log(((n - j) * (failures - j)) / ((j + 1) * (m - failures + j + 1))) + lnTheta;
    logs.push(up);
  }
  let down = 0;
  for (let j = observed; j > lowest; j -= 1) {
    down -= Math.log(((n - j + 1) * (failures - j + 1)) / (j * (m - failures + j))) + lnTheta;
    logs.push(down);
  }
  return lnSum(logs);
}

function lnSum(logs: readonly number[]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > largest) largest = log;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}
