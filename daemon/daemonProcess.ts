import { createHash } from 'node:crypto';
import type { Daemon, Neighbours } from './daemon.ts';
import { UserError } from './protocol/domain/userError.ts';
import type { Params, Results } from './protocol/wire/messages.ts';
import { stateDirectory } from './store/stateDirectory.ts';

/** A folder of plans with the place of its state. */
export interface ProcessFolder {
  readonly root: string;
  readonly directory: string;
  /** Plans to execute beside those that the folder's names show. */
  readonly plans: readonly string[];
}

/**
 * The daemons of one process, one a folder. Each has its own store, claim, port, token, log and discovery file, so that
 * a client of a folder cannot tell how many folders the process has. What they share is the memory of the runtime, and
 * the process's life.
 */
export class DaemonProcess {
  /** Resolves when the last of the daemons has ended. */
  readonly finished: Promise<void>;
  readonly #start: (folder: ProcessFolder) => Promise<Daemon>;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #digest: string;
  /** By state directory; in it from the moment in which a start is asked for. */
  readonly #daemons = new Map<string, Promise<Daemon>>();
  #ending = false;
  #finish: () => void = () => undefined;

  constructor(start: (folder: ProcessFolder) => Promise<Daemon>, environment: NodeJS.ProcessEnv) {
    this.#start = start;
    this.#environment = environment;
    this.#digest = environmentDigest(environment);
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** @throws UserError as the start of a daemon has it, and `second-daemon` for a folder that is watched here already */
  async watch(folder: ProcessFolder): Promise<Daemon> {
    const { directory } = folder;
    // A lock on a file is the whole process's on some systems: it would not keep this process out.
    if (this.#daemons.has(directory)) throw new UserError('second-daemon', 'this process watches that folder already');
    const starting = this.#start(folder);
    this.#daemons.set(directory, starting);
    try {
      const daemon = await starting;
      void daemon.finished.then(() => this.#forget(directory));
      if (this.#ending) await daemon.stop();
      return daemon;
    } catch (error) {
      this.#forget(directory);
      throw error;
    }
  }

  /** What the daemon of one folder may know of the others: their number. */
  neighboursOf(directory: string): Neighbours {
    const daemons = this.#daemons;
    return {
      get count() {
        return [...daemons.keys()].filter((other) => other !== directory).length;
      },
      watchAlso: (asked) => this.#watchAlso(asked),
    };
  }

  /** Ends the daemons of all folders. */
  async stop(): Promise<void> {
    this.#ending = true;
    for (const starting of this.#daemons.values()) void starting.then((daemon) => daemon.stop()).catch(() => undefined);
    await this.finished;
  }

  /**
   * Watches one more folder, asked for by a client of another one. The state's place is worked out here, not told: a
   * client names folders, and never where approvals are read from.
   */
  async #watchAlso({ root, plans, environment }: Params<'watchFolder'>): Promise<Results['watchFolder']> {
    if (this.#ending) return { kind: 'refused', message: 'this daemon is stopping' };
    if (environment !== this.#digest) {
      return { kind: 'refused', message: 'this daemon was started with other environment variables' };
    }
    try {
      await this.watch({ root, plans, directory: stateDirectory(root, this.#environment) });
      return { kind: 'watching' };
    } catch (error) {
      if (error instanceof UserError) return { kind: 'refused', message: error.message };
      throw error;
    }
  }

  #forget(directory: string): void {
    this.#daemons.delete(directory);
    if (this.#daemons.size === 0) this.#finish();
  }
}

/** What an editor or a shell sets anew for each of its processes, and nothing that the daemon reads. */
const ofTheStarter = /^(VSCODE_|ELECTRON_|npm_|_$|SHLVL$|PWD$|OLDPWD$)/;

/**
 * Two processes with the same digest (SHA-256, hexadecimal) resolve a plan's variables alike, and give the same to
 * approved commands. The digest crosses the wire in place of the values.
 */
export function environmentDigest(environment: NodeJS.ProcessEnv): string {
  const variables = Object.entries(environment)
    .filter(([name]) => !ofTheStarter.test(name))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(variables)).digest('hex');
}
