/** Search for files nobody announced; where that takes long, so rarely that it costs the two hundredth part of the time. */
const searchEvery = 2000;
const searchShare = 200;
/** One that was announced is searched for at once, and then no more than a quarter of the time goes into searching. */
const announcedShare = 3;
/** The cost of a search is the least of the newest ones: a busy machine or a cold start makes any single one long. */
const searchesMeasured = 3;

/** Says when the next search is due. Times in milliseconds, of any one clock. */
export class SearchPace {
  #durations: readonly number[] = [];
  #next = 0;
  #nextAnnounced = 0;
  #nextLookFor = 0;

  /** @param announced a new file was told of. */
  isDue(now: number, announced: boolean): boolean {
    return now > this.#next || (announced && now > this.#nextAnnounced);
  }

  /** Whether the few that were told of may be searched for, of many. */
  mayLookFor(now: number): boolean {
    return now > this.#nextLookFor;
  }

  lookedFor(start: number, end: number): void {
    this.#nextLookFor = end + announcedShare * (end - start);
  }

  searched(start: number, end: number): void {
    this.#durations = [...this.#durations, end - start].slice(-searchesMeasured);
    const isMeasured = this.#durations.length === searchesMeasured;
    const cost = Math.min(...this.#durations);
    this.#next = end + Math.max(searchEvery, isMeasured ? searchShare * cost : 0);
    this.#nextAnnounced = end + announcedShare * cost;
  }
}
