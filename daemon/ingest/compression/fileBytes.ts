import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The bytes of an open file as decompression needs them: from any place, and blocking where a library cannot wait. */
export class FileBytes {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Fewer bytes than asked for only at the end of the file. */
  async at(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  atOnce(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#handle.fd, bytes, 0, length, offset));
  }
}
