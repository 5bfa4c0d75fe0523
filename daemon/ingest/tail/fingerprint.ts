import { crc32 } from 'node:zlib';
import { lineFeed } from '../formats/scan.ts';

/** The line that ends before an offset, as it was read. Of a long line, its end. */
export interface Landmark {
  readonly offset: number;
  /** So many bytes before the offset are in the sum. */
  readonly length: number;
  readonly sum: number;
}

/**
 * Landmarks of the bytes that were read of one content, by offset. They are taken while the bytes are read, so that no
 * later change of a file takes them away. The first line and the newest lines each have one; between them their distances
 * grow with the distance from either end, so that their number stays below two hundred however long the content is.
 */
export type Fingerprint = readonly Landmark[];

export const noFingerprint: Fingerprint = [];

/** A longer line has the landmark of its end. */
export const longestLandmark = 4096;
/** So many of the newest lines have a landmark each: an end that was shifted is known by them. */
const newestLines = 16;
/** The older of two landmarks in a row is at least so many times as far from the end as the one behind both. */
const growthToEnd = 1.5;
/** Each landmark is so many times as far from the start as the one before it, at least. */
const growthFromStart = 1.5;
/** Landmarks of one read lie so far from its end, then half as far again, and so on. */
const firstDistance = 2048;

/** The landmark at `end` in `bytes`, which begin at `offset`. `start`: where its line begins. */
function landmark(bytes: Buffer, start: number, end: number, offset: number): Landmark {
  const from = Math.max(start, end - longestLandmark);
  return { offset: offset + end, length: end - from, sum: crc32(bytes.subarray(from, end)) };
}

/** The sum of a landmark's bytes, to be held against it. */
export function sumOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** Where the line begins that ends before `end`. */
function lineStart(bytes: Buffer, end: number): number {
  return end < 2 ? 0 : bytes.lastIndexOf(lineFeed, end - 2) + 1;
}

/** The fingerprint of what was read before and of `bytes`, read behind it, from `offset` on. */
export function extended(before: Fingerprint, bytes: Buffer, offset: number): Fingerprint {
  if (bytes.length === 0) return before;
  const added: Landmark[] = [];
  let end = bytes.length;
  while (end > 0 && added.length < newestLines) {
    const start = lineStart(bytes, end);
    added.push(landmark(bytes, start, end, offset));
    end = start;
  }
  for (let distance = firstDistance; distance < bytes.length; distance *= growthToEnd) {
    const at = bytes.lastIndexOf(lineFeed, bytes.length - Math.floor(distance)) + 1;
    if (at <= 0) break;
    if (at < end) {
      end = lineStart(bytes, at);
      added.push(landmark(bytes, end, at, offset));
    }
  }
  if (offset === 0) {
    const feed = bytes.subarray(0, longestLandmark).indexOf(lineFeed);
    const first = feed === -1 ? Math.min(bytes.length, longestLandmark) : feed + 1;
    if (first < (added.at(-1)?.offset ?? 0)) added.push(landmark(bytes, 0, first, 0));
  }
  return thinned([...before, ...added.reverse()]);
}

function thinned(landmarks: Fingerprint): Fingerprint {
  const end = landmarks.at(-1)?.offset ?? 0;
  const kept = new Set<Landmark>(landmarks.slice(-newestLines));
  let distance = end - (landmarks.at(-newestLines)?.offset ?? end);
  for (let index = landmarks.length - newestLines - 1; index >= 0; index -= 1) {
    const at = landmarks[index];
    const older = landmarks[index - 1];
    // The one before it is near enough: the older of two stays, or the newer ones would push out all that are old.
    if (at === undefined || (older !== undefined && end - older.offset < distance * growthToEnd)) continue;
    distance = end - at.offset;
    kept.add(at);
  }
  let from = 0;
  for (const at of landmarks) {
    if (at.offset < from * growthFromStart) continue;
    from = at.offset;
    kept.add(at);
  }
  return landmarks.filter((at) => kept.has(at));
}

/** Names what begins with this line; `null` while there is no whole line. @param isWhole nothing will follow. */
export function firstLineKey(head: Buffer, isWhole = false): string | null {
  const feed = head.subarray(0, longestLandmark).indexOf(lineFeed);
  if (feed === -1 && head.length < longestLandmark && !isWhole) return null;
  return keyOf(landmark(head, 0, feed === -1 ? Math.min(head.length, longestLandmark) : feed + 1, 0));
}

/** As `firstLineKey` has it; `null` when nothing was read, or by a release that kept no landmarks. */
export function keyOfFirst(fingerprint: Fingerprint): string | null {
  const [first] = fingerprint;
  return first === undefined || first.offset !== first.length ? null : keyOf(first);
}

function keyOf({ length, sum }: Landmark): string {
  return `${length} ${sum}`;
}

/** As text, for the store. */
export function written(fingerprint: Fingerprint): string {
  let before = 0;
  let text = '';
  for (const { offset, length, sum } of fingerprint) {
    text += `${(offset - before).toString(36)}.${length.toString(36)}.${sum.toString(36)} `;
    before = offset;
  }
  return text;
}

/** Throws a `RangeError` for a text that is none. */
export function parsedFingerprint(text: string): Fingerprint {
  const landmarks: Landmark[] = [];
  let offset = 0;
  for (const part of text.split(' ')) {
    if (part === '') continue;
    const [distance = Number.NaN, length = Number.NaN, sum = Number.NaN] = part
      .split('.')
      .map((number) => Number.parseInt(number, 36));
    offset += distance;
    if (![offset, length, sum].every(Number.isSafeInteger)) throw new RangeError('not a fingerprint');
    landmarks.push({ offset, length, sum });
  }
  return landmarks;
}

/** So many lines one after the other prove that bytes were read; fewer, where the content begins with them. */
const linesToProve = 3;

export interface KnownEnd {
  /** The bytes from here on were not read. */
  readonly end: number;
  /** A line that was not read stands before the ones that were. */
  readonly edited: boolean;
  /** The line that was read last is the one that ends there; else it is gone, and what followed it may have gone unread. */
  readonly newest: boolean;
}

/**
 * Where in `bytes` the last of the lines ends that was read; `null` when none of the newest is there: it and the lines
 * before it stand there one after the other as they were read. Behind such lines a newer one proves itself: the lines
 * between them were changed.
 */
export function endOfKnownLines(fingerprint: Fingerprint, bytes: Buffer, isBeginning: boolean): KnownEnd | null {
  const lines = fingerprint.slice(-newestLines);
  const lengths = new Set(lines.map(({ length }) => length));
  let behind: { readonly start: number; readonly end: number; readonly index: number } | null = null;
  for (let end = bytes.lastIndexOf(lineFeed) + 1; end > 0; end = lineStart(bytes, end)) {
    if (!lengths.has(lineLength(bytes, end))) continue;
    for (let newest = lines.length; newest > 0; newest -= 1) {
      const { matching, rest } = runBefore(lines.slice(0, newest), bytes, end);
      if (matching === 0) continue;
      const proven = matching >= linesToProve || (rest === 0 && isBeginning);
      if (proven && behind !== null && behind.index >= newest)
        return { end: behind.end, edited: behind.start > end, newest: behind.index === lines.length - 1 };
      if (proven) {
        const isNewest = newest === lines.length && !mayBeOlder(lines, bytes, end, matching);
        return { end, edited: rest > 0 && matching < newest, newest: isNewest };
      }
      if (behind === null && isUnique(lines, newest - 1))
        behind = { start: lineStart(bytes, end), end, index: newest - 1 };
    }
  }
  return null;
}

/** Equal lines: as many of them end with an older one. */
function mayBeOlder(lines: Fingerprint, bytes: Buffer, end: number, matching: number): boolean {
  for (let newest = lines.length - 1; newest >= matching; newest -= 1)
    if (runBefore(lines.slice(0, newest), bytes, end).matching >= matching) return true;
  return false;
}

/** Tells whether no other line equals the one of that index. */
function isUnique(lines: Fingerprint, index: number): boolean {
  const line = lines[index];
  return lines.every((other, at) => at === index || other.sum !== line?.sum || other.length !== line.length);
}

/** How many of these lines, the newest last, stand one after the other before `end`, and how many bytes before them. */
function runBefore(lines: Fingerprint, bytes: Buffer, end: number): { matching: number; rest: number } {
  let rest = end;
  let matching = 0;
  for (const { length, sum } of lines.toReversed()) {
    if (rest === 0 || lineLength(bytes, rest) !== length) break;
    if (sumOf(bytes.subarray(rest - length, rest)) !== sum) break;
    matching += 1;
    rest = lineStart(bytes, rest);
  }
  return { matching, rest };
}

function lineLength(bytes: Buffer, end: number): number {
  return Math.min(end - lineStart(bytes, end), longestLandmark);
}
