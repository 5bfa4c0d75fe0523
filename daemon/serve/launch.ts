import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../protocol/domain/userError.ts';
import type { Discovery } from '../protocol/wire/messages.ts';
import { connectClient } from './client.ts';
import { type StartReport, startReport } from './startReport.ts';

export interface LaunchOptions {
  /** The state directory. */
  readonly directory: string;
  /** The daemon's program and arguments; it calls `reportStart`. */
  readonly command: readonly [string, ...string[]];
  readonly workingDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** How long to wait for an answer, in milliseconds; 20 s by default. */
  readonly within?: number;
}

export interface Launched {
  readonly kind: 'started' | 'joined';
  readonly discovery: Discovery;
}

/** The daemon's last words where even its log cannot be written; read last. */
const strayOutputName = 'daemon.out';
const largestStrayOutput = 256 * 1024;
const lookEvery = 25;
/**
 * How long a daemon that lost the race waits for the winner before another is started: the winner may have been ending.
 */
const patience = 1500;

/**
 * Gives the workspace's daemon, started if none answers. However many do this at once, one daemon remains: each may
 * start one, the store's lock lets one live, and all wait for the one that answers. Nobody is ever killed, and only a
 * connection proves a life.
 *
 * @throws UserError the daemon's own reason when it could not start, `daemon-failed`, `daemon-silent`.
 */
export async function startOrJoin(options: LaunchOptions): Promise<Launched> {
  const deadline = performance.now() + (options.within ?? 20_000);
  let attempt: Attempt | null = null;
  try {
    for (;;) {
      const found = await lookForDaemon(options.directory);
      if (found.kind === 'alive') {
        return { kind: found.discovery.pid === attempt?.pid ? 'started' : 'joined', discovery: found.discovery };
      }
      if (attempt?.state.kind === 'failed') throw attempt.state.error;
      if (performance.now() >= deadline) throw found.kind === 'silent' ? found.error : tooLate(options.directory);
      const due = attempt === null || (attempt.state.kind === 'lost' && performance.now() >= attempt.state.until);
      if (due) {
        attempt?.release();
        attempt = startDaemon(options);
      }
      await pause(lookEvery);
    }
  } finally {
    attempt?.release();
  }
}

type Found =
  | { readonly kind: 'alive'; readonly discovery: Discovery }
  | { readonly kind: 'absent' }
  /** The port's holder says nothing: a daemon that is stopped or very busy, or a stranger after a crash. */
  | { readonly kind: 'silent'; readonly error: UserError };

async function lookForDaemon(directory: string): Promise<Found> {
  try {
    const client = await connectClient(directory, { follow: false });
    const { discovery } = client;
    await client.close();
    return { kind: 'alive', discovery };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.code === 'no-daemon') return { kind: 'absent' };
    if (error.code === 'daemon-silent') return { kind: 'silent', error };
    throw error;
  }
}

type AttemptState =
  | { readonly kind: 'starting' }
  /** Another daemon has the lock; until then it is given time to answer. */
  | { readonly kind: 'lost'; readonly until: number }
  | { readonly kind: 'failed'; readonly error: UserError };

interface Attempt {
  readonly pid: number | undefined;
  readonly state: AttemptState;
  /** Lets go of the process: it lives on without us. */
  release(): void;
}

/** Starts a daemon of its own session, which outlives us; its stray output goes to a file of the state directory. */
function startDaemon({ directory, command, workingDirectory, environment }: LaunchOptions): Attempt {
  const outputFile = join(directory, strayOutputName);
  const [program, ...words] = command;
  let state: AttemptState = { kind: 'starting' };
  let report: StartReport | null = null;
  const output = openStray(outputFile);
  let child: ChildProcess;
  try {
    child = spawn(program, words, {
      cwd: workingDirectory,
      env: environment,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output.descriptor, output.descriptor, 'ipc'],
    });
  } finally {
    closeSync(output.descriptor);
  }
  const judge = (fallback: string): void => {
    if (state.kind !== 'starting' || report?.kind === 'ready') return;
    if (report?.code === 'second-daemon') state = { kind: 'lost', until: performance.now() + patience };
    else state = { kind: 'failed', error: startFailure(report, fallback, outputFile, output.size) };
  };
  child.on('message', (message) => {
    report = startReport.safeParse(message).data ?? report;
    if (report?.kind === 'failed') judge('');
  });
  child.on('error', (error) => judge(error.message));
  child.on('exit', (code, signal) => {
    const ending = signal === null ? `exit code ${code}` : `ended by ${signal}`;
    // Its report may still be on the way.
    if (child.connected) child.once('disconnect', () => judge(ending));
    else judge(ending);
  });
  child.unref();
  return {
    pid: child.pid,
    get state() {
      return state;
    },
    release() {
      child.removeAllListeners();
      child.on('error', () => undefined);
      if (child.connected) child.disconnect();
    },
  };
}

function openStray(file: string): { readonly descriptor: number; readonly size: number } {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const tooLarge = size > largestStrayOutput;
  return { descriptor: openSync(file, tooLarge ? 'w' : 'a', 0o600), size: tooLarge ? 0 : size };
}

function startFailure(report: StartReport | null, fallback: string, outputFile: string, from: number): UserError {
  if (report?.kind === 'failed') return new UserError(report.code, report.message);
  const said = readFileSync(outputFile).subarray(from).toString('utf8').trim().split('\n').at(-1) ?? '';
  return new UserError(
    'daemon-failed',
    `the daemon did not start (${said.slice(0, 300) || fallback}); see ${outputFile}`,
  );
}

function tooLate(directory: string): UserError {
  return new UserError(
    'daemon-silent',
    `the daemon was started and does not answer yet; see \`rampwatch logs\` and ${join(directory, strayOutputName)}`,
  );
}
