import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The bundles carry it beside the chunk that this is in; from source it is a neighbour. */
const supervisor = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './supervisor.ts' : './supervisor.mjs', import.meta.url),
);
const grace = 2500;
/** The newest of the errors that are kept, in bytes. */
const mostErrors = 4096;

export interface SupervisedRun {
  /** The program's absolute path, and its words. */
  readonly program: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** There is output to take, or the end. */
  onNews(): void;
}

export interface ProcessEnd {
  /** In a few words: `ended with 1`, `was ended by SIGKILL`. */
  readonly detail: string;
}

/** A command that runs for long, without a shell. It never outlives this process, however that ends. */
export class SupervisedProcess {
  readonly #child: ChildProcess;
  #errors = Buffer.alloc(0);
  #end: ProcessEnd | null = null;
  #outputEnded = false;
  readonly #gone: Promise<void>;

  constructor({ program, words, folder, environment, onNews }: SupervisedRun) {
    const electron = process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, [supervisor, program, ...words], {
      cwd: folder,
      env: { ...environment, ...electron },
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own, so that its children end with it.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('readable', onNews);
    child.stdout?.on('end', () => {
      this.#outputEnded = true;
      onNews();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = Buffer.concat([this.#errors, chunk]).subarray(-mostErrors);
    });
    this.#gone = new Promise((resolve) => {
      const ended = (detail: string): void => {
        this.#end ??= { detail };
        this.#signal('SIGKILL');
        resolve();
        onNews();
      };
      child.on('error', (error) => ended(`could not be started (${error.message})`));
      child.on('exit', (code, name) => ended(code === null ? `was ended by ${name ?? 'a signal'}` : endText(code)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Up to so many bytes of what it has written; `null` when there is nothing now. What is not taken holds it up. */
  take(most: number): Buffer | null {
    const chunks: Buffer[] = [];
    let length = 0;
    while (length < most) {
      const chunk: Buffer | null = this.#child.stdout?.read() ?? null;
      if (chunk === null) break;
      chunks.push(chunk);
      length += chunk.length;
    }
    return length === 0 ? null : Buffer.concat(chunks);
  }

  /** How it has ended, once all of its output was taken; `null` before. */
  get end(): ProcessEnd | null {
    return this.#outputEnded ? this.#end : null;
  }

  /** The newest of what it has written to standard error, not fit to be shown as it is. */
  get errors(): string {
    return this.#errors.toString('utf8');
  }

  /** Asks it to end, and ends it with all that it started when it does not. */
  async close(): Promise<void> {
    if (this.#end !== null) return;
    this.#child.stdin?.end();
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), grace);
    await this.#gone;
    clearTimeout(timer);
    this.#child.stdout?.destroy();
  }

  #signal(name: NodeJS.Signals): void {
    try {
      const { pid } = this.#child;
      if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, name);
      else this.#child.kill(name);
    } catch {
      // Nothing of it runs any more.
    }
  }
}

function endText(code: number): string {
  return code > 128 && code < 160 ? `was ended by signal ${code - 128}` : `ended with ${code}`;
}
