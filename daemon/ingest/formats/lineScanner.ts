import { isAscii, isUtf8 } from 'node:buffer';
import type { OutcomeRow, RejectReason } from '../../protocol/domain/observation.ts';
import { eventTime } from '../../protocol/domain/units.ts';
import { PlainRuns, usualVector, type VectorTerms } from '../vector/plainRuns.ts';
import type { RowScanner } from '../vector/rowScanner.ts';
import { FlatJson } from './flatJson.ts';
import { parseJsonRecord } from './jsonRecord.ts';
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
  withoutPadding,
} from './scan.ts';
import type { Tally } from './tally.ts';

/** The reading of one line, without its line end and one carriage return before that. */
interface LineFormat {
  /** The columns of the lines behind it, if the line names them. */
  line(
    bytes: Buffer,
    start: number,
    end: number,
    ascii: boolean,
    place: LinePlace,
    into: Tally,
    columns: readonly string[] | null,
  ): readonly string[] | undefined;
  /** Counts a line that ends in the bytes, if it is a plain one: the offset of its line feed, else -1 and nothing done. */
  plainLine?(bytes: Buffer, start: number, place: LinePlace, into: Tally, scanner: RowScanner | null): number;
  /** Counts many plain lines at once. */
  readonly runs?: PlainRuns;
  /** Tells whether a last line without a line end is whole, when the file is known to be finished. */
  complete(bytes: Buffer, start: number, end: number): boolean;
}

interface LinePlace {
  readonly line: number;
  readonly offset: number;
}

/**
 * One JSON object per line. An empty line is nothing.
 * @param vector the compiled scanner of plain lines, and the bytes for which it is worth to be set up.
 */
export function jsonLinesScanner(reader: Reader, vector: VectorTerms = usualVector()): Scanner {
  const parse = (bytes: Buffer, start: number, end: number, ascii: boolean) =>
    parseJsonRecord(bytes, start, end, ascii ? 'latin1' : 'utf8', reader);
  const runs = reader.byField === undefined ? undefined : new PlainRuns(reader, vector);
  return lineScanner({
    ...(runs === undefined ? {} : { runs }),
    ...plainLines(reader),
    line(bytes, start, end, ascii, place, into) {
      if (isBlank(bytes, start, end)) return undefined;
      if (!ascii && !isUtf8(bytes.subarray(start, end))) {
        into.reject('not-utf8');
        return undefined;
      }
      const record = parse(bytes, start, end, ascii);
      if (typeof record === 'string') into.reject(record);
      else {
        into.add(reader.record(record, into.newest), place.line, place.offset);
        runs?.learn(start, record);
      }
      return undefined;
    },
    complete: (bytes, start, end) => typeof parse(bytes, start, end, false) !== 'string',
  });
}

function plainLines({ byField }: Reader): Pick<LineFormat, 'plainLine'> {
  if (byField === undefined) return {};
  const { reader, arrived } = byField;
  const json = new FlatJson(reader);
  const row: OutcomeRow = { at: eventTime(0), arm: null, shares: 0, fields: [], values: [] };
  return {
    plainLine(bytes, start, place, into, scanner) {
      const feed = json.read(bytes, start);
      if (feed === -1 || feed - start > longestLine) return -1;
      const { wanted, stamp } = json.values;
      const at = arrived();
      if (reader.readRow?.(wanted, stamp, at, row) === true) into.addRow(row, place.line, place.offset);
      else into.add(reader.read(wanted, stamp, at), place.line, place.offset);
      if (scanner?.lacksClassAt(start) === true) scanner.learn(wanted);
      return feed;
    },
  };
}

/** The text of a line, without its line end. */
export type FoundInLine =
  | { readonly kind: 'record'; readonly record: Readonly<Record<string, unknown>> }
  /** Nothing that anybody counts: a comment, a line that the plan skips. */
  | { readonly kind: 'nothing' }
  /** The names of the columns of the lines behind it. */
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

export const commentOrNothing: FoundInLine = { kind: 'nothing' };

/** Finds the record in a line; `columns` are those that a line before it has named. */
export type LineParser = (line: string, columns: readonly string[] | null) => FoundInLine;

/** A record a line, found by a parser. An empty line is nothing. */
export function parsedLinesScanner(reader: Reader, parse: LineParser): Scanner {
  return lineScanner({
    line(bytes, start, end, ascii, place, into, columns) {
      if (isBlank(bytes, start, end)) return undefined;
      const found = parse(bytes.toString(ascii ? 'latin1' : 'utf8', start, end), columns);
      switch (found.kind) {
        case 'record':
          into.add(reader.record(found.record, into.newest), place.line, place.offset);
          return undefined;
        case 'nothing':
          into.add({ kind: 'ignored', at: null }, place.line, place.offset);
          return undefined;
        case 'columns':
          return found.columns;
        case 'rejected':
          into.reject(found.reason);
          return undefined;
      }
    },
    complete: () => true,
  });
}

/** Lines of text, as they are. Bytes that are not UTF-8 become U+FFFD: a critical line is not lost for one odd byte. */
export function textLinesScanner(reader: Reader): Scanner {
  return lineScanner({
    line(bytes, start, end, ascii, place, into) {
      const text = bytes.toString(ascii ? 'latin1' : 'utf8', start, end);
      into.add(reader.line(text, into.newest), place.line, place.offset);
      return undefined;
    },
    complete: () => true,
  });
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return false;
  }
  return true;
}

/**
 * Splits on the byte 0x0A alone and decodes afterwards, so that neither a lone carriage return nor U+2028 nor a
 * character that two reads share can move a line's offset.
 */
function lineScanner(format: LineFormat): Scanner {
  return { scan: (bytes, state, ending, into) => scanLines(withoutPadding(bytes), state, ending, into, format) };
}

function scanLines(bytes: Buffer, state: ScanState, ending: Ending, into: Tally, format: LineFormat): ScanState {
  const ascii = isAscii(bytes);
  const lastFeed = bytes.lastIndexOf(lineFeed);
  const scanner = format.runs?.open(bytes, ascii) ?? null;
  /** The line at which the scanner was asked last. */
  let asked = -1;
  let at = 0;
  let { line, skipping, columns } = state;

  while (!into.full) {
    if (!ascii && skipping !== 'line') at = behindByteOrderMarks(bytes, at);
    if (at < bytes.length && (skipping === 'nul' || (skipping === null && bytes[at] === 0))) {
      into.reject('nul-bytes');
      at = behindNulBytes(bytes, at);
      skipping = null;
      continue;
    }
    if (skipping === null && at < lastFeed && format.plainLine !== undefined) {
      if (scanner !== null && at !== asked) {
        const before = into.lines;
        asked = scanner.read(at, lastFeed, { line, offset: state.offset }, into);
        line += into.lines - before;
        if (asked !== at) {
          at = asked;
          continue;
        }
      }
      const feed = format.plainLine(bytes, at, { line, offset: state.offset + at }, into, scanner);
      if (feed !== -1) {
        if (into.beyond) break;
        line += 1;
        at = feed + 1;
        continue;
      }
    }
    const feed = bytes.indexOf(lineFeed, at);
    if (feed === -1) break;
    if (skipping === 'line') {
      skipping = null;
    } else {
      const end = feed > at && bytes[feed - 1] === carriageReturn ? feed - 1 : feed;
      if (end - at > longestLine) into.reject('too-long');
      else columns = format.line(bytes, at, end, ascii, { line, offset: state.offset + at }, into, columns) ?? columns;
      if (into.beyond) break;
    }
    line += 1;
    at = feed + 1;
  }

  const rest = bytes.length - at;
  if (into.full || rest === 0) return { ...state, columns, offset: state.offset + at, line, skipping };
  if (skipping === 'line') return { ...state, columns, offset: state.offset + bytes.length, line, skipping };
  if (rest > longestLine + 1) {
    into.reject('too-long');
    return { ...state, columns, offset: state.offset + bytes.length, line, skipping: 'line' };
  }
  if (ending === 'open') return { ...state, columns, offset: state.offset + at, line, skipping };
  if (ending === 'whole' && format.complete(bytes, at, bytes.length)) {
    format.line(bytes, at, bytes.length, ascii, { line, offset: state.offset + at }, into, columns);
    return { ...state, columns, offset: state.offset + bytes.length, line: line + 1, skipping: null };
  }
  if (!isBlank(bytes, at, bytes.length)) into.reject('partial');
  // Should the writer finish that line after all, the rest of it is not a line of its own.
  return { ...state, columns, offset: state.offset + bytes.length, line, skipping: 'line' };
}
