import uPlot from 'uplot';
import { axisTexts } from '../model/axisTexts.ts';
import type { ChartLimit } from '../model/chartLimits.ts';
import { type ChartMark, marksAt } from '../model/chartMarks.ts';
import type { Chart, ChartLine } from '../model/chartModels.ts';
import { tickTexts } from '../model/pageMoments.ts';
import { type ChartTheme, chartTheme } from './chartTheme.ts';
import { drawLikely, drawLimits, drawMarks, type LimitName, labelLimits } from './drawMarks.ts';
import { verticalRange } from './verticalScale.ts';

/** The contents of one chart. */
export interface Drawing {
  readonly chart: Chart;
  /** Middle of each bucket, milliseconds. */
  readonly times: readonly number[];
  /** Length of a bucket, milliseconds. */
  readonly step: number;
  /** Left and right edge, milliseconds. */
  readonly span: readonly [number, number];
  readonly marks: readonly ChartMark[];
  readonly zone: string;
}

/** What a reader does on a chart. */
export interface PlotActs {
  point(bucket: number | null): void;
  /** `null`: all of the range again. */
  zoom(span: readonly [number, number] | null): void;
  /** Why, at this mark. */
  choose(mark: ChartMark): void;
  /** The words of limits that found no place on the drawing. */
  unplaced(limits: readonly LimitName[]): void;
}

const plotHeight = 152;
/** How near to a mark a click means it, in CSS pixels. */
const reach = 6;

/** A uPlot that follows its data; it is made anew only when its lines or its theme change. */
export class Plot {
  readonly #host: HTMLElement;
  readonly #acts: PlotActs;
  #drawing: Drawing;
  #theme: ChartTheme;
  #shape: string;
  #plot: uPlot;
  #cursor: number | null = null;
  /** The marks under the cursor. */
  #near: readonly ChartMark[] = [];
  #unplaced = '';

  constructor(host: HTMLElement, drawing: Drawing, acts: PlotActs) {
    this.#host = host;
    this.#acts = acts;
    this.#drawing = drawing;
    this.#theme = chartTheme();
    this.#shape = shapeOf(drawing);
    this.#plot = this.#make();
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#near = [];
    if (shapeOf(drawing) !== this.#shape) {
      this.remake();
      return;
    }
    this.#plot.setData(dataOf(drawing), true);
    this.#place();
  }

  /** The theme's colours, or the lines, have changed. */
  remake(): void {
    this.#plot.destroy();
    this.#theme = chartTheme();
    this.#shape = shapeOf(this.#drawing);
    this.#plot = this.#make();
    this.#place();
  }

  resize(): void {
    const width = this.#host.clientWidth;
    if (width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: plotHeight });
      this.#place();
    }
  }

  /** Puts the cursor on a bucket without saying so to anyone. */
  point(bucket: number | null): void {
    if (bucket === this.#cursor) return;
    this.#cursor = bucket;
    this.#place();
    this.#lookNear();
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #place(): void {
    const time = this.#cursor === null ? undefined : this.#drawing.times[this.#cursor];
    const left = time === undefined ? -10 : this.#plot.valToPos(time, 'x');
    this.#plot.setCursor({ left, top: time === undefined ? -10 : 1 }, false);
  }

  #make(): uPlot {
    const { chart } = this.#drawing;
    const theme = this.#theme;
    const options: uPlot.Options = {
      width: Math.max(120, this.#host.clientWidth),
      height: plotHeight,
      ms: 1,
      tzDate: (time) => inZone(time, this.#drawing.zone),
      padding: [16, 20, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 6 },
        points: { size: 6, width: 1.5, fill: theme.background },
      },
      scales: {
        x: { time: true, range: () => [...this.#drawing.span] },
        y: {
          range: () => [...verticalRange(this.#drawing.chart)],
          ...(chart.scale === 'count' && { distr: 4 as const, asinh: 1 }),
        },
      },
      axes: [this.#timeAxis(), this.#figureAxis()],
      series: [{}, ...chart.lines.map((line) => seriesOf(line, theme))],
      hooks: {
        drawAxes: [
          (plot) => {
            drawLikely(plot, this.#drawing.chart.lines, this.#theme);
            drawLimits(plot, this.#limits('beneath'), this.#theme);
          },
        ],
        draw: [
          (plot) => {
            drawLimits(plot, this.#limits('above'), this.#theme);
            drawMarks(plot, this.#drawing.marks, this.#near, this.#theme);
            this.#tellUnplaced(labelLimits(plot, this.#drawing.chart.limits, this.#theme));
          },
        ],
        setCursor: [(plot) => this.#hovered(plot)],
        setSelect: [(plot) => this.#selected(plot)],
        ready: [(plot) => this.#listen(plot)],
      },
    };
    return new uPlot(options, dataOf(this.#drawing), this.#host);
  }

  /** The intended share would vanish beneath the observed one. */
  #limits(where: 'beneath' | 'above'): readonly ChartLimit[] {
    return this.#drawing.chart.limits.filter(({ kind }) => (kind === 'wanted') === (where === 'above'));
  }

  #hovered(plot: uPlot): void {
    const { left = -10, idx } = plot.cursor;
    const bucket = left < 0 || idx == null ? null : idx;
    if (bucket === this.#cursor) return;
    this.#cursor = bucket;
    this.#lookNear();
    this.#acts.point(bucket);
  }

  /** The words of the marks under the cursor are always there to be read. */
  #lookNear(): void {
    const { marks, times, step } = this.#drawing;
    const time = this.#cursor === null ? undefined : times[this.#cursor];
    const near = time === undefined ? [] : marksAt(marks, time, step);
    if (near.length === 0 && this.#near.length === 0) return;
    this.#near = near;
    this.#plot.redraw(false, false);
  }

  #tellUnplaced(limits: readonly LimitName[]): void {
    const told = limits.map(({ text }) => text).join('\n');
    if (told === this.#unplaced) return;
    this.#unplaced = told;
    this.#acts.unplaced(limits);
  }

  /** Dragged over: the chart, and its neighbours, show that time. */
  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width <= 0) return;
    this.#acts.zoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #listen(plot: uPlot): void {
    plot.over.addEventListener('dblclick', () => this.#acts.zoom(null));
    const under = ({ offsetX }: MouseEvent): ChartMark | undefined => {
      const [nearest] = this.#drawing.marks
        .map((mark) => ({ mark, distance: Math.abs(plot.valToPos(mark.at, 'x') - offsetX) }))
        .filter(({ distance }) => distance <= reach)
        .toSorted((one, other) => one.distance - other.distance);
      return nearest?.mark;
    };
    plot.over.addEventListener('mousemove', (event) => {
      plot.over.classList.toggle('on-mark', under(event) !== undefined);
    });
    plot.over.addEventListener('click', (event) => {
      const mark = under(event);
      if (mark !== undefined) this.#acts.choose(mark);
    });
  }

  #timeAxis(): uPlot.Axis {
    const theme = this.#theme;
    return {
      stroke: theme.text,
      font: theme.font,
      size: 24,
      gap: 6,
      space: 56,
      grid: { show: false },
      ticks: { stroke: theme.grid, width: 1, size: 4 },
      values: (_plot, splits) => tickTexts(splits, this.#drawing.zone),
    };
  }

  #figureAxis(): uPlot.Axis {
    const theme = this.#theme;
    const { chart } = this.#drawing;
    return {
      stroke: theme.text,
      font: theme.font,
      size: 56,
      gap: 6,
      space: 32,
      grid: { stroke: theme.grid, width: 1 },
      ticks: { show: false },
      ...(chart.scale === 'count' && { splits: (plot: uPlot) => powersOfTen(plot.scales.y?.max ?? 1) }),
      values: (_plot, splits) => axisTexts(chart, splits),
    };
  }
}

function seriesOf(line: ChartLine, theme: ChartTheme): uPlot.Series {
  const isTreatment = line.arm === 'treatment';
  const stroke = isTreatment ? theme.treatment : theme.control;
  return {
    label: line.name,
    stroke,
    width: line.weight === 'main' ? theme.lineWidth : theme.lineWidth * 0.6,
    alpha: line.weight === 'main' ? 1 : 0.75,
    ...(!isTreatment && { dash: line.weight === 'main' ? [5, 4] : [2, 3] }),
    points: { show: false, size: 4, width: 0, fill: stroke, filter: lonely },
  };
}

/** Points with nothing on either side have no line to be seen by. */
const lonely: uPlot.Series.Points.Filter = (plot, series) => {
  const values = plot.data[series] ?? [];
  const alone: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] == null) continue;
    if (neighbour(values, index, -1) == null && neighbour(values, index, 1) == null) alone.push(index);
  }
  return alone.length === 0 ? null : alone;
};

function neighbour(
  values: ArrayLike<number | null | undefined>,
  from: number,
  step: number,
): number | null | undefined {
  let index = from + step;
  while (index >= 0 && index < values.length && values[index] === undefined) index += step;
  return values[index];
}

function dataOf({ times, chart }: Drawing): uPlot.AlignedData {
  return [[...times], ...chart.lines.map(({ values }) => [...values])];
}

function shapeOf({ chart, zone }: Drawing): string {
  return JSON.stringify([chart.id, chart.unit, zone, chart.lines.map(({ name }) => name)]);
}

function inZone(time: number, zone: string): Date {
  try {
    return uPlot.tzDate(new Date(time), zone);
  } catch {
    return uPlot.tzDate(new Date(time), 'UTC');
  }
}

function powersOfTen(highest: number): number[] {
  const splits = [0];
  for (let power = 1; power <= highest; power *= 10) splits.push(power);
  return splits;
}
