import type { FileHandle } from 'node:fs/promises';
import { type Content, compressedContent, openForReading, plainContent } from './content.ts';
import type { Found } from './discover.ts';
import { FileMoved, type Generation } from './generation.ts';
import { carries, headSize, inodeKey, markAt, sameMark } from './identity.ts';

/** So few equal bytes prove nothing: neither that a replaced live file goes on with the one before, nor a copy. */
export const leastToContinue = 64;

/** Whether a file could be the one that carries a generation now, by what is known without opening it. */
export function mayCarry(found: Found, { position, content }: Generation): boolean {
  if (position.family !== found.family) return false;
  if (position.offset === 0) return found.age !== null && content !== null;
  if (!found.compressed && found.stats.size < position.offset) return false;
  if (found.age !== null) return true;
  // A live file that was replaced as a whole (rsync does that) goes on with the content of the one before; a few equal
  // bytes do not prove that.
  return found.path === position.path && !position.finished && position.offset >= leastToContinue;
}

export type Match = 'other' | 'same' | 'all-of-it';

export async function contentMatch(found: Found, generation: Generation): Promise<Match> {
  const { position } = generation;
  return withContent(found, async (content, handle) => {
    if (position.offset === 0) return (await isWholeCopy(found, content, handle, generation)) ? 'same' : 'other';
    if (!sameMark(await markAt(content, 0, position.head.length), position.head)) return 'other';
    if (found.compressed && (await writtenLength(found, handle)) === position.offset % 2 ** 32) return 'all-of-it';
    return (await carries(content, position)) ? 'same' : 'other';
  });
}

/** Of a generation of which nothing has been read, only its open file tells what it holds. */
async function isWholeCopy(found: Found, content: Content, handle: FileHandle, of: Generation): Promise<boolean> {
  const size = (await of.statOpen())?.size ?? 0;
  if (of.content === null || size === 0) return false;
  const length = found.compressed ? await writtenLength(found, handle) : found.stats.size;
  if (length !== (found.compressed ? size % 2 ** 32 : size)) return false;
  return sameMark(await markAt(content, 0, headSize), await markAt(of.content, 0, headSize));
}

/** The last four bytes of a gzip file are its content's length modulo 2^32: no need to decompress all of it to know. */
export async function writtenLength(found: Found, handle: FileHandle): Promise<number> {
  const length = Buffer.alloc(4);
  await handle.read(length, 0, 4, Math.max(0, found.stats.size - 4));
  return length.readUInt32LE();
}

export async function withContent<Result>(
  found: Found,
  use: (content: Content, handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await openForReading(found.target);
  const content = found.compressed ? compressedContent(handle) : plainContent(handle);
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    if (inodeKey({ device: String(dev), inode: String(ino) }) !== inodeKey(found.stats))
      throw new FileMoved(found.path);
    return await use(content, handle);
  } finally {
    await content.close();
  }
}
