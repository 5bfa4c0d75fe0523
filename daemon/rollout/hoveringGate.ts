import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { type WallTime, wallTime } from '../protocol/domain/units.ts';

/** A gate that is lost so often in one stay, by a record that comes late or one more failure, is as exact as ever. */
const freeLosses = 3;
const firstWait = 60_000;
const longestWait = 86_400_000;

/** The state after a gate that was met is no longer. */
export function withLostGate(state: RolloutState, at: WallTime): RolloutState {
  return { ...state, gateLost: { times: (state.gateLost?.times ?? 0) + 1, at } };
}

/**
 * From when on the gate of this stay may be called met: at once, or later where its figure hovers at its limit. It then
 * waits twice as long after each loss, so that the journal grows with the logarithm of the time and not with the looks.
 * A person advances at any time at which the gate is met.
 */
export function readyFrom({ gateLost }: RolloutState, now: WallTime): WallTime | null {
  // A clock that was set back makes the time of the loss unknown.
  if (gateLost === undefined || gateLost.times <= freeLosses || gateLost.at > now) return null;
  const wait = firstWait * 2 ** (gateLost.times - freeLosses - 1);
  return wallTime(gateLost.at + Math.min(longestWait, wait));
}
