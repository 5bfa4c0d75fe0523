import type { FieldReader, Instrument, LineMemory, LineReading, Reading } from '../../protocol/domain/observation.ts';
import type { Separator } from '../../protocol/domain/separator.ts';
import type { EventTime, WallTime } from '../../protocol/domain/units.ts';
import type { Tally } from './tally.ts';

/** A longer line is discarded and counted; the file goes on. */
export const longestLine = 1024 * 1024;

/** One read holds the longest line with its end, and a little to see that a line is longer still. */
export const windowSize = longestLine + 4096;

/** Where a file stands between two turns; all of it survives a restart. */
export interface ScanState {
  /** The offset of the next unread byte: a line start, unless `skipping`. */
  readonly offset: number;
  /** 1-based number of the line that starts there. */
  readonly line: number;
  /** Inside a line that is being discarded up to its end and is already counted, or inside a run of NUL bytes that is not. */
  readonly skipping: 'line' | 'nul' | null;
  /** The header of a CSV file, once read, and what separates its cells. */
  readonly columns: readonly string[] | null;
  readonly separator: Separator;
  /** The memory of the lines before, on which the next ones rest (`LineMemory`). */
  readonly carried: string | null;
}

export const scanStart: ScanState = {
  offset: 0,
  line: 1,
  skipping: null,
  columns: null,
  separator: ',',
  carried: null,
};

/**
 * The meaning of the end of the bytes.
 * - `open`: more may follow; an unfinished last line is held.
 * - `cut`: nothing follows, the writer has gone; an unfinished last line is counted as `partial`, never parsed.
 * - `whole`: a finished file; a last line without a line end counts if it is complete, else it is `partial`.
 */
export type Ending = 'open' | 'cut' | 'whole';

/**
 * Bytes → records → readings. The only thing that knows a format; a faster one can stand in without anything else
 * changing. `bytes` start at `state.offset`; the answer is the state behind the last finished record. NUL bytes at the end
 * are left where they are, whatever the ending.
 */
export interface Scanner {
  scan(bytes: Buffer, state: ScanState, ending: Ending, into: Tally): ScanState;
}

/** The scanner of a format for a reader: what lines say for those behind them stands in the state, and survives with it. */
export function scannerFor(format: { scanner(reader: Reader): Scanner }, reader: Reader): Scanner {
  const scanner = format.scanner(reader);
  const { memory } = reader;
  if (memory === undefined) return scanner;
  return {
    scan(bytes, state, ending, into) {
      memory.load(state.carried);
      const next = scanner.scan(bytes, state, ending, into);
      if (into.beyond) memory.takeBack();
      return { ...next, carried: memory.save() };
    },
  };
}

/** Turns what a scanner found into a reading; `newest` is the largest event time read in this turn so far. */
export interface Reader {
  record(record: Readonly<Record<string, unknown>>, newest: EventTime | null): LineReading;
  line(text: string, newest: EventTime | null): Reading;
  /** The same as `record`, without an object per record. */
  readonly byField?: ArrivedFields;
  /** Fields that the plan keeps, so that an inexact number in one must be refused. */
  readonly kept: readonly string[];
  /** All fields that the plan reads: a key that comes twice matters among these; every one, when nothing is said. */
  readonly reads?: readonly string[];
  /** The memory of lines that rest on those before them. */
  readonly memory?: LineMemory;
}

export interface ArrivedFields {
  readonly reader: FieldReader;
  /** When what is read now arrives. */
  arrived(): WallTime;
}

/** The part of a `Reader` that the instrument has if it can. */
export function byField(
  instrument: Instrument,
  source: number,
  arrived: () => WallTime,
): Pick<Reader, 'byField' | 'reads' | 'memory'> {
  const reader = instrument.fieldReader?.(source);
  const reads = instrument.reads?.(source);
  const memory = instrument.memory?.(source);
  return {
    ...(reader === undefined ? {} : { byField: { reader, arrived } }),
    ...(reads === undefined ? {} : { reads }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** Fields whose numbers end up in figures or counts. */
export function keptFields(instrument: Instrument): readonly string[] {
  return [...new Set([...instrument.fields, ...instrument.valueFields])];
}

export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

/** Behind the UTF-8 byte order marks at a line's start: files that were joined have them in their middle. */
export function behindByteOrderMarks(bytes: Buffer, lineStart: number): number {
  let at = lineStart;
  while (byteOrderMark.every((byte, index) => bytes[at + index] === byte)) at += byteOrderMark.length;
  return at;
}

/**
 * The bytes without the NUL bytes in which they end. More may be written in their place: nobody knows yet what they are.
 */
export function withoutPadding(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0 ? bytes.subarray(0, paddingStart(bytes)) : bytes;
}

/** The state at `offset`, behind a run of NUL bytes or inside it; `begun`: half a line stands before the run. */
export function acrossNulRun(state: ScanState, offset: number, begun: boolean): ScanState {
  return { ...state, offset, skipping: begun || state.skipping === 'line' ? 'line' : 'nul' };
}

/** Where the NUL bytes begin in which the bytes end; their length when they do not. */
export function paddingStart(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** The first byte at or behind `at` that is not NUL. */
export function behindNulBytes(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] === 0) end += 1;
  return end;
}

/**
 * UTF-16 is refused as a whole: read as bytes it would be line after line of nonsense. Seen by its byte order mark or,
 * without one, by ASCII characters that alternate with NUL bytes.
 */
export function isUtf16(head: Buffer): boolean {
  const [first, second, third, fourth] = head;
  if (first === undefined || second === undefined) return false;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  if (third === undefined || fourth === undefined) return false;
  const low = first !== 0 && second === 0 && third !== 0 && fourth === 0;
  const high = first === 0 && second !== 0 && third === 0 && fourth !== 0;
  return low || high;
}
