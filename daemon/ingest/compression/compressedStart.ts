import { open } from 'node:fs/promises';
import { compressionHeadSize, isCompressed } from './compression.ts';
import { decompressed } from './decompressed.ts';

/** The readable part of a compressed file. */
export interface CompressedStart {
  readonly bytes: Buffer;
  /** Why nothing more can be read, if that is so. */
  readonly failure: Error | null;
}

/**
 * The beginning of a compressed file's content, at most about `limit` bytes; `null` when the file is not compressed.
 * Throws what the file system throws.
 */
export async function compressedStart(path: string, limit: number): Promise<CompressedStart | null> {
  const handle = await open(path, 'r');
  try {
    if (!(await handle.stat()).isFile()) return null;
    const head = Buffer.alloc(compressionHeadSize);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (!isCompressed(head.subarray(0, bytesRead))) return null;
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of decompressed(handle)) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= limit) break;
      }
    } catch (error) {
      return { bytes: Buffer.concat(chunks), failure: error as Error };
    }
    return { bytes: Buffer.concat(chunks), failure: null };
  } finally {
    await handle.close();
  }
}
