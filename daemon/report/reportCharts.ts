import { parseCondition, thresholdValue } from '../protocol/domain/condition.ts';
import { formatDuration } from '../protocol/domain/duration.ts';
import {
  mainQuantile,
  quantileMeasure,
  quantileName,
  quantilesByWeight,
  quantileValues,
  shownQuantiles,
} from '../protocol/domain/shownQuantiles.ts';
import { localTime } from '../protocol/domain/zonedTime.ts';
import type { ArmSeries, SeriesResult } from '../protocol/wire/series.ts';
import { english } from '../protocol/words/factWords.ts';
import { percentText, shareText, valueText } from '../protocol/words/figureText.ts';
import { listText } from '../protocol/words/listText.ts';
import type { ReportFacts } from './facts.ts';
import { momentText } from './moment.ts';
import type { Chart, ChartMark, Curve, Section, Text } from './reportDocument.ts';
import { isInSpan } from './timeline.ts';

/** The most rows in a chart's table; with more buckets, several are combined into one row. */
const tableRows = 14;
const minute = 60_000;
const day = 86_400_000;
const mostMarks = 40;

type Arm = 'treatment' | 'control';

/** A figure of one arm over some buckets; `null` where there is none. */
type FigureOf = (arm: ArmSeries, indices: readonly number[]) => number | null;

/** The figures over time, from the stored records. */
export function chartsSection(facts: ReportFacts): Section | null {
  const { times } = facts.series;
  if (times.length < 2) return null;
  const charts = [
    successChart(facts),
    errorChart(facts),
    latencyChart(facts),
    uploadsChart(facts),
    exposureChart(facts),
  ];
  return {
    id: 'figures',
    title: ['Figures over time'],
    blocks: charts.filter((chart) => chart !== null).map((chart) => ({ kind: 'chart' as const, chart })),
    sections: [],
  };
}

/** The success rate, or else the records, in the minutes around a rollback. */
export function closeUpChart(facts: ReportFacts, seq: number): Chart | null {
  const closeUp = facts.closeUps.find((each) => each.seq === seq);
  if (closeUp === undefined || closeUp.series.times.length < 2) return null;
  const around = { ...facts, series: closeUp.series };
  const chart = successChart(around) ?? uploadsChart(around);
  return { ...chart, id: `${chart.id}-${seq}`, title: `${chart.title} around the rollback, each minute` };
}

function successChart(facts: ReportFacts): Chart | null {
  const { measures } = facts.series;
  if (measures.success === null) return null;
  const figure: FigureOf = (arm, indices) => ratio(sum(arm.good, indices), sum(arm.n, indices));
  return shareChart(facts, 'success', 'Success rate', measures.success, figure, { low: null, high: 1 });
}

function errorChart(facts: ReportFacts): Chart | null {
  const { measures } = facts.series;
  if (measures.error === null) return null;
  const figure: FigureOf = (arm, indices) => {
    const n = sum(arm.n, indices);
    return ratio(n - sum(arm.good, indices), n);
  };
  return shareChart(facts, 'error', 'Error rate', measures.error, figure, { low: 0, high: null });
}

function shareChart(
  facts: ReportFacts,
  id: string,
  title: string,
  measure: string,
  figure: FigureOf,
  bounds: { readonly low: number | null; readonly high: number | null },
): Chart {
  const curves = bothArms(facts, 'main', 'line', '', figure);
  const limits = limitsOf(facts, measure);
  const shown = [...values(curves), ...limits.map(({ value }) => value)];
  return {
    ...frame(facts, id, title),
    low: bounds.low ?? Math.max(0, roundDown(Math.min(1, ...shown))),
    high: bounds.high ?? Math.min(1, roundUp(Math.max(0.01, ...shown))),
    written: (value) => shareText(Number(value.toFixed(6))),
    curves,
    limits,
    summary: summaryOf(facts, title, (arm) => figureText(figure(arm, everything(facts)), (value) => shareText(value))),
    table: tableOf(facts, [
      ['Treatment', 'treatment', figure, (value) => shareText(value)],
      ['Control', 'control', figure, (value) => shareText(value)],
    ]),
  };
}

/** Quantiles of several buckets cannot be had from those of each: the table shows the highest of them. */
function latencyChart(facts: ReportFacts): Chart | null {
  const { latencyUnit, arms, step } = facts.series;
  const known = [arms.treatment, arms.control].some((arm) =>
    quantileValues(arm, mainQuantile).some((value) => value !== null),
  );
  if (!known) return null;
  const figureAt =
    (at: number): FigureOf =>
    (arm, indices) =>
      highest(quantileValues(arm, at), indices);
  const curves = quantilesByWeight.flatMap((at) =>
    bothArms(facts, at === mainQuantile ? 'main' : 'second', 'line', ` ${quantileName(at)}`, figureAt(at)),
  );
  const written = (value: number): string => valueText(Math.round(value), latencyUnit);
  const main = quantileMeasure(facts.series.measures, mainQuantile);
  const limits = main === null ? [] : limitsOf(facts, main);
  return {
    ...frame(facts, 'latency', 'Latency'),
    low: 0,
    high: roundUp(Math.max(1, ...values(curves), ...limits.map(({ value }) => value))),
    written,
    curves,
    limits,
    summary: latencySummary(arms, step, written),
    table: tableOf(
      facts,
      (['treatment', 'control'] as const).flatMap((arm) =>
        shownQuantiles.map(
          (at) =>
            [
              `${arm === 'treatment' ? 'Treatment' : 'Control'} ${quantileName(at)}`,
              arm,
              figureAt(at),
              written,
            ] as const,
        ),
      ),
    ),
  };
}

function latencySummary(
  { treatment, control }: SeriesResult['arms'],
  step: number,
  written: (value: number) => string,
): string {
  const highest = `${highestText('Treatment', treatment, written)}${highestText('Control', control, written)}`;
  const quantiles = listText(quantilesByWeight.map(quantileName), english);
  return `Latency over time, ${quantiles}, each of ${formatDuration(step)}.${highest} A row of the table shows the highest in it.`;
}

function highestText(name: string, arm: ArmSeries, written: (value: number) => string): string {
  const all = quantileValues(arm, mainQuantile);
  const value = highest(all, [...all.keys()]);
  return value === null ? '' : ` ${name}: highest ${quantileName(mainQuantile)} ${written(value)}.`;
}

function uploadsChart(facts: ReportFacts): Chart {
  const count: FigureOf = (arm, indices) => sum(arm.n, indices);
  const curves = bothArms(facts, 'main', 'steps', '', count);
  const written = (value: number): string => valueText(Math.round(value), '');
  return {
    ...frame(facts, 'uploads', `Records, each ${formatDuration(facts.series.step)}`),
    low: 0,
    high: roundUp(Math.max(1, ...values(curves))),
    written,
    curves,
    limits: [],
    summary: summaryOf(facts, 'Records', (arm) => written(sum(arm.n, everything(facts)))),
    table: tableOf(facts, [
      ['Treatment', 'treatment', count, written],
      ['Control', 'control', count, written],
    ]),
  };
}

/** The treatment's measured share of the traffic; a mark says what the flag was set to. */
function exposureChart(facts: ReportFacts): Chart {
  const { series } = facts;
  const share = (indices: readonly number[]): number | null => {
    const treatment = sum(series.arms.treatment.n, indices);
    return ratio(treatment, treatment + sum(series.arms.control.n, indices));
  };
  const points = series.times.map((at, index) => ({ at, value: share([index]) }));
  const all = share(everything(facts));
  const written = (value: number): string => shareText(Number(value.toFixed(6)));
  return {
    ...frame(facts, 'exposure', 'Exposure: the treatment’s share of the traffic'),
    low: 0,
    high: Math.min(1, roundUp(Math.max(0.01, ...points.map(({ value }) => value ?? 0)))),
    written,
    curves: [
      { name: 'Measured share', arm: 'treatment', weight: 'main', shape: 'steps', points: withGaps(facts, points) },
    ],
    limits: [],
    summary: `Exposure over time. Over all of it: ${all === null ? 'no data' : written(all)} of the traffic was treatment.`,
    table: tableOf(facts, [['Measured share', 'treatment', (_, indices) => share(indices), written]]),
  };
}

function frame(
  { series, loaded, ...facts }: ReportFacts,
  id: string,
  title: string,
): Pick<Chart, 'id' | 'title' | 'zone' | 'from' | 'to' | 'marks'> {
  const from = series.times[0] ?? 0;
  const to = (series.times.at(-1) ?? 0) + series.step;
  const all = { series, loaded, ...facts };
  const marks = marksOf(all).filter(({ at }) => at >= from - series.step && at <= to + series.step);
  return { id, title, zone: loaded.plan.timezone, from, to, marks: marks.slice(0, mostMarks) };
}

function marksOf(facts: ReportFacts): readonly ChartMark[] {
  return facts.entries.flatMap(({ at, body }): ChartMark[] => {
    if (!isInSpan(facts, at)) return [];
    if (body.kind === 'stage-entered') return [{ at: body.at, label: percentText(body.percent), kind: 'stage' }];
    return body.kind === 'rollback-started' ? [{ at: body.at, label: 'rollback', kind: 'rollback' }] : [];
  });
}

function bothArms(
  facts: ReportFacts,
  weight: Curve['weight'],
  shape: Curve['shape'],
  suffix: string,
  figure: FigureOf,
): readonly Curve[] {
  const { times, arms } = facts.series;
  const curve = (arm: Arm, name: string): Curve => {
    const points = times.map((at, index) => ({ at, value: figure(arms[arm], [index]) }));
    return { name: `${name}${suffix}`, arm, weight, shape, points: withGaps(facts, points) };
  };
  return [curve('treatment', 'Treatment'), curve('control', 'Control')].filter(({ points }) =>
    points.some(({ value }) => value !== null && (shape === 'line' || value > 0)),
  );
}

/** The curve is interrupted where buckets without any record were left out. */
function withGaps({ series }: ReportFacts, points: Curve['points']): Curve['points'] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const gap = before !== undefined && point.at - before.at > series.step * 1.5;
    return gap ? [{ at: before.at + series.step, value: null }, point] : [point];
  });
}

/** The limits of the plan's triggers and of the newest stay's gate on this measure; each number once. */
function limitsOf({ loaded, stays }: ReportFacts, measure: string): Chart['limits'] {
  const gate = stays.at(-1)?.gate ?? [];
  const conditions = [
    ...loaded.plan.triggers.map(({ id, when }) => ({ label: id, condition: when })),
    ...gate.flatMap(({ condition: text }) => {
      const condition = parseCondition(text);
      return 'measure' in condition ? [{ label: 'gate', condition }] : [];
    }),
  ];
  const found = new Map<number, string>();
  for (const { label, condition } of conditions) {
    if (condition.measure !== measure || condition.against === 'baseline') continue;
    const value = thresholdValue(condition.threshold);
    if (!found.has(value))
      found.set(value, `${label} ${condition.comparison} ${valueText(value, condition.threshold.unit)}`);
  }
  return [...found].map(([value, label]) => ({ value, label })).slice(0, 4);
}

type TableColumn = readonly [title: string, arm: Arm, figure: FigureOf, written: (value: number) => string];

function tableOf({ series, loaded }: ReportFacts, columns: readonly TableColumn[]): Chart['table'] {
  const zone = loaded.plan.timezone;
  const rows = tableGroups(series, zone).map((indices): readonly Text[] => [
    [momentText(series.times[indices[0] ?? 0] ?? 0, zone)],
    ...columns.map(([, arm, figure, written]): Text => [figureText(figure(series.arms[arm], indices), written)]),
  ]);
  return {
    columns: [{ title: 'From' }, ...columns.map(([title]) => ({ title, align: 'right' as const }))],
    rows,
  };
}

/** Buckets of the same minutes, hours or days of the zone, in as many groups as a table has room for. */
function tableGroups({ times, step }: SeriesResult, zone: string): readonly (readonly number[])[] {
  const length = (times.at(-1) ?? 0) + step - (times[0] ?? 0);
  const group = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].find(
    (minutes) => minutes * minute >= step && length / minutes / minute <= tableRows,
  );
  const days = Math.max(1, Math.ceil(length / day / tableRows));
  const groups = new Map<number, number[]>();
  for (const [index, time] of times.entries()) {
    const local = localTime(time, zone);
    const dayNumber = Math.floor(Date.UTC(local.year, local.month - 1, local.day) / day);
    const key =
      group === undefined ? Math.floor(dayNumber / days) : dayNumber * 1440 + Math.floor(local.minute / group);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [index]);
    else known.push(index);
  }
  return [...groups.values()];
}

function summaryOf({ series }: ReportFacts, title: string, whole: (arm: ArmSeries) => string): string {
  return `${title} over time. Over all of it: treatment ${whole(series.arms.treatment)}, control ${whole(series.arms.control)}.`;
}

function figureText(value: number | null, written: (value: number) => string): string {
  return value === null ? 'no data' : written(value);
}

function everything({ series }: ReportFacts): readonly number[] {
  return series.times.map((_, index) => index);
}

function values(curves: readonly Curve[]): readonly number[] {
  return curves.flatMap(({ points }) => points.flatMap(({ value }) => (value === null ? [] : [value])));
}

function sum(numbers: readonly number[], indices: readonly number[]): number {
  return indices.reduce((total, index) => total + (numbers[index] ?? 0), 0);
}

function highest(numbers: readonly (number | null)[], indices: readonly number[]): number | null {
  return indices.reduce<number | null>((most, index) => {
    const value = numbers[index] ?? null;
    return value === null || (most !== null && most >= value) ? most : value;
  }, null);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Rounds to one, two or five of the digit before: axes end at numbers that people say. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value * 0.999_999) ?? 10;
  return step * power;
}

/** A round limit below a share near 1: 0.9, 0.8, 0.5, 0. */
function roundDown(share: number): number {
  const missing = 1 - share;
  if (missing <= 0) return 0.99;
  return 1 - Math.min(1, roundUp(missing * 1.1));
}
