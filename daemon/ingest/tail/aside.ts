import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { CompressedFiles } from '../compression/compressedFiles.ts';
import { withoutCompression } from '../compression/compression.ts';
import type { Found } from './discover.ts';
import { fileStats } from './fileIdentity.ts';
import type { Position } from './position.ts';
import { rotatedNames, stampedNames } from './rotation.ts';

/** So many files are looked at for one generation, the youngest first. */
const mostFiles = 256;

/** A folder in which a missing file may lie under another name. */
interface Place {
  readonly folder: string;
  /** The name of its log there. */
  readonly name: string;
  /** The name that it had last. */
  readonly last: string;
  /** So many folders deep. */
  readonly depth: number;
}

/**
 * Files that no name marks as the source's and that may hold what is missing of a generation: the one that a symbolic link
 * led to, and those in the folder where it was seen last and the folders in that one (logrotate's `olddir`), or where the link
 * led to (kubelet), with a part of its name, or with none but a time stamp (svlogd) where the files are few. Two logs may
 * begin with the same lines, so a rotated file of another log there is never one. `root` is absolute.
 */
export async function filesAside(
  root: string,
  { path, family, target }: Position,
  isKnown: (path: string) => boolean,
): Promise<Found[]> {
  const led = target === null ? '' : relative(root, target);
  const isLed = led !== '' && led !== path && !led.startsWith('..');
  const places: Place[] = [{ folder: folderOf(path), name: basename(family), last: basename(path), depth: 1 }];
  if (isLed) places.push({ folder: folderOf(led), name: basename(led), last: basename(led), depth: 0 });
  const names = new Set(isLed ? [led] : []);
  for (const place of places) for (const name of await namesIn(root, place)) names.add(name);
  const found: Found[] = [];
  for (const name of names) {
    const aside = isKnown(name) ? null : await foundAside(root, name, family);
    if (aside !== null) found.push(aside);
  }
  return found
    .sort((one, other) => (BigInt(one.stats.modified) > BigInt(other.stats.modified) ? -1 : 1))
    .slice(0, mostFiles);
}

async function namesIn(root: string, { folder, name, last, depth }: Place): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const present = new Set(entries.map((entry) => entry.name));
  const stem = /^[^._-]+/.exec(name)?.[0] ?? name;
  const found: string[] = [];
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth > 0)
      found.push(...(await namesIn(root, { folder: path, name, last, depth: depth - 1 })));
    if (!entry.isFile()) continue;
    // Compressed, it keeps its name.
    const isCompressedFrom = withoutCompression(entry.name) === last;
    if (!isCompressedFrom && isOfAnother(entry.name, name, present)) continue;
    const isMereStamp = entries.length <= mostFiles && /^[@\d]/.test(entry.name);
    if (isCompressedFrom || isMereStamp || entry.name.includes(stem)) found.push(path);
  }
  return found;
}

function folderOf(path: string): string {
  return dirname(path) === '.' ? '' : dirname(path);
}

function isOfAnother(name: string, family: string, names: ReadonlySet<string>): boolean {
  return [...rotatedNames(name), ...stampedNames(name)].some(({ base }) => base !== family && names.has(base));
}

/** The file as it is now; `null` when it is gone. */
export async function foundAside(root: string, path: string, family: string): Promise<Found | null> {
  const target = join(root, path);
  try {
    const stats = await stat(target, { bigint: true });
    if (!stats.isFile()) return null;
    const file = { path, target, stats: fileStats(stats) };
    return { ...file, family, age: { kind: 'none' }, compressed: await new CompressedFiles().has(file) };
  } catch (error) {
    if (errorCode(error) === '') throw error;
    return null;
  }
}
