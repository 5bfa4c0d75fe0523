import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Reads past the cache begin at multiples of this many bytes. */
export const uncachedStep = 4096;

/**
 * Reads of one open file past the cache of the system. A hole of gigabytes would fill that with pages of NUL bytes: it takes
 * many times as long as the reading does, and pushes out what others need. Linux only, and not on every file system.
 */
export class UncachedReads {
  readonly #of: FileHandle;
  #handle: Promise<FileHandle | null> | null = null;

  constructor(of: FileHandle) {
    this.#of = of;
  }

  /** Puts bytes into the buffer, and tells how many; `null` where it cannot. @param offset a multiple of `uncachedStep` */
  async read(offset: number, into: Buffer): Promise<number | null> {
    this.#handle ??= openedPastCache(this.#of.fd);
    const handle = await this.#handle;
    if (handle === null) return null;
    try {
      return (await handle.read(into, 0, into.length, offset)).bytesRead;
    } catch {
      // The bytes lie on a disk that wants the buffer at an address of its own, or the file system reads no file so.
      return null;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await (await handle)?.close();
  }
}

/** Opens the same file, whatever its name is by now. */
async function openedPastCache(descriptor: number): Promise<FileHandle | null> {
  if (process.platform !== 'linux') return null;
  try {
    return await open(`/proc/self/fd/${descriptor}`, constants.O_RDONLY | constants.O_DIRECT);
  } catch {
    return null;
  }
}
