import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { thresholdValue } from '../protocol/domain/condition.ts';
import type { Plan, Trigger } from '../protocol/domain/plan.ts';
import { hasConcurrentControl } from '../protocol/domain/triggerRule.ts';
import { besideControl, type DeclineRates, declineRates } from '../statistics/declineDetector.ts';
import { exceedanceRates, rankError } from '../statistics/exceedance.ts';
import { outageRates } from '../statistics/provenDecline.ts';
import type { Baseline } from './baseline.ts';
import { openShare } from './zeroBaseline.ts';

export type Provable = Extract<ResolvedMeasure, { kind: 'share' | 'quantile' }>;

/** What the records of a proof are held against. */
export interface ProofReference {
  readonly rates: DeclineRates;
  /** A share in 0..1, or a latency in the measure's unit; `null` where a control of the same time is what counts. */
  readonly limit: number | null;
}

/** `frozen`: a ratio to a recorded window or a fixed figure, which is known once the window is over. */
export type ReferenceKind = 'figure' | 'concurrent' | 'frozen';

export function referenceKind(plan: Plan, { when }: Trigger): ReferenceKind {
  if (when.against === 'figure') return 'figure';
  return hasConcurrentControl(plan) ? 'concurrent' : 'frozen';
}

/** The reference of a plan's own figure, and of a control of the same time. */
export function plannedReference(kind: 'figure' | 'concurrent', measure: Provable, { when }: Trigger): ProofReference {
  const value = thresholdValue(when.threshold);
  const limit = kind === 'figure' ? value : null;
  if (measure.kind === 'quantile') return { rates: exceedanceRates(measure.quantile), limit };
  if (limit === null) return { rates: outageRates, limit };
  return { rates: declineRates(warnsOfMore(when) ? 1 - limit : limit), limit };
}

/** Deviations of a recorded share that its true one may lie above it; few failures leave some more open. */
const deviations = 2;

/**
 * The reference of a ratio to what was recorded or stated: the error of a recorded figure counts for the treatment. A share of 0
 * leaves some share open. `null` where the window has too few records to tell a decline from its own error.
 */
export function frozenReference(
  measure: Provable,
  { when }: Trigger,
  { found, value }: Baseline,
): ProofReference | null {
  const times = thresholdValue(when.threshold);
  if (measure.kind === 'quantile') {
    const error = found.n === 0 ? 0 : rankError(measure.quantile, found.n);
    return error === null ? null : { rates: exceedanceRates(measure.quantile, error), limit: times * value };
  }
  const known = value > 0 || found.n === 0 ? value : openShare(found.n);
  const highest = found.n === 0 ? known : known + deviations * Math.sqrt((known * (1 - known)) / found.n) + 1 / found.n;
  const limit = times * known;
  if (limit <= 0 || limit >= 1) return null;
  return { rates: besideControl(declineRates(1 - limit), highest), limit };
}

/** "errors > 5 %" warns of more of what is measured, "success < 95 %" of less. */
export function warnsOfMore({ comparison }: Trigger['when']): boolean {
  return comparison === '>' || comparison === '>=';
}
