import { formatDuration } from '../protocol/domain/duration.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { PartOfRuns, SimulationResult, Spread } from './simulationResult.ts';

/** The result in plain sentences. */
export function simulationLines(result: SimulationResult): readonly string[] {
  const { traffic, left, healthy, drop } = result;
  const like = traffic.like === null ? 'assumed traffic' : `traffic like ${plainText(traffic.like)}`;
  const burst = traffic.burst < 1.05 ? '' : `, in bursts of ${traffic.burst.toFixed(1)}`;
  return [
    `${result.runs} healthy rollouts in ${like}: ${rate(traffic.perMinute)} records a minute, ${percent(traffic.success)} succeed${burst}; seed ${result.seed}.`,
    ...left.map((condition) => `Left out, because no simulated record tells it: ${plainText(condition)}`),
    `Wrongly rolled back: ${partText(healthy.rolledBack)}${byText(healthy.by)}.`,
    `Completed: ${partText(healthy.completed)}; ${healthy.reviews.toFixed(2)} reviews a rollout, each answered after an hour.`,
    ...(healthy.length === null ? [] : [`Length of the rollout: ${spreadText(healthy.length, length)}.`]),
    `A drop of the treatment to ${percent(drop.success)} is found in ${partText(drop.found)}${byText(drop.by)}.`,
    ...(drop.delay === null ? [] : [`From the drop to the rollback: ${spreadText(drop.delay, length)}.`]),
    ...(drop.records === null ? [] : [`Records of the treatment until then: ${spreadText(drop.records, rate)}.`]),
  ];
}

/** The same as a page with plots: Markdown, whose pictures are SVG in it. Names of the plan are escaped. */
export function simulationMarkdown(result: SimulationResult, name: string): string {
  const { healthy, drop } = result;
  const plots = [
    healthy.length === null ? '' : picture('Length of the rollout', healthy.length, length),
    drop.delay === null ? '' : picture('From the drop to the rollback', drop.delay, length),
    drop.records === null ? '' : picture('Records of the treatment from the drop to the rollback', drop.records, rate),
  ].filter((plot) => plot !== '');
  const lines = simulationLines(result).map((line) => `- ${escaped(line)}`);
  return `# ${escaped(`Simulation of ${name}`)}\n\n${lines.join('\n')}\n\n${plots.join('\n\n')}\n`;
}

function picture(title: string, numbers: Spread, text: (number: number) => string): string {
  const svg = histogram(numbers, text);
  return `## ${title}\n\n![${title}: median ${text(numbers.median)}, 95 % within ${text(numbers.p95)}](data:image/svg+xml;base64,${base64(svg)})`;
}

const width = 640;
const height = 196;
/** Above the bars, where the marks have their names. */
const head = 36;
const bars = 32;
const foot = 24;

/** Counts in even steps up to the largest; the median and the 95th percentile are marked, named above the bars. Colours that both themes show. */
function histogram({ sample, median, p95 }: Spread, text: (number: number) => string): string {
  const largest = Math.max(...sample, 1e-9);
  const counts = new Array<number>(bars).fill(0);
  for (const number of sample) {
    const bar = Math.min(bars - 1, Math.floor((number / largest) * bars));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const step = width / bars;
  const rectangles = counts.map((count, index) => {
    const tall = (count / most) * (height - foot - head);
    return `<rect x="${(index * step + 1).toFixed(1)}" y="${(height - foot - tall).toFixed(1)}" width="${(step - 2).toFixed(1)}" height="${tall.toFixed(1)}" fill="#3b82c4"/>`;
  });
  const mark = (number: number, name: string, line: number) => {
    const x = Math.min(width - 2, (number / largest) * width);
    const side = x > width * 0.7 ? 'end' : 'start';
    return `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${height - foot}" stroke="#d97706" stroke-width="2"/><text x="${(x + (side === 'end' ? -5 : 5)).toFixed(1)}" y="${line}" text-anchor="${side}">${name} ${text(number)}</text>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#808080">${rectangles.join('')}${mark(median, 'median', 12)}${mark(p95, '95 %', 28)}<text x="0" y="${height - 6}">0</text><text x="${width}" y="${height - 6}" text-anchor="end">${text(largest)}</text></svg>`;
}

function base64(ascii: string): string {
  return btoa(ascii);
}

function partText({ n, of, lower, upper }: PartOfRuns): string {
  if (of === 0) return 'none of none';
  return `${n} of ${of}, ${percent(n / of)} (95 % interval ${percent(lower)} to ${percent(upper)})`;
}

function byText(by: Readonly<Record<string, number>>): string {
  const parts = Object.entries(by).map(([trigger, n]) => `${plainText(trigger, 80)} ${n}`);
  return parts.length === 0 ? '' : `, by ${parts.join(', ')}`;
}

function spreadText({ mean, within, median, p95 }: Spread, text: (number: number) => string): string {
  return `median ${text(median)}, 95 % within ${text(p95)}, mean ${text(mean)} ± ${text(within)}`;
}

function length(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}

function rate(number: number): string {
  return number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(share > 0.9 ? 4 : 2))} %`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>&#|]/g, (character) => `\\${character}`);
}
