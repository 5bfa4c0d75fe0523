import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import { UserError } from '../protocol/domain/userError.ts';

/** A flag's file is written by hand; a larger one is something else. */
export const mostFlagBytes = 1024 * 1024;

/** A file as it was found; `null` where there is none. */
export interface Found {
  readonly bytes: Buffer;
  readonly stat: Stats;
}

/** Somebody else changed the file between reading and writing; a retry loses nothing. */
export class Changed extends Error {
  /** The bytes of the other writer, when our file has already replaced them: the next try builds on them. */
  readonly slippedIn: Buffer | null;

  constructor(slippedIn: Buffer | null = null) {
    super('changed by another program');
    this.slippedIn = slippedIn;
  }
}

const noFollow = constants.O_NOFOLLOW ?? 0;
/** A pipe must not hold up a rollback. */
const noWait = constants.O_NONBLOCK ?? 0;
const staleAfter = 60_000;

/**
 * The absolute path of a file of the plan, when it lies inside the root without a symbolic link on the way.
 * @throws {UserError} otherwise, with the code.
 */
export async function insideRoot(root: string, file: string, code = 'flag-file'): Promise<string> {
  const wanted = resolve(root, file);
  const way = pathWithin(resolve(root), wanted, sep);
  if (isAbsolute(file) || way === null || way === '') {
    throw new UserError(code, `${file} lies outside the plan's folder: move it inside`);
  }
  const realRoot = await realpath(resolve(root));
  const folder = dirname(join(realRoot, way));
  if ((await realpath(folder)) !== folder) {
    throw new UserError(code, `a folder of ${file} is a symbolic link: name the real folder`);
  }
  return join(realRoot, way);
}

/** Reads a regular file, never through a symbolic link; `null` when there is none. */
export async function readFound(file: string): Promise<Found | null> {
  const handle = await openExisting(file, constants.O_RDONLY);
  if (handle === null) return null;
  try {
    return await contentOf(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Puts new bytes in the place of what was found, atomically: a reader sees the old or the new file, whole, after a
 * crash too. Mode and owner stay. A file that was missing is made for its owner only.
 * @throws {Changed} when the file is no longer as it was found.
 */
export async function replaceFile(file: string, found: Found | null, bytes: Buffer): Promise<void> {
  await removeStale(file);
  const temporary = `${file}.rampwatch-${randomBytes(8).toString('hex')}.tmp`;
  const old = found === null ? null : await openExisting(file, constants.O_RDONLY);
  try {
    await writeNew(temporary, bytes, found?.stat ?? null);
    if (found === null) await putNew(temporary, file);
    else {
      await refuseChanged(file, found);
      await rename(temporary, file);
    }
    await syncFolder(dirname(file));
    // A write that slipped in before the rename is in the old file, which only this handle still reaches.
    if (old !== null && found !== null) {
      const { bytes: left } = await contentOf(old);
      if (!left.equals(found.bytes)) throw new Changed(left);
    }
  } finally {
    await old?.close();
    await unlink(temporary).catch(() => undefined);
  }
}

/**
 * Writes into the file itself, so that a mount of this one file sees the change. The write is not atomic, so the part
 * that a full disk could spoil comes first: a longer file grows before anything in it changes.
 * @throws {Changed} when the file is no longer as it was found.
 */
export async function overwriteFile(file: string, found: Found | null, bytes: Buffer): Promise<void> {
  if (found === null) return replaceFile(file, found, bytes);
  const handle = await openExisting(file, constants.O_RDWR);
  if (handle === null) throw new Changed();
  try {
    const now = await contentOf(handle);
    if (now.stat.ino !== found.stat.ino || !now.bytes.equals(found.bytes)) throw new Changed();
    const kept = Math.min(bytes.length, found.bytes.length);
    try {
      await writeAll(handle, bytes.subarray(kept), kept);
      await writeAll(handle, bytes.subarray(0, kept), 0);
      await handle.truncate(bytes.length);
      await handle.sync();
    } catch (error) {
      // Overwriting existing bytes needs no new space.
      await writeAll(handle, found.bytes, 0);
      await handle.truncate(found.bytes.length);
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** One line: what is wrong with the file and what to do. */
export function failureDetail(file: string, error: unknown): string {
  if (error instanceof UserError) return error.message;
  const code = errorCode(error);
  switch (code) {
    case 'ELOOP':
    case 'EMLINK':
      return `${file} is a symbolic link: name the real file, a link is never written through`;
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be read or written (${code}): give the daemon's user the right to the file and its folder`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${file} cannot be written, the disk is full (${code}): free some space`;
    case 'EROFS':
      return `${file} lies on a read-only file system: mount it writable`;
    case 'EISDIR':
      return `${file} is a folder: name the flag's file in it`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `the folder of ${file} does not exist: make it`;
    case 'EBUSY':
    case 'EXDEV':
      return `${file} is mounted by itself and cannot be replaced (${code}): set \`write: in-place\` in the plan's flag`;
    default:
      return `${file} cannot be written (${code === '' ? (error instanceof Error ? error.message : String(error)) : code})`;
  }
}

async function openExisting(file: string, flags: number): Promise<FileHandle | null> {
  try {
    // For platforms that cannot refuse a link at opening.
    if (noFollow === 0 && (await lstat(file)).isSymbolicLink())
      throw Object.assign(new Error('link'), { code: 'ELOOP' });
    return await open(file, flags | noFollow | noWait);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function contentOf(handle: FileHandle): Promise<Found> {
  const stat = await handle.stat();
  if (stat.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
  if (!stat.isFile())
    throw new UserError('flag-file', 'the flag is not a regular file: name a file that holds the flag');
  const buffer = Buffer.alloc(Math.min(stat.size, mostFlagBytes) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0) return { bytes: buffer.subarray(0, length), stat };
    if (length === buffer.length && length > mostFlagBytes) {
      throw new UserError('flag-file', 'the flag file is larger than 1 MiB: not a file that people write flags in');
    }
    // The file grew while it was read.
    if (length === buffer.length) throw new Changed();
  }
}

async function writeNew(file: string, bytes: Buffer, like: Stats | null): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    await writeAll(handle, bytes, 0);
    if (like !== null) {
      const own = await handle.stat();
      if (own.uid !== like.uid || own.gid !== like.gid) await keepOwner(handle, like);
      await handle.chmod(like.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keepOwner(handle: FileHandle, like: Stats): Promise<void> {
  try {
    await handle.chown(like.uid, like.gid);
  } catch {
    throw new UserError(
      'flag-file',
      `the flag file belongs to user ${like.uid}, group ${like.gid}, which a new file cannot be given: run as that user, or set \`write: in-place\``,
    );
  }
}

/** A full disk shows first as a short write. */
async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Where there was no file there must still be none. */
async function putNew(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') throw new Changed();
    // A file system without hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    if ((await readFound(file)) !== null) throw new Changed();
    await rename(temporary, file);
  }
}

async function refuseChanged(file: string, found: Found): Promise<void> {
  const now = await readFound(file);
  if (now === null || now.stat.ino !== found.stat.ino || !now.bytes.equals(found.bytes)) throw new Changed();
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot sync a folder, and need not.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems have nothing to sync in a folder.
    const code = errorCode(error);
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

/** Leftovers of a killed daemon; they may hold secrets. */
async function removeStale(file: string): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.rampwatch-`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
    const left = join(folder, name);
    const stat = await lstat(left).catch(() => null);
    if (stat?.isFile() === true && Date.now() - stat.mtimeMs > staleAfter) await unlink(left).catch(() => undefined);
  }
}
