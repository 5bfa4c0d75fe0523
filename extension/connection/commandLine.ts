import { spawn } from 'node:child_process';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';

/** How to run the command line that is shipped with the extension. */
export interface DaemonProgram {
  /** The Node that runs it; the editor's own by default. */
  readonly node: string;
  /** Absolute path of `cli.mjs`. */
  readonly cli: string;
  /** Another place for the daemon's state; empty for the platform's own. */
  readonly stateDirectory: string;
}

export interface CommandCall {
  readonly words: readonly string[];
  /** Where it is run. */
  readonly folder: string;
  /** The text on its stdin; nothing when left out. */
  readonly input?: string;
  /** Variables that it gets beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Ends the process at once: nobody waits for its answer any more. */
  readonly signal?: AbortSignal;
  /** Milliseconds that it may take; half a minute when left out. */
  readonly limit?: number;
}

export interface CommandOutcome {
  readonly output: string;
  readonly errors: string;
  /** The reason for a missing answer: the process could not run, ran out of time, or was cancelled. */
  readonly failure: string | null;
}

export type RunCommandLine = (program: DaemonProgram, call: CommandCall) => Promise<CommandOutcome>;

const timeLimit = 30_000;
/** How long the pipes of an ended command are read on. */
const closeGrace = 1000;
const longestAnswer = 16_000_000;

/** Runs one command as a process of its own. Never throws: a failure is in the outcome. */
export const runCommandLine: RunCommandLine = (
  program,
  { words, folder, input, variables, signal, limit = timeLimit },
) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve({ output: '', errors: '', failure: notWanted });
      return;
    }
    const child = spawn(program.node, [program.cli, ...words], {
      cwd: folder,
      env: { ...environment(program), ...variables },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const { stdin, stdout, stderr } = child;
    let output = '';
    let errors = '';
    let failure: string | null = null;
    const end = (reason: string) => {
      failure = reason;
      child.kill('SIGKILL');
    };
    const abort = () => end(notWanted);
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener('abort', abort);
      stdout?.destroy();
      stderr?.destroy();
      resolve({ output, errors, failure });
    };
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => end(`no answer within ${limit / 1000} s`), limit);
    signal?.addEventListener('abort', abort);
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < longestAnswer) output += chunk;
    });
    stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (errors.length < longestAnswer) errors += chunk;
    });
    // A process that ends before it has read everything explains itself.
    stdin?.on('error', () => {});
    stdin?.end(input);
    child.on('error', (error) => {
      failure = error.message;
      settle();
    });
    child.on('exit', (code, killedBy) => {
      if (failure === null && code !== 0) failure = killedBy === null ? lastLine(errors) : `ended by ${killedBy}`;
      // A daemon left behind might hold the pipes open; the command's own output is soon read.
      grace = setTimeout(settle, closeGrace);
    });
    child.on('close', settle);
  });

const notWanted = 'not wanted any more';

/** The one JSON document of a command; `undefined` when it wrote none. */
export function answerOf({ output }: CommandOutcome): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

const refusal = z.object({
  code: z.string(),
  message: z.string(),
  place: z.object({ file: z.string(), line: z.number(), column: z.number() }).optional(),
});

/** The error that a command answered with, in its own line; `undefined` when the answer is no error. */
export function refusalOf(answer: unknown): UserError | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  const refused = refusal.safeParse(answer.error);
  if (!refused.success) return undefined;
  const { code, message, place } = refused.data;
  return new UserError(code, message, place);
}

/** The reason for a missing answer, in a few words. */
export function reasonOf({ failure, errors }: CommandOutcome): string {
  return failure ?? lastLine(errors) ?? 'it said nothing';
}

function environment(program: DaemonProgram): NodeJS.ProcessEnv {
  return { ...process.env, ...addedEnvironment(program) };
}

/** The editor's binary is Node when the first variable is set; the daemon removes it for its own child processes. */
export function addedEnvironment(program: DaemonProgram): Record<string, string> {
  return {
    ELECTRON_RUN_AS_NODE: '1',
    ...(program.stateDirectory === '' ? {} : { RAMPWATCH_STATE_DIRECTORY: program.stateDirectory }),
  };
}

function lastLine(text: string): string | null {
  return text.trim().split('\n').at(-1)?.trim() || null;
}
