import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Comparison } from '../protocol/condition.ts';
import type { OutcomeRecord, Place } from '../protocol/observation.ts';
import type { Arm } from '../protocol/plan.ts';
import { holds } from './comparison.ts';
import type { Scope } from './scope.ts';

/** At most so many places stand behind a firing. */
export const evidenceLimit = 50;

/**
 * The records of a window that made its trigger fire, newest last: of a share those on the side the trigger warns of, of
 * a quantile or gauge those beyond the limit, of a count, lines or signals all. Single outcomes reach back an hour.
 */
export function failingPlaces(
  ledger: Ledger,
  measure: ResolvedMeasure,
  comparison: Comparison,
  limit: number | null,
  scope: Scope,
): Place[] {
  switch (measure.kind) {
    case 'share': {
      // Of "success < 95 %" the failures are the evidence, of "errors > 5 %" the errors.
      const wanted = (comparison === '>' || comparison === '>=') !== measure.complement;
      const isWanted = ({ shares }: OutcomeRecord) => ((shares >> measure.bit) & 1) === (wanted ? 1 : 0);
      return newest(ledger, [measure.arm], scope, isWanted);
    }
    case 'quantile':
      return newest(ledger, [measure.arm], scope, ({ fields }) => {
        const value = fields[measure.field] ?? Number.NaN;
        return limit !== null && Number.isFinite(value) && holds(value, comparison, limit);
      });
    case 'count':
      return newest(ledger, measure.arm === 'any' ? ['treatment', 'control'] : [measure.arm], scope, () => true);
    case 'gauge':
    case 'lines':
    case 'signal': {
      const beyond = (value: number) => measure.kind !== 'gauge' || limit === null || holds(value, comparison, limit);
      const { newest: samples } = scope.samples(measure.series, evidenceLimit);
      return samples.flatMap(({ place, value }) => (place !== null && beyond(value) ? [place] : []));
    }
  }
}

function newest(
  ledger: Ledger,
  arms: readonly Arm[],
  scope: Scope,
  isWanted: (outcome: OutcomeRecord) => boolean,
): Place[] {
  const from = scope.from ?? Number.NEGATIVE_INFINITY;
  const upTo = scope.to ?? Number.POSITIVE_INFINITY;
  const chosen: OutcomeRecord[] = [];
  for (const arm of arms) {
    let left = evidenceLimit;
    for (const outcome of ledger.newestFirst(arm, from, upTo)) {
      if (!isWanted(outcome)) continue;
      chosen.push(outcome);
      left -= 1;
      if (left === 0) break;
    }
  }
  // Newest first from each arm; equal times in the order in which they came.
  chosen.reverse();
  chosen.sort((one, other) => one.at - other.at);
  return chosen.slice(-evidenceLimit).map(({ place }) => place);
}
