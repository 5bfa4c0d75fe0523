import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { DotenvFlag } from '../../protocol/domain/flagKinds.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { FlagReport, FlagValues, Wanted } from '../target.ts';
import { allSet, editDotenv, mostDotenvBytes, readDotenv } from './dotenvEdit.ts';
import { Changed, type Found, failureDetail, insideRoot, overwriteFile, readFound, replaceFile } from './flagFile.ts';

const mostTries = 5;
/** One writer at a time for each file. */
const turns = new Map<string, Promise<unknown>>();

/** The text of each key: `${enabled}` is `true` or `false`, `${percent}` the number. */
export function flagValues(flag: DotenvFlag, wanted: Wanted): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, string>> = {
    enabled: String(wanted.enabled),
    percent: plainNumber(wanted.percent),
  };
  return Object.fromEntries(
    Object.entries(flag.set).map(([key, text]) => [
      key,
      text.replaceAll(/\$\{(enabled|percent)\}/g, (_, name: string) => known[name] ?? ''),
    ]),
  );
}

/**
 * Sets the flag in the plan's `.env` if it is not set already, and reads it back. Repeating it is harmless.
 * Simultaneous edits by others are kept. Never throws for a fault of the file: that is `failed`.
 */
export async function setFlag(root: string, flag: DotenvFlag, wanted: Wanted): Promise<FlagReport> {
  return await inTurn(root, flag, () => setNow(root, flag, flagValues(flag, wanted)));
}

/**
 * The present values of the flag's keys, read once no write of ours is running; `null` for every key when the file
 * cannot be read.
 */
export async function seenFlag(root: string, flag: DotenvFlag): Promise<FlagValues> {
  return await inTurn(root, flag, async () => {
    try {
      return readFlag(root, flag);
    } catch {
      return Object.fromEntries(Object.keys(flag.set).map((key) => [key, null]));
    }
  });
}

async function inTurn<Result>(root: string, flag: DotenvFlag, act: () => Promise<Result>): Promise<Result> {
  const place = resolve(root, flag.dotenv);
  const previous = turns.get(place) ?? Promise.resolve();
  const turn = previous.then(act);
  turns.set(place, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(place) === turn) turns.delete(place);
  }
}

/**
 * The present values of the flag's keys; `null` for a missing key, and for all keys when the file is missing.
 * @throws {UserError} when it cannot be read.
 */
export function readFlag(root: string, flag: DotenvFlag): Readonly<Record<string, string | null>> {
  const keys = Object.keys(flag.set);
  const file = resolve(root, flag.dotenv);
  let descriptor: number | undefined;
  try {
    if (realpathSync(dirname(file)) !== join(realpathSync(root), dirname(flag.dotenv))) {
      throw new UserError('flag-file', `a folder of ${flag.dotenv} is a symbolic link: name the real folder`);
    }
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    if (!stat.isFile() || stat.size > mostDotenvBytes) {
      throw new UserError('flag-file', `${flag.dotenv} is not a .env file: name a small regular file`);
    }
    return readDotenv(readFileSync(descriptor), keys);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return readDotenv(Buffer.alloc(0), keys);
    throw new UserError('flag-file', failureDetail(flag.dotenv, error));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

async function setNow(root: string, flag: DotenvFlag, values: Readonly<Record<string, string>>): Promise<FlagReport> {
  let wrote = false;
  /** The bytes that others wrote just before our file replaced theirs; used only while our file is still in place. */
  let slippedIn: Buffer | null = null;
  let ours: Buffer = Buffer.alloc(0);
  try {
    const file = await insideRoot(root, flag.dotenv);
    for (let tries = 0; tries <= mostTries; tries += 1) {
      try {
        const found = await readFound(file);
        const lost: Buffer | null = found?.bytes.equals(ours) === true ? slippedIn : null;
        if (found !== null && lost === null && allSet(found.bytes, values)) return { kind: 'verified' };
        if (tries === mostTries) break;
        ours = editDotenv(lost ?? found?.bytes ?? Buffer.alloc(0), values);
        slippedIn = null;
        await (isKeptInPlace(flag, found) ? overwriteFile : replaceFile)(file, found, ours);
        wrote = true;
      } catch (error) {
        if (!(error instanceof Changed)) throw error;
        slippedIn = error.slippedIn;
        wrote ||= slippedIn !== null;
      }
    }
  } catch (error) {
    const detail = failureDetail(flag.dotenv, error);
    return wrote ? { kind: 'written', detail: `written, but not read back: ${detail}` } : { kind: 'failed', detail };
  }
  const detail = `another program keeps changing ${flag.dotenv}: stop it, or let it leave our keys alone`;
  return wrote ? { kind: 'written', detail } : { kind: 'failed', detail };
}

/**
 * A file with a second name (a hard link) would be replaced under one name only, and the other would go on exposing
 * users.
 */
function isKeptInPlace(flag: DotenvFlag, found: Found | null): boolean {
  return flag.write === 'in-place' || (found !== null && found.stat.nlink > 1);
}

/** Never `1e-7`. */
function plainNumber(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
}
