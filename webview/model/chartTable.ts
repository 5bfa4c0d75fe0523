import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';
import { type Chart, chartValueText } from './chartModels.ts';
import { momentText } from './pageMoments.ts';

/** A chart as a table, newest first, one page of it. */
export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly key: number; readonly cells: readonly string[] }[];
  readonly page: number;
  readonly pages: number;
}

export const rowsPerPage = 20;

export function chartTable(
  chart: Chart,
  times: readonly number[],
  step: number,
  page: number,
  zone: string,
): ChartTable {
  const filled = times
    .map((time, index) => ({ time, index }))
    .filter(({ index }) => chart.lines.some(({ values }) => values[index] != null))
    .toReversed();
  const pages = Math.max(1, Math.ceil(filled.length / rowsPerPage));
  const shown = Math.min(Math.max(0, page), pages - 1);
  return {
    columns: [t('From'), ...chart.lines.flatMap(({ name }) => (chart.scale === 'count' ? [name] : [name, 'n']))],
    rows: filled.slice(shown * rowsPerPage, (shown + 1) * rowsPerPage).map(({ time, index }) => ({
      key: time,
      cells: [
        momentText(time - step / 2, zone),
        ...chart.lines.flatMap(({ values, sample }) => {
          const value = chartValueText(chart, values[index]);
          return chart.scale === 'count' ? [value] : [value, grouped(sample[index] ?? 0)];
        }),
      ],
    })),
    page: shown,
    pages,
  };
}
