import { csvCells, csvTexts } from '../../protocol/domain/csvRow.ts';
import { separatorOf, separators } from '../../protocol/domain/separator.ts';
import { layoutOf, rowRecord } from './csvRecord.ts';
import { csvScanner } from './csvScanner.ts';
import type { Format, LineReader } from './format.ts';

/** CSV with a header row, separated by commas, semicolons or tabs. */
export const csv: Format = {
  hasHeader: true,
  beginsLike(head) {
    const line = head.split('\n', 1)[0] ?? '';
    const names = csvTexts(withoutEnd(line), separatorOf(line))?.map((name) => name.trim()) ?? [];
    return names.length >= 2 && names.every((name) => name !== '' && !/^[-+\d.]+$/.test(name));
  },
  scanner: csvScanner,
  lines: rowReader,
};

/** CSV without a header row: the plan names the columns. */
export function csvWithColumns(columns: readonly string[]): Format {
  return {
    ...csv,
    hasHeader: false,
    scanner: (reader) => csvScanner(reader, columns),
    lines: () => {
      const readers = separators.map((separator) => rowReader(columns.join(separator)));
      return {
        record: (line) => readers.map(({ record }) => record(line)).find((record) => record !== null) ?? null,
        columns: null,
      };
    },
  };
}

function rowReader(header: string): LineReader {
  const separator = separatorOf(header);
  const layout = layoutOf(csvTexts(withoutEnd(header), separator) ?? []);
  return {
    record(line) {
      const cells = csvTexts(withoutEnd(line), separator);
      const record = cells === null ? 'wrong-columns' : rowRecord(cells, layout, separator, []);
      return typeof record === 'string' ? null : record;
    },
    columns: {
      names: layout.names,
      separator,
      cells(line) {
        const row = withoutEnd(line);
        const cells = csvCells(row, separator);
        return cells?.length === layout.names.length ? cells.map(({ start, end }) => row.slice(start, end)) : null;
      },
    },
  };
}

function withoutEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
