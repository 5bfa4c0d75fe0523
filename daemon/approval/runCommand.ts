import { spawn } from 'node:child_process';
import { redactSecrets } from '../protocol/secrets/secrets.ts';
import type { EscalationAnswer } from '../protocol/wire/escalation.ts';
import { plainText } from '../protocol/words/plainText.ts';

export interface CommandRun {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds until it is ended, with everything that it started. */
  readonly limit: number;
  /** Values that must not come back in its output. */
  readonly known: readonly string[];
}

/** The number of characters kept of each of its outputs. */
const longestOutput = 4096;
const grace = 2000;

/** Runs a command without a shell. Never throws: a command that cannot be started is an outcome too. */
export function runCommand({ argv, folder, environment, limit, known }: CommandRun): Promise<EscalationAnswer> {
  const started = performance.now();
  const [program = '', ...rest] = argv;
  const outputs = { stdout: new Bounded(), stderr: new Bounded() };
  return new Promise((resolve) => {
    let failure: string | null = null;
    let ended = false;
    const end = (exit: number | null): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      const shown = (output: Bounded): string => redactSecrets(output.text, { known }).text;
      resolve({
        exit: failure === null ? exit : null,
        failure,
        stdout: shown(outputs.stdout),
        stderr: shown(outputs.stderr),
        took: Math.round(performance.now() - started),
      });
    };
    const child = spawn(program, rest, {
      cwd: folder,
      env: environment,
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that its children end with it.
      detached: process.platform !== 'win32',
    });
    const signal = (name: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, name);
        else child.kill(name);
      } catch {
        // The process has already ended.
      }
    };
    const timer = setTimeout(() => {
      failure = `it took longer than ${Math.round(limit / 1000)} s and was ended`;
      signal('SIGTERM');
      setTimeout(() => {
        signal('SIGKILL');
        end(null);
      }, grace).unref();
    }, limit);
    child.stdout.on('data', (chunk: Buffer) => outputs.stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => outputs.stderr.add(chunk));
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
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #dropped = 0;

  add(chunk: Buffer): void {
    const room = Math.max(0, longestOutput - this.#kept);
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#kept += Math.min(room, chunk.length);
    this.#dropped += Math.max(0, chunk.length - room);
  }

  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8').trimEnd();
    return this.#dropped === 0 ? text : `${text}\n[${this.#dropped} more bytes]`;
  }
}
