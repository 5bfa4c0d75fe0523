import { type BigIntStats, type Dirent, statSync } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { globPattern } from '../../protocol/domain/glob.ts';
import { pathWithin } from '../../protocol/domain/pathWithin.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { CompressedFiles } from '../compression/compressedFiles.ts';
import { withoutCompression } from '../compression/compression.ts';
import { DamagedFile, damageText } from '../compression/damage.ts';
import { kindOfFile } from '../kindOfFile.ts';
import { canStatAtOnce, learnDevice } from './deviceStat.ts';
import { type FileStats, fileStats, inodeKey } from './fileIdentity.ts';
import { type Age, byAge, rotatedNames, stampedNames } from './rotation.ts';

/** Folders nobody rolls out from, and too large to walk four times a second. */
const neverEntered = new Set(['node_modules', '.git']);
/** A glob with `**` goes no deeper, so that a folder that contains itself by a symlink ends. */
const deepestFolder = 32;

/** So many entries of a folder are looked at before other events have their turn. */
const entriesAtOnce = 256;

/** A file of a source, found on disk. */
export interface Found {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Absolute, no symlink in it, inside the root. */
  readonly target: string;
  readonly stats: FileStats;
  /** Path of the live file that this is a generation of; its own path when it is live. */
  readonly family: string;
  /** `null` for the live file. */
  readonly age: Age | null;
  readonly compressed: boolean;
}

export interface Discovery {
  /** One per file however many names it has; oldest generation first, a family's live file last. */
  readonly files: readonly Found[];
  /** Path → what is wrong with it and what to do, one line each. */
  readonly problems: ReadonlyMap<string, string>;
  /** Folders that were looked into: absolute and free of symlinks → the name that the glob goes by. */
  readonly folders: ReadonlyMap<string, string>;
  /** The logs that were looked for, by family; `null`: all. */
  readonly logs: ReadonlySet<string> | null;
}

/** A file that is known of a source, and the log that it belongs to. */
interface KnownFile {
  readonly file: Found | null;
  readonly position: { readonly family: string };
}

/** The files that are known of a source. Paths as in `Found`. */
export interface KnownFiles {
  /** Those that lie in a folder, by path. */
  inFolder(folder: string): ReadonlyMap<string, KnownFile>;
  ofLog(family: string): Iterable<KnownFile>;
  withInode(key: string): Iterable<KnownFile>;
}

/** A source's glob, taken apart. */
export interface Glob {
  /** The folder it starts from, relative to the root; `''` for the root itself. */
  readonly base: string;
  /** How many folders below the base a file can lie. */
  readonly depth: number;
  /** It names one file. */
  readonly isExact: boolean;
  matches(path: string): boolean;
}

export function parseGlob(pattern: string): Glob {
  const written = pattern.replaceAll('\\', '/').replace(/^(?:\.\/+)+/, '');
  const { base, hasWildcards, matches } = globPattern(written);
  const slash = written.lastIndexOf('/');
  if (!hasWildcards) {
    return {
      base: slash === -1 ? '' : written.slice(0, slash),
      depth: 0,
      isExact: true,
      matches: (path) => path === written,
    };
  }
  const behindBase = base === '' ? written : written.slice(base.length + 1);
  const depth = behindBase.includes('**') ? deepestFolder : behindBase.split('/').length - 1;
  return { base: base === '.' ? '' : base, depth, isExact: false, matches };
}

/** The role of a name inside the glob's folders; `null` when the name is none of the source's. */
export function roleOf(glob: Glob, path: string): { family: string; age: Age | null } | null {
  const slash = path.lastIndexOf('/');
  const folder = path.slice(0, slash + 1);
  for (const { base, age } of rotatedNames(path.slice(slash + 1))) {
    if (glob.matches(folder + base)) return { family: folder + base, age };
  }
  if (glob.matches(path)) return { family: path, age: null };
  const stamped = stampedNames(path.slice(slash + 1)).find(({ base }) => glob.matches(folder + base));
  return stamped === undefined ? null : { family: folder + stamped.base, age: stamped.age };
}

/**
 * Looks for the files of a source: those the glob matches and the rotated generations beside them. `root` is absolute
 * and free of symlinks; nothing outside it is opened. What does not exist is no problem. `compressed` remembers of files
 * from one search to the next how they are compressed.
 */
export async function discover(
  root: string,
  glob: Glob,
  compressed: CompressedFiles = new CompressedFiles(),
): Promise<Discovery> {
  const search = new Search(root, glob, compressed);
  await search.folder(glob.base, glob.depth);
  const discovery = search.result();
  compressed.keepOnly(discovery.files);
  return discovery;
}

/**
 * Looks for the files of some logs only, in the folders where they are known to lie. Of all other files it looks at the
 * names alone: logs that have got or lost one are looked for, too. `null` when the folders are not what they were, and only a
 * search of everything can tell.
 *
 * @param folders absolute → the name that the glob goes by, of the folders in which something came or went
 */
export async function discoverLogs(
  root: string,
  glob: Glob,
  compressed: CompressedFiles,
  {
    folders,
    logs,
    known,
  }: { readonly folders: ReadonlyMap<string, string>; readonly logs: ReadonlySet<string>; readonly known: KnownFiles },
): Promise<Discovery | null> {
  const search = new Search(root, glob, compressed);
  return (await search.logs(folders, logs, known)) ? search.result() : null;
}

type Entry = Pick<Dirent, 'name' | 'isDirectory' | 'isSymbolicLink'>;

class Search {
  readonly #root: string;
  readonly #glob: Glob;
  readonly #compressed: CompressedFiles;
  readonly #found: Found[] = [];
  readonly #problems = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  #logs: Set<string> | null = null;

  constructor(root: string, glob: Glob, compressed: CompressedFiles) {
    this.#root = root;
    this.#glob = glob;
    this.#compressed = compressed;
  }

  async folder(path: string, depth: number): Promise<void> {
    let target: string;
    let entries: Dirent[];
    try {
      target = await realpath(join(this.#root, path));
      if (!this.#isInside(target)) {
        this.#problems.set(path, outside(path));
        return;
      }
      if (this.#folders.has(target)) return;
      entries = await readdir(target, { withFileTypes: true });
    } catch (error) {
      this.#note(path === '' ? '.' : path, error);
      return;
    }
    this.#folders.set(target, path);
    const { dev } = await stat(target, { bigint: true });
    await learnDevice(target, String(dev));
    const isLocal = canStatAtOnce(String(dev));
    for (const [index, entry] of entries.entries()) {
      await this.#entry(entry, path, target, { depth, isLocal });
      if (index % entriesAtOnce === entriesAtOnce - 1) await yieldToEvents();
    }
  }

  /** As `discoverLogs` has it; `false` when it cannot tell. */
  async logs(folders: ReadonlyMap<string, string>, wanted: ReadonlySet<string>, known: KnownFiles): Promise<boolean> {
    const logs = new Set(wanted);
    const paths = new Map<string, string>();
    for (const [target, folder] of folders) {
      this.#folders.set(target, folder);
      const names = await readdir(target).catch(() => null);
      if (names === null) return false;
      const before = known.inFolder(folder);
      const there = new Set<string>();
      for (const name of names) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (before.has(path)) {
          there.add(path);
          continue;
        }
        const family = roleOf(this.#glob, path)?.family;
        if (family === undefined) continue;
        logs.add(family);
        paths.set(path, join(target, name));
      }
      if (there.size < before.size) {
        for (const [path, { position }] of before) if (!there.has(path)) logs.add(position.family);
      }
    }
    this.#logs = logs;
    for (const family of logs) {
      for (const { file } of known.ofLog(family)) if (file !== null) paths.set(file.path, join(this.#root, file.path));
    }
    for (const [path, target] of paths) await this.#named(path, target);
    // A file that has a name in another log, too, belongs to the one that a search of everything would give it.
    for (const { stats } of [...this.#found]) {
      for (const { file, position } of known.withInode(inodeKey(stats))) {
        if (file === null || paths.has(file.path)) continue;
        logs.add(position.family);
        paths.set(file.path, file.target);
        await this.#named(file.path, join(this.#root, file.path));
      }
    }
    return true;
  }

  async #named(path: string, named: string): Promise<void> {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    try {
      const entry = await lstat(named);
      const target = await realpath(dirname(named));
      await learnDevice(named, String(entry.dev));
      await this.#entry(
        {
          name: basename(named),
          isDirectory: () => entry.isDirectory(),
          isSymbolicLink: () => entry.isSymbolicLink(),
        },
        folder,
        target,
        { depth: 0, isLocal: canStatAtOnce(String(entry.dev)) },
      );
    } catch (error) {
      this.#note(path, error);
    }
  }

  result(): Discovery {
    const unique = new Map<string, Found>();
    // One reader per file: among several names the live one counts, else the first.
    for (const file of this.#found.toSorted(liveFirst)) {
      const key = inodeKey(file.stats);
      if (!unique.has(key)) unique.set(key, file);
    }
    const files = [...unique.values()].sort(oldestFirst);
    return { files, problems: this.#problems, folders: this.#folders, logs: this.#logs };
  }

  async #entry(
    entry: Entry,
    folder: string,
    folderTarget: string,
    { depth, isLocal }: { readonly depth: number; readonly isLocal: boolean },
  ): Promise<void> {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const role =
      entry.isDirectory() && !(this.#glob.isExact && this.#glob.matches(path)) ? null : roleOf(this.#glob, path);
    const mayBeFolder = entry.isDirectory() || entry.isSymbolicLink();
    if (role === null) {
      if (depth > 0 && mayBeFolder && !neverEntered.has(entry.name)) await this.#subfolder(entry, path, depth);
      return;
    }
    try {
      const named = join(folderTarget, entry.name);
      const target = entry.isSymbolicLink() ? await realpath(named) : named;
      if (!this.#isInside(target)) {
        this.#problems.set(path, outside(path));
        return;
      }
      const stats = isLocal ? statSync(target, { bigint: true }) : await stat(target, { bigint: true });
      if (!stats.isFile()) {
        if (this.#glob.isExact || !stats.isDirectory()) this.#problems.set(path, noFile(path, stats));
        return;
      }
      const file = { path, target, stats: fileStats(stats) };
      this.#found.push({ ...file, family: role.family, age: role.age, compressed: await this.#compressed.has(file) });
    } catch (error) {
      if (entry.isSymbolicLink() && role.age === null && errorCode(error) === 'ENOENT')
        this.#problems.set(
          path,
          `${path} is a symbolic link to a file that does not exist; it is read when that is there`,
        );
      else this.#note(path, error);
    }
  }

  async #subfolder(entry: Entry, path: string, depth: number): Promise<void> {
    if (entry.isSymbolicLink()) {
      const stats = await stat(join(this.#root, path)).catch(() => null);
      if (stats === null || !stats.isDirectory()) return;
    }
    await this.folder(path, depth - 1);
  }

  #isInside(target: string): boolean {
    return pathWithin(this.#root, target, sep) !== null;
  }

  #note(path: string, error: unknown): void {
    const code = errorCode(error);
    // Not there, or no longer there: that is waiting, not an error.
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    this.#problems.set(path, fileProblem(path, error));
  }
}

function liveFirst(one: Found, other: Found): number {
  return Number(one.age !== null) - Number(other.age !== null) || (one.path < other.path ? -1 : 1);
}

/** Of two files of a source: the log, then the age within it. */
export function oldestFirst(one: Found, other: Found): number {
  if (one.family !== other.family) return one.family < other.family ? -1 : 1;
  if (one.age === null || other.age === null) return Number(one.age === null) - Number(other.age === null);
  const byName = byAge(one.age, other.age);
  if (byName !== 0) return byName;
  if (withoutCompression(one.path) === withoutCompression(other.path))
    return Number(one.compressed) - Number(other.compressed);
  const modified = BigInt(one.stats.modified) - BigInt(other.stats.modified);
  return modified === 0n ? (one.path < other.path ? -1 : 1) : modified < 0n ? -1 : 1;
}

function noFile(path: string, stats: BigIntStats): string {
  const kind = kindOfFile(stats);
  if (kind === 'a folder') return `${path} is a folder; name a file in it, or a glob (${path}/*)`;
  return `${path} is ${kind} and not a file, so nothing is read from it; let the application write a file`;
}

function outside(path: string): string {
  return `${path} leads outside the plan's folder and is not read; move the file inside or put the plan above it`;
}

/** One line: what is wrong with a file and what to do. */
export function fileProblem(path: string, error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (error instanceof DamagedFile) return damageText(path, error);
  const code = errorCode(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read (${code}); allow the daemon's user to read it; tried again by itself`;
    case 'EMFILE':
    case 'ENFILE':
      return `${path} cannot be opened, too many files are open (${code}); raise the limit (ulimit -n); tried again by itself`;
    case 'ELOOP':
      return `${path} is a symlink that leads in a circle; mend it`;
    default:
      return `${path} cannot be read (${code || (error instanceof Error ? error.message : String(error))}); tried again by itself`;
  }
}
