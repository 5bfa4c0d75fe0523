import { valueText } from '../../daemon/protocol/words/figureText.ts';
import { type Chart, chartValueText } from './chartModels.ts';

/**
 * The texts beside the lines of a chart's axis, each told from the next. Nothing where the scale has a line that is
 * not named (`null`), and beyond 100 %.
 */
export function axisTexts(chart: Pick<Chart, 'scale' | 'unit'>, splits: readonly (number | null)[]): string[] {
  const { scale, unit } = chart;
  const named = splits.filter((split) => split !== null);
  return splits.map((split) => {
    if (split === null || (scale === 'share' && split > 1)) return '';
    if (scale === 'count') return chartValueText(chart, split);
    const at = named.indexOf(split);
    return valueText(split, scale === 'share' ? '%' : unit, named[at + 1] ?? named[at - 1] ?? null);
  });
}
