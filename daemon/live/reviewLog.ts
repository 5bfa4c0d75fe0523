import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { insideRoot } from '../flag/flagFile.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';

/** No review log is as large; reading more only to look for a mark helps nobody. */
const mostBytes = 16 * 1024 * 1024;
const noFollow = constants.O_NOFOLLOW ?? 0;
/** A pipe must not hold the daemon up. */
const noWait = constants.O_NONBLOCK ?? 0;

/**
 * Appends a text to the review log, which is made with its heading when missing; nothing when the log holds the mark
 * already. One write at the end of the file: another writer loses nothing, and a short write leaves nothing.
 * @param file relative to the root, inside it, and no symbolic link on the way
 * @throws {UserError} `review-log`, in one line
 */
export async function appendReview(
  root: string,
  file: string,
  { heading, text, mark }: { readonly heading: string; readonly text: string; readonly mark: string },
): Promise<void> {
  try {
    await makeFolders(root, file);
    const path = await insideRoot(root, file, 'review-log');
    if (noFollow === 0 && (await lstat(path).catch(() => null))?.isSymbolicLink() === true) {
      throw Object.assign(new Error('link'), { code: 'ELOOP' });
    }
    const handle = await open(
      path,
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | noFollow | noWait,
      0o644,
    );
    try {
      await append(handle, file, heading, text, mark);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('review-log', failureText(file, error));
  }
}

/** One folder after the other, because a recursive `mkdir` would make the rest behind a symbolic link. */
async function makeFolders(root: string, file: string): Promise<void> {
  const parts = dirname(file)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => null);
    if (found?.isSymbolicLink() === true) {
      throw new UserError('review-log', `a folder of ${file} is a symbolic link: name the real folder`);
    }
    if (found === null) await mkdir(folder);
  }
}

async function append(handle: FileHandle, file: string, heading: string, text: string, mark: string): Promise<void> {
  const stat = await handle.stat();
  if (!stat.isFile())
    throw new UserError('review-log', `${file} is not a regular file: name a Markdown file as \`review_log\``);
  if (stat.size > mostBytes) {
    throw new UserError(
      'review-log',
      `${file} is larger than ${mostBytes / 1024 / 1024} MiB: move it away, a new one is begun`,
    );
  }
  const there = await handle.readFile('utf8');
  if (there.includes(mark)) return;
  const start = there.trim() === '' ? heading : there.endsWith('\n') ? '' : '\n';
  const bytes = Buffer.from(`${start}${text}`);
  const { bytesWritten } = await handle.write(bytes);
  if (bytesWritten < bytes.length) {
    await handle.truncate(stat.size);
    throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
  }
  await handle.sync();
}

function failureText(file: string, error: unknown): string {
  const code = errorCode(error);
  switch (code) {
    case 'ELOOP':
    case 'EMLINK':
      return `${file} is a symbolic link, which is never written through: name the real file as \`review_log\``;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${file} may not be written (${code}): give the daemon's user the right to it and its folder`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${file} cannot be written, the disk is full (${code}): free some space`;
    case 'EISDIR':
    case 'ENXIO':
      return `${file} is not a regular file: name a Markdown file as \`review_log\``;
    case 'ENOTDIR':
    case 'EEXIST':
      return `the folder of ${file} cannot be made: a file is in its place`;
    default:
      return `${file} cannot be written (${code === '' ? String(error) : code})`;
  }
}
