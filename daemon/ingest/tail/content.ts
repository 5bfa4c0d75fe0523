import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type NulRunEnd, NulRuns } from './nulRun.ts';

export interface ContentRead {
  /** Bytes put into the buffer. */
  readonly length: number;
  /** Nothing follows, as of now. */
  readonly end: boolean;
  /** Why nothing more can be read behind those bytes: a gzip file cut short or corrupt. */
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
  const nulRuns = new NulRuns(read);
  return {
    async read(offset, into) {
      const length = await read(offset, into);
      return { length, end: length < into.length, failure: null };
    },
    nulRunEnd: (offset) => nulRuns.end(offset),
    close: () => handle.close(),
  };
}

/**
 * A gzip file, decompressed as it is read; bounded memory however large it is. Reading goes forward: an offset before
 * the bytes at hand starts over.
 */
export function gzipContent(handle: FileHandle): Content {
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
      if (offset < start) {
        await stream.close();
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
          const chunk = await stream.next();
          if (chunk === null) ended = true;
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
      await stream.close();
      await handle.close();
    },
  };
}

interface Decompressed {
  next(): Promise<Buffer | null>;
  close(): Promise<void>;
}

function decompressed(handle: FileHandle): Decompressed {
  const source = Readable.from(bytesOf(handle), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error));
  // It begins at once: what is wrong may be known before anybody reads, and is told by the reading.
  gunzip.on('error', () => {});
  source.pipe(gunzip);
  const chunks = gunzip[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await chunks.next();
      return done === true ? null : (value as Buffer);
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        if (source.closed) resolve();
        else source.once('close', () => resolve());
      });
      source.unpipe();
      source.destroy();
      gunzip.destroy();
      await closed;
    },
  };
}

/** Not a stream of the file system's own: that one closes the file when it ends early, and the next needs it open. */
async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const buffer = Buffer.allocUnsafe(256 * 1024);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The first two bytes of every gzip file. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}
