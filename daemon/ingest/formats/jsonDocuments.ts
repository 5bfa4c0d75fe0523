import { isUtf8 } from 'node:buffer';
import type { Format } from './format.ts';
import { jsonLines } from './jsonLines.ts';
import { parseJsonRecord } from './jsonRecord.ts';
import { longestLine, type Reader, type Scanner, type ScanState, withoutPadding } from './scan.ts';
import type { Tally } from './tally.ts';

const quote = 0x22;
const backslash = 0x5c;

/**
 * Objects of JSON in a file: one whole document, the items of an array, or one after the other, each over as many lines as
 * it likes. An object of more than 1 MiB is left out and told.
 */
export const jsonDocuments: Format = {
  hasHeader: false,
  isDocument: true,
  beginsLike: (head) => /^\[\s*\{/.test(head) || /^\{\s*\n/.test(head),
  scanner: (reader) => ({
    scan: (bytes, state, ending, into) => scanObjects(withoutPadding(bytes), state, ending !== 'open', into, reader),
  }),
  lines: jsonLines.lines,
};

type Scan = ReturnType<Scanner['scan']>;

function scanObjects(bytes: Buffer, state: ScanState, isOver: boolean, into: Tally, reader: Reader): Scan {
  let at = 0;
  let { line, skipping } = state;
  const here = (): ScanState => ({ ...state, offset: state.offset + at, line, skipping });
  while (!into.full && at < bytes.length) {
    if (skipping === 'line') {
      // A document that is too long is passed over up to an object that begins a line.
      const next = bytes.indexOf('\n{', at);
      line += linesIn(bytes, at, next === -1 ? bytes.length : next + 1);
      at = next === -1 ? bytes.length : next + 1;
      if (next !== -1) skipping = null;
      continue;
    }
    const open = bytes.indexOf(0x7b, at);
    const start = open === -1 ? bytes.length : open;
    const passed = linesIn(bytes, at, start);
    if (open === -1) {
      if (bytes.subarray(at).some((byte) => !isBetween(byte))) into.reject('invalid-json');
      line += passed;
      at = bytes.length;
      break;
    }
    if (bytes.subarray(at, open).some((byte) => !isBetween(byte))) into.reject('invalid-json');
    line += passed;
    at = open;
    const end = objectEnd(bytes, open);
    if (end === -1) {
      if (bytes.length - open > longestLine) {
        into.reject('too-long');
        skipping = 'line';
        continue;
      }
      if (!isOver) break;
      into.reject('partial');
      at = bytes.length;
      break;
    }
    if (!isUtf8(bytes.subarray(open, end))) into.reject('not-utf8');
    else {
      const record = parseJsonRecord(bytes, open, end, 'utf8', reader);
      if (typeof record === 'string') into.reject(record);
      else into.add(reader.record(record, into.newest), line, state.offset + open);
    }
    if (into.beyond) break;
    line += linesIn(bytes, open, end);
    at = end;
  }
  return here();
}

/** White space, and what stands between the items of an array. */
function isBetween(byte: number): boolean {
  return byte <= 0x20 || byte === 0x2c || byte === 0x5b || byte === 0x5d;
}

function linesIn(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a, from); at !== -1 && at < to; at = bytes.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
}

/** Behind the brace that closes the object which begins at `open`; -1 when the bytes end inside it. */
function objectEnd(bytes: Buffer, open: number): number {
  let depth = 0;
  for (let at = open; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at += 1;
      while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    } else if (byte === 0x7b) depth += 1;
    else if (byte === 0x7d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
