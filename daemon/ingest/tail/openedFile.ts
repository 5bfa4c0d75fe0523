import type { FileHandle } from 'node:fs/promises';
import { type Content, openForReading } from './content.ts';
import type { Found } from './discover.ts';
import { type FileStats, fileStats, inodeKey } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { heldFiles } from './heldFiles.ts';
import { Candidate, contentOf } from './recognition.ts';

/** A generation's file while it is open: what it holds can be read whatever happens to its name. */
export class OpenedFile {
  readonly #handle: FileHandle;
  readonly content: Content;

  private constructor(handle: FileHandle, compressed: boolean) {
    this.#handle = handle;
    this.content = contentOf(handle, compressed);
    heldFiles.opened();
  }

  /** Throws `FileMoved` when another file lies there now. */
  static async open(file: Found, compressed: boolean): Promise<OpenedFile> {
    const handle = await openForReading(file.target);
    try {
      const stats = fileStats(await handle.stat({ bigint: true }));
      if (inodeKey(stats) !== inodeKey(file.stats)) throw new FileMoved(file.path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new OpenedFile(handle, compressed);
  }

  /** @param file as it was found last */
  candidate(file: Found): Candidate {
    return new Candidate(file, this.content, this.#handle);
  }

  /** The `stat` of the file, whatever its name is now. */
  async stats(): Promise<FileStats> {
    return fileStats(await this.#handle.stat({ bigint: true }));
  }

  async close(): Promise<void> {
    heldFiles.closed();
    await this.content.close();
  }
}
