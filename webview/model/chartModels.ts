import {
  mainQuantile,
  quantileMeasure,
  quantileName,
  quantilesByWeight,
  quantileValues,
} from '../../daemon/protocol/domain/shownQuantiles.ts';
import type { ArmSeries, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { grouped, shareText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { listText } from '../../daemon/protocol/words/listText.ts';
import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import { t } from '../translate.ts';
import { type ChartLimit, chartLimits, wantedShare } from './chartLimits.ts';
import { likelyRange } from './likelyRange.ts';
import { silentBuckets } from './silence.ts';
import { type SharePoint, trailingShare } from './trailingShare.ts';

export type ChartId = 'success' | 'error' | 'latency' | 'uploads' | 'exposure';

/** One line of a chart; treatment is drawn solid, control dashed. */
export interface ChartLine {
  readonly name: string;
  readonly arm: 'treatment' | 'control';
  readonly weight: 'main' | 'light';
  /** One per bucket; `null` breaks the line, `undefined` lets it go on. */
  readonly values: readonly (number | null | undefined)[];
  /** Between which values each lies with 95 %; left out where a line has no such range. */
  readonly likely?: readonly (readonly [low: number, high: number] | null)[];
  /** How many records each value rests on. */
  readonly sample: readonly number[];
}

export interface Chart {
  readonly id: ChartId;
  readonly title: string;
  /** The meaning of one value, in a few words. */
  readonly note: string;
  readonly scale: 'share' | 'value' | 'count';
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly limits: readonly ChartLimit[];
  /** Why there is nothing to draw; empty when there is something. */
  readonly empty: string;
}

export interface ChartSet {
  readonly step: number;
  /** Middle of each bucket, event time in milliseconds. */
  readonly times: readonly number[];
  readonly charts: readonly Chart[];
}

/** The number of records behind a share when no trigger names its own least sample. */
const usualSample = 20;
const quantileSample = 5;

export function chartSet(view: RolloutView, measured: SeriesResult): ChartSet {
  const series = withGaps(measured);
  const { step, times, arms, measures } = series;
  const boundary = stageBoundary(view, times, step);
  const traffic = times.map((_, index) => (arms.treatment.n[index] ?? 0) + (arms.control.n[index] ?? 0));
  const least = leastSample(view, measures.success);
  const share = (arm: ArmSeries) => trailingShare(arm, least, boundary, traffic);
  const shares = { treatment: share(arms.treatment), control: share(arms.control) };
  const per = t('per {0}', calmDuration(step));
  const least20 = t('{0} records a point or more', least);
  const charts: Chart[] = [
    {
      id: 'success',
      title: measures.success === null ? t('Success rate') : title(measures.success),
      note: least20,
      scale: 'share',
      unit: '%',
      lines: shareLines(shares, (value) => value),
      limits: chartLimits(view, measures.success),
      empty: measures.success === null ? t('The plan has no share measure.') : noRecords(traffic),
    },
    {
      id: 'error',
      title: measures.error === null ? t('Error rate') : title(measures.error),
      note: least20,
      scale: 'share',
      unit: '%',
      lines: shareLines(shares, (value) => 1 - value),
      limits: chartLimits(view, measures.error),
      empty: measures.success === null ? t('The plan has no share measure.') : noRecords(traffic),
    },
    latencyChart(view, series, traffic, per),
    {
      id: 'uploads',
      title: measures.uploads === null ? t('Records') : title(measures.uploads),
      note: t('{0}, logarithmic', per),
      scale: 'count',
      unit: '',
      lines: (['treatment', 'control'] as const).map((arm) => ({
        name: armName(arm),
        arm,
        weight: 'main',
        values: wholeCounts(arms[arm].n, traffic, newestIsWhole(view, series)),
        sample: arms[arm].n,
      })),
      limits: [],
      empty: noRecords(traffic),
    },
    {
      id: 'exposure',
      title: t('Exposure share'),
      note: t('treatment of all, {0}', per),
      scale: 'share',
      unit: '%',
      lines: [
        {
          name: armName('treatment'),
          arm: 'treatment',
          weight: 'main',
          values: trailingShare({ n: traffic, good: arms.treatment.n }, least, boundary, traffic).map(
            ({ value }) => value,
          ),
          sample: traffic,
        },
      ],
      limits: wantedShare(view),
      empty: noRecords(traffic),
    },
  ];
  return { step, times: times.map((time) => time + step / 2), charts };
}

/** Buckets without any record may be left out of a series: one of them stands for all, so that lines break there. */
function withGaps(series: SeriesResult): SeriesResult {
  const { step, times, arms } = series;
  const gaps = times.flatMap((time, index) => (index > 0 && time - (times[index - 1] ?? time) > step ? [index] : []));
  if (gaps.length === 0) return series;
  const filled = <T>(values: readonly T[], empty: (index: number) => T): T[] =>
    values.flatMap((value, index) => (gaps.includes(index) ? [empty(index), value] : [value]));
  const arm = ({ n, good, quantiles }: ArmSeries): ArmSeries => ({
    n: filled(n, () => 0),
    good: filled(good, () => 0),
    quantiles: quantiles.map(({ at, values }) => ({ at, values: filled<number | null>(values, () => null) })),
  });
  return {
    ...series,
    times: filled(times, (index) => (times[index - 1] ?? 0) + step),
    arms: { treatment: arm(arms.treatment), control: arm(arms.control) },
  };
}

function latencyChart(view: RolloutView, series: SeriesResult, traffic: readonly number[], per: string): Chart {
  const { arms, latencyUnit } = series;
  const hasLatency = [arms.treatment, arms.control].some((arm) =>
    quantileValues(arm, mainQuantile).some((value) => value !== null),
  );
  const line = (arm: 'treatment' | 'control', at: number): ChartLine => {
    const { n } = arms[arm];
    const silent = silentBuckets(n);
    // A quantile of one or two records is only noise; where there is nothing else it is shown all the same.
    const telling = n.filter((count) => count >= quantileSample).length >= 2 ? quantileSample : 1;
    return {
      name: `${armName(arm)} ${quantileName(at)}`,
      arm,
      weight: at === mainQuantile ? 'main' : 'light',
      values: quantileValues(arms[arm], at).map((value, index) => {
        if (value !== null && (n[index] ?? 0) >= telling) return value;
        return traffic[index] === 0 || silent[index] === true ? null : undefined;
      }),
      sample: n,
    };
  };
  const main = quantileMeasure(series.measures, mainQuantile);
  return {
    id: 'latency',
    title: main === null ? t('Latency') : title(main),
    note: `${listText(quantilesByWeight.map(quantileName), t)}, ${per}`,
    scale: 'value',
    unit: latencyUnit,
    lines: quantilesByWeight.flatMap((at) => [line('treatment', at), line('control', at)]),
    limits: quantilesByWeight.flatMap((at) => chartLimits(view, quantileMeasure(series.measures, at))),
    empty: hasLatency ? '' : traffic.some((n) => n > 0) ? t('No latency was measured.') : noRecords(traffic),
  };
}

function shareLines(
  shares: Readonly<Record<'treatment' | 'control', readonly SharePoint[]>>,
  turn: (value: number) => number,
): readonly ChartLine[] {
  return (['treatment', 'control'] as const).map((arm) => ({
    name: armName(arm),
    arm,
    weight: 'main',
    values: shares[arm].map(({ value }) => (value == null ? value : turn(value))),
    // One range is enough: two of them on each other tell nothing.
    ...(arm === 'treatment' && {
      likely: shares[arm].map(({ value, n }) => (value == null ? null : likelyRange(turn(value), n))),
    }),
    sample: shares[arm].map(({ n }) => n),
  }));
}

/** Before the first record nothing was counted, and a bucket that is not over yet would look like a fall. */
function wholeCounts(n: readonly number[], traffic: readonly number[], newestIsWhole: boolean): ChartLine['values'] {
  const first = traffic.findIndex((count) => count > 0);
  const last = n.length - 1;
  return n.map((count, index) => (index < first || (index === last && !newestIsWhole) ? null : count));
}

function newestIsWhole({ standing }: RolloutView, { times, step }: SeriesResult): boolean {
  return standing.watermark === null || (times.at(-1) ?? 0) + step <= standing.watermark;
}

/** A bucket in which a stage began: earlier records may not be counted with later ones. */
function stageBoundary({ stages }: RolloutView, times: readonly number[], step: number): (bucket: number) => boolean {
  const starts = stages.flatMap(({ visit }) => (visit === null ? [] : [visit.from as number]));
  const boundaries = new Set(
    starts.map((start) => times.findIndex((time) => time + step > start)).filter((index) => index >= 0),
  );
  return (bucket) => boundaries.has(bucket);
}

function leastSample({ triggers }: RolloutView, measure: string | null): number {
  const wanted = triggers.filter(({ verdict, min }) => verdict.measure === measure && min > 1).map(({ min }) => min);
  return wanted.length === 0 ? usualSample : Math.max(...wanted);
}

function noRecords(traffic: readonly number[]): string {
  return traffic.some((n) => n > 0) ? '' : t('No records in this range.');
}

function armName(arm: 'treatment' | 'control'): string {
  return arm === 'treatment' ? t('treatment') : t('control');
}

/** `success_rate` → `Success rate`. */
function title(measure: string): string {
  const words = measure.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value of the chart as people read it; an en dash where there is none. */
export function chartValueText(
  { scale, unit }: Pick<Chart, 'scale' | 'unit'>,
  value: number | null | undefined,
): string {
  if (value == null) return '–';
  if (scale === 'share') return shareText(value);
  return scale === 'count' ? grouped(Math.round(value)) : valueText(value, unit);
}
