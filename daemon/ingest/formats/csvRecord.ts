import type { RejectReason } from '../../protocol/domain/observation.ts';
import { commaNumber, type Separator } from '../../protocol/domain/separator.ts';
import { isInexact } from './inexact.ts';

/** A cell that is a number as JSON writes it. */
const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** How the rows of a file lie: by the names of its header. */
export interface Layout {
  /** As the header row has them. */
  readonly columns: readonly string[];
  readonly names: readonly string[];
  /** The header has spaces around its names: what stands around the cells is layout too, else it belongs to them. */
  readonly isSpaced: boolean;
}

export function layoutOf(columns: readonly string[]): Layout {
  const names = columns.map((column) => column.trim());
  return { columns, names, isSpaced: columns.some((column, index) => column !== names[index]) };
}

/** The record of a row's cells, or why it is none. `kept` names the fields whose numbers the plan keeps. */
export function rowRecord(
  cells: readonly string[],
  { names, isSpaced }: Layout,
  separator: Separator,
  kept: readonly string[],
): Readonly<Record<string, unknown>> | RejectReason {
  if (cells.length !== names.length) return 'wrong-columns';
  // No prototype: a column may be called `__proto__` or `constructor`.
  const record: Record<string, unknown> = Object.create(null);
  for (const [index, column] of names.entries()) {
    // A spreadsheet ends its rows with commas; nothing in the plan can name such a column.
    if (column === '') continue;
    if (column in record) return 'duplicate-key';
    const cell = cells[index] ?? '';
    const value = cellValue(isSpaced ? cell.trim() : cell, separator);
    if (typeof value === 'number' && isInexact(value) && kept.includes(column)) return 'invalid-number';
    record[column] = value;
  }
  return record;
}

/** A cell is text, unless it is written as JSON writes a number, or is `true` or `false` in any case. */
function cellValue(cell: string, separator: Separator): string | number | boolean {
  const first = cell.charCodeAt(0);
  if (first === 0x2d || (first >= 0x30 && first <= 0x39)) {
    if (plainNumber.test(cell)) return Number(cell);
    return commaNumber(cell, separator) ?? cell;
  }
  switch (cell.length) {
    case 4:
      return cell.toLowerCase() === 'true' ? true : cell;
    case 5:
      return cell.toLowerCase() === 'false' ? false : cell;
    default:
      return cell;
  }
}
