import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

/** A folder with a plan and files, and a state directory of its own; gone when the test has finished. */
export interface TestWorkspace {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Where this process finds a file of the state. */
  disk(file: string): string;
  write(name: string, text: string): string;
  /** Runs one `rampwatch` command to its end. */
  run(...words: string[]): Promise<Ended>;
  /** The same, from another folder or with other variables. */
  runIn(setting: Setting, ...words: string[]): Promise<Ended>;
  /** Starts one `rampwatch` command and lets it run. */
  start(...words: string[]): RunningCommand;
  /** The real daemon as a process of its own. */
  startDaemon(...words: string[]): DaemonProcess;
  connect(): Promise<Client>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  /** All that it has written so far. */
  readonly output: string;
  /** Resolves once the output holds the text. */
  shows(text: string | RegExp): Promise<void>;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

export interface Setting {
  /** Below the workspace's folder. */
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** As a user without rights, when the tests run as root, whom no file mode stops. */
  readonly asNobody?: boolean;
  /** What standard input holds, through a pipe. */
  readonly input?: Buffer;
}

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
}

/** A place for the state that only those see who are started through it. */
export interface SeparateDisk {
  /** Words before a command: the workspace's folder and the command follow. */
  readonly through: readonly string[];
  /** The path by which this process finds a file on it. */
  disk(file: string): string;
  end(): void;
}

/**
 * `finished`: of the test's own context when tests run side by side; `null` plan: none is written; `separateDisk` mounts
 * one for the state.
 */
export function testWorkspace(
  plan: string | null,
  finished: (clean: () => Promise<void>) => void = onTestFinished,
  separateDisk?: (mountPoint: string) => SeparateDisk,
): TestWorkspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-test-')));
  chmodSync(folder, 0o755);
  const children = new Set<ChildProcess>();
  const environment = {
    ...process.env,
    RAMPWATCH_STATE_DIRECTORY: join(folder, '.state'),
    NO_COLOR: '1',
    // Every command is a process of its own, from source: without the cache most of its time goes into reading the
    // source.
    NODE_COMPILE_CACHE: join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`),
  };
  const separate = separateDisk?.(join(folder, '.state'));
  const disk = (file: string): string => separate?.disk(file) ?? file;
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  if (plan !== null) write('rampwatch.yaml', plan);
  finished(async () => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await Promise.all([...children].map(exitOf));
    for (const pid of backgroundDaemons(disk(join(folder, '.state')))) killIfAlive(pid);
    separate?.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (words: readonly string[], stdio: 'ignore' | 'pipe', setting: Setting = {}): ChildProcess => {
    const isRoot = process.getuid?.() === 0;
    const through = separate === undefined ? [] : [...separate.through, folder];
    const [first = '', ...rest] = [...through, process.execPath, program, ...words];
    const child = spawn(first, rest, {
      cwd: join(folder, setting.folder ?? ''),
      env: { ...environment, ...setting.environment },
      stdio: [setting.input === undefined ? 'ignore' : 'pipe', stdio, stdio],
      ...(setting.asNobody === true && isRoot && { uid: 65_534, gid: 65_534 }),
    });
    children.add(child);
    child.stdin?.end(setting.input);
    // The folder of a test that has run out of time may be gone: only that test fails.
    child.on('error', () => undefined);
    return child;
  };
  const runIn = async (setting: Setting, ...words: string[]): Promise<Ended> => {
    const child = start(words, 'pipe', setting);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => child.on('close', resolve));
    return { code: child.exitCode, stdout, stderr };
  };
  return {
    folder,
    environment,
    directory: stateDirectory(folder, environment),
    disk,
    write,
    run: (...words) => runIn({}, ...words),
    runIn,
    start: (...words) => watchOutput(start(words, 'pipe')),
    startDaemon(...words) {
      const child = start(['watch', '--background', ...words], 'ignore');
      const ended = exitOf(child);
      return {
        child,
        ended,
        async kill() {
          child.kill('SIGKILL');
          await ended;
        },
      };
    },
    connect: () => connectClient(stateDirectory(folder, environment), { waitFor: 240_000 }),
  };
}

export function watchOutput(child: ChildProcess): RunningCommand {
  let output = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      for (const look of looks) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    get output() {
      return output;
    },
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? !output.includes(text) : !text.test(output)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        void ended.then(() => reject(new Error(`ended without ${text}: ${JSON.stringify(output)}`)));
        look();
      }),
    ended,
  };
}

/** The daemons that a command started, which outlive it. */
function backgroundDaemons(base: string): readonly number[] {
  if (!existsSync(base)) return [];
  return readdirSync(base).flatMap((name) => readDiscovery(join(base, name))?.pid ?? []);
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The daemon has ended by itself.
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Resolves with the first view for which the condition holds. */
export function viewWhere(client: Client, holds: (view: WorkspaceView) => boolean): Promise<WorkspaceView> {
  return new Promise((resolve, reject) => {
    const stop = client.onView((view) => {
      if (!holds(view)) return;
      stop();
      resolve(view);
    });
    void client.closed.then((reason) => reject(new Error(`the daemon is gone: ${reason}`)));
    if (client.view !== null && holds(client.view)) {
      stop();
      resolve(client.view);
    }
  });
}

/** The only rollout that a daemon shows. */
export function rolloutIn(view: WorkspaceView): RolloutView {
  const [rollout] = view.rollouts;
  if (rollout === undefined) throw new Error('the daemon shows no rollout');
  return rollout;
}
