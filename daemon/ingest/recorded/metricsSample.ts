import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { UserError } from '../../protocol/domain/userError.ts';

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

/**
 * Reads what `proposePlan` needs of a metrics file, gzipped or not. `file` is how the plan names it.
 * @throws {UserError} when it cannot be read.
 */
export function sampleMetrics(path: string, file: string): MetricsSample {
  const bytes = readPieces(path);
  const [first] = bytes;
  if (first === undefined || first[0] !== 0x1f || first[1] !== 0x8b) return { file, pieces: bytes };
  if (bytes.length > 1) {
    throw new UserError(
      'sample-too-large',
      `${path}: too large a gzip file to sample; unpack it, or name a smaller one`,
    );
  }
  try {
    return { file, pieces: [gunzipSync(first, { maxOutputLength: 8 * wholeUpTo })] };
  } catch {
    throw new UserError('sample-unreadable', `${path}: a damaged gzip file, or too large a one; unpack it first`);
  }
}

function readPieces(path: string): readonly Uint8Array[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stat = fstatSync(descriptor);
    if (!stat.isFile())
      throw new UserError('sample-unreadable', `${path} is no file: name a metrics file, JSONL or CSV`);
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
