import { type Cell, type CellResult, cellName, cellsOf, type Outcomes } from './cells.ts';
import { quantile, shareText } from './figures.ts';
import { rules } from './rules.ts';

/** One table of all rules, for a rate and a share of successes. */
export function table(perMinute: number, success: number, results: Readonly<Record<string, CellResult>>): string {
  const cells = cellsOf([perMinute], [success]);
  const head = `| ${perMinute} a minute, ${success} | ${cells.map((cell) => columnName(cell, results[cellName(cell)])).join(' | ')} |`;
  const rows = rules.map(({ name }) => {
    const texts = cells.map((cell) => {
      const result = results[cellName(cell)];
      const outcomes = result?.rules[name];
      if (result === undefined || outcomes === undefined || outcomes.runs === 0) return '';
      return 'kind' in cell.shows ? shareText(outcomes.wrong, outcomes.runs) : delayText(outcomes);
    });
    return `| ${name} | ${texts.join(' | ')} |`;
  });
  return [head, `|---|${cells.map(() => '---|').join('')}`, ...rows].join('\n');
}

function columnName({ shows, success }: Cell, result: CellResult | undefined): string {
  const name = 'kind' in shows ? shows.kind : `${success} → ${shows.dropTo}`;
  return `${name} (${result?.runs ?? 0})`;
}

function delayText({ wrong, missed, records, minutes }: Outcomes): string {
  const notes = [missed === 0 ? '' : `missed ${missed}`, wrong === 0 ? '' : `${wrong} before`].filter(
    (note) => note !== '',
  );
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  if (records.length === 0) return `–${note}`;
  const median = quantile(minutes, 0.5);
  const length = median.toFixed(median < 10 ? 1 : 0);
  return `${quantile(records, 0.5)} / ${quantile(records, 0.95)}, ${length} min${note}`;
}
