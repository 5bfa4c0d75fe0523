import type { FileHandle } from 'node:fs/promises';
import { type Compression, compressionHeadSize, compressionOf, skippableFrameLength } from './compression.ts';
import { DamagedFile } from './damage.ts';
import { FileBytes } from './fileBytes.ts';
import { gzipMember, zstdFrames } from './zlibMembers.ts';

/** The bytes behind the last member of a file are looked through for others, so many at a time. */
const paddingPiece = 64 * 1024;

/**
 * The content of an open file, decompressed as it is asked for, member after member: memory is bounded whatever it holds.
 * All that can be read comes before a damage is thrown. NUL bytes between and behind members are nothing.
 * @throws DamagedFile
 */
export async function* decompressed(handle: FileHandle): AsyncGenerator<Buffer, void> {
  const file = new FileBytes(handle);
  const compression = compressionAtStart(await file.at(0, compressionHeadSize));
  let at = 0;
  for (let members = 0; ; ) {
    const head = await file.at(at, compressionHeadSize);
    const skippable = compression === 'zstd' || compression === 'lz4' ? skippableFrameLength(head) : null;
    if (skippable !== null) {
      at += skippable;
      continue;
    }
    if (compressionOf(head) === compression) {
      at = yield* member(file, at, compression);
      members += 1;
      continue;
    }
    if (members === 0) throw new DamagedFile(head.length < 4 ? 'Z_ENDS_EARLY' : 'Z_CORRUPT', compression);
    const behind = await behindPadding(file, at);
    if (behind === null) return;
    if (behind === at) throw new DamagedFile(isBeginning(head) ? 'Z_ENDS_EARLY' : 'Z_TRAILING_GARBAGE', compression);
    at = behind;
  }
}

/** A file is asked for its content because its name or its beginning says that it is compressed. */
function compressionAtStart(head: Buffer): Compression {
  if (skippableFrameLength(head) !== null) return 'zstd';
  const compression = compressionOf(head);
  if (compression !== null) return compression;
  throw new DamagedFile(head.length < compressionHeadSize ? 'Z_ENDS_EARLY' : 'Z_CORRUPT', 'gzip');
}

/** A member of which only the first bytes are there. */
function isBeginning(head: Buffer): boolean {
  return head.length < 2;
}

/** The first byte from `start` on that is not NUL; `null` when there is none. */
async function behindPadding(file: FileBytes, start: number): Promise<number | null> {
  for (let at = start; ; at += paddingPiece) {
    const piece = await file.at(at, paddingPiece);
    const data = piece.findIndex((byte) => byte !== 0);
    if (data !== -1) return at + data;
    if (piece.length < paddingPiece) return null;
  }
}

async function* member(file: FileBytes, start: number, compression: Compression): AsyncGenerator<Buffer, number> {
  switch (compression) {
    case 'gzip':
      return yield* gzipMember(file, start);
    case 'zstd':
      return yield* zstdFrames(file, start);
    case 'xz': {
      const { xzStreams } = await import('./xzStreams.ts');
      return yield* xzStreams(file, start);
    }
    case 'bzip2': {
      const { bzip2Stream } = await import('./bzip2Stream.ts');
      return yield* bzip2Stream(file, start);
    }
    case 'lz4': {
      const { lz4Frame } = await import('./lz4Frame.ts');
      return yield* lz4Frame(file, start);
    }
  }
}
