import type { Arm } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Ledger } from './ledger.ts';
import type { OutcomeCounts } from './outcomeCounts.ts';

const minuteLength = 60_000;

/**
 * Counts of one arm over a number of whole minutes, moved forward through the past. `SlidingWindow` is for the present;
 * it has no right end. Nothing before `since` counts. A move costs the minutes that enter and leave.
 */
export class HistoryWindow {
  readonly counts: OutcomeCounts;
  readonly #ledger: Ledger;
  readonly #arm: Arm;
  readonly #minutes: number;
  readonly #since: EventTime;
  readonly #first: number;
  #last: number | null = null;

  constructor(ledger: Ledger, arm: Arm, minutes: number, since: EventTime) {
    this.#ledger = ledger;
    this.#arm = arm;
    this.#minutes = minutes;
    this.#since = since;
    this.#first = Math.floor(since / minuteLength);
    this.counts = ledger.totals(arm, eventTime(0), eventTime(0));
  }

  /** Ends the window with this minute, which must not be before the one it ended with. */
  moveTo(last: number): void {
    const before = this.#last ?? last - this.#minutes;
    for (let minute = Math.max(before + 1, last - this.#minutes + 1); minute <= last; minute += 1) {
      const entering = this.#minute(minute);
      if (entering !== undefined) this.counts.merge(entering);
    }
    for (let minute = before - this.#minutes + 1; minute <= Math.min(before, last - this.#minutes); minute += 1) {
      const leaving = this.#last === null ? undefined : this.#minute(minute);
      if (leaving !== undefined) this.counts.subtract(leaving);
    }
    this.#last = last;
  }

  #minute(minute: number): OutcomeCounts | undefined {
    if (minute > this.#first || minute * minuteLength === this.#since) return this.#ledger.cell(this.#arm, minute);
    if (minute < this.#first) return undefined;
    return this.#ledger.totals(this.#arm, this.#since, eventTime((minute + 1) * minuteLength));
  }
}
