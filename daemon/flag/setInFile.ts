import { resolve } from 'node:path';
import { Changed, type Found, failureDetail, insideRoot, overwriteFile, readFound, replaceFile } from './flagFile.ts';
import type { FlagReport } from './target.ts';

/** How the values of a flag are written into the bytes of its file. */
export interface FileEdit {
  /** True when every reader of these bytes sees what is wanted. */
  isSet(bytes: Buffer): boolean;
  /** The bytes with the values set, every other byte as it was. `null`: there is no file. @throws UserError */
  edit(bytes: Buffer | null): Buffer;
}

const mostTries = 5;
/** One writer at a time for each file. */
const turns = new Map<string, Promise<unknown>>();

/** Acts once no write of ours to the file is running. `file`: an absolute path. */
export async function inTurn<Result>(file: string, act: () => Promise<Result>): Promise<Result> {
  const previous = turns.get(file) ?? Promise.resolve();
  const turn = previous.then(act);
  turns.set(file, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(file) === turn) turns.delete(file);
  }
}

/**
 * Sets values in a file of the plan's folder if they are not set already, and reads them back. Repeating it is harmless.
 * Simultaneous edits by others are kept. Never throws for a fault of the file: that is `failed`.
 *
 * @param write `in-place` keeps the inode; `replace` is atomic
 */
export async function setInFile(
  root: string,
  file: string,
  write: 'replace' | 'in-place',
  edit: FileEdit,
): Promise<FlagReport> {
  return await inTurn(resolve(root, file), () => setNow(root, file, write, edit));
}

async function setNow(root: string, name: string, write: 'replace' | 'in-place', edit: FileEdit): Promise<FlagReport> {
  let wrote = false;
  /** The bytes that others wrote just before our file replaced theirs; used only while our file is still in place. */
  let slippedIn: Buffer | null = null;
  let ours: Buffer = Buffer.alloc(0);
  try {
    const file = await insideRoot(root, name);
    for (let tries = 0; tries <= mostTries; tries += 1) {
      try {
        const found = await readFound(file);
        const lost: Buffer | null = found?.bytes.equals(ours) === true ? slippedIn : null;
        if (found !== null && lost === null && edit.isSet(found.bytes)) return { kind: 'verified' };
        if (tries === mostTries) break;
        ours = edit.edit(lost ?? found?.bytes ?? null);
        slippedIn = null;
        await (isKeptInPlace(write, found) ? overwriteFile : replaceFile)(file, found, ours);
        wrote = true;
      } catch (error) {
        if (!(error instanceof Changed)) throw error;
        slippedIn = error.slippedIn;
        wrote ||= slippedIn !== null;
      }
    }
  } catch (error) {
    const detail = failureDetail(name, error);
    return wrote ? { kind: 'written', detail: `written, but not read back: ${detail}` } : { kind: 'failed', detail };
  }
  const detail = `another program keeps changing ${name}: stop it, or let it leave our keys alone`;
  return wrote ? { kind: 'written', detail } : { kind: 'failed', detail };
}

/**
 * A file with a second name (a hard link) would be replaced under one name only, and the other would go on exposing
 * users.
 */
function isKeptInPlace(write: 'replace' | 'in-place', found: Found | null): boolean {
  return write === 'in-place' || (found !== null && found.stat.nlink > 1);
}
