import { closeSync, cpSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { isBusy, isCorrupt, stateFailure } from './failure.ts';
import { loadSqlite } from './sqliteModule.ts';
import { applicationId, schema, schemaVersion, upgrades } from './tables.ts';

/** The file and its write-ahead log live in a folder of their own, so that both come and go as one. */
const folderName = 'store';
const fileName = 'state.sqlite';

/** Two starts at the very same moment may each see the other's first lock; a few tries make one of them win. */
const busyTries = 8;

export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly file: string;
}

/**
 * Opens the state of a directory, made when it is missing, for this process alone: the lock is the kernel's and falls
 * with the process, however that ends. A damaged file is never repaired nor replaced by itself: a copy is put aside and
 * every start is refused until a person decides.
 *
 * @throws UserError `second-daemon`, `state-unwritable`, `state-full`, `state-corrupt`, `state-newer`.
 */
export function openDatabase(directory: string): OpenDatabase {
  const folder = join(directory, folderName);
  const file = join(folder, fileName);
  try {
    if (!existsSync(folder)) create(folder);
    refuseEmpty(folder, file);
    refuseForeignLog(folder, file);
    return { database: openAlone(folder, file), file };
  } catch (error) {
    throw fileFailure(error, file);
  }
}

/**
 * Writes an open state whose files were removed to a draft beside their place: the kernel keeps the content of an open
 * file. `moveInPlace` closes nothing and opens nothing; the holder of the database does that in between.
 *
 *
 * @throws UserError `state-replaced` when another state lies there by now, and the errors of `openDatabase`.
 */
export function draftOfRemoved(database: DatabaseSync, directory: string): { moveInPlace(): void } {
  const folder = join(directory, folderName);
  const file = join(folder, fileName);
  const draft = `${folder}.new-${process.pid}`;
  if (existsSync(file)) {
    throw new UserError('state-replaced', `the state of this daemon was removed, and another lies in ${folder} now`);
  }
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    database.prepare('VACUUM INTO ?').run(join(draft, fileName));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw fileFailure(error, file);
  }
  return {
    moveInPlace() {
      try {
        rmSync(folder, { recursive: true, force: true });
        renameSync(draft, folder);
      } catch (error) {
        throw fileFailure(error, file);
      }
    },
  };
}

/** The file at its place is the one that was opened. */
export function isInPlace(file: string, inode: bigint): boolean {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino === inode;
}

/** Built whole under another name and moved into place, so that no half-made state is ever found. */
function create(folder: string): void {
  const draft = `${folder}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(draft, fileName));
  try {
    database.exec(
      `BEGIN; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT`,
    );
  } finally {
    database.close();
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another start was first; its state is used.
    if (!existsSync(join(folder, fileName))) throw error;
  }
}

function refuseEmpty(folder: string, file: string): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status !== undefined && status.size > 0) return;
  throw damaged(folder, file, status === undefined ? 'the file is missing' : 'the file is empty');
}

/** https://www.sqlite.org/fileformat2.html#walformat: the last bit tells the byte order of the checksums; or not there. */
const writeAheadLogMagic = [0x377f0682, 0x377f0683, 0];

/**
 * SQLite takes a log without its magic number for an empty one, and would silently drop everything committed to it. A
 * power loss leaves only zeros of a log that was never synced, which held nothing that had to last.
 */
function refuseForeignLog(folder: string, file: string): void {
  const head = Buffer.alloc(4);
  let descriptor: number;
  try {
    descriptor = openSync(`${file}-wal`, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  try {
    if (readSync(descriptor, head, 0, head.length, 0) < head.length) return;
  } finally {
    closeSync(descriptor);
  }
  if (!writeAheadLogMagic.includes(head.readUInt32BE(0))) {
    throw damaged(folder, file, 'its write-ahead log is overwritten');
  }
}

function openAlone(folder: string, file: string): DatabaseSync {
  for (let attempt = 1; ; attempt += 1) {
    const { DatabaseSync } = loadSqlite();
    const database = new DatabaseSync(file);
    try {
      // Exclusive before WAL: then no shared memory is used, and the lock is held from the first access to the end.
      database.exec('PRAGMA locking_mode = EXCLUSIVE');
      checkIdentity(database, folder, file);
      // A checkpoint waits for the disk, and everything waits for the checkpoint: every 16 MiB instead of every 4.
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = OFF',
      );
      checkWhole(database, folder, file);
      bringForward(database);
      return database;
    } catch (error) {
      database.close();
      if (isCorrupt(error)) throw damaged(folder, file, error instanceof Error ? error.message : String(error));
      if (!isBusy(error) || attempt >= busyTries) throw error;
      pause(2 + Math.random() * 10);
    }
  }
}

function checkIdentity(database: DatabaseSync, folder: string, file: string): void {
  const id = pragma(database, 'application_id');
  const version = Number(pragma(database, 'user_version'));
  if (id !== applicationId) throw damaged(folder, file, 'it is not a state file of Rampwatch');
  if (version > schemaVersion) {
    throw new UserError(
      'state-newer',
      `the state in ${file} was written by a newer Rampwatch (version ${version}, this one reads ${schemaVersion}); update Rampwatch`,
    );
  }
}

function checkWhole(database: DatabaseSync, folder: string, file: string): void {
  const found = pragma(database, 'quick_check(1)');
  if (found !== 'ok') throw damaged(folder, file, String(found).replaceAll(/\s+/g, ' '));
}

/** All steps or none: a start that is killed in between finds the file as it was. */
function bringForward(database: DatabaseSync): void {
  const version = Number(pragma(database, 'user_version'));
  if (version === schemaVersion) return;
  const steps = Array.from({ length: schemaVersion - version }, (_, step) => upgrades[version + step] ?? '');
  database.exec(`BEGIN IMMEDIATE; ${steps.join('\n')} PRAGMA user_version = ${schemaVersion}; COMMIT`);
}

function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

function damaged(folder: string, file: string, detail: string): UserError {
  const copy = `${folder}.damaged`;
  let kept = `a copy is kept in ${copy}`;
  try {
    if (!existsSync(copy)) cpSync(folder, copy, { recursive: true });
  } catch {
    kept = 'no copy could be made';
  }
  return new UserError(
    'state-corrupt',
    `the state in ${file} is damaged (${detail}); ${kept}. Check the flag, then delete ${folder} to begin anew: sources are read again from their start, the journal starts over`,
  );
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Errors of the file system itself, told as one line; everything else as SQLite's. */
function fileFailure(error: unknown, file: string): unknown {
  if (error instanceof UserError) return error;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UserError('state-full', `no space left for Rampwatch's state in ${file}; free some space there`);
  }
  // The system's codes, and neither those of SQLite nor those of defects.
  if (/^E[A-Z0-9]+$/.test(code)) {
    return new UserError(
      'state-unwritable',
      `Rampwatch's state in ${file} cannot be written (${code}); check the disk and the permissions of its directory`,
    );
  }
  return stateFailure(error, file);
}
