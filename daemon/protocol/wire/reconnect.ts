import { type Duration, duration } from '../domain/units.ts';

/** When to try again after a connection was lost or could not be made. */
export interface ReconnectState {
  /** Losses in a row, each before its connection was stable. */
  readonly failures: number;
}

export const firstReconnect: ReconnectState = { failures: 0 };

const base = 200;
const cap = 10_000;
/** A connection that lasted this long was a good one: the next loss starts again with the shortest wait. */
const stable = 10_000;

/**
 * Exponential with jitter: between half and the whole of 0.2, 0.4, 0.8 … 10 s, so that many clients of one daemon do
 * not reconnect at the same instant.
 *
 *
 * @param lasted how long the connection that ended had been open in milliseconds; 0 when it could not be made
 * @param random uniform in [0, 1)
 */
export function nextReconnect(
  state: ReconnectState,
  lasted: number,
  random: number,
): { readonly state: ReconnectState; readonly wait: Duration } {
  const failures = lasted >= stable ? 0 : state.failures;
  const whole = Math.min(cap, base * 2 ** Math.min(failures, 16));
  return { state: { failures: failures + 1 }, wait: duration(Math.round(whole / 2 + (random * whole) / 2)) };
}
