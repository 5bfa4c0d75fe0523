import type { Trigger } from '../protocol/domain/plan.ts';

/**
 * The e-CUSUM (Shin, Ramdas, Rinaldo, arXiv 2203.03532): a running likelihood ratio of "the share of successes is `bad`"
 * against "it is `good`", never below 1 at the start of a step. It alarms at `threshold`; while the share is `good` or
 * better, alarms are at least `threshold` records apart on average. It sees a decline that no single window shows.
 */
export interface SequentialRates {
  /** The share of successes that counts as good. */
  readonly good: number;
  /** The share that is to be caught; less than `good`. */
  readonly bad: number;
  readonly threshold: number;
}

const defaultSequentialThreshold = 10_000;

/**
 * The rates for a trigger at the literal share of successes `numerator / denominator`: with b failures per record at the
 * threshold, 0.4·b are good and 2·b are to be caught, so 95 % gives 98 % and 90 %. A threshold of a half or less leaves
 * no room for twice the failures; then half the threshold's successes are to be caught.
 */
export function defaultRates(numerator: number, denominator: number): { readonly good: number; readonly bad: number } {
  const failures = denominator - numerator;
  return {
    good: (5 * denominator - 2 * failures) / (5 * denominator),
    bad: 2 * failures < denominator ? (denominator - 2 * failures) / denominator : numerator / denominator / 2,
  };
}

/**
 * The rates of a trigger's `also: sequential`, on a share: what the plan gives, and the defaults for the rest. `null` without one,
 * and where there is no fixed threshold strictly between 0 and 100 % to take them from.
 */
export function sequentialRates({ also, when }: Trigger): SequentialRates | null {
  const { coefficient, scale } = when.threshold;
  const { comparison } = when;
  if (also === undefined || when.against === 'baseline' || comparison === '==' || comparison === '!=') return null;
  if (coefficient <= 0 || coefficient >= scale) return null;
  const warnsOfMore = comparison === '>' || comparison === '>=';
  const rates = defaultRates(warnsOfMore ? scale - coefficient : coefficient, scale);
  const given = also === 'sequential' ? {} : also.sequential;
  return {
    good: given.good ?? rates.good,
    bad: given.bad ?? rates.bad,
    threshold: given.threshold ?? defaultSequentialThreshold,
  };
}

/** The statistic before its first step, and after an alarm. */
export const freshCapital = 1;

/** The statistic after one more record, or after `times` alike: a sampled one may be worth less than one. */
export function stepCapital(capital: number, success: boolean, { good, bad }: SequentialRates, times = 1): number {
  const ratio = success ? bad / good : (1 - bad) / (1 - good);
  return Math.max(capital, freshCapital) * (times === 1 ? ratio : ratio ** times);
}
