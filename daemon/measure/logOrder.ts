import type { EventTime } from '../protocol/domain/units.ts';

/**
 * The knowledge about a log's order so far; JSON, stored with the position of its file. Times and lengths in
 * milliseconds.
 */
export interface LogOrderState {
  /** The newest instant read. */
  readonly newest: number;
  /** The longest delay of a record behind a newer one. */
  readonly disorder: number;
  /** How long after it happened the last record was read; `null` in a recording. */
  readonly lag: number | null;
}

const minute = 60_000;
/** The disorder that writers of one log may have, even if none was seen. */
const leastDisorder = 2 * minute;
/** A record read this soon after its event was read as it was written. */
const onTime = 5 * minute;
/** A log that goes back this far has begun anew: older records were appended, or a stamp was wrong. */
const begunAnew = 24 * 60 * minute;

/**
 * The order of one log's records tells the instant of a local time that occurs twice, in the hour in which the clocks
 * are set back: a log goes forward, but for a little disorder, so a time that falls back is of the second pass. While
 * the log is read as it is written, the time of arrival tells as well.
 */
export class LogOrder {
  #newest: number;
  #disorder: number;
  #lag: number | null;
  readonly #arrived: number | null;
  /** The first record's local time occurs twice, and the records behind it have not told which one it is. */
  #opening: 'known' | 'open' | 'first' | 'second' = 'known';
  #openedAgain = Number.NaN;
  #repeatsAfter = 0;
  /** Records that could be of either pass. */
  undecided = 0;

  /** @param arrived the arrival of the present records; `null` for a recording. */
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
   * The pass of the first record, in a log that begins in a repeated hour, by the records behind it. `open`: they have
   * not told yet, and `first` was assumed.
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

  /** Records farther on show that its first record is of the first pass. */
  beginsInFirstPass(): void {
    this.#decide('first');
  }

  /** The order of the same log when its first record is of the second pass. */
  fromSecondPass(): LogOrder {
    const newest = this.#openedAgain;
    return new LogOrder({ newest, disorder: 0, lag: null }, this.#arrived);
  }

  /** The record's instant among the two of a repeated local time, as far as it can be told. */
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

  /** A record's instant. @param wasDoubtful its local time occurs twice. */
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
