import { countedSides, sideOf } from '../measure/countedSide.ts';
import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Comparison } from '../protocol/domain/condition.ts';
import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import { holds } from './comparison.ts';
import type { NamedScope } from './scope.ts';

/** The most places behind a firing. */
export const evidenceLimit = 50;

type Placed = Pick<OutcomeRecord, 'at' | 'place'>;

/**
 * The records of a window that made its trigger fire, newest last: of a share those on the side the trigger warns of,
 * of a quantile or gauge those beyond the limit, of a count, lines or signals all. A minute older than the newest hour
 * has only the places that were kept.
 */
export function failingPlaces(
  ledger: Ledger,
  measure: ResolvedMeasure,
  comparison: Comparison,
  limit: number | null,
  scope: NamedScope,
): Place[] {
  const beyond = (value: number) => limit !== null && holds(value, comparison, limit);
  const { begin, end } = scope;
  switch (measure.kind) {
    case 'share':
    case 'quantile': {
      const side = sideOf(measure, comparison);
      if (side === null) return [];
      const isWanted = (number: number) => side.kind !== 'value' || beyond(number);
      return newest([ledger.newestOn(side, begin, end)], ({ number }) => isWanted(number));
    }
    case 'count':
      return newest(
        countedSides(measure).map((side) => ledger.newestOn(side, begin, end)),
        () => true,
      );
    case 'gauge':
    case 'lines':
    case 'signal': {
      const { newest: samples } = scope.samples(measure.series, evidenceLimit);
      const isWanted = (value: number) => measure.kind !== 'gauge' || limit === null || beyond(value);
      return samples.flatMap(({ place, value }) => (place !== null && isWanted(value) ? [place] : []));
    }
  }
}

/** @param found of each arm, newest first. */
function newest<Found extends Placed>(
  found: readonly Iterable<Found>[],
  isWanted: (placed: Found) => boolean,
): Place[] {
  const chosen: Found[] = [];
  for (const ofArm of found) {
    let left = evidenceLimit;
    for (const placed of ofArm) {
      if (!isWanted(placed)) continue;
      chosen.push(placed);
      left -= 1;
      if (left === 0) break;
    }
  }
  // Newest first from each arm; records of equal time in the order of their arrival.
  chosen.reverse();
  chosen.sort((one, other) => one.at - other.at);
  return chosen.slice(-evidenceLimit).map(({ place }) => place);
}
