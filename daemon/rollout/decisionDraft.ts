import type { RolloutEvent } from '../protocol/domain/journalEntry.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { evolve } from './evolve.ts';

/** A decision in the making: the state so far and the events that led to it. */
export interface Draft {
  readonly now: WallTime;
  readonly events: RolloutEvent[];
  state: RolloutState;
}

export function draftOf(state: RolloutState, now: WallTime): Draft {
  return { now, events: [], state };
}

/** Keeps the event if it changes the state, so that what is journalled and the revision go hand in hand. */
export function record(draft: Draft, event: RolloutEvent): void {
  const next = evolve(draft.state, event, draft.now);
  if (next === draft.state) return;
  draft.state = next;
  draft.events.push(event);
}
