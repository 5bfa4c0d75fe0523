import { DamagedFile } from './damage.ts';
import type { FileBytes } from './fileBytes.ts';

const pieceSize = 64 * 1024;

/** One stream of a bzip2 file that begins at `start`, block by block; answers where it ends. */
export async function* bzip2Stream(file: FileBytes, start: number): AsyncGenerator<Buffer, number> {
  const [{ default: bzip2 }, { default: bitIterator }] = await Promise.all([
    import('unbzip2-stream/lib/bzip2.js'),
    import('unbzip2-stream/lib/bit_iterator.js'),
  ]);
  let at = start;
  const bits = bitIterator(() => {
    const piece = file.atOnce(at, pieceSize);
    at += piece.length;
    if (piece.length === 0) throw new DamagedFile('Z_ENDS_EARLY', 'bzip2');
    return piece;
  });
  // The library keeps its tables in itself; files that are read at the same time each need their own.
  const decoder = Object.create(bzip2) as typeof bzip2;
  try {
    const size = 100_000 * decoder.header(bits);
    let checksum: number | null = 0;
    for (;;) {
      const output = new GrowingBytes();
      checksum = decoder.decompress(bits, (byte) => output.push(byte), new Int32Array(size), size, checksum);
      if (checksum === null) return start + bits.bytesRead;
      yield output.bytes;
    }
  } catch (error) {
    throw error instanceof DamagedFile ? error : new DamagedFile('Z_CORRUPT', 'bzip2');
  }
}

/** The library gives byte after byte; a block of the format holds 46 MB at most. */
class GrowingBytes {
  #bytes = Buffer.allocUnsafe(1024 * 1024);
  #length = 0;

  push(byte: number): void {
    if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.#length);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
