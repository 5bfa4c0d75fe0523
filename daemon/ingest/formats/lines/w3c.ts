import type { LineParser } from '../lineScanner.ts';

const fields = '#Fields:';

/**
 * The extended log file format of the W3C (WD-logfile-960323), as IIS and CloudFront write it: a line of `#Fields:` names
 * the columns of those behind it, which spaces or tabs separate. A dash is nothing; `+` and `%20` stand for spaces.
 */
export const w3cParser: LineParser = (line, columns) => {
  if (line.startsWith(fields)) return { kind: 'columns', columns: line.slice(fields.length).trim().split(/\s+/) };
  if (line.startsWith('#')) return { kind: 'nothing' };
  if (columns === null) return { kind: 'rejected', reason: 'no-header' };
  const cells = line.includes('\t') ? line.split('\t') : line.trim().split(/ +/);
  if (cells.length !== columns.length) return { kind: 'rejected', reason: 'wrong-columns' };
  const record: Record<string, unknown> = Object.create(null);
  for (const [index, name] of columns.entries()) {
    const cell = cells[index];
    if (cell !== undefined && cell !== '-') record[name] = cell;
  }
  return { kind: 'record', record };
};
