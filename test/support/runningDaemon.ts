import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/view.ts';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

/** A folder with a plan and files, and a state directory of its own; gone when the test has finished. */
export interface TestWorkspace {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  write(name: string, text: string): string;
  /** Runs one `rampwatch` command to its end. */
  run(...words: string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** The real daemon as a process of its own. */
  startDaemon(...words: string[]): DaemonProcess;
  connect(): Promise<Client>;
}

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
}

export function testWorkspace(plan: string): TestWorkspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-test-')));
  const children = new Set<ChildProcess>();
  const environment = { ...process.env, RAMPWATCH_STATE_DIRECTORY: join(folder, '.state'), NO_COLOR: '1' };
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  write('rampwatch.yaml', plan);
  onTestFinished(async () => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await Promise.all([...children].map(exitOf));
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (words: readonly string[], stdio: 'ignore' | 'pipe'): ChildProcess => {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', stdio, stdio],
    });
    children.add(child);
    return child;
  };
  return {
    folder,
    environment,
    directory: stateDirectory(folder, environment),
    write,
    async run(...words) {
      const child = start(words, 'pipe');
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
    },
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
    connect: () => connectClient(stateDirectory(folder, environment), { waitFor: 20_000 }),
  };
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
