import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { crc32, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Compression } from './compression.ts';
import { DamagedFile } from './damage.ts';
import type { FileBytes } from './fileBytes.ts';

/** So much is handed to zlib at once: what was decompressed of a piece that turns out to be damaged is lost. */
const pieceSize = 16 * 1024;
const outputSize = 256 * 1024;
const longestHeader = 64 * 1024;

const flag = { headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;

/** One member of a gzip file (RFC 1952) that begins at `start`; answers where it ends. */
export async function* gzipMember(file: FileBytes, start: number): AsyncGenerator<Buffer, number> {
  const header = gzipHeaderLength(await file.at(start, longestHeader));
  let checksum = 0;
  let length = 0;
  const deflated = inflated('gzip', createInflateRaw({ chunkSize: outputSize }), file, start + header);
  let step = await deflated.next();
  while (step.done !== true) {
    checksum = crc32(step.value, checksum);
    length += step.value.length;
    yield step.value;
    step = await deflated.next();
  }
  const trailer = await file.at(step.value, 8);
  if (trailer.length < 8) throw new DamagedFile('Z_ENDS_EARLY', 'gzip');
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length % 2 ** 32)
    throw new DamagedFile('Z_CORRUPT', 'gzip');
  return step.value + 8;
}

/** One frame of a zstd file that begins at `start`, or several; answers where they end. */
export async function* zstdFrames(file: FileBytes, start: number): AsyncGenerator<Buffer, number> {
  return yield* inflated('zstd', createZstdDecompress({ chunkSize: outputSize }), file, start);
}

function gzipHeaderLength(bytes: Buffer): number {
  if (bytes.length < 10) throw new DamagedFile('Z_ENDS_EARLY', 'gzip');
  if (bytes[2] !== 8) throw new DamagedFile('Z_CORRUPT', 'gzip');
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & flag.extra) !== 0) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0);
  for (const text of [flag.name, flag.comment]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) throw new DamagedFile('Z_ENDS_EARLY', 'gzip');
    at = end + 1;
  }
  if ((flags & flag.headerChecksum) !== 0) at += 2;
  if (at > bytes.length) throw new DamagedFile('Z_ENDS_EARLY', 'gzip');
  return at;
}

/**
 * Yields the output of `stream` for the bytes from `start` on; answers where the bytes end that `stream` takes. Everything
 * readable is given before a damage is thrown, but for the piece that holds the damage.
 */
async function* inflated(
  compression: Compression,
  stream: Transform & { readonly bytesWritten: number },
  file: FileBytes,
  start: number,
): AsyncGenerator<Buffer, number> {
  let failure: NodeJS.ErrnoException | null = null;
  let ended = false;
  let wake = (): void => {};
  stream.on('error', (error) => {
    failure = error;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('readable', () => wake());
  try {
    for (let at = start; ; ) {
      const piece = await file.at(at, pieceSize);
      at += piece.length;
      let taken = false;
      const isTaken = (): void => {
        taken = true;
        wake();
      };
      if (piece.length === 0) stream.end();
      else stream.write(piece, isTaken);
      for (;;) {
        const output: Buffer | null = failure === null ? stream.read() : null;
        if (output !== null) {
          yield output;
          continue;
        }
        if (failure !== null) {
          const { code } = failure as NodeJS.ErrnoException;
          throw new DamagedFile(code === 'Z_BUF_ERROR' ? 'Z_ENDS_EARLY' : 'Z_CORRUPT', compression);
        }
        if (taken || ended) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (ended) return start + stream.bytesWritten;
    }
  } finally {
    if (!stream.destroyed) {
      stream.destroy();
      await once(stream, 'close');
    }
  }
}
