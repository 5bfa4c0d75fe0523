import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { compressedStart } from '../compression/compressedStart.ts';
import { DamagedFile, damageText, whollyDamagedText } from '../compression/damage.ts';
import { kindOfFile } from '../kindOfFile.ts';

/** Bytes of a metrics file to propose a plan from. */
export interface MetricsSample {
  /** As the plan is to name it: relative to the plan's folder. */
  readonly file: string;
  /** In order; each but the first may begin inside a line, each but the last may end inside one. */
  readonly pieces: readonly Uint8Array[];
}

/** Read whole up to here; of a longer file, this much in pieces spread over it: a rollout's first days have no treatment. */
const wholeUpTo = 32 * 1024 * 1024;
const pieceCount = 64;

/** So much of a compressed file is looked at: its beginning, as it cannot be read from its middle. */
const mostOfCompressed = 8 * wholeUpTo;

/**
 * Reads what `proposePlan` needs of a metrics file, compressed or not. `file` is how the plan names it. `damage`: in one
 * line, why a compressed one is not read to its end.
 * @throws {UserError} when it cannot be read.
 */
export async function sampleMetrics(
  path: string,
  file: string,
): Promise<MetricsSample & { readonly damage: string | null }> {
  checkIsFile(path);
  // A path that cannot be opened is told by the reading of what is not compressed.
  const start = await compressedStart(path, mostOfCompressed).catch(() => null);
  if (start === null) return { file, pieces: readPieces(path), damage: null };
  const { bytes, failure } = start;
  if (failure === null) return { file, pieces: [bytes], damage: null };
  if (!(failure instanceof DamagedFile)) throw failure;
  if (bytes.length === 0) throw new UserError('sample-unreadable', whollyDamagedText(path, failure));
  return { file, pieces: [bytes], damage: damageText(file, failure) };
}

/** Opening a pipe would wait for its writer, and a socket cannot be opened. */
function checkIsFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return;
  const isLink = stats === undefined && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const what = stats === undefined ? (isLink ? 'a link to a file that is not there' : null) : kindOfFile(stats);
  throw new UserError(
    'sample-unreadable',
    what === null
      ? `${path} is not there: check the path`
      : `${path} is ${what}: name a file that holds records, or copy some lines of it into one`,
  );
}

function readPieces(path: string): readonly Uint8Array[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stat = fstatSync(descriptor);
    if (stat.size <= wholeUpTo) return [readAt(descriptor, 0, stat.size)];
    const length = Math.floor(wholeUpTo / pieceCount);
    const step = (stat.size - length) / (pieceCount - 1);
    const from = descriptor;
    return Array.from({ length: pieceCount }, (_, index) => readAt(from, Math.floor(index * step), length));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error) || 'unknown';
    throw new UserError('sample-unreadable', `${path} cannot be read (${code}): check the path`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
