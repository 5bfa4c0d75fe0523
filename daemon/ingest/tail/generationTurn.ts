import { LogOrder, type LogOrderState } from '../../measure/logOrder.ts';
import { type EventTime, eventTime, type WallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { CsvHeader } from '../formats/csvHeader.ts';
import { orderOfSecondPass } from '../formats/logOpening.ts';
import { acrossNulRun, isUtf16, lineFeed, paddingStart, type Scanner, type ScanState } from '../formats/scan.ts';
import { Tally, type TurnLimits } from '../formats/tally.ts';
import type { Content, ContentRead } from './content.ts';
import { headSize, type Mark, markAt, markerSize, markOf, sameMark } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { extended } from './fingerprint.ts';
import type { Generation } from './generation.ts';
import type { NulRunEnd } from './nulRun.ts';
import type { Position } from './position.ts';

/** The yield of one turn, and the generation's position once that is committed. */
export interface TurnRead {
  readonly position: Position;
  readonly tally: Tally;
  /** There is more behind it. */
  readonly more: boolean;
}

export interface TurnTerms {
  /** Nothing more is expected, so that an unfinished last line is partial. */
  readonly over: boolean;
  readonly limits: TurnLimits;
  /** The header of the log's generation before this one, as long as this one has none. */
  readonly header: CsvHeader | null;
  readonly arrived: WallTime;
  /** The order of the log's generation before this one. */
  readonly before: LogOrderState | null;
  /** The memory of the log's generation before this one, on which the lines of this one rest. */
  readonly carried?: string | null;
}

/**
 * Reads one window's worth of a generation from its position on; `null` when nothing can be taken yet. Changes
 * nothing but what it notes of the file.
 *
 * Throws `FileMoved` when the file no longer holds what was read from it: its beginning is checked once after each change
 * of the file, the bytes before the offset with every read.
 */
export async function readTurn(
  generation: Generation,
  content: Content,
  scanner: Scanner,
  window: Buffer,
  { over, limits, header, arrived, before, carried = null }: TurnTerms,
): Promise<TurnRead | null> {
  const { position } = generation;
  const { head, marker, offset } = position;
  if (!generation.verified && !sameMark(await markAt(content, 0, head.length), head)) throw new FileMoved();
  generation.verified = true;
  const { length, end, failure } = await readWhole(content, offset - marker.length, window);
  if (!sameMark(markOf(window.subarray(0, Math.min(marker.length, length))), marker)) throw new FileMoved();
  if (offset > 0) generation.changes.prove(generation.size);

  const { bytes, knownBefore } = apartFromKnown(window.subarray(marker.length, length), position);
  if (offset === 0 && isUtf16(bytes)) {
    throw new UserError('source-utf16', `${position.path} is UTF-16; let the application write UTF-8`);
  }
  const last = end && bytes.length === length - marker.length && (position.compressed || over);
  const inherited = position.columns === null && header !== null ? header : {};
  const scanWith = (order: LogOrder) => {
    const tally = new Tally(position.path, { ...limits, knownBefore }, order);
    return {
      tally,
      next: scanner.scan(
        bytes,
        { ...position, ...inherited, carried: position.carried ?? carried },
        last ? 'cut' : 'open',
        tally,
      ),
    };
  };
  const scanned = scanWith(new LogOrder(position.order ?? before, arrived));
  const second = await orderOfSecondPass(scanned.tally.order, scanned.next, scanner, (at, into) =>
    content.read(at, into),
  );
  const { tally, next } = second === null ? scanned : scanWith(second);
  const consumed = next.offset - offset;
  const padding = paddingStart(bytes);
  const isFinished = last && consumed >= padding;
  const standing = isFinished ? 'finished' : position.standing;
  const more = !end || (tally.full && consumed < bytes.length) || bytes.length < length - marker.length;
  if (consumed > 0) {
    const marks = {
      head: await headOf(content, position, bytes, next),
      marker: markerBefore(window.subarray(0, marker.length + consumed)),
    };
    const fingerprint = extended(position.fingerprint, bytes.subarray(0, consumed), offset);
    const newest = Math.max(position.newest ?? Number.NEGATIVE_INFINITY, tally.newest ?? Number.NEGATIVE_INFINITY);
    const known = { ...marks, fingerprint, newest: Number.isFinite(newest) ? newest : null, order: tally.order.state };
    return { position: { ...position, ...next, columns: copy(next.columns), ...known, standing }, tally, more };
  }
  if (tally.lines > 0 || isFinished) return { position: { ...position, standing }, tally, more };
  if (tally.beyond) return null;
  if (!end && failure === null) return behindNulRun(generation, content, bytes, { over, tally });
  generation.hold(padding < bytes.length ? offset + padding : null);
  if (failure !== null) throw failure;
  return null;
}

/**
 * Reads again what has NUL bytes before its data until two reads agree: a memory-mapped writer fills its file from the front,
 * and one read may see NUL bytes where it had not come to yet and, behind them, what it wrote while the read went on.
 */
async function readWhole(content: Content, from: number, window: Buffer): Promise<ContentRead> {
  let read = await content.read(from, window);
  for (;;) {
    const bytes = window.subarray(0, read.length);
    const gap = bytes.indexOf(0);
    const end = paddingStart(bytes);
    if (gap === -1 || gap >= end) return read;
    const seen = Buffer.from(bytes.subarray(gap, end));
    read = await content.read(from, window);
    if (seen.equals(window.subarray(gap, end))) return read;
  }
}

/** The window holds but an unfinished line, or nothing, and NUL bytes: on to what follows them, if anything does. */
async function behindNulRun(
  generation: Generation,
  content: Content,
  bytes: Buffer,
  { over, tally }: { readonly over: boolean; readonly tally: Tally },
): Promise<TurnRead | null> {
  const { position } = generation;
  const begun = paddingStart(bytes);
  const windowEnd: NulRunEnd = { kind: 'data', offset: position.offset + bytes.length };
  const run = await (content.nulRunEnd(position.offset + begun) ?? windowEnd);
  switch (run.kind) {
    case 'searching':
      // Nothing yet, but the turn is not the last: others have theirs in between.
      return { position, tally, more: true };
    case 'end-of-file':
      if (!over) {
        generation.hold(position.offset + begun);
        return null;
      }
      if (begun > 0) tally.reject('partial');
      return { position: { ...position, standing: 'finished' }, tally, more: false };
    case 'data': {
      // A memory-mapped writer has filled the run from its start while its end was looked for.
      const start = Buffer.alloc(1);
      await content.read(position.offset + begun, start);
      if (start[0] !== 0) return { position, tally, more: true };
      if (begun > 0) tally.reject('nul-bytes');
      const next = acrossNulRun(position, run.offset, begun > 0);
      const head = await headOf(content, position, bytes, next);
      const marker = await markAt(content, run.offset - markerSize, markerSize);
      return { position: { ...position, ...next, columns: copy(next.columns), head, marker }, tally, more: true };
    }
  }
}

/** The whole lines that may have been counted before are read by themselves. */
function apartFromKnown(bytes: Buffer, { known, offset }: Position): { bytes: Buffer; knownBefore: EventTime | null } {
  if (known === null || offset >= known.until) return { bytes, knownBefore: null };
  const end = bytes.lastIndexOf(lineFeed, known.until - offset - 1) + 1;
  return end === 0
    ? { bytes, knownBefore: null }
    : { bytes: bytes.subarray(0, end), knownBefore: eventTime(known.newest) };
}

function copy(columns: ScanState['columns']): string[] | null {
  return columns === null ? null : [...columns];
}

function markerBefore(read: Buffer): Mark {
  return markOf(read.subarray(Math.max(0, read.length - markerSize)));
}

/** The mark of the file's beginning, as far as it has been read; it grows until it is whole. */
async function headOf(content: Content, position: Position, bytes: Buffer, next: ScanState): Promise<Mark> {
  if (position.offset === 0) return markOf(bytes.subarray(0, Math.min(headSize, next.offset)));
  if (position.head.length >= headSize || position.compressed) return position.head;
  return markAt(content, 0, Math.min(headSize, next.offset));
}
