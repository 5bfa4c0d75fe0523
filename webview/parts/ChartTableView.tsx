import { useState } from 'preact/hooks';
import type { Chart } from '../model/chartModels.ts';
import { chartTable } from '../model/chartTable.ts';
import { t } from '../translate.ts';

export function ChartTableView(props: {
  readonly chart: Chart;
  readonly times: readonly number[];
  readonly step: number;
  readonly zone: string;
}) {
  const { chart, times, step, zone } = props;
  const [wanted, setPage] = useState(0);
  const { columns, rows, page, pages } = chartTable(chart, times, step, wanted, zone);
  return (
    <div class="chart-table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroller" tabIndex={0} aria-label={t('Table of {0}', chart.title)}>
        <table>
          <caption class="unseen">{chart.title}</caption>
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th key={index} scope="col" class={index === 0 ? '' : 'number'}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, cells }) => (
              <tr key={key}>
                {cells.map((cell, index) =>
                  index === 0 ? (
                    <th key={index} scope="row">
                      {cell}
                    </th>
                  ) : (
                    <td key={index} class="number">
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <div class="pages">
          <button
            type="button"
            class="secondary"
            aria-disabled={page === 0}
            onClick={() => setPage(Math.max(0, page - 1))}
          >
            {t('Later')}
          </button>
          <span class="quiet number">{t('page {0} of {1}', page + 1, pages)}</span>
          <button
            type="button"
            class="secondary"
            aria-disabled={page === pages - 1}
            onClick={() => setPage(Math.min(pages - 1, page + 1))}
          >
            {t('Earlier')}
          </button>
        </div>
      )}
    </div>
  );
}
