import type { Plan } from '../protocol/domain/plan.ts';
import type { ObservedShare } from '../protocol/domain/verdict.ts';
import { confidenceSequence } from '../statistics/statistics.ts';

/** How far an observed share may be from the one that is intended, both in 0..1. */
export interface ShareBand {
  readonly low: number;
  readonly high: number;
}

type Tolerance = NonNullable<NonNullable<NonNullable<Plan['flag']>['proof']>['tolerance']>;

/**
 * A percentage of users may be another share of the requests: the tolerance before any stage has shown the difference.
 */
const unlearnt: Tolerance = { factor: 3 };
/** The tolerance around the shares of the first stages. */
const learnt: Tolerance = { factor: 1.5 };
/** A rollback leads to a share that was seen before, and unchanged servers must not hide in a tolerance. */
const none: Tolerance = { factor: 1 };
const certainty = 0.05;

/**
 * The shares of treatment that count as a percentage in force. A flag that is set by user, and counted by request,
 * shows another share than its percentage; the earliest proven stage tells the difference, and later ones may differ in
 * the same way: by the same ratio, or as when the rest of the users share the rest of the requests. The plan's own
 * `tolerance` is added to that; without one a default is.
 *
 *
 * @param intended strictly between 0 and 1, or 1 where the earlier stages have shown less than they should.
 * @param observed of the stages of this attempt that were proven, the earliest first.
 */
export function shareBand(
  intended: number,
  observed: readonly ObservedShare[],
  tolerance: Tolerance | undefined,
  isRollback: boolean,
): ShareBand {
  const centres = [intended, ...expected(intended, observed)];
  const around = tolerance ?? (isRollback ? none : observed.length === 0 ? unlearnt : learnt);
  const bands = centres.map((centre) => bandAround(centre, around));
  return { low: Math.min(...bands.map(({ low }) => low)), high: Math.max(...bands.map(({ high }) => high)) };
}

/** The expected shares after the earlier stages, where those showed another share than the intended one. */
export function expected(intended: number, observed: readonly ObservedShare[]): readonly number[] {
  const same = observed.find(({ percent }) => percent / 100 === intended);
  if (same !== undefined) return [same.share];
  const [first] = observed;
  if (first === undefined) return [];
  const { share, n } = first;
  const was = first.percent / 100;
  const { lower, upper } = confidenceSequence({ successes: share * n, failures: (1 - share) * n }, certainty);
  if (was >= lower && was <= upper) return [];
  const rest = intended >= was ? share + ((1 - share) * (intended - was)) / (1 - was) : (share * intended) / was;
  return [Math.min(1, (intended * share) / was), rest];
}

/** A factor holds for the share of either arm: twice as much at most, and the rest at least half as much. */
function bandAround(centre: number, tolerance: Tolerance): ShareBand {
  if ('points' in tolerance) {
    return { low: Math.max(0, centre - tolerance.points / 100), high: Math.min(1, centre + tolerance.points / 100) };
  }
  const { factor } = tolerance;
  if (factor === 1) return { low: centre, high: centre };
  return {
    low: Math.max(centre / factor, 1 - (1 - centre) * factor),
    high: Math.min(centre * factor, 1 - (1 - centre) / factor),
  };
}
