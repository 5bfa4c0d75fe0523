import type { DeclineRates } from './declineDetector.ts';

/**
 * A latency is judged by how many records are slow, which is a share like any other: slow is what lies beyond a limit that
 * only a part of 1 − quantile may exceed. The margin is for the limit's own error, where it is a quantile of a control.
 *
 * @param error of the limit's rank, where it is known: as a part of all records (`rankError`).
 */
export function exceedanceRates(quantile: number, error = 0): DeclineRates {
  const beyond = 1 - quantile;
  return {
    healthy: 1 - beyond - Math.max(Math.min(margin * beyond, mostMargin), error),
    declined: declines.map((part) => 1 - beyond - part * quantile),
  };
}

const margin = 0.2;
const mostMargin = 0.05;
/** Shares of the records that were not slow, which a decline makes slow. */
const declines = [0.15, 0.3, 0.5, 0.8] as const;

/**
 * So much of a distribution may lie between its quantile and that of `n` records of it: order statistics are Beta distributed, and of
 * 100 recorded windows hardly one errs by more. `null` where it is too much to tell the slightest of the declines from it.
 */
export function rankError(quantile: number, n: number): number | null {
  const error = deviations * Math.sqrt((quantile * (1 - quantile)) / (n + 2));
  return error <= declines[0] * quantile * mostOfDecline ? error : null;
}

/** One of a hundred is beyond so many deviations. */
const deviations = 2.33;
const mostOfDecline = 0.6;
