import { useEffect, useMemo, useState } from 'preact/hooks';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Drawing } from '../chart/plot.ts';
import { chartMarks } from '../model/chartMarks.ts';
import { chartSet } from '../model/chartModels.ts';
import { type Range, ranges } from '../model/chartRange.ts';
import { momentText } from '../model/pageMoments.ts';
import { t } from '../translate.ts';
import { ChartFigure } from './ChartFigure.tsx';

/** All charts over one range of time, with one cursor. */
export function Charts(props: {
  readonly view: RolloutView;
  readonly series: SeriesResult | null;
  readonly refusal: string | null;
  readonly live: boolean;
  readonly range: Range;
  readonly choose: (range: Range) => void;
  readonly events: readonly MarkedEvent[];
  readonly why: (about: WhyQuestion) => void;
}) {
  const { view, series, events, refusal, live, range, choose, why } = props;
  const [zoomed, zoom] = useState<readonly [number, number] | null>(null);
  useEffect(() => zoom(null), [range, view.rollout]);
  const { zone, drawings, step, span } = useDrawings(view, series, events, zoomed);
  const [cursor, setCursor] = useState<number | null>(null);
  // A bucket means another moment once there are others.
  const buckets = series?.times.length ?? 0;
  useEffect(() => setCursor((at) => (at !== null && at >= buckets ? null : at)), [buckets]);

  return (
    <section class="charts" aria-labelledby="charts">
      <div class="head">
        <h2 id="charts">{t('Over time')}</h2>
        <span class="quiet number span">
          {spanText(drawings[0], step, span, cursor, zone, view.standing.watermark)}
        </span>
        {zoomed !== null && (
          <button type="button" class="link" onClick={() => zoom(null)}>
            {t('Show all')}
          </button>
        )}
        <fieldset class="ranges">
          <legend class="unseen">{t('Range')}</legend>
          {ranges.map((each) => (
            <label key={each}>
              <input type="radio" name="range" checked={each === range} onChange={() => choose(each)} />
              <span>{rangeText(each)}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {refusal !== null && <p class="quiet">{t('No charts: {0}', refusal)}</p>}
      {series === null && refusal === null && (
        <p class="quiet">{live ? t('Waiting for the figures…') : t('No figures while the daemon is away.')}</p>
      )}
      {drawings.length > 0 && (
        <div class="grid">
          {drawings.map((drawing) => (
            <ChartFigure
              key={drawing.chart.id}
              drawing={drawing}
              cursor={cursor}
              point={setCursor}
              zoom={zoom}
              why={why}
            />
          ))}
        </div>
      )}
    </section>
  );
}

/** Made anew when figures come or a stage changes, not with every record that the view counts. */
function useDrawings(
  view: RolloutView,
  series: SeriesResult | null,
  events: readonly MarkedEvent[],
  zoomed: readonly [number, number] | null,
) {
  const visits = JSON.stringify(view.stages.map(({ visit }) => visit));
  const newest = view.journal[0]?.seq;
  const zone = view.plan.timezone;
  // `visits` and `newest` stand for the parts of the view that are drawn
  return useMemo(() => {
    if (series === null) return { zone, drawings: [], step: 0, span: null };
    const { charts, times, step } = chartSet(view, series);
    const first = times[0] ?? 0;
    const last = times.at(-1) ?? 0;
    const span = zoomed ?? ([first - step / 2, last + step / 2] as const);
    const marks = chartMarks(view, events, span);
    const drawings: readonly Drawing[] = charts.map((chart) => ({ chart, times, step, span, marks, zone }));
    return { zone, drawings, step, span: times.length === 0 ? null : span };
  }, [series, events, visits, newest, zoomed, view.plan.hash, view.rollout]);
}

function spanText(
  drawing: Drawing | undefined,
  step: number,
  span: readonly [number, number] | null,
  cursor: number | null,
  zone: string,
  newest: number | null,
): string {
  if (drawing === undefined || span === null) return '';
  const time = cursor === null ? undefined : drawing.times[cursor];
  const [from, to] = time === undefined ? span : [time - step / 2, time + step / 2];
  const end = momentText(Math.min(to, newest ?? to), zone);
  const start = momentText(from, zone);
  const sameDay = start.slice(0, 10) === end.slice(0, 10);
  return `${start} – ${sameDay ? end.slice(11) : end} ${zone}`;
}

function rangeText(range: Range): string {
  switch (range) {
    case 'hour':
      return t('1 hour');
    case 'day':
      return t('1 day');
    case 'whole':
      return t('Rollout');
  }
}
