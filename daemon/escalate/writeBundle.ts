import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { Bundle } from './bundle.ts';
import { tarGzip } from './tar.ts';

const noFollow = constants.O_NOFOLLOW ?? 0;

/**
 * Writes the bundle as a folder, or as an archive where the path ends in `.tgz` or `.tar.gz`, readable by its owner
 * only. Existing files stay: nothing is overwritten, and no symbolic link is written through.
 *
 *
 * @param out absolute
 * @returns how many bytes were written
 * @throws UserError `bundle-exists`, `bundle-unwritable`: then nothing is left behind.
 */
export async function writeBundle(bundle: Bundle, out: string): Promise<number> {
  const parent = await parentOf(out);
  const target = join(parent, basename(out));
  try {
    return isArchive(out) ? await writeArchive(bundle, target) : await writeFolder(bundle, target);
  } catch (error) {
    const code = errorCode(error) || String(error);
    if (code === 'EEXIST') {
      throw new UserError('bundle-exists', `${out} exists and is not overwritten: choose another name`);
    }
    throw new UserError(
      'bundle-unwritable',
      `${out} cannot be written (${code}), and nothing was left behind: choose another place`,
    );
  }
}

function isArchive(path: string): boolean {
  return /\.(?:tgz|tar\.gz)$/i.test(path);
}

async function writeArchive({ name, files, asOf }: Bundle, target: string): Promise<number> {
  const bytes = tarGzip(name, files, asOf);
  await writeNew(target, bytes);
  return bytes.length;
}

async function writeFolder({ files }: Bundle, target: string): Promise<number> {
  // Not recursive: the folder is new and ours, or the call fails.
  await mkdir(target, { mode: 0o700 });
  try {
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      if (folder !== '.') await mkdir(join(target, folder), { recursive: true, mode: 0o700 });
    }
    for (const { path, content } of files) await writeNew(join(target, path), content);
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Writes a new file or none: an unfinished file is removed again. */
async function writeNew(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function parentOf(out: string): Promise<string> {
  const folder = dirname(out);
  try {
    const real = await realpath(folder);
    if ((await lstat(real)).isDirectory()) return real;
  } catch {
    // The first error is reported below.
  }
  throw new UserError('bundle-unwritable', `${folder} is no folder: make it first, or name another place with --out`);
}
