import type { RolloutEvent } from '../protocol/domain/journalEntry.ts';
import type { Phase } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';

export type EventOf<Kind extends RolloutEvent['kind']> = Extract<RolloutEvent, { kind: Kind }>;

export function inPhase(state: RolloutState, phase: Phase, at: WallTime): RolloutState {
  return { ...state, phase, since: at };
}

/** An attempt that is neither ended nor ending: a stage is in force, or on its way. */
export function isUnderWay(phase: Phase): boolean {
  switch (phase.kind) {
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed':
      return true;
    case 'planned':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return false;
  }
}
