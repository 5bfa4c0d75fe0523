/** Milliseconds that the commit of a turn may take: for so long every other rollout waits. */
const longestCommit = 20;
/** However dear a line is, a turn has so many of them. */
const fewestLines = 16;

/**
 * The number of lines of a turn, by what the commits before took: with many triggers and measures each line costs a multiple. It
 * is halved as often as a commit was too long by, and grows again by a half with each that was not.
 */
export class TurnPace {
  readonly #most: number;
  #lines: number;

  constructor(most: number) {
    this.#most = most;
    this.#lines = most;
  }

  get lines(): number {
    return this.#lines;
  }

  /** @param lines that were committed; few of them tell nothing of a turn that has many. */
  committed(lines: number, milliseconds: number): void {
    if (milliseconds > longestCommit) {
      const fitting = Math.floor((Math.min(lines, this.#lines) * longestCommit) / milliseconds);
      this.#lines = Math.max(Math.min(fewestLines, this.#most), fitting);
    } else if (lines * 2 > this.#lines) this.#lines = Math.min(this.#most, Math.ceil(this.#lines * 1.5));
  }
}
