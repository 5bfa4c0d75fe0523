import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DamagedFile } from '../compression/damage.ts';
import { decompressed } from '../compression/decompressed.ts';
import { type NulRunEnd, NulRuns } from './nulRun.ts';
import { UncachedReads } from './uncachedReads.ts';

export interface ContentRead {
  /** Bytes put into the buffer. */
  readonly length: number;
  /** Nothing follows, as of now. */
  readonly end: boolean;
  /** Why nothing more can be read behind those bytes: a compressed file cut short or damaged. */
  readonly failure: Error | null;
}

/** The content of one file, decompressed. */
export interface Content {
  /** Fills `into` with the bytes from `offset` on, as far as there are any. */
  read(offset: number, into: Buffer): Promise<ContentRead>;
  /** Where the run of NUL bytes ends that begins at `offset`; `null` where that is only known by reading on. */
  nulRunEnd(offset: number): Promise<NulRunEnd> | null;
  close(): Promise<void>;
}

/** Never waits for a pipe's other end. A tail's path has been resolved before, so its last step must be no symlink. */
export function openForReading(file: string, symlink: 'refuse' | 'follow' = 'refuse'): Promise<FileHandle> {
  const refusal = symlink === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0;
  return open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | refusal);
}

export function plainContent(handle: FileHandle): Content {
  const read = async (offset: number, into: Buffer): Promise<number> => {
    let length = 0;
    while (length < into.length) {
      const { bytesRead } = await handle.read(into, length, into.length - length, offset + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length;
  };
  const uncached = new UncachedReads(handle);
  const nulRuns = new NulRuns(read, uncached);
  return {
    async read(offset, into) {
      const length = await read(offset, into);
      return { length, end: length < into.length, failure: null };
    },
    nulRunEnd: (offset) => nulRuns.end(offset),
    async close() {
      await uncached.close();
      await handle.close();
    },
  };
}

/**
 * A compressed file, decompressed as it is read, by what its beginning says it is; bounded memory however large it is.
 * Reading goes forward: an offset before the bytes at hand starts over.
 */
export function compressedContent(handle: FileHandle): Content {
  let stream = decompressed(handle);
  /** Decompressed bytes from `start` on that are not behind the reader yet. */
  let held: Buffer[] = [];
  let start = 0;
  let length = 0;
  let ended = false;
  let failure: Error | null = null;

  const dropBefore = (offset: number): void => {
    for (let first = held[0]; first !== undefined && start < offset; first = held[0]) {
      const drop = Math.min(first.length, offset - start);
      if (drop === first.length) held.shift();
      else held[0] = first.subarray(drop);
      start += drop;
      length -= drop;
    }
  };

  return {
    async read(offset, into) {
      // A read that failed in the system may succeed the next time; damage stays.
      if (offset < start || (failure !== null && !(failure instanceof DamagedFile))) {
        await stream.return();
        stream = decompressed(handle);
        held = [];
        start = 0;
        length = 0;
        ended = false;
        failure = null;
      }
      dropBefore(offset);
      while (!ended && failure === null && start + length < offset + into.length) {
        try {
          const { value: chunk, done } = await stream.next();
          if (done === true) ended = true;
          else {
            held.push(chunk);
            length += chunk.length;
            dropBefore(offset);
          }
        } catch (error) {
          failure = error as Error;
        }
      }
      if (start < offset) return { length: 0, end: ended, failure };
      let filled = 0;
      for (const chunk of held) {
        if (filled === into.length) break;
        filled += chunk.copy(into, filled, 0, Math.min(chunk.length, into.length - filled));
      }
      return { length: filled, end: ended && filled === length, failure: filled === length ? failure : null };
    },
    nulRunEnd: () => null,
    async close() {
      await stream.return();
      await handle.close();
    },
  };
}
