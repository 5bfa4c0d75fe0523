import type { Comparison } from '../../protocol/domain/condition.ts';
import type { MeasureWord } from './measureWords.ts';
import type { LengthOfTime } from './quantities.ts';

/** What a guide says of a measure: `success rate ≥ 99.5%`, `p95 stays under 300 ms`, `95-97% for 30+ minutes`. */
export interface Claim {
  readonly measure: MeasureWord;
  readonly comparison: Comparison;
  /** As the plan writes it, without unit. */
  readonly number: string;
  readonly unit: string;
  readonly ofBaseline: boolean;
  /** The other end of a range, in the same unit. */
  readonly otherEnd: string | undefined;
  /** How long it must hold, or the window it is judged over. */
  readonly lasting: LengthOfTime | undefined;
  /** What the importer read into it; `undefined` when the guide says it. */
  readonly assumed: string | undefined;
}

/** `trigger`: what must not happen; `gate`: what must hold. It decides what a number without a comparison means. */
export type ClaimMood = 'gate' | 'trigger';

/** Whether a claim asks for the good side (`success ≥ 99 %`) or tells of the bad one (`success < 95 %`). */
export function asksForGood(claim: Claim): boolean {
  if (claim.comparison === '==') return true;
  const up = claim.comparison === '>=' || claim.comparison === '>';
  return up === (claim.measure.good === 'high');
}
