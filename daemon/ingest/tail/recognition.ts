import type { FileHandle } from 'node:fs/promises';
import { DamagedFile } from '../compression/damage.ts';
import { lineFeed } from '../formats/scan.ts';
import { type Content, compressedContent, openForReading, plainContent } from './content.ts';
import type { Found } from './discover.ts';
import { headSize, inodeKey, type Mark, markAt, markerSize, markOf, sameMark } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import {
  endOfKnownLines,
  extended,
  type Fingerprint,
  firstLineKey,
  type KnownEnd,
  longestLandmark,
  noFingerprint,
  sumOf,
} from './fingerprint.ts';
import type { Position } from './position.ts';

/** So much of a content is looked at together. */
const blockSize = 1024 * 1024;
/** The first two bytes of every gzip file. */
const gzipStart = 0x1f8b;
/** Fewer equal bytes prove nothing where the content goes on differently. */
export const leastToPart = 64;

/** How a content stands to what was read of a generation. */
export type Relation =
  /** It begins otherwise. */
  | { readonly kind: 'other' }
  /** It begins with all that was read. `end`: nothing follows. */
  | { readonly kind: 'whole'; readonly end: boolean }
  /** It ends where more was read. `at`: as far as it is proven to be the same. */
  | { readonly kind: 'part'; readonly at: number; readonly size: number }
  /** It begins with as much as that, and goes on otherwise. `next`: there it is known to differ. */
  | { readonly kind: 'apart'; readonly at: number; readonly next: number };

/** The content of a file, decompressed, to be compared with the contents that were read. */
export class Candidate {
  readonly found: Found;
  readonly #content: Content;
  readonly #handle: FileHandle;
  #beginning: Buffer | null = null;
  /** Length of the content, when it is known. */
  #length: number | null = null;
  /** Why nothing can be read behind its end: a compressed file cut short or damaged. */
  failure: DamagedFile | null = null;

  constructor(found: Found, content: Content, handle: FileHandle) {
    this.found = found;
    this.#content = content;
    this.#handle = handle;
  }

  /** Its first bytes, as many as a landmark has. */
  async beginning(): Promise<Buffer> {
    this.#beginning ??= await this.read(0, longestLandmark);
    return this.#beginning;
  }

  /** Names the beginning; `null` while it has no whole line and may get one. */
  async key(): Promise<string | null> {
    const beginning = await this.beginning();
    const isWhole = this.found.compressed && this.failure === null && this.#length === beginning.length;
    return firstLineKey(beginning, isWhole);
  }

  /** Most files are short: a buffer of all that is asked for would be the larger part of the memory of thousands of them. */
  async read(from: number, length: number): Promise<Buffer> {
    const left = this.found.compressed ? length : Math.max(0, this.found.stats.size - from) + 1;
    if (left >= length) return this.#readInto(Buffer.alloc(length), from);
    const bytes = await this.#readInto(Buffer.alloc(left), from);
    // It has grown since it was found.
    return bytes.length < left ? bytes : this.#readInto(Buffer.alloc(length), from);
  }

  async #readInto(bytes: Buffer, from: number): Promise<Buffer> {
    const read = await this.#content.read(from, bytes);
    // Only damage is a property of the content.
    if (read.failure !== null && !(read.failure instanceof DamagedFile)) throw read.failure;
    if (read.failure !== null) this.failure = read.failure;
    if (read.end || read.failure !== null) this.#length = from + read.length;
    return bytes.subarray(0, read.length);
  }

  /** Length of the content as of now; a compressed one is read to its end, or to where it breaks off. */
  async length(): Promise<number> {
    if (this.#length !== null) return this.#length;
    if (!this.found.compressed) {
      const { size } = await this.#handle.stat();
      this.#length = size;
      return size;
    }
    let from = 0;
    while (this.#length === null) from += (await this.read(from, blockSize)).length;
    return this.#length;
  }

  /** The last four bytes of a gzip file are its content's length modulo 2^32: no need to decompress all of it to know. */
  async #endsAt(offset: number): Promise<boolean> {
    if (this.#length !== null) return this.#length === offset;
    const { size } = await this.#handle.stat();
    const bytes = Buffer.alloc(6);
    await this.#handle.read(bytes, 0, 2, 0);
    await this.#handle.read(bytes, 2, 4, Math.max(0, size - 4));
    return bytes.readUInt16BE(0) === gzipStart && bytes.readUInt32LE(2) === offset % 2 ** 32;
  }

  /** How it stands to what was read up to a position. */
  async relationTo({ head, marker, fingerprint, offset }: Position): Promise<Relation> {
    const beginning = await this.beginning();
    const headHolds = head.length > 0 && sameMark(markOf(beginning.subarray(0, head.length)), head);
    if (!headHolds && fingerprint.length === 0) return { kind: 'other' };
    if (headHolds && this.found.compressed && (await this.#endsAt(offset))) return { kind: 'whole', end: true };
    let at = 0;
    const part = (): Relation =>
      at > 0 || headHolds ? { kind: 'part', at, size: this.#length ?? at } : { kind: 'other' };
    const apart = (next: number): Relation => (at > 0 ? { kind: 'apart', at, next } : { kind: 'other' });
    for (const known of fingerprint) {
      const bytes = await this.read(known.offset - known.length, known.length);
      // A line that ends sooner than the one that was read is another.
      if (bytes.length < known.length) return bytes.includes(lineFeed) ? apart(known.offset) : part();
      if (sumOf(bytes) !== known.sum) return apart(known.offset);
      at = known.offset;
    }
    const before = await this.read(offset - marker.length, marker.length);
    if (before.length < marker.length) return part();
    if (!sameMark(markOf(before), marker)) return apart(offset);
    return { kind: 'whole', end: (await this.read(offset, 1)).length === 0 };
  }

  /** Where the lines end that were read last of a generation; `null` when they are not in it. */
  async endOfKnown(fingerprint: Fingerprint): Promise<KnownEnd | null> {
    if (fingerprint.length === 0) return null;
    return this.found.compressed ? this.#lastEndOfKnown(fingerprint) : this.#endOfKnownFromEnd(fingerprint);
  }

  async #endOfKnownFromEnd(fingerprint: Fingerprint): Promise<KnownEnd | null> {
    const length = await this.length();
    for (let from = Math.max(0, length - blockSize); ; from = Math.max(0, from - blockSize / 2)) {
      const known = await this.#endOfKnownIn(fingerprint, from, Math.min(blockSize, length - from));
      if (known !== null || from === 0) return known;
    }
  }

  /** Compressed content can only be read forward. */
  async #lastEndOfKnown(fingerprint: Fingerprint): Promise<KnownEnd | null> {
    let last: KnownEnd | null = null;
    for (let from = 0; this.#length === null || from < this.#length; from += blockSize / 2)
      last = (await this.#endOfKnownIn(fingerprint, from, blockSize)) ?? last;
    return last;
  }

  async #endOfKnownIn(fingerprint: Fingerprint, from: number, length: number): Promise<KnownEnd | null> {
    const bytes = await this.read(from, length);
    // The first line of a block is seldom a whole one.
    const start = from === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
    const known = endOfKnownLines(fingerprint, bytes.subarray(start), from === 0);
    return known === null ? null : { ...known, end: from + start + known.end };
  }

  /** Marks and number of the lines of its first `upTo` bytes. */
  async marksTo(upTo: number): Promise<ReadMarks> {
    let fingerprint = noFingerprint;
    let line = 1;
    for (let from = 0; from < upTo; ) {
      const bytes = await this.read(from, Math.min(blockSize, upTo - from));
      if (bytes.length === 0) throw new FileMoved(this.found.path);
      // Cut at a line's end, so that no landmark is of half a line.
      const cut = from + bytes.length < upTo ? bytes.lastIndexOf(lineFeed) + 1 : bytes.length;
      const whole = cut === 0 ? bytes : bytes.subarray(0, cut);
      fingerprint = extended(fingerprint, whole, from);
      for (let feed = whole.indexOf(lineFeed); feed !== -1; feed = whole.indexOf(lineFeed, feed + 1)) line += 1;
      from += whole.length;
    }
    const head = markOf((await this.beginning()).subarray(0, Math.min(headSize, upTo)));
    const size = Math.min(markerSize, upTo);
    return { head, marker: markOf(await this.read(upTo - size, size)), fingerprint, offset: upTo, line };
  }

  /** Where its last whole line ends, at `upTo` or before it. */
  async lineEnd(upTo: number): Promise<number> {
    for (let to = upTo; to > 0; ) {
      const from = Math.max(0, to - blockSize);
      const bytes = await this.read(from, to - from);
      const feed = bytes.lastIndexOf(lineFeed);
      if (feed !== -1) return from + feed + 1;
      to = from;
    }
    return 0;
  }
}

export interface ReadMarks {
  readonly head: Mark;
  readonly marker: Mark;
  readonly fingerprint: Fingerprint;
  readonly offset: number;
  readonly line: number;
}

/** Tells whether the content is still the one that was read, at its beginning and before the offset. */
export async function carries(content: Content, { head, marker, offset }: Position): Promise<boolean> {
  if (!sameMark(await markAt(content, 0, head.length), head)) return false;
  return sameMark(await markAt(content, offset - marker.length, marker.length), marker);
}

export function contentOf(handle: FileHandle, compressed: boolean): Content {
  return compressed ? compressedContent(handle) : plainContent(handle);
}

/** Opens a file for as long as its use takes. Throws `FileMoved` when another lies there now. */
export async function withCandidate<Result>(
  found: Found,
  use: (candidate: Candidate, content: Content) => Promise<Result>,
): Promise<Result> {
  const handle = await openForReading(found.target);
  const content = contentOf(handle, found.compressed);
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    if (inodeKey({ device: String(dev), inode: String(ino) }) !== inodeKey(found.stats))
      throw new FileMoved(found.path);
    return await use(new Candidate(found, content, handle), content);
  } finally {
    await content.close();
  }
}
