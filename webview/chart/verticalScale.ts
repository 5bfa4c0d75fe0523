import type { Chart } from '../model/chartModels.ts';

/**
 * The vertical range of a chart: the measured figures and their limits, with a little air; a share ends at 100 % or 0
 * %, a length and a count begin at 0.
 */
export function verticalRange(chart: Chart): readonly [number, number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  const take = (value: number | null | undefined): void => {
    if (value == null) return;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  };
  for (const { values } of chart.lines) for (const value of values) take(value);
  const measured = [lowest, highest] as const;
  for (const { value } of chart.limits) if (!isFar(chart, value, measured)) take(value);
  if (lowest > highest) return [0, 1];
  if (chart.id === 'success') {
    const air = Math.max(0.002, (1 - lowest) * 0.12);
    return [Math.max(0, lowest - air), 1 + air / 2];
  }
  const top = highest === 0 ? (chart.scale === 'share' ? 0.01 : 1) : highest * 1.12;
  return [0, chart.scale === 'share' && highest <= 1 ? Math.min(top, 1.06) : top];
}

/** A limit this many times as far as the figures would press them into a line at the edge: it is a mark at the edge. */
const far = 6;
const farShare = 0.2;

/** `measured`: the lowest and the highest of the figures. */
function isFar(chart: Chart, limit: number, [lowest, highest]: readonly [number, number]): boolean {
  if (lowest > highest) return false;
  if (chart.id === 'success') return 1 - limit > Math.max(farShare, far * (1 - lowest));
  if (chart.scale === 'share') return limit > Math.max(farShare, far * highest) && chart.id !== 'exposure';
  return highest > 0 && limit > far * highest;
}
