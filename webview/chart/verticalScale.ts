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
  for (const { value } of chart.limits) take(value);
  if (lowest > highest) return [0, 1];
  if (chart.id === 'success') {
    const air = Math.max(0.002, (1 - lowest) * 0.12);
    return [Math.max(0, lowest - air), 1 + air / 2];
  }
  const top = highest === 0 ? (chart.scale === 'share' ? 0.01 : 1) : highest * 1.12;
  return [0, chart.scale === 'share' && highest <= 1 ? Math.min(top, 1.06) : top];
}
