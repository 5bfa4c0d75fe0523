import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type RunningCommand, type TestWorkspace, watchOutput } from './runningDaemon.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

/** `script` of util-linux gives a command a terminal of its own. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

export interface TerminalRun extends RunningCommand {
  type(keys: string): void;
  end(): void;
}

/** Runs one `rampwatch` command on a terminal of this size. */
export function runOnTerminal(
  { folder, environment }: TestWorkspace,
  { columns, rows, ...more }: { readonly columns: number; readonly rows: number; readonly colour?: boolean },
  ...words: string[]
): TerminalRun {
  const command = [process.execPath, program, ...words].map((word) => `'${word}'`).join(' ');
  const { NO_COLOR: _plain, ...coloured } = environment;
  // `exec`: a shell that stays would get Ctrl-C too, and may end with 130 however well the command ended.
  const line = `stty cols ${columns} rows ${rows}; exec ${command}`;
  const child: ChildProcess = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: { ...(more.colour === false ? environment : coloured), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const running = watchOutput(child);
  return {
    get output() {
      return running.output;
    },
    shows: running.shows,
    type: (keys) => child.stdin?.write(keys),
    ended: running.ended,
    end: () => child.kill(),
  };
}
