import { execFile } from 'node:child_process';

/** Runs git in a folder, without a shell. Rejects with one line. */
export type RunGit = (folder: string, words: readonly string[]) => Promise<string>;

const longestRun = 10_000;
const mostOutput = 20 * 1024 * 1024;
/** Of a repository's own settings nothing is to run, and nothing is to be asked or written. */
const quiet = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-pager'];

export const runGit: RunGit = (folder, words) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
    const options = { cwd: folder, env, timeout: longestRun, maxBuffer: mostOutput, encoding: 'utf8' as const };
    execFile('git', [...quiet, ...words], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error((stderr.trim() || error.message).split('\n')[0] ?? ''));
    });
  });
