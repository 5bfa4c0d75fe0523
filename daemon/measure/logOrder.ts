import type { EventTime } from '../protocol/domain/units.ts';

/** What is known of a log's order so far; JSON, stored with the position of its file. Times and lengths in milliseconds. */
export interface LogOrderState {
  /** The newest instant read. */
  readonly newest: number;
  /** How late the latest record came behind a newer one. */
  readonly disorder: number;
  /** How long after it happened the last record was read; `null` in a recording. */
  readonly lag: number | null;
}

const minute = 60_000;
/** Writers of one log are out of order by so much, even if none was seen to be. */
const leastDisorder = 2 * minute;
/** What is read so soon after it happened was read as it was written. */
const onTime = 5 * minute;
/** A log that goes back so far has begun anew: older records were appended, or a stamp was wrong. */
const begunAnew = 24 * 60 * minute;

/**
 * The order of one log's records tells the instant of a local time that comes twice, in the hour in which the clocks are
 * set back: a log goes forward, but for a little disorder, so a time that falls back is of the second pass. While the
 * log is read as it is written, the time of arrival tells as well.
 */
export class LogOrder {
  #newest: number;
  #disorder: number;
  #lag: number | null;
  readonly #arrived: number | null;
  /** The first record's local time comes twice, and the records behind it have not told which it is. */
  #opening: 'known' | 'open' | 'first' | 'second' = 'known';
  #openedAgain = Number.NaN;
  #repeatsAfter = 0;
  /** Records that could be of either pass. */
  undecided = 0;

  /** @param arrived when what is read now arrives; `null` for a recording. */
  constructor(state: LogOrderState | null, arrived: number | null) {
    this.#newest = state?.newest ?? Number.NEGATIVE_INFINITY;
    this.#disorder = state?.disorder ?? 0;
    this.#lag = state?.lag ?? null;
    this.#arrived = arrived;
  }

  /** `null` before the first record with a time. */
  get state(): LogOrderState | null {
    if (!Number.isFinite(this.#newest)) return null;
    return { newest: this.#newest, disorder: this.#disorder, lag: this.#lag };
  }

  /**
   * Of a log that begins in a repeated hour: which pass its first record is of, by the records behind it. `open`: they
   * have not told yet, and `first` was taken.
   */
  get opening(): 'known' | 'open' | 'first' | 'second' {
    return this.#opening;
  }

  /** To read ahead with. */
  copy(): LogOrder {
    const copy = new LogOrder(this.state, this.#arrived);
    copy.#opening = this.#opening;
    copy.#openedAgain = this.#openedAgain;
    copy.#repeatsAfter = this.#repeatsAfter;
    copy.undecided = this.undecided;
    return copy;
  }

  /** Records farther on have told that its first record is of the first pass. */
  beginsInFirstPass(): void {
    this.#decide('first');
  }

  /** The order of the same log when its first record is of the second pass. */
  fromSecondPass(): LogOrder {
    const newest = this.#openedAgain;
    return new LogOrder({ newest, disorder: 0, lag: null }, this.#arrived);
  }

  /** Which of the two instants of a local time that comes twice is the record's, as far as that can be told. */
  choose(first: EventTime, second: EventTime): EventTime {
    const repeatsAfter = second - first;
    const isSecondOnTime = this.#arrived !== null && this.#arrived - second <= onTime;
    if (!Number.isFinite(this.#newest)) {
      if (isSecondOnTime) return second;
      this.#opening = 'open';
      this.#openedAgain = second;
      this.#repeatsAfter = repeatsAfter;
      this.undecided += 1;
      return first;
    }
    const disorder = Math.min(repeatsAfter / 2, Math.max(leastDisorder, 2 * this.#disorder));
    if (first < this.#newest - disorder) {
      if (this.#opening === 'open') this.#decide('first');
      return second;
    }
    const wasOnTime = this.#lag !== null && this.#lag <= onTime;
    if (wasOnTime && isSecondOnTime) return second;
    if (this.#opening === 'open' || first - this.#newest > repeatsAfter / 2) this.undecided += 1;
    return first;
  }

  /** A record's instant. @param wasDoubtful its local time comes twice. */
  note(at: number, wasDoubtful: boolean): void {
    const late = this.#newest - at;
    if (this.#opening === 'open' && !wasDoubtful) this.#judgeOpening(at);
    if (late > begunAnew || late < 0) this.#newest = at;
    else if (!wasDoubtful) this.#disorder = Math.max(this.#disorder, late);
    if (this.#arrived !== null) this.#lag = this.#arrived - at;
  }

  /** The first record behind the repeated hour follows at once on the second pass, and an hour later on the first. */
  #judgeOpening(at: number): void {
    const behindSecond = at - this.#newest - this.#repeatsAfter;
    if (behindSecond >= -leastDisorder && behindSecond <= this.#repeatsAfter / 2) this.#decide('second');
    else this.#opening = 'known';
  }

  #decide(pass: 'first' | 'second'): void {
    this.#opening = pass;
    this.undecided = 0;
  }
}
