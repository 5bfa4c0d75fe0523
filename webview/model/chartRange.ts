import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { SeriesParams } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

export const ranges = ['hour', 'day', 'whole'] as const;
export type Range = (typeof ranges)[number];

const hour = 3_600_000;

/**
 * Buckets that a chart of ordinary width can still show: an hour by its minutes, a day by ten of them. Two more than fit
 * into the range, as the first and the last are seldom whole.
 */
const points: Readonly<Record<Range, number>> = { hour: 62, day: 146, whole: 320 };

/** How often new figures are asked for while data arrives: the hour's newest bucket moves fast, the rollout's hardly. */
export const refreshEvery: Readonly<Record<Range, number>> = { hour: 900, day: 3000, whole: 10_000 };

/** The range to ask the daemon for. The end stays open, so that the newest record is in it whenever the answer is made. */
export function seriesParamsFor(range: Range, view: RolloutView): Omit<SeriesParams, 'rollout'> {
  const { watermark } = view.standing;
  const length = range === 'hour' ? hour : 24 * hour;
  const from = range === 'whole' || watermark === null ? rolloutBegin(view) : eventTime(watermark - length);
  return { from, to: null, points: points[range] };
}

/**
 * An hour before the first visit, so that the time before the rollout is visible; everything while no attempt has
 * begun.
 */
function rolloutBegin({ stages }: RolloutView): SeriesParams['from'] {
  const starts = stages.flatMap(({ visit }) => (visit === null ? [] : [visit.from as number]));
  return starts.length === 0 ? null : eventTime(Math.min(...starts) - hour);
}
