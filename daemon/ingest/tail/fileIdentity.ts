import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { Content } from './content.ts';

/** So much of a file's beginning is kept as a mark; the mark grows with a smaller file. */
export const headSize = 1024;
/** So much before the offset is kept as a mark. */
export const markerSize = 64;

/**
 * A hash of `length` bytes. Neither an inode number (reused at once) nor a file's beginning (equal banners) names a file;
 * together with the bytes before the offset they do.
 */
export interface Mark {
  readonly hash: string;
  readonly length: number;
}

export const noMark: Mark = { hash: '', length: 0 };

export function markOf(bytes: Uint8Array): Mark {
  return bytes.length === 0 ? noMark : { hash: hash('sha256', bytes, 'base64url').slice(0, 24), length: bytes.length };
}

export function sameMark(one: Mark, other: Mark): boolean {
  return one.hash === other.hash && one.length === other.length;
}

/** The facts of a file, as `stat` tells them. Numbers that need 64 bits are text. */
export interface FileStats {
  readonly device: string;
  readonly inode: string;
  /** Nanoseconds; some file systems have none and say 0 or repeat the time of the last change. */
  readonly birth: string;
  readonly changed: string;
  readonly modified: string;
  readonly size: number;
  /** Names that the file has; none once it is deleted. */
  readonly links: number;
  /** It was modified so shortly before that another change may carry the same time. */
  readonly racy: boolean;
}

/** File systems stamp a change with the time of the last clock tick, some milliseconds ago. */
const clockTick = 50;

export function fileStats(stats: BigIntStats): FileStats {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    birth: String(stats.birthtimeNs),
    changed: String(stats.ctimeNs),
    modified: String(stats.mtimeNs),
    size: Number(stats.size),
    links: Number(stats.nlink),
    racy: Math.abs(Date.now() - Number(stats.mtimeMs)) < clockTick,
  };
}

/** Names the file as long as it exists; a later file may get the same. */
export function inodeKey(file: { readonly device: string; readonly inode: string }): string {
  return `${file.device}:${file.inode}`;
}

/** Devices of which a birth time was seen that is not merely the time of the last change. */
const devicesWithBirths = new Set<string>();

/** Tells whether two looks at one inode may have seen one file: the birth times agree, where they mean something. */
export function mayBeBornTogether(known: { readonly birth: string }, found: FileStats): boolean {
  if (found.birth !== '0' && found.birth !== found.changed) devicesWithBirths.add(found.device);
  return known.birth === found.birth || !devicesWithBirths.has(found.device);
}

/** Nothing about the file has changed between the two looks, as far as its times tell. */
export function isUntouched(before: FileStats, now: FileStats): boolean {
  return !before.racy && looksSame(before, now);
}

export function looksSame(before: FileStats, now: FileStats): boolean {
  return before.size === now.size && before.modified === now.modified && before.changed === now.changed;
}

/** The mark of `length` bytes from `from` on; shorter when the content is. */
export async function markAt(content: Content, from: number, length: number): Promise<Mark> {
  const bytes = Buffer.alloc(length);
  const { length: read, failure } = await content.read(from, bytes);
  if (failure !== null && read < length) throw failure;
  return markOf(bytes.subarray(0, read));
}
