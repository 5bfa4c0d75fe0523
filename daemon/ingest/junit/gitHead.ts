import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

const commit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const mostBytes = 8 * 1024 * 1024;

/**
 * The answer of `git rev-parse HEAD` in a folder, read from git's own files without running git: HEAD, the branch's ref or
 * the packed one, also in a linked worktree. `null` outside of a repository, before the first commit, and for what is
 * kept otherwise (reftable).
 */
export async function readGitHead(folder: string): Promise<string | null> {
  try {
    const place = await gitFolder(folder);
    if (place === null) return null;
    const head = (await smallText(join(place, 'HEAD'))).trim();
    if (commit.test(head)) return head;
    const ref = /^ref: (refs\/[\w./-]{1,400})$/.exec(head)?.[1];
    if (ref === undefined || ref.split('/').includes('..')) return null;
    const shared = await commonFolder(place);
    for (const base of [place, shared]) {
      const found = (await smallText(join(base, ref)).catch(() => '')).trim();
      if (commit.test(found)) return found;
    }
    const packed = await smallText(join(shared, 'packed-refs'));
    const line = packed.split('\n').find((each) => each.trimEnd().endsWith(` ${ref}`));
    const found = line?.slice(0, line.indexOf(' ')) ?? '';
    return commit.test(found) ? found : null;
  } catch {
    return null;
  }
}

/** The nearest `.git` upwards: a folder, or a file that names one. */
async function gitFolder(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    const place = join(at, '.git');
    const found = await stat(place).catch(() => null);
    if (found?.isDirectory() === true) return place;
    if (found?.isFile() === true) {
      const named = /^gitdir: (.+)$/m.exec(await smallText(place))?.[1]?.trim();
      if (named === undefined) return null;
      return isAbsolute(named) ? named : join(at, named);
    }
    if (dirname(at) === at) return null;
  }
}

async function commonFolder(place: string): Promise<string> {
  const named = (await smallText(join(place, 'commondir')).catch(() => '')).trim();
  if (named === '') return place;
  return isAbsolute(named) ? named : join(place, named);
}

async function smallText(file: string): Promise<string> {
  const found = await stat(file);
  // A pipe would hold up a thread for ever.
  if (!found.isFile() || found.size > mostBytes) throw new RangeError('not one of git’s files');
  return await readFile(file, 'utf8');
}
