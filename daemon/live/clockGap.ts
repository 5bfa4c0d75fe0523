import { type Duration, duration } from '../protocol/domain/units.ts';

/** A longer gap than this between two looks at the clock is a suspend, a stopped process or a moved clock. */
export const clockGapLimit: Duration = duration(5000);

/**
 * @param walked how far the wall clock has moved between two looks; negative when it was set back.
 * @param ran how far the monotonic clock has; 0 when it is not known, as between two daemons.
 */
export function isClockGap(walked: number, ran: number): boolean {
  return Math.max(Math.abs(walked - ran), walked, ran) > clockGapLimit;
}
