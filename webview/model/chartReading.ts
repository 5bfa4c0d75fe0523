import { type ChartMark, marksAt } from './chartMarks.ts';
import { type Chart, chartValueText } from './chartModels.ts';
import { momentText } from './pageMoments.ts';

/** The legend of a chart: the values under the cursor, or the newest. */
export interface Reading {
  readonly name: string;
  readonly arm: 'treatment' | 'control';
  readonly weight: 'main' | 'light';
  readonly value: string;
}

export function readings(chart: Chart, bucket: number | null): readonly Reading[] {
  return chart.lines.map(({ name, arm, weight, values }) => {
    const value = bucket === null ? values.findLast((each) => each != null) : values[bucket];
    return { name, arm, weight, value: chartValueText(chart, value) };
  });
}

/** The chart in words, at a bucket: for those who do not see it. */
export function spokenReading(
  chart: Chart,
  times: readonly number[],
  marks: readonly ChartMark[],
  step: number,
  bucket: number | null,
  zone: string,
): string {
  if (chart.empty !== '') return chart.empty;
  const at = bucket ?? times.length - 1;
  const time = times[at] ?? 0;
  const facts = readings(chart, bucket).map(({ name, value }) => `${name} ${value}`);
  const happened = marksAt(marks, time, step).map(({ text }) => text);
  return [momentText(time - step / 2, zone), ...facts, ...happened].join(', ');
}
