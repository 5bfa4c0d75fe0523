import type { Separator } from './separator.ts';

/** A cell of a row, with the place of its written form in the text: quotes included, spaces before them not. */
export interface CsvCell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The row that starts at a place of a text. `end` is behind its line end, or where the row turns invalid; `lines`
 * counts its line ends.
 */
export type CsvRow =
  | { readonly kind: 'row'; readonly cells: readonly CsvCell[]; readonly end: number; readonly lines: number }
  /** Text follows a closing quote. */
  | { readonly kind: 'broken'; readonly end: number }
  /** The text ends inside it. */
  | { readonly kind: 'unfinished' };

const unfinished: CsvRow = { kind: 'unfinished' };

/**
 * Reads one row of CSV as RFC 4180 has it (cells in quotes, with doubled quotes and line breaks), separated by commas,
 * semicolons or tabs. The only reader of a row: sources, excerpts, redaction and samples ask it.
 */
export function readCsvRow(text: string, start: number, separator: Separator): CsvRow {
  const cells: CsvCell[] = [];
  let lines = 1;
  let at = start;
  for (;;) {
    at = behindSpaces(text, at);
    const cell = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, separator);
    if (cell === null) return unfinished;
    cells.push(cell);
    lines += lineFeedsIn(cell.text);
    at = cell.end;
    if (text[at] === separator) {
      at += 1;
      continue;
    }
    if (text[at] === '\r' && at + 1 >= text.length) return unfinished;
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    if (at >= text.length) return unfinished;
    return text[at] === '\n' ? { kind: 'row', cells, end: at + 1, lines } : { kind: 'broken', end: at };
  }
}

/** The cells of one line, without its line end; `null` when the line is not a complete row. */
export function csvCells(line: string, separator: Separator): readonly CsvCell[] | null {
  const row = readCsvRow(`${line}\n`, 0, separator);
  return row.kind === 'row' && row.end > line.length ? row.cells : null;
}

/** The texts of the cells of one line, as `csvCells`. */
export function csvTexts(line: string, separator: Separator): readonly string[] | null {
  if (!line.includes('"')) return line.split(separator);
  return csvCells(line, separator)?.map(({ text }) => text) ?? null;
}

/** The start of a quoted cell that follows spaces, as people write lists; else `start`. */
function behindSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at += 1;
  return text[at] === '"' ? at : start;
}

function quotedCell(text: string, start: number): CsvCell | null {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return { text: text.slice(start + 1, at).replaceAll('""', '"'), start, end: at + 1 };
  }
  return null;
}

function bareCell(text: string, start: number, separator: Separator): CsvCell | null {
  let at = start;
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
  if (at === text.length) return null;
  const end = text[at] === '\n' && at > start && text[at - 1] === '\r' ? at - 1 : at;
  return { text: text.slice(start, end), start, end };
}

function lineFeedsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
