import { DamagedFile } from './damage.ts';
import type { FileBytes } from './fileBytes.ts';

/** A block may refer to so much before it. */
const historySize = 64 * 1024;
const blockSizes: ReadonlyMap<number, number> = new Map([
  [4, 65_536],
  [5, 262_144],
  [6, 1_048_576],
  [7, 4_194_304],
]);
const longestHeader = 19;
const uncompressed = 0x8000_0000;

/** One frame of an lz4 file that begins at `start`, block by block; answers where it ends. Checksums are not looked at. */
export async function* lz4Frame(file: FileBytes, start: number): AsyncGenerator<Buffer, number> {
  const { default: lz4 } = await import('lz4js');
  const header = await file.at(start, longestHeader);
  if (header.length < 7) throw new DamagedFile('Z_ENDS_EARLY', 'lz4');
  const flags = header[4] ?? 0;
  const blockSize = blockSizes.get(((header[5] ?? 0) >> 4) & 7);
  if (flags >> 6 !== 1 || blockSize === undefined) throw new DamagedFile('Z_CORRUPT', 'lz4');
  const hasBlockChecksum = (flags & 16) !== 0;
  const hasContentSize = (flags & 8) !== 0;
  const hasContentChecksum = (flags & 4) !== 0;
  const hasDictionary = (flags & 1) !== 0;
  let at = start + 7 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  const output = Buffer.alloc(historySize + blockSize);
  let history = 0;
  for (;;) {
    const head = await file.at(at, 4);
    if (head.length < 4) throw new DamagedFile('Z_ENDS_EARLY', 'lz4');
    const word = head.readUInt32LE();
    if (word === 0) {
      const end = at + 4 + (hasContentChecksum ? 4 : 0);
      if ((await file.at(end - 1, 1)).length === 0) throw new DamagedFile('Z_ENDS_EARLY', 'lz4');
      return end;
    }
    const length = word & ~uncompressed;
    if (length > blockSize) throw new DamagedFile('Z_CORRUPT', 'lz4');
    const block = await file.at(at + 4, length);
    if (block.length < length) throw new DamagedFile('Z_ENDS_EARLY', 'lz4');
    at += 4 + length + (hasBlockChecksum ? 4 : 0);
    let end: number;
    if (word >>> 31 === 1) {
      block.copy(output, history);
      end = history + length;
    } else end = lz4.decompressBlock(block, output, 0, length, history);
    if (!(end <= history + blockSize)) throw new DamagedFile('Z_CORRUPT', 'lz4');
    yield Buffer.from(output.subarray(history, end));
    const kept = Math.min(historySize, end);
    output.copyWithin(0, end - kept, end);
    history = kept;
  }
}
