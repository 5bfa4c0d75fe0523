import { basename, dirname } from 'node:path';
import type { Blame } from '../../daemon/protocol/wire/whyMessages.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { RunGit } from '../happened/git.ts';
import type { Translate } from '../vscodeApi.ts';

/** The change that a line came with, and the two sides of it. */
export interface LineHistory {
  readonly blame: Blame;
  /** `null` where the line has no commit. */
  readonly change: { readonly commit: string; readonly path: string; readonly before: RevisionOfFile | null } | null;
}

interface RevisionOfFile {
  readonly commit: string;
  readonly path: string;
}

/** Asks `git blame` of one line. `file`: absolute path of a file of the workspace. */
export async function lineHistory(git: RunGit, file: string, line: number, t: Translate): Promise<LineHistory> {
  const words = ['blame', '--porcelain', '-L', `${line},${line}`, '--', basename(file)];
  try {
    return historyIn(await git(dirname(file), words), t);
  } catch (error) {
    const detail = plainText(error instanceof Error ? error.message : String(error), 200);
    return { blame: { kind: 'unknown', detail }, change: null };
  }
}

/** A file as a commit has it. */
export function fileAt(git: RunGit, folder: string, { commit, path }: RevisionOfFile): Promise<string> {
  return git(folder, ['show', '--no-textconv', `${commit}:${path}`]);
}

function historyIn(porcelain: string, t: Translate): LineHistory {
  const [first = '', ...rest] = porcelain.split('\n');
  const commit = /^([0-9a-f]{40,64}) /.exec(first)?.[1];
  const said = (key: string) => rest.find((each) => each.startsWith(`${key} `))?.slice(key.length + 1) ?? '';
  if (commit === undefined) {
    return { blame: { kind: 'unknown', detail: t('git says nothing about this line.') }, change: null };
  }
  if (/^0+$/.test(commit)) return { blame: { kind: 'not-committed' }, change: null };
  const before = /^([0-9a-f]{40,64}) (.+)$/.exec(said('previous'));
  return {
    blame: {
      kind: 'commit',
      commit,
      author: plainText(said('author'), 80),
      at: Number(said('author-time')) * 1000,
      summary: plainText(said('summary'), 160),
    },
    change: {
      commit,
      path: said('filename'),
      before: before === null ? null : { commit: before[1] ?? '', path: before[2] ?? '' },
    },
  };
}
