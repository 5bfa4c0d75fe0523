import type * as fileSystem from 'node:fs';
import type * as filePromises from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/**
 * The system calls by which an ingest reads. A test may run something of its own before any one of them, or let one fail.
 * To be put in the place of `node:fs` and `node:fs/promises` with `vi.mock`.
 */
class SystemCalls {
  #left = 0;
  #action: (() => void) | null = null;

  /** Before the call with that number, counted from 1 and from now; what it throws is what the call fails with. */
  before(call: number, action: () => void): void {
    this.#left = call;
    this.#action = action;
  }

  /** The action was not taken: there were fewer calls. */
  get isPending(): boolean {
    return this.#action !== null;
  }

  clear(): void {
    this.#action = null;
  }

  made(): void {
    const action = this.#action;
    if (action === null) return;
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#action = null;
    action();
  }
}

export const systemCalls = new SystemCalls();

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: told by the test`), { code });
}

/** Only what the daemon reads with is counted: what a test writes goes by other calls. */
export function countedPromises(actual: typeof filePromises): typeof filePromises {
  return {
    ...actual,
    open: async (...parameters) => {
      systemCalls.made();
      return countedHandle(await actual.open(...parameters));
    },
    readdir: countedLater(actual.readdir),
    realpath: countedLater(actual.realpath),
    stat: countedLater(actual.stat),
  };
}

export function countedFileSystem(actual: typeof fileSystem): typeof fileSystem {
  return { ...actual, statSync: counted(actual.statSync) };
}

function countedHandle(handle: FileHandle): FileHandle {
  handle.read = countedLater(handle.read.bind(handle));
  handle.stat = countedLater(handle.stat.bind(handle));
  return handle;
}

function countedLater<Call extends (...parameters: never[]) => Promise<unknown>>(call: Call): Call {
  const wrapped = async (...parameters: never[]) => {
    systemCalls.made();
    return call(...parameters);
  };
  return Object.assign(wrapped, call) as unknown as Call;
}

function counted<Call extends (...parameters: never[]) => unknown>(call: Call): Call {
  const wrapped = (...parameters: never[]) => {
    systemCalls.made();
    return call(...parameters);
  };
  return Object.assign(wrapped, call) as unknown as Call;
}
