import { formatDuration } from '../../protocol/domain/duration.ts';

/** How the runs of a command follow each other, in milliseconds. */
export interface CommandPace {
  /** Before the second run; doubled with each run that ends early, up to the longest. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** A run of this length is a steady one: the waiting begins anew after it. */
  readonly steady: number;
  /** After so long without output a run has written all that it had. */
  readonly quiet: number;
  /** A run that has written nothing for so long will not write again what was read before. */
  readonly patience: number;
  /** An approval is looked for so often. */
  readonly approvalEvery: number;
}

export const usualPace: CommandPace = {
  firstWait: 1000,
  longestWait: 60_000,
  steady: 60_000,
  quiet: 5000,
  patience: 30_000,
  approvalEvery: 2000,
};

/** After so many runs in a row that ended early, the source is in error. */
const runsToBeSure = 3;

/** Decides when the next run of a command begins. Times are those of a steady clock, in milliseconds. */
export class RunPace {
  readonly #pace: CommandPace;
  #startAt = 0;
  #startedAt = 0;
  #wait: number;
  #shortRuns = 0;

  constructor(pace: CommandPace) {
    this.#pace = pace;
    this.#wait = pace.firstWait;
  }

  /** When the present run began. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** How long the next run would be waited for. */
  get wait(): number {
    return this.#wait;
  }

  /** So many runs ended early that the command does not work. */
  get isFailing(): boolean {
    return this.#shortRuns >= runsToBeSure;
  }

  /** Tells whether a start is to be tried now; if it is, the next try comes after a while. */
  tryStart(at: number): boolean {
    if (at < this.#startAt) return false;
    this.#startAt = at + this.#pace.approvalEvery;
    return true;
  }

  /** What ended the runs before is mended: the next one begins at once. */
  beginAnew(): void {
    this.#startAt = 0;
    this.#shortRuns = 0;
    this.#wait = this.#pace.firstWait;
  }

  started(at: number): void {
    this.#startedAt = at;
  }

  /** The run goes on. */
  goesOn(at: number): void {
    if (at - this.#startedAt < this.#pace.steady) return;
    this.#shortRuns = 0;
    this.#wait = this.#pace.firstWait;
  }

  /** The run has ended; tells how long the next one is waited for, as text. */
  ended(at: number): string {
    if (at - this.#startedAt < this.#pace.steady) this.#shortRuns += 1;
    else this.goesOn(at);
    this.#startAt = at + this.#wait;
    const wait = formatDuration(Math.max(1000, Math.round(this.#wait / 1000) * 1000));
    this.#wait = Math.min(this.#pace.longestWait, this.#wait * 2);
    return wait;
  }
}
