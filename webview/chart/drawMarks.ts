import type uPlot from 'uplot';
import type { ChartLimit } from '../model/chartLimits.ts';
import type { ChartMark } from '../model/chartMarks.ts';
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

/** Limits that lie beyond the figures: an arrow and their words at that edge. */
export function drawFarLimits(plot: uPlot, limits: readonly ChartLimit[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const height = labelHeight * devicePixelRatio;
  const gap = 4 * devicePixelRatio;
  prepare(plot, theme);
  const rows = { '↑': 0, '↓': 0 };
  for (const limit of limits) {
    const y = plot.valToPos(limit.value, 'y', true);
    const arrow = y < bbox.top ? '↑' : y > bbox.top + bbox.height ? '↓' : null;
    if (arrow === null || limit.to !== null) continue;
    const row = rows[arrow];
    rows[arrow] += 1;
    const text = `${arrow} ${limit.text}`;
    const left = bbox.left + bbox.width - ctx.measureText(text).width - gap;
    const top = arrow === '↑' ? bbox.top + gap + row * height : bbox.top + bbox.height - gap - (row + 1) * height;
    write(ctx, text, { left, right: bbox.left + bbox.width, top }, theme, 1);
  }
  ctx.restore();
}

/**
 * The words of the limit lines: beside the figures, near the start of each line, because the newest figures are at the
 * other end. Earlier stages' gates are drawn without words: words for all of them would be too much.
 */
export function labelLimits(plot: uPlot, limits: readonly ChartLimit[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const height = labelHeight * devicePixelRatio;
  const taken: Box[] = [];
  prepare(plot, theme);
  const edge = bbox.left + bbox.width;
  const step = bbox.width / 8;
  for (const limit of limits) {
    const line = lineOf(plot, limit);
    if (line === null || edge - line.right > bbox.width / 8) continue;
    const width = ctx.measureText(limit.text).width;
    const gap = 4 * devicePixelRatio;
    const begins = line.left + gap;
    const left = begins + width <= edge ? begins : Math.max(bbox.left, line.left - gap - width);
    const above = line.y - height;
    const below = line.y + 2 * devicePixelRatio;
    const sides = above > bbox.top + 2 * devicePixelRatio ? [above, below] : [below];
    // A place from the line's start along the line, if the words fit before its end.
    const lefts = [left];
    for (let on = left + step; on + width + gap <= line.right; on += step) lefts.push(on);
    const boxes = lefts
      .flatMap((left) => sides.map((top) => ({ left, right: left + width + gap, top })))
      .filter((box) => !taken.some((other) => overlap(other, box, height)));
    const inside = boxes.filter(({ top }) => top + height <= bbox.top + bbox.height);
    const free = inside.find((box) => !crossed(plot, box, height));
    const box = free ?? boxes[0];
    if (box === undefined) continue;
    taken.push(box);
    write(ctx, limit.text, box, theme, free === undefined ? 0.6 : 1);
  }
  ctx.restore();
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

/** The events, as lines through the chart, with their words above. Rollbacks keep their words where both do not fit. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[], theme: ChartTheme): void {
  const { ctx, bbox } = plot;
  const head = (labelHeight + 2) * devicePixelRatio;
  const gap = 4 * devicePixelRatio;
  const right = bbox.left + bbox.width;
  const told: { readonly box: Box; readonly text: string }[] = [];
  prepare(plot, theme);
  for (const mark of marks.toSorted((one, other) => rank(other) - rank(one) || other.at - one.at)) {
    const x = Math.round(plot.valToPos(mark.at, 'x', true));
    if (x < bbox.left || x > right) continue;
    const width = ctx.measureText(mark.text).width;
    const left = x + gap + width <= right ? x + gap : x - gap - width;
    const box = { left, right: left + width + gap, top: bbox.top - head };
    const isTold = !told.some((other) => overlap(other.box, box, head));
    if (isTold) told.push({ box, text: mark.text });
    const isBad = mark.kind === 'rollback' || mark.kind === 'firing';
    ctx.strokeStyle = isBad ? theme.trigger : theme.mark;
    ctx.lineWidth = (mark.kind === 'rollback' ? 2 : 1) * devicePixelRatio;
    ctx.setLineDash(mark.kind === 'firing' || mark.kind === 'note' ? [2 * devicePixelRatio, 2 * devicePixelRatio] : []);
    ctx.beginPath();
    // A line reaches up among the words only where it has words of its own: otherwise a neighbour's words would seem to
    // name it.
    ctx.moveTo(x, isTold ? bbox.top - head : bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  for (const { box, text } of told) write(ctx, text, box, theme, 1);
  ctx.restore();
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

const ranks: Readonly<Record<ChartMark['kind'], number>> = { rollback: 3, stage: 2, firing: 1, note: 0 };

function rank({ kind }: ChartMark): number {
  return ranks[kind];
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

/**
 * Words with a rim of the background, so that a line behind them does not cross them out. `rim`: its density; a rim
 * that hid a figure would look like missing data.
 */
function write(ctx: CanvasRenderingContext2D, text: string, { left, top }: Box, theme: ChartTheme, rim: number): void {
  ctx.globalAlpha = rim;
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeText(text, left, top);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.text;
  ctx.fillText(text, left, top);
}

function overlap(one: Box, other: Box, height: number): boolean {
  return one.left < other.right && other.left < one.right && Math.abs(one.top - other.top) < height;
}
