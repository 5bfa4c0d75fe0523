import { instantOf, localTime, plusDays } from '../protocol/domain/zonedTime.ts';
import { htmlText } from './htmlText.ts';
import { momentText, tickText } from './moment.ts';
import type { Chart, Curve } from './reportDocument.ts';

/** The size of the drawing, in its own units; it scales with the page. */
const width = 880;
const height = 240;
const left = 64;
/** Where the limits' labels stand. */
const right = 136;
const top = 32;
const bottom = 32;
const day = 86_400_000;
const mostTicks = 8;

/** A chart as inline SVG without a script. Colours are the page's, so that dark pages and paper have theirs. */
export function chartSvg(chart: Chart): string {
  const { id, title, summary } = chart;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-summary">`,
    `<title id="${id}-title">${htmlText(title)}</title>`,
    `<desc id="${id}-summary">${htmlText(summary)}</desc>`,
    ...gridLines(chart),
    ...timeTicks(chart),
    ...chart.marks.flatMap((each, index) => markLine(chart, each, index)),
    ...limitLines(chart),
    ...chart.curves.toReversed().map((curve) => curvePath(chart, curve)),
    '</svg>',
  ].join('\n');
}

function gridLines(chart: Chart): readonly string[] {
  const steps = stepsOf(chart.high - chart.low);
  return Array.from({ length: steps + 1 }, (_, index) => {
    const value = chart.low + ((chart.high - chart.low) * index) / steps;
    const y = yOf(chart, value);
    return [
      `<line class="${index === 0 ? 'axis' : 'grid'}" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>`,
      `<text class="tick" x="${left - 8}" y="${round(y + 4)}" text-anchor="end">${htmlText(chart.written(value))}</text>`,
    ].join('');
  });
}

/** Two is halved twice; one and five are told in fifths. */
function stepsOf(length: number): number {
  return Math.round(length / 10 ** Math.floor(Math.log10(length * 1.000_001))) === 2 ? 4 : 5;
}

function timeTicks(chart: Chart): readonly string[] {
  const unit = chart.to - chart.from < 2 * day ? 'time' : 'day';
  return ticksOf(chart).map(
    (at) =>
      `<text class="tick" x="${xOf(chart, at)}" y="${height - 8}" text-anchor="middle">${htmlText(tickText(at, chart.zone, unit))}</text>`,
  );
}

/** Full minutes, hours or days of the zone, at most eight. */
function ticksOf({ from, to, zone }: Chart): readonly number[] {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360].find((each) => (to - from) / each / 60_000 <= mostTicks);
  const first = localTime(from, zone);
  if (minutes !== undefined) {
    const wait = (minutes - (first.minute % minutes)) % minutes;
    const start = Math.floor(from / 60_000) * 60_000 + wait * 60_000;
    const count = Math.max(0, Math.floor((to - start) / minutes / 60_000) + 1);
    return Array.from({ length: count }, (_, index) => start + index * minutes * 60_000).filter((at) => at >= from);
  }
  const days = Math.ceil((to - from) / day / mostTicks);
  return Array.from({ length: mostTicks + 2 }, (_, index) =>
    instantOf({ ...plusDays(first, index * days), minute: 0 }, zone, 'earlier'),
  ).filter((at) => at >= from && at <= to);
}

/** The label of a mark that is too near to the one before is left out; the line still tells when one points at it. */
function markLine(chart: Chart, { at, label, kind }: Chart['marks'][number], index: number): readonly string[] {
  const x = xOf(chart, at);
  const before = chart.marks[index - 1];
  const room = before === undefined || x - xOf(chart, before.at) >= 40 || kind === 'rollback';
  const isBeforeRollback =
    chart.marks[index + 1]?.kind === 'rollback' && xOf(chart, chart.marks[index + 1]?.at ?? 0) - x < 40;
  const words = `<text class="mark-label ${kind}" x="${round(x + 4)}" y="16">${htmlText(label)}</text>`;
  const told = `<title>${htmlText(`${label}, ${momentText(at, chart.zone)}`)}</title>`;
  return [
    `<g><line class="mark ${kind}" x1="${x}" x2="${x}" y1="8" y2="${height - bottom}">${told}</line>${room && !isBeforeRollback ? words : ''}</g>`,
  ];
}

/** Their labels stand beside the plot, apart from each other also where the limits lie close together. */
function limitLines(chart: Chart): readonly string[] {
  let lowest = Number.NEGATIVE_INFINITY;
  const falling = chart.limits.toSorted((one, other) => other.value - one.value);
  return falling.map(({ value, label }) => {
    const y = yOf(chart, value);
    lowest = Math.max(y + 4, lowest + 16);
    const x = width - right;
    return `<g><line class="limit" x1="${left}" x2="${x}" y1="${y}" y2="${y}"/><text class="limit-label" x="${x + 8}" y="${round(lowest)}">${htmlText(label)}</text></g>`;
  });
}

function curvePath(chart: Chart, curve: Curve): string {
  const parts: string[] = [];
  let isOpen = false;
  const step = chart.to - (curve.points.at(-1)?.at ?? chart.to);
  for (const { at, value } of curve.points) {
    const x = xOf(chart, at);
    if (value === null) {
      if (isOpen && curve.shape === 'steps') parts.push(`H${x}`);
      isOpen = false;
      continue;
    }
    const y = yOf(chart, value);
    if (!isOpen) parts.push(`M${x} ${y}`);
    else parts.push(curve.shape === 'steps' ? `H${x}V${y}` : `L${x} ${y}`);
    isOpen = true;
  }
  // The last bucket has its length, too; a line's lone point is drawn as a short dash.
  if (isOpen && curve.shape === 'steps') parts.push(`H${xOf(chart, chart.to)}`);
  else if (isOpen && step > 0) parts.push(`h${round((xOf(chart, chart.to) - xOf(chart, chart.to - step)) / 2)}`);
  return `<path class="curve ${curve.arm} ${curve.weight}" d="${parts.join('')}"/>`;
}

function xOf({ from, to }: Chart, at: number): number {
  const share = to === from ? 0 : (at - from) / (to - from);
  return round(left + Math.min(1, Math.max(0, share)) * (width - left - right));
}

function yOf({ low, high }: Chart, value: number): number {
  const share = high === low ? 0 : (value - low) / (high - low);
  return round(height - bottom - Math.min(1, Math.max(0, share)) * (height - top - bottom));
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
