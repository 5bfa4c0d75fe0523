import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { SeriesParams, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { WhyContent } from '../../daemon/protocol/wire/whyMessages.ts';
import type { Drawing } from '../chart/plot.ts';
import { t } from '../translate.ts';
import { type ChartMark, chartMarks } from './chartMarks.ts';
import { type ChartId, chartSet } from './chartModels.ts';

type Figure = NonNullable<WhyContent['figure']>;

const minute = 60_000;
const points = 120;

/** Half an hour before a firing and ten minutes behind it; without one, the newest hour. */
export function whySeriesParams({ firedAt }: Figure, { standing }: RolloutView): Omit<SeriesParams, 'rollout'> {
  if (firedAt === null) {
    const { watermark } = standing;
    return { from: watermark === null ? null : eventTime(watermark - 60 * minute), to: null, points };
  }
  return { from: eventTime(firedAt - 30 * minute), to: eventTime(firedAt + 10 * minute), points };
}

/** The figure with its own limit alone; `null` where the charts do not hold this measure. */
export function whyDrawing(
  figure: Figure,
  view: RolloutView,
  series: SeriesResult,
  events: readonly MarkedEvent[],
): Drawing | null {
  const id = chartOf(figure.measure, series);
  if (id === null) return null;
  const ruled = figure.condition === null ? view : onlyRule(view, figure.condition);
  const { charts, times, step } = chartSet(ruled, series);
  const chart = charts.find((each) => each.id === id);
  if (chart === undefined) return null;
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const span = [first - step / 2, last + step / 2] as const;
  const marks = withMoment(chartMarks(view, events, span), figure);
  return { chart, times, step, span, marks, zone: view.plan.timezone };
}

/** The moment that a page is about is marked, whether or not anything happened then. */
function withMoment(marks: readonly ChartMark[], { condition, firedAt }: Figure): readonly ChartMark[] {
  if (condition !== null || firedAt === null) return marks;
  const why = { kind: 'moment', at: firedAt } as const;
  return [...marks, { at: firedAt, kind: 'moment', text: t('here'), past: false, why }];
}

function chartOf(measure: string, { measures }: SeriesResult): ChartId | null {
  if (measure === measures.success) return 'success';
  if (measure === measures.error) return 'error';
  if (measure === measures.uploads) return 'uploads';
  return measures.quantiles.some((each) => each.measure === measure) ? 'latency' : null;
}

/** The view without the limits of other rules. */
function onlyRule(view: RolloutView, condition: string): RolloutView {
  return {
    ...view,
    triggers: view.triggers.filter(({ when }) => when === condition),
    stages: view.stages.map((stage) => ({ ...stage, gate: stage.gate.filter((each) => each.condition === condition) })),
  };
}
