import { lstatSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { writtenBy } from '../../measure/lineStamp.ts';
import { LogOrder } from '../../measure/logOrder.ts';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { Batch, Instrument, RejectReason, WrittenNear } from '../../protocol/domain/observation.ts';
import { duration, type EventTime, eventTime, type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { compressionHeadSize, isCompressed } from '../compression/compression.ts';
import { DamagedFile, damageText, whollyDamagedText } from '../compression/damage.ts';
import type { CsvHeader } from '../formats/csvHeader.ts';
import type { Format } from '../formats/format.ts';
import { orderOfSecondPass } from '../formats/logOpening.ts';
import {
  acrossNulRun,
  byField,
  isUtf16,
  keptFields,
  paddingStart,
  type Reader,
  type ScanState,
  scannerFor,
  scanStart,
  windowSize,
} from '../formats/scan.ts';
import { Tally, wholeTurn } from '../formats/tally.ts';
import { type KindOfFile, kindOfFile } from '../kindOfFile.ts';
import { type Content, type ContentRead, compressedContent, openForReading, plainContent } from '../tail/content.ts';

export interface RecordingOptions {
  /** The places name the file so: its path as the user gave it. */
  readonly name: string;
  /** Index of the plan's source that the file stands for. */
  readonly source: number;
  readonly format: Format;
  readonly instrument: Instrument;
  /** The header of the log's generation before it, for a file without its own. */
  readonly header?: CsvHeader | undefined;
  /** When a batch whose newest event time is this one counts as arrived; 0 for one without any. */
  arrived(newest: EventTime): WallTime;
  /** Told in one line when what is compressed breaks off or is damaged: what stands before that has been read. */
  damaged?(what: string): void;
  /** About when it was recorded, if others recorded beside it tell; else the file's own age must. */
  recordedNear?(): EventTime | null;
  /** Told after each window how many bytes of the content have been read. */
  reached?(bytes: number): void;
  /** Told at the end how many records could be of either pass of a repeated hour. */
  undecided?(records: number): void;
}

/**
 * Reads a finished file to its end, compressed or not, in batches of bounded size, without positions. A last line without a
 * line end counts if it is complete, else it is rejected as `partial`. Throws a `UserError` when the file cannot be read.
 */
export async function* readRecording(file: string, options: RecordingOptions): AsyncGenerator<Batch, void, undefined> {
  const { name, source } = options;
  let newest: EventTime | null = null;
  const { content, isShrunk, written } = await openRecording(file, name);
  const recordedNear = options.recordedNear?.() ?? null;
  const near = recordedNear === null ? writtenBy(written) : { at: recordedNear, ahead: anyLength };
  const scanner = scannerFor(
    options.format,
    recordingReader(options.instrument, source, near, () => newest),
  );
  /** What follows is read while the present batch is judged: nothing of its bytes is needed any more. */
  let following: Promise<ContentRead> | null = null;
  try {
    const window = Buffer.alloc(windowSize);
    let state: ScanState = { ...scanStart, ...options.header };
    let order = new LogOrder(null, null);
    for (;;) {
      const { length, end, failure } = await (following ?? content.read(state.offset, window));
      following = null;
      const bytes = window.subarray(0, length);
      if (state.offset === 0) checkStart(bytes, name, failure);
      const tally = new Tally(name, wholeTurn, order);
      const next = scanner.scan(bytes, state, end ? 'whole' : 'open', tally);
      if (state.offset === 0) {
        const second = await orderOfSecondPass(order, next, scanner, (at, into) => content.read(at, into));
        if (second !== null) {
          order = second;
          continue;
        }
      }
      let moved = next.offset > state.offset;
      state = next;
      if (!moved && !end && failure === null) {
        // Nothing but half a line and NUL bytes up to the window's end.
        const begun = paddingStart(bytes);
        const runEnd = await nulRunEnd(content, state.offset + begun, state.offset + length);
        if (runEnd === null) state = scanner.scan(bytes, state, 'whole', tally);
        else {
          if (begun > 0) tally.reject('nul-bytes');
          state = acrossNulRun(state, runEnd, begun > 0);
          moved = true;
        }
      }
      if (moved && !end) {
        following = content.read(state.offset, window);
        // Told where it is waited for.
        following.catch(() => undefined);
      }
      newest = later(newest, tally.newest);
      options.reached?.(state.offset);
      if (tally.lines > 0) yield batchOf(source, options.arrived(newest ?? eventTime(0)), tally);
      if (moved) continue;
      if (failure !== null) {
        if (!(failure instanceof DamagedFile)) throw failure;
        options.damaged?.(damageText(name, failure));
        return;
      }
      if (await isShrunk(state.offset)) throw shrunk(name);
      options.undecided?.(order.undecided);
      return;
    }
  } catch (error) {
    throw recordingError(error, name, file);
  } finally {
    await following?.catch(() => undefined);
    await content.close();
  }
}

/** Where a run of NUL bytes ends; `null` when it is the end of the file. What can only be read on is known up to `windowEnd`. */
async function nulRunEnd(content: Content, from: number, windowEnd: number): Promise<number | null> {
  for (;;) {
    const end = await (content.nulRunEnd(from) ?? { kind: 'data', offset: windowEnd });
    if (end.kind === 'data') return end.offset;
    if (end.kind === 'end-of-file') return null;
  }
}

const anyLength = duration(Number.POSITIVE_INFINITY);

/**
 * In a finished file no stamp is from the future, and a line without one belongs to the last line that had one: the rest
 * of a traceback to its head.
 */
function recordingReader(
  instrument: Instrument,
  source: number,
  near: WrittenNear,
  before: () => EventTime | null,
): Reader {
  const anyTime = wallTime(Number.POSITIVE_INFINITY);
  return {
    record: (record) => instrument.readRecord(source, record, anyTime, near),
    line(text, newest) {
      const reading = instrument.readLine(source, text, anyTime, near);
      if (reading.kind !== 'line' || Number.isFinite(reading.at)) return reading;
      const at = newest ?? before();
      return at === null ? { kind: 'rejected', reason: 'no-time' } : { ...reading, at };
    },
    ...byField(instrument, source, () => anyTime),
    kept: keptFields(instrument),
  };
}

function batchOf(source: number, arrived: WallTime, tally: Tally): Batch {
  const { observations, ignored } = tally;
  const rejected: Readonly<Partial<Record<RejectReason, number>>> = tally.rejected;
  return { source, arrived, unread: false, observations, ignored, rejected, positions: [], forgotten: [], gaps: [] };
}

function later(one: EventTime | null, other: EventTime | null): EventTime | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

interface OpenRecording {
  readonly content: Content;
  /** The file ends before what was read of it. */
  isShrunk(read: number): Promise<boolean>;
  /** The last time. */
  readonly written: WallTime;
}

async function openRecording(file: string, name: string): Promise<OpenRecording> {
  let handle: FileHandle;
  try {
    handle = await openForReading(file, 'follow');
  } catch (error) {
    throw recordingError(error, name, file);
  }
  try {
    const stats = await handle.stat();
    const written = wallTime(stats.mtimeMs);
    if (!stats.isFile()) throw noRecording(name, kindOfFile(stats));
    const head = Buffer.alloc(compressionHeadSize);
    await handle.read(head, 0, compressionHeadSize, 0);
    // A compressed file that is cut is told by its decompression.
    if (isCompressed(head)) return { content: compressedContent(handle), isShrunk: async () => false, written };
    return { content: plainContent(handle), isShrunk: async (read) => (await handle.stat()).size < read, written };
  } catch (error) {
    await handle.close();
    throw recordingError(error, name, file);
  }
}

function checkStart(bytes: Buffer, name: string, failure: Error | null): void {
  if (failure instanceof DamagedFile && bytes.length === 0)
    throw new UserError('recording-damaged', whollyDamagedText(name, failure));
  if (bytes.length === 0) throw new UserError('recording-empty', `${name} is empty; there is nothing to replay`);
  if (isUtf16(bytes))
    throw new UserError('recording-utf16', `${name} is UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)`);
  if (isBinary(bytes)) {
    throw new UserError(
      'recording-binary',
      `${name} is not text; name a file of JSON lines, CSV or log lines, plain or compressed (gzip, zstd, xz, bzip2, lz4)`,
    );
  }
}

/** More than one byte in ten at the start is a control character that no log holds; runs of NUL bytes do not count. */
function isBinary(bytes: Buffer): boolean {
  let counted = 0;
  let odd = 0;
  for (let at = 0; at < bytes.length && counted < 8192; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0 && bytes[at - 1] === 0) continue;
    counted += 1;
    const usual = byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x1b;
    if (!usual || byte === 0x7f) odd += 1;
  }
  const sample = bytes.subarray(0, 8192).toString('utf8');
  const undecodable = sample.split('\ufffd').length - 1;
  return odd + undecodable > Math.max(1, counted / 10);
}

function shrunk(name: string): UserError {
  return new UserError(
    'recording-changed',
    `${name} was cut off while it was read; replay a copy that nobody writes to`,
  );
}

function noRecording(name: string, kind: KindOfFile): UserError {
  const text: Readonly<Record<KindOfFile, string>> = {
    'a folder': `${name} is a folder; name a recorded file in it`,
    'a pipe': `${name} is a pipe and not a file; let standard input read from it (rampwatch replay - < ${name})`,
    'a socket': `${name} is a socket and not a file; name a recorded file`,
    'a device': `${name} is a device and not a file; name a recorded file`,
  };
  return new UserError('recording-not-a-file', text[kind]);
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function recordingError(error: unknown, name: string, file: string): unknown {
  if (error instanceof UserError) return error;
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(
        'recording-missing',
        isLink(file)
          ? `${name} is a symbolic link to a file that does not exist; name a recorded file`
          : `${name} does not exist; name a recorded file`,
      );
    case 'EISDIR':
      return noRecording(name, 'a folder');
    // Sockets, and devices that nothing drives, cannot be opened.
    case 'ENXIO':
      return noRecording(name, kindOfFile(statSync(file)));
    case 'ELOOP':
      return new UserError(
        'recording-missing',
        `${name} is a symbolic link that leads in a circle; name the file itself`,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError('recording-unreadable', `${name} may not be read; allow your user to read it`);
    case '':
      return error;
    default:
      return new UserError(
        'recording-unreadable',
        `${name} cannot be read (${errorCode(error)}); check the disk and try again`,
      );
  }
}
