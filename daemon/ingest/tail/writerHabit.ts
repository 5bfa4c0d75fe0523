/** After so many writes that made a line each the writer is known to write one line at a time. */
const writesToKnow = 16;

/** How a log's writer writes, as far as its changes were counted. */
export class WriterHabit {
  #single = 0;
  #isBroken = false;

  /** It wrote so often, and so many lines came of it. One write of several lines, or of a part of one, is enough to know. */
  note(writes: number, lines: number): void {
    if (writes === lines) this.#single += writes;
    else this.#isBroken = true;
  }

  get isOneLineAtATime(): boolean {
    return !this.#isBroken && this.#single >= writesToKnow;
  }
}
