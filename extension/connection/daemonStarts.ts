import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import type { DaemonProgram } from './commandLine.ts';
import type { StartedDaemon } from './daemonProgram.ts';

/** Runs `rampwatch start` for a plan; `beside`: a folder whose daemon's process is to take the plan's folder in. */
export type StartDaemon = (program: DaemonProgram, planFile: string, beside: string | null) => Promise<StartedDaemon>;

/** Milliseconds in which a second loss of the common process ends the sharing. */
const lossesTogether = 10 * 60_000;

/**
 * The starts of one window's daemons: the first folder starts a process, the next ones are taken in by it, because
 * each process costs some hundred megabytes. A process that goes away twice within ten minutes takes every folder with
 * it: from then on each folder of this window has its own.
 */
export class DaemonStarts {
  readonly #start: StartDaemon;
  readonly #clock: Pick<Clock, 'now'>;
  /** The folder whose process takes in the next ones. */
  #host: string | null = null;
  /** Under way without a host: those that wait for it may go into its process. */
  #first: Promise<unknown> | null = null;
  #lostAt: number | null = null;
  #apart = false;

  constructor(start: StartDaemon, clock: Pick<Clock, 'now'>) {
    this.#start = start;
    this.#clock = clock;
  }

  /** @throws UserError when the command line refuses, cannot be run, or does not answer in time */
  async start(program: DaemonProgram, planFile: string): Promise<StartedDaemon> {
    const folder = dirname(planFile);
    if (this.#apart) return this.#start(program, planFile, null);
    while (this.#host === null && this.#first !== null) await this.#first;
    const host = this.#host === folder ? null : this.#host;
    if (host !== null) return this.#start(program, planFile, host);
    const starting = this.#start(program, planFile, null);
    const settled = starting.then(
      () => {
        this.#host = folder;
      },
      // The next folder in line begins the process.
      () => undefined,
    );
    this.#first = settled;
    void settled.then(() => {
      if (this.#first === settled) this.#first = null;
    });
    await settled;
    return starting;
  }

  /** The folder's daemon ended. `lost`: nobody has asked for that. */
  ended(folder: string, lost: boolean): void {
    if (this.#host !== folder) return;
    this.#host = null;
    if (!lost) return;
    const now = this.#clock.now();
    this.#apart ||= this.#lostAt !== null && now - this.#lostAt < lossesTogether;
    this.#lostAt = now;
  }
}
