import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/userError.ts';

/** How to run the command line that is shipped with the extension. */
export interface DaemonProgram {
  /** The Node that runs it; the editor's own by default. */
  readonly node: string;
  /** Absolute path of `cli.mjs`. */
  readonly cli: string;
  /** Another place for the daemon's state; empty for the platform's own. */
  readonly stateDirectory: string;
}

export interface StartedDaemon {
  readonly kind: 'started' | 'joined';
  readonly stateDirectory: string;
}

const startAnswer = z.object({ kind: z.enum(['started', 'joined']), stateDirectory: z.string().min(1) });
const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const timeLimit = 30_000;
/** How long the pipes of an ended command are read on. */
const closeGrace = 1000;
const longestAnswer = 1_000_000;

/**
 * `rampwatch start`: finds the folder's daemon or starts one, and says where its state is.
 * @throws UserError when the command line refuses (its own line), cannot be run, or does not answer in time.
 */
export async function startDaemon(program: DaemonProgram, planFile: string): Promise<StartedDaemon> {
  const { output, errors, failure } = await runCommandLine(program, ['start', '--plan', planFile, '--json'], planFile);
  const answer = parsed(output);
  const started = startAnswer.safeParse(answer);
  if (started.success) return started.data;
  const refused = errorAnswer.safeParse(answer);
  if (refused.success) throw new UserError(refused.data.error.code, refused.data.error.message);
  const reason = failure ?? lastLine(errors) ?? 'it said nothing';
  throw new UserError(
    'daemon-not-started',
    `the daemon could not be started with ${program.node}: ${reason}; the setting rampwatch.nodePath names another Node (22.13 or newer)`,
  );
}

interface Outcome {
  readonly output: string;
  readonly errors: string;
  /** Why there may be no answer: it could not be run, or ran out of time. */
  readonly failure: string | null;
}

function runCommandLine(program: DaemonProgram, words: readonly string[], planFile: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program.node, [program.cli, ...words], {
      cwd: dirname(planFile),
      env: environment(program),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    let errors = '';
    let failure: string | null = null;
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(grace);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ output, errors, failure });
    };
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      failure = `no answer within ${timeLimit / 1000} s`;
      child.kill('SIGKILL');
    }, timeLimit);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < longestAnswer) output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (errors.length < longestAnswer) errors += chunk;
    });
    child.on('error', (error) => {
      failure = error.message;
      settle();
    });
    child.on('exit', (code, signal) => {
      if (failure === null && code !== 0) failure = signal === null ? lastLine(errors) : `ended by ${signal}`;
      // The daemon it leaves behind might hold the pipes open; what the command had to say is soon read.
      grace = setTimeout(settle, closeGrace);
    });
    child.on('close', settle);
  });
}

/** The editor's binary is Node when this variable says so; the daemon takes it out again for what it runs itself. */
function environment(program: DaemonProgram): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ELECTRON_RUN_AS_NODE: '1',
    ...(program.stateDirectory === '' ? {} : { RAMPWATCH_STATE_DIRECTORY: program.stateDirectory }),
  };
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string | null {
  return text.trim().split('\n').at(-1)?.trim() || null;
}
