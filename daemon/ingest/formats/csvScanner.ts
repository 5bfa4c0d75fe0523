import { isAscii, isUtf8 } from 'node:buffer';
import { readCsvRow } from '../../protocol/domain/csvRow.ts';
import type { Reading, RejectReason } from '../../protocol/domain/observation.ts';
import { type Separator, separatorOf } from '../../protocol/domain/separator.ts';
import { type CsvHeader, isClearlyHeader, isClearlyRecord, isSameRow } from './csvHeader.ts';
import { type Layout, layoutOf, rowRecord } from './csvRecord.ts';
import {
  behindByteOrderMarks,
  behindNulBytes,
  carriageReturn,
  type Ending,
  lineFeed,
  longestLine,
  type Reader,
  type Scanner,
  type ScanState,
  scanStart,
  withoutPadding,
} from './scan.ts';
import type { Tally } from './tally.ts';

const quote = 0x22;
/** So much of a header says what separates its cells. */
const longestHeader = 65_536;
/** A row of more cells is refused: the names of so many columns cost more than all else. */
const mostCells = 4096;

/** One row: its cells, or `broken` when it is not what RFC 4180 calls a record; `end` is behind its line end. */
type Row =
  | { readonly kind: 'row'; readonly cells: readonly string[]; readonly end: number; readonly lines: number }
  | { readonly kind: 'broken'; readonly end: number }
  /** The bytes end inside it; `firstLine` is behind its first line feed, or -1. */
  | { readonly kind: 'unfinished'; readonly firstLine: number };

/**
 * CSV as RFC 4180 has it: a header row, commas, quoted cells with doubled quotes and line breaks; or with semicolons or
 * tabs in place of the commas, as the header has them. A column without a name is none. Every row keeps its byte offset. A
 * stray quote would swallow what follows it, so a quoted row that spans lines and does not fit the header is given up
 * behind its first line only.
 *
 * A header may come again, as an application writes it at each start, or another one in its place. The state may bring the
 * header of the file before: a log that is copied and truncated goes on without one.
 * @param given the columns of a file that has no header.
 */
export function csvScanner(reader: Reader, given: readonly string[] | null = null): Scanner {
  const planned = new Set([...reader.kept, ...(reader.reads ?? reader.byField?.reader.fields ?? [])]);
  return {
    scan: (bytes, state, ending, into) =>
      scanRows(withoutPadding(bytes), state, ending, into, { reader, planned, given }),
  };
}

/** A hint to spreadsheets before the header: `sep=;`. A comment and a title of one cell are no header either. */
function isBanner(cells: readonly string[], planned: ReadonlySet<string>): boolean {
  const [first = ''] = cells;
  if (/^sep=/i.test(first) || first.startsWith('#')) return true;
  return cells.length === 1 && planned.size > 1 && !planned.has(first.trim());
}

/**
 * The header at the start of a file; `null` when its first row is a record, as where the log was copied and truncated and
 * its application does not write the header again. @param planned fields that the plan names.
 */
export function headerAtStart(bytes: Buffer, planned: ReadonlySet<string>): CsvHeader | null {
  let at = behindByteOrderMarks(bytes, 0);
  for (;;) {
    const separator = separatorOf(bytes.toString('latin1', at, at + longestHeader));
    const row = readRow(bytes, at, 'utf8', separator);
    if (row.kind !== 'row') return null;
    const isBlank = row.cells.length === 1 && row.cells[0] === '';
    at = row.end;
    if (isBlank || isBanner(row.cells, planned)) continue;
    return isClearlyRecord(row.cells, planned) ? null : { columns: row.cells, separator };
  }
}

interface RowReader {
  readonly reader: Reader;
  /** Fields that the plan names. */
  readonly planned: ReadonlySet<string>;
  /** The columns of a file without a header row. */
  readonly given: readonly string[] | null;
}

function scanRows(
  bytes: Buffer,
  state: ScanState,
  ending: Ending,
  into: Tally,
  { reader, planned, given }: RowReader,
): ScanState {
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  let at = 0;
  let { line, skipping, columns, separator } = state;
  let layout: Layout | null = null;
  const here = (): ScanState => {
    const known = columns === null ? scanStart.separator : separator;
    return { ...state, offset: state.offset + at, line, skipping, columns, separator: known };
  };

  while (!into.full && at < bytes.length) {
    if (skipping === 'line') {
      const feed = bytes.indexOf(lineFeed, at);
      at = feed === -1 ? bytes.length : feed + 1;
      if (feed === -1) break;
      line += 1;
      skipping = null;
      continue;
    }
    if (encoding === 'utf8') at = behindByteOrderMarks(bytes, at);
    if (at === bytes.length) break;
    if (skipping === 'nul' || bytes[at] === 0) {
      into.reject('nul-bytes');
      at = behindNulBytes(bytes, at);
      skipping = null;
      continue;
    }
    if (columns === null) {
      // The separator of a header's cells is not known before the end of its line.
      const begun = bytes.indexOf(lineFeed, at) === -1 && bytes.length - at <= longestLine + 1;
      if (begun && ending === 'open') break;
      const beginning = bytes.toString('latin1', at, at + longestHeader);
      separator = separatorOf(beginning);
      if (given !== null && !/^(?:sep=|#)/i.test(beginning)) columns = given;
    }
    let row = readRow(bytes, at, encoding, separator);
    if (row.kind === 'unfinished') {
      if (bytes.length - at > longestLine + 1) {
        into.reject('too-long');
        skipping = 'line';
        if (row.firstLine === -1) at = bytes.length;
        continue;
      }
      if (ending === 'open') break;
      row = lastRow(bytes, { at, encoding, separator }, ending, columns, row.firstLine);
      if (row.kind === 'unfinished') {
        into.reject('partial');
        if (row.firstLine === -1) {
          at = bytes.length;
          skipping = 'line';
        } else {
          at = row.firstLine;
          line += 1;
        }
        continue;
      }
    }
    if (row.kind === 'broken' || (columns !== null && row.lines > 1 && row.cells.length !== columns.length)) {
      into.reject('wrong-columns');
      skipping = 'line';
      continue;
    }
    const tooLong = row.end - at > longestLine + 2;
    const blank = row.cells.length === 1 && row.cells[0] === '';
    if (tooLong) into.reject('too-long');
    else if (row.cells.length > mostCells) into.reject('too-many-keys');
    else if (encoding === 'utf8' && !isUtf8(bytes.subarray(at, row.end))) into.reject('not-utf8');
    else if (columns === null && !blank) {
      if (isBanner(row.cells, planned)) into.add({ kind: 'ignored', at: null }, line, state.offset + at);
      else if (isClearlyRecord(row.cells, planned)) into.reject('no-header');
      else columns = row.cells;
    } else if (columns !== null && !blank && !isSameRow(row.cells, columns)) {
      if (layout?.columns !== columns) layout = layoutOf(columns);
      const record = rowRecord(row.cells, layout, separator, reader.kept);
      const reading = typeof record === 'string' ? rejected(record) : reader.record(record, into.newest);
      const header =
        reading.kind === 'rejected' ? headerIn(bytes.subarray(at, row.end), encoding, layout, planned) : null;
      if (header !== null) ({ columns, separator } = header);
      else into.add(reading, line, state.offset + at);
      if (into.beyond) break;
    }
    at = row.end;
    line += row.lines;
  }
  return here();
}

function rejected(reason: RejectReason): Reading {
  return { kind: 'rejected', reason };
}

/** The header that a row is which cannot be read as a record; `null` when it is none. */
function headerIn(
  row: Buffer,
  encoding: 'latin1' | 'utf8',
  { names }: Layout,
  planned: ReadonlySet<string>,
): CsvHeader | null {
  const separator = separatorOf(row.toString('latin1', 0, longestHeader));
  const read = readRow(row, 0, encoding, separator);
  if (read.kind !== 'row' || read.end < row.length) return null;
  return isClearlyHeader(read.cells, new Set([...planned, ...names])) ? { columns: read.cells, separator } : null;
}

/** A last row without a line end counts in a finished file when it has as many cells as the header. */
function lastRow(
  bytes: Buffer,
  { at, encoding, separator }: { at: number; encoding: 'latin1' | 'utf8'; separator: Separator },
  ending: Ending,
  columns: readonly string[] | null,
  firstLine: number,
): Row {
  const unfinished: Row = { kind: 'unfinished', firstLine };
  if (ending !== 'whole') return unfinished;
  const row = readRow(Buffer.concat([bytes.subarray(at), Buffer.from('\n')]), 0, encoding, separator);
  if (row.kind !== 'row' || (columns !== null && row.cells.length !== columns.length)) return unfinished;
  return { ...row, end: bytes.length };
}

/** Reads the row that starts at `start`. */
function readRow(bytes: Buffer, start: number, encoding: 'latin1' | 'utf8', separator: Separator): Row {
  const feed = bytes.indexOf(lineFeed, start);
  const firstLine = feed === -1 ? -1 : feed + 1;
  const firstQuote = bytes.subarray(start, feed === -1 ? bytes.length : feed).indexOf(quote);
  if (firstQuote === -1) {
    if (feed === -1) return { kind: 'unfinished', firstLine };
    const end = feed > start && bytes[feed - 1] === carriageReturn ? feed - 1 : feed;
    return { kind: 'row', cells: bytes.toString(encoding, start, end).split(separator), end: feed + 1, lines: 1 };
  }
  // A quoted cell may hold line ends: ever more lines are taken until the row ends in them.
  for (let length = feed === -1 ? bytes.length - start : firstLine - start; ; length *= 4) {
    const row = readCsvRow(bytes.toString('latin1', start, start + length), 0, separator);
    if (row.kind === 'broken') return { kind: 'broken', end: start + row.end };
    if (row.kind === 'row') {
      const cells = row.cells.map(({ text }) => (encoding === 'utf8' ? fromUtf8(text) : text));
      return { kind: 'row', cells, end: start + row.end, lines: row.lines };
    }
    if (start + length >= bytes.length) return { kind: 'unfinished', firstLine };
  }
}

/** The text of bytes that were taken one by one. */
function fromUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
