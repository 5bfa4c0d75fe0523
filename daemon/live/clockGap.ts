import { type Duration, duration, type WallTime, wallTime } from '../protocol/domain/units.ts';

/** A longer gap than this between two looks at the clock is a suspend, a stopped process or a moved clock. */
export const clockGapLimit: Duration = duration(5000);

/**
 * @param walked how far the wall clock has moved between two looks; negative when it was set back.
 * @param ran how far the monotonic clock has; 0 when it is not known, as between two daemons.
 */
export function isClockGap(walked: number, ran: number): boolean {
  return Math.max(Math.abs(walked - ran), walked, ran) > clockGapLimit;
}

/** Both clocks at one moment: of the wall, and the monotonic one. */
export interface ClockReading {
  readonly wall: WallTime;
  readonly monotonic: number;
}

export interface ClockGap {
  /** The start of the time that nobody can vouch for. */
  readonly from: WallTime;
  readonly to: WallTime;
  /** Milliseconds that the wall clock has gone ahead of the monotonic one, which runs on as it is set; negative: was set back. */
  readonly moved: number;
}

/**
 * Looks at the clock again and again. Steps that are each too short for a gap add up to one: an hour of soak must not be
 * made of them.
 */
export class ClockWatch {
  #last: ClockReading;
  /** The clocks have gone apart by nothing that was told, since this reading. */
  #agreed: ClockReading;

  constructor(first: ClockReading) {
    this.#last = first;
    this.#agreed = first;
  }

  get last(): ClockReading {
    return this.#last;
  }

  /** The gap that ends now; `null`: the clock went on steadily. */
  look(now: ClockReading): ClockGap | null {
    const before = this.#last;
    this.#last = now;
    const ahead = now.wall - this.#agreed.wall - (now.monotonic - this.#agreed.monotonic);
    const isGap = isClockGap(now.wall - before.wall, now.monotonic - before.monotonic);
    if (!isGap && Math.abs(ahead) <= clockGapLimit) return null;
    this.#agreed = now;
    const from = isGap || ahead < 0 ? before.wall : Math.min(before.wall, now.wall - ahead);
    return { from: wallTime(from), to: now.wall, moved: Math.round(ahead) };
  }
}
