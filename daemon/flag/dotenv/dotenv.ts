import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { DotenvFlag } from '../../protocol/domain/flagKinds.ts';
import { filledText } from '../../protocol/domain/flagTemplate.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { failureDetail, mostFlagBytes } from '../flagFile.ts';
import { inTurn, setInFile } from '../setInFile.ts';
import type { FlagReport, FlagValues, Wanted } from '../target.ts';
import { allSet, editDotenv, readDotenv } from './dotenvEdit.ts';

/** The text of each key, with its placeholders filled. */
export function flagValues(flag: DotenvFlag, wanted: Wanted): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(flag.set).map(([key, template]) => [key, filledText(template, wanted)]));
}

/**
 * Sets the flag in the plan's `.env` if it is not set already, and reads it back. Repeating it is harmless.
 * Simultaneous edits by others are kept. Never throws for a fault of the file: that is `failed`.
 */
export async function setFlag(root: string, flag: DotenvFlag, wanted: Wanted): Promise<FlagReport> {
  const values = flagValues(flag, wanted);
  return await setInFile(root, flag.dotenv, flag.write, {
    isSet: (bytes) => allSet(bytes, values),
    edit: (bytes) => editDotenv(bytes ?? Buffer.alloc(0), values),
  });
}

/**
 * The present values of the flag's keys, read once no write of ours is running; `null` for every key when the file
 * cannot be read.
 */
export async function seenFlag(root: string, flag: DotenvFlag): Promise<FlagValues> {
  return await inTurn(resolve(root, flag.dotenv), async () => {
    try {
      return readFlag(root, flag);
    } catch {
      return Object.fromEntries(Object.keys(flag.set).map((key) => [key, null]));
    }
  });
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
    if (!stat.isFile() || stat.size > mostFlagBytes) {
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
