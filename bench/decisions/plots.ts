import { kinds } from '../../daemon/simulate/traffic.ts';
import { type CellResult, cellName } from './cells.ts';
import { interval, quantile } from './figures.ts';
import { rules } from './rules.ts';

type Results = Readonly<Record<string, CellResult>>;

const [rowHeight, left, width] = [22, 330, 420];
const colours = ['#1f6feb', '#d97706', '#7c3aed', '#0f766e', '#b91c1c', '#525252'] as const;

/** Of each rule, the share of healthy rollouts that it rolled back, by the kind of traffic, with intervals. */
export function wrongRollbacks(results: Results, perMinute: number, success: number): string {
  const rows = rules.map(({ name }, row) => {
    const dots = kinds.map((kind, index) => {
      const result = results[cellName({ perMinute, success, shows: { kind } })];
      const outcomes = result?.rules[name];
      if (result === undefined || outcomes === undefined || outcomes.runs === 0) return '';
      const { low, high, share } = interval(outcomes.wrong, outcomes.runs);
      const y = top + row * rowHeight + index * 2.6;
      const x = (percent: number) => (left + (percent / 100) * width).toFixed(1);
      return `<line x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" stroke="${colours[index]}"/><circle cx="${x(share)}" cy="${y}" r="2.4" fill="${colours[index]}"/>`;
    });
    return label(name, row) + dots.join('');
  });
  const legend = kinds.map(
    (kind, index) => `<text x="${left + index * 70}" y="36" fill="${colours[index]}">${kind}</text>`,
  );
  const axis = [0, 25, 50, 75, 100].map((percent) => tick(left + (percent / 100) * width, `${percent} %`));
  return picture(`Healthy rollouts rolled back, ${perMinute} a minute, ${success}`, [...legend, ...axis, ...rows]);
}

/** Of each rule, the treatment's records from the drop to the rollback: median and 95th percentile, on a logarithmic axis. */
export function delays(results: Results, perMinute: number, success: number, dropTo: number): string {
  const x = (records: number) => left + (Math.log10(Math.max(1, records)) / 4) * width;
  const rows = rules.map(({ name }, row) => {
    const result = results[cellName({ perMinute, success, shows: { dropTo } })];
    const outcomes = result?.rules[name];
    const y = top + row * rowHeight + 6;
    if (result === undefined || outcomes === undefined) return label(name, row);
    const lost = outcomes.wrong + outcomes.missed;
    const note =
      lost === 0 ? '' : `<text x="${left + width + 8}" y="${y + 4}">${lost} of ${outcomes.runs} wrong or missed</text>`;
    if (outcomes.records.length === 0) return label(name, row) + note;
    const [median, late] = [
      x(quantile(outcomes.records, 0.5)).toFixed(1),
      x(quantile(outcomes.records, 0.95)).toFixed(1),
    ];
    return `${label(name, row)}<line x1="${median}" x2="${late}" y1="${y}" y2="${y}" stroke="${colours[0]}"/><circle cx="${median}" cy="${y}" r="3.5" fill="${colours[0]}"/>${note}`;
  });
  const axis = [1, 10, 100, 1000, 10_000].map((records) => tick(x(records), `${records}`));
  return picture(`Records until a drop from ${success} to ${dropTo} is found, ${perMinute} a minute`, [
    ...axis,
    ...rows,
  ]);
}

const top = 60;

function label(name: string, row: number): string {
  const text = name.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const short = text.length > 52 ? `${text.slice(0, 51)}…` : text;
  return `<text x="${left - 10}" y="${top + row * rowHeight + 10}" text-anchor="end">${short}</text>`;
}

function tick(x: number, text: string): string {
  const bottom = top + rules.length * rowHeight;
  return `<line x1="${x}" x2="${x}" y1="${top - 6}" y2="${bottom}" stroke="#d4d4d4"/><text x="${x}" y="${bottom + 16}" text-anchor="middle">${text}</text>`;
}

function picture(title: string, parts: readonly string[]): string {
  const height = top + rules.length * rowHeight + 30;
  const size = `width="960" height="${height}" viewBox="0 0 960 ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" ${size} font-family="sans-serif" font-size="11"><title>${title}</title><rect width="960" height="${height}" fill="#fff"/><text x="10" y="18" font-size="14">${title}</text>${parts.join('\n')}</svg>\n`;
}
