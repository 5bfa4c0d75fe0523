import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { CompressedFiles } from '../compression/compressedFiles.ts';
import type { Found } from './discover.ts';
import { fileStats } from './fileIdentity.ts';
import type { Position } from './position.ts';
import { rotatedNames, stampedNames } from './rotation.ts';

/** So many files are looked at for one generation, the youngest first. */
const mostFiles = 256;

/**
 * Files that no name marks as the source's and that may hold what is missing of a generation: the one that a symbolic link
 * led to, and those in the folder where it was seen last and the folders in that one (logrotate's `olddir`), with a part
 * of its name, or with none but a time stamp (svlogd) where the files are few. Two logs may begin with the same lines, so
 * a rotated file of another log there is never one. `root` is absolute.
 */
export async function filesAside(
  root: string,
  { path, family, target }: Position,
  isKnown: (path: string) => boolean,
): Promise<Found[]> {
  const folder = dirname(path) === '.' ? '' : dirname(path);
  const stem = /^[^._-]+/.exec(basename(family))?.[0] ?? basename(family);
  const found: Found[] = [];
  const look = async (below: string, depth: number): Promise<void> => {
    const entries = await readdir(join(root, below), { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map((entry) => entry.name));
    for (const entry of entries) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && depth > 0) await look(name, depth - 1);
      if (!entry.isFile() || isKnown(name)) continue;
      if (isOfAnother(entry.name, basename(family), names)) continue;
      const isMereStamp = entries.length <= mostFiles && /^[@\d]/.test(entry.name);
      if (!isMereStamp && !entry.name.includes(stem)) continue;
      const aside = await foundAside(root, name, family);
      if (aside !== null) found.push(aside);
    }
  };
  await look(folder, 1);
  const led = target === null ? '' : relative(root, target);
  if (led !== '' && !led.startsWith('..') && !isKnown(led) && !found.some((file) => file.path === led)) {
    const aside = await foundAside(root, led, family);
    if (aside !== null) found.push(aside);
  }
  return found
    .sort((one, other) => (BigInt(one.stats.modified) > BigInt(other.stats.modified) ? -1 : 1))
    .slice(0, mostFiles);
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
