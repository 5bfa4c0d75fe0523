import type uPlot from 'uplot';
import type { ChartLimit } from '../model/chartLimits.ts';
import { type ChartMark, markRank } from '../model/chartMarks.ts';
import type { ChartLine } from '../model/chartModels.ts';
import type { ChartTheme } from './chartTheme.ts';

/** Canvas pixels; `uPlot` gives its box in them too. */
const labelHeight = 12;

/** Limit lines, drawn beneath the figures. */
export function drawLimits(plot: uPlot, limits: readonly ChartLimit[], theme: ChartTheme): void {
  const { ctx } = plot;
  ctx.save();
  for (const limit of limits) {
    const line = lineOf(plot, limit);
    if (line === null) continue;
    ctx.strokeStyle = limit.kind === 'trigger' ? theme.trigger : limit.kind === 'gate' ? theme.gate : theme.wanted;
    ctx.setLineDash(limit.kind === 'trigger' ? [] : [2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(line.left, line.y);
    ctx.lineTo(line.right, line.y);
    ctx.stroke();
  }
  ctx.restore();
}

/** Where the share of each line lies with 95 %, beneath the figures. */
export function drawLikely(plot: uPlot, lines: readonly ChartLine[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const times = plot.data[0];
  const top = (value: number) => Math.min(Math.max(plot.valToPos(value, 'y', true), bbox.top), bbox.top + bbox.height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.08;
  for (const { likely = [], arm } of lines) {
    ctx.fillStyle = theme[arm];
    for (const stretch of stretches(likely)) {
      const points = stretch.map(({ index, range: [low, high] }) => ({
        x: plot.valToPos(times[index] ?? 0, 'x', true),
        low: top(low),
        high: top(high),
      }));
      ctx.beginPath();
      for (const { x, high } of points) ctx.lineTo(x, high);
      for (const { x, low } of points.toReversed()) ctx.lineTo(x, low);
      ctx.fill();
    }
  }
  ctx.restore();
}

type Likely = readonly [low: number, high: number];

/** Neighbouring points with a range; one bucket without a record does not end a stretch, two do. */
function stretches(likely: readonly (Likely | null)[]): readonly { index: number; range: Likely }[][] {
  const found: { index: number; range: Likely }[][] = [];
  for (const [index, range] of likely.entries()) {
    if (range === null) continue;
    const stretch = found.at(-1);
    if (stretch !== undefined && index - (stretch.at(-1)?.index ?? 0) <= 2) stretch.push({ index, range });
    else found.push([{ index, range }]);
  }
  return found;
}

/**
 * The words of the limits, where they lie on no figure and on no other words: near the start of each line, because the
 * newest figures are at the other end; at the edge, with an arrow, where a limit lies beyond the figures. Earlier stages'
 * gates are drawn without words: words for all of them would be too much. Returns the words that found no place.
 */
export function labelLimits(plot: uPlot, limits: readonly ChartLimit[], theme: ChartTheme): readonly LimitName[] {
  const { ctx, bbox } = plot;
  const height = labelHeight * devicePixelRatio;
  const taken: Box[] = [];
  const homeless: LimitName[] = [];
  prepare(plot, theme);
  for (const limit of limits) {
    const arrow = arrowOf(plot, limit);
    if (arrow !== null && limit.to !== null) continue;
    const text = arrow === null ? limit.text : `${arrow} ${limit.text}`;
    const width = ctx.measureText(text).width;
    const places = arrow === null ? placesAlong(plot, limit, width) : placesAtEdge(plot, arrow, width);
    if (places === null) continue;
    const box = places.find(
      (place) =>
        place.top >= bbox.top &&
        place.top + height <= bbox.top + bbox.height &&
        !taken.some((other) => overlap(other, place, height)) &&
        !crossed(plot, place, height),
    );
    if (box === undefined) {
      homeless.push({ kind: limit.kind, text });
      continue;
    }
    taken.push(box);
    write(ctx, text, box, theme);
  }
  ctx.restore();
  return homeless;
}

/** A limit by its words. */
export type LimitName = Pick<ChartLimit, 'kind' | 'text'>;

type Arrow = '↑' | '↓';

function arrowOf({ bbox, valToPos }: uPlot, { value }: ChartLimit): Arrow | null {
  const y = valToPos(value, 'y', true);
  if (y < bbox.top) return '↑';
  return y > bbox.top + bbox.height ? '↓' : null;
}

/** Above and below the line, from its start on; `null` for a line that bears no words. */
function placesAlong(plot: uPlot, limit: ChartLimit, width: number): readonly Box[] | null {
  const { bbox } = plot;
  const line = lineOf(plot, limit);
  const edge = bbox.left + bbox.width;
  if (line === null || edge - line.right > bbox.width / 8) return null;
  const gap = 4 * devicePixelRatio;
  const begins = line.left + gap;
  const lefts = [begins + width <= edge ? begins : Math.max(bbox.left, line.left - gap - width)];
  for (let on = begins + bbox.width / 8; on + width + gap <= line.right; on += bbox.width / 8) lefts.push(on);
  const tops = [line.y - labelHeight * devicePixelRatio, line.y + 2 * devicePixelRatio];
  return lefts.flatMap((left) => tops.map((top) => ({ left, right: left + width + gap, top })));
}

/** From the right end of an edge, and in a second row. */
function placesAtEdge({ bbox }: uPlot, arrow: Arrow, width: number): readonly Box[] {
  const gap = 4 * devicePixelRatio;
  const height = labelHeight * devicePixelRatio;
  const places: Box[] = [];
  for (const row of [0, 1, 2]) {
    const top = arrow === '↑' ? bbox.top + gap + row * height : bbox.top + bbox.height - gap - (row + 1) * height;
    for (let left = bbox.left + bbox.width - width - gap; left >= bbox.left; left -= bbox.width / 8) {
      places.push({ left, right: left + width + gap, top });
    }
  }
  return places;
}

/** True when a figure's line may run through the box, or touch it. */
function crossed(plot: uPlot, { left, right, top }: Box, height: number): boolean {
  const margin = 2 * devicePixelRatio;
  const from = Math.max(0, plot.posToIdx(left, true) - 1);
  const to = plot.posToIdx(right, true) + 2;
  return plot.data.slice(1).some((values) => {
    const known = Array.from(values).slice(from, to);
    const heights = known.flatMap((value) => (value == null ? [] : [plot.valToPos(value, 'y', true)]));
    return heights.length > 0 && Math.min(...heights) < top + height + margin && Math.max(...heights) > top - margin;
  });
}

/**
 * The events, as lines through the chart, with their words above it. What says most keeps its words where not all fit, and
 * `near`, which the cursor is at, before all others.
 */
export function drawMarks(
  plot: uPlot,
  marks: readonly ChartMark[],
  near: readonly ChartMark[],
  theme: ChartTheme,
): void {
  const { ctx, bbox } = plot;
  const head = (labelHeight + 2) * devicePixelRatio;
  const gap = 4 * devicePixelRatio;
  const right = bbox.left + bbox.width;
  const told: { readonly box: Box; readonly mark: ChartMark }[] = [];
  const rank = (mark: ChartMark) => markRank(mark) + (near.includes(mark) ? 100 : mark.past ? 0 : 10);
  prepare(plot, theme);
  for (const mark of marks.toSorted((one, other) => rank(other) - rank(one) || other.at - one.at)) {
    const x = Math.round(plot.valToPos(mark.at, 'x', true));
    if (x < bbox.left || x > right) continue;
    const width = ctx.measureText(mark.text).width;
    const left = x + gap + width <= right ? x + gap : x - gap - width;
    const box = { left, right: left + width + gap, top: bbox.top - head };
    const isTold = left >= 0 && !told.some((other) => overlap(other.box, box, head));
    if (isTold) told.push({ box, mark });
    const isBad = mark.kind === 'rollback' || mark.kind === 'firing';
    ctx.globalAlpha = mark.past && !near.includes(mark) ? 0.5 : 1;
    ctx.strokeStyle = isBad ? theme.trigger : mark.kind === 'moment' ? theme.wanted : theme.mark;
    ctx.lineWidth =
      (mark.kind === 'rollback' || mark.kind === 'moment' || near.includes(mark) ? 2 : 1) * devicePixelRatio;
    ctx.setLineDash(dashes[mark.kind].map((length) => length * devicePixelRatio));
    ctx.beginPath();
    // A line reaches up among the words only where it has words of its own: otherwise a neighbour's words would seem to
    // name it.
    ctx.moveTo(x, isTold ? bbox.top - head : bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  for (const { box, mark } of told) write(ctx, mark.text, box, theme);
  ctx.restore();
}

const dashes: Readonly<Record<ChartMark['kind'], readonly number[]>> = {
  moment: [],
  rollback: [],
  stage: [],
  firing: [2, 2],
  deploy: [6, 3],
  note: [1, 3],
};

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** Where the line runs, in canvas pixels; `null` when none of it is in sight. */
function lineOf(plot: uPlot, { from, to, value }: ChartLimit): { left: number; right: number; y: number } | null {
  const { bbox } = plot;
  const edge = bbox.left + bbox.width;
  const inside = (at: number) => Math.min(Math.max(plot.valToPos(at, 'x', true), bbox.left), edge);
  const left = from === null ? bbox.left : inside(from);
  const right = to === null ? edge : inside(to);
  const y = Math.round(plot.valToPos(value, 'y', true));
  return right - left < devicePixelRatio || y < bbox.top || y > bbox.top + bbox.height ? null : { left, right, y };
}

function prepare({ ctx }: uPlot, theme: ChartTheme): void {
  ctx.save();
  ctx.font = theme.font.replace('11px', `${Math.round(11 * devicePixelRatio)}px`);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.lineJoin = 'round';
  ctx.setLineDash([]);
}

/** Words with a rim of the background, so that a line behind them does not cross them out. */
function write(ctx: CanvasRenderingContext2D, text: string, { left, top }: Box, theme: ChartTheme): void {
  ctx.globalAlpha = 1;
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeText(text, left, top);
  ctx.fillStyle = theme.text;
  ctx.fillText(text, left, top);
}

function overlap(one: Box, other: Box, height: number): boolean {
  return one.left < other.right && other.left < one.right && Math.abs(one.top - other.top) < height;
}
