import { spawn } from 'node:child_process';
import { plainText } from '../protocol/words/plainText.ts';

export interface ProgramRun {
  readonly argv: readonly string[];
  readonly folder: string;
  /** All that it gets: no variable of the daemon's comes along by itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended, with everything that it started. */
  readonly limit: number;
  /** Bytes kept of each of its outputs. */
  readonly longest: number;
  /** Its standard input; empty when left out. */
  readonly input?: string | undefined;
  /** Ends it early, with everything that it started. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramEnd {
  /** `null` when it did not end by itself. */
  readonly exit: number | null;
  /** The reason for a missing exit code: it could not be started, or took too long. */
  readonly failure: string | null;
  readonly stdout: BoundedOutput;
  readonly stderr: BoundedOutput;
  /** Milliseconds. */
  readonly took: number;
}

export interface BoundedOutput {
  readonly text: string;
  /** Bytes that were left out at the end. */
  readonly dropped: number;
}

const grace = 2000;

/** Runs a program without a shell. Never throws: one that cannot be started is an outcome too. */
export function runProgram({
  argv,
  folder,
  environment,
  limit,
  longest,
  input,
  signal,
}: ProgramRun): Promise<ProgramEnd> {
  const started = performance.now();
  const [program = '', ...rest] = argv;
  const outputs = { stdout: new Bounded(longest), stderr: new Bounded(longest) };
  return new Promise((resolve) => {
    let failure: string | null = null;
    let ended = false;
    const end = (exit: number | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupted);
      resolve({
        exit: failure === null ? exit : null,
        failure,
        stdout: outputs.stdout.kept,
        stderr: outputs.stderr.kept,
        took: Math.round(performance.now() - started),
      });
    };
    const child = spawn(program, rest, {
      cwd: folder,
      env: environment,
      shell: false,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that its children end with it.
      detached: process.platform !== 'win32',
    });
    const send = (name: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, name);
        else child.kill(name);
      } catch {
        // The process has already ended.
      }
    };
    const stop = (why: string): void => {
      failure ??= why;
      send('SIGTERM');
      setTimeout(() => {
        send('SIGKILL');
        end(null);
      }, grace).unref();
    };
    const interrupted = (): void => stop('it was ended: something more urgent came');
    const timer = setTimeout(() => stop(`it took longer than ${Math.round(limit / 1000)} s and was ended`), limit);
    signal?.addEventListener('abort', interrupted, { once: true });
    if (signal?.aborted === true) interrupted();
    // A program that does not read it is none the worse for it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    child.stdout?.on('data', (chunk: Buffer) => outputs.stdout.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => outputs.stderr.add(chunk));
    child.on('error', (error) => {
      failure ??= startFailure(program, error);
      end(null);
    });
    child.on('close', (code, name) => {
      if (code === null) failure ??= `it was ended by ${name ?? 'a signal'}`;
      end(code);
    });
  });
}

function startFailure(program: string, error: Error): string {
  const code = 'code' in error ? String(error.code) : error.message;
  const name = plainText(program, 200);
  switch (code) {
    case 'ENOENT':
      return `${name} was not found`;
    case 'EACCES':
      return `${name} may not be executed`;
    default:
      return `${name} could not be started (${code})`;
  }
}

/** The beginning of an output, and how much more there was. */
class Bounded {
  readonly #longest: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #dropped = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  add(chunk: Buffer): void {
    const room = Math.max(0, this.#longest - this.#length);
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#length += Math.min(room, chunk.length);
    this.#dropped += Math.max(0, chunk.length - room);
  }

  get kept(): BoundedOutput {
    return { text: Buffer.concat(this.#chunks).toString('utf8').trimEnd(), dropped: this.#dropped };
  }
}
