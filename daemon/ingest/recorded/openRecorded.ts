import { compressionHeadSize, isCompressed } from '../compression/compression.ts';
import { type Content, compressedContent, openForReading, plainContent } from '../tail/content.ts';

/** The content of a file, decompressed where its first bytes say that it is compressed, whatever its name is. */
export async function openRecorded(file: string): Promise<Content> {
  const handle = await openForReading(file, 'follow');
  try {
    const head = Buffer.alloc(compressionHeadSize);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return isCompressed(head.subarray(0, bytesRead)) ? compressedContent(handle) : plainContent(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
