import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { type Discovery, discoveryFileNames, discoverySchema, type Role } from '../protocol/wire/messages.ts';

/** Under another name first, then renamed: a reader finds the old file or the new one, whole. Mode 0600. */
export function writeDiscovery(directory: string, discovery: Discovery): void {
  const file = fileOf(directory, discovery.role);
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify(discovery)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new UserError(
      'state-unwritable',
      `cannot write ${file} (${errorCode(error) || String(error)}), by which clients find the daemon; check the disk and the directory's permissions`,
    );
  }
}

/**
 * The contents of the file, `null` when there is none or it cannot be understood (a daemon that is no more). It proves
 * nothing about a living daemon: only a connection does.
 *
 * @throws UserError `discovery-unsafe` when another user could have written or read it.
 */
export function readDiscovery(directory: string, role: Role = 'operator'): Discovery | null {
  const file = fileOf(directory, role);
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw unsafe(
      file,
      errorCode(error) === 'ELOOP' ? 'is a symbolic link' : `cannot be read (${errorCode(error) || String(error)})`,
    );
  }
  try {
    const status = fstatSync(descriptor);
    // Windows has neither owners nor modes here; its profile directories are private by their access lists.
    if (process.getuid !== undefined) {
      if (status.uid !== process.getuid()) throw unsafe(file, 'belongs to another user');
      if ((status.mode & 0o077) !== 0) throw unsafe(file, 'is open to other users');
    }
    return parseDiscovery(readFileSync(descriptor, 'utf8'));
  } finally {
    closeSync(descriptor);
  }
}

/** Removes the file when it is the one that `instance` wrote; a successor's stays. */
export function removeDiscovery(directory: string, instance: string, role: Role = 'operator'): void {
  try {
    if (readDiscovery(directory, role)?.instance === instance) unlinkSync(fileOf(directory, role));
  } catch {
    // The file is another daemon's, or gone; a leftover file harms nobody.
  }
}

/**
 * Writes the file of a running daemon again when the file is missing or unusable: otherwise nobody would find that
 * daemon, and no other can start beside it. Returns true when it was written; the next call may succeed.
 */
export function restoreDiscovery(directory: string, discovery: Discovery): boolean {
  try {
    if (readDiscovery(directory, discovery.role) !== null) return false;
  } catch {
    // A file open to others is as good as none.
  }
  try {
    writeDiscovery(directory, discovery);
    return true;
  } catch {
    return false;
  }
}

function fileOf(directory: string, role: Role = 'operator'): string {
  return join(directory, discoveryFileNames[role]);
}

function parseDiscovery(text: string): Discovery | null {
  try {
    const parsed = discoverySchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function unsafe(file: string, what: string): UserError {
  return new UserError('discovery-unsafe', `${file} ${what}; remove it, then start the daemon again`);
}
