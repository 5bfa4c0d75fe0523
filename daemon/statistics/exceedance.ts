import type { DeclineRates } from './declineDetector.ts';

/**
 * A latency is judged by how many records are slow, which is a share like any other: slow is what lies beyond a limit that
 * only a part of 1 − quantile may exceed. The margin is for the limit's own error, where it is a quantile of a control.
 */
export function exceedanceRates(quantile: number): DeclineRates {
  const beyond = 1 - quantile;
  return {
    healthy: 1 - beyond - Math.min(margin * beyond, mostMargin),
    declined: declines.map((part) => 1 - beyond - part * quantile),
  };
}

const margin = 0.2;
const mostMargin = 0.05;
/** Shares of the records that were not slow, which a decline makes slow. */
const declines = [0.15, 0.3, 0.5, 0.8] as const;
