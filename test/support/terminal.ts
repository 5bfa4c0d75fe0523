import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestWorkspace } from './runningDaemon.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

/** `script` of util-linux gives a command a terminal of its own. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

export interface TerminalRun {
  /** Everything written so far. */
  readonly screen: string;
  /** Resolves once what was written holds the text. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
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
  const child: ChildProcess = spawn('script', ['-qec', `stty cols ${columns} rows ${rows}; ${command}`, '/dev/null'], {
    cwd: folder,
    env: { ...(more.colour === false ? environment : coloured), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  const listeners = new Set<() => void>();
  child.stdout?.on('data', (chunk) => {
    screen += chunk;
    for (const look of listeners) look();
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    get screen() {
      return screen;
    },
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? !screen.includes(text) : !text.test(screen)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`ended without ${text}: ${JSON.stringify(screen)}`)));
        look();
      }),
    type: (keys) => child.stdin?.write(keys),
    ended,
    end: () => child.kill(),
  };
}
