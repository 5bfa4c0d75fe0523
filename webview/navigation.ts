import type { RolloutName } from '../daemon/protocol/wire/dashboardMessages.ts';
import { type Range, ranges } from './model/chartRange.ts';

/** The reader's place: the only thing that the page keeps itself. */
export interface Navigation {
  readonly shown: RolloutName | null;
  readonly range: Range;
  /** The stage whose gate is looked at; `null` follows the rollout. */
  readonly stage: string | null;
  readonly scroll: number;
}

export const initialNavigation: Navigation = { shown: null, range: 'day', stage: null, scroll: 0 };

/** The stored state, as far as it still makes sense: another version of the page may have written it. */
export function restoredNavigation(stored: unknown): Navigation {
  if (typeof stored !== 'object' || stored === null) return initialNavigation;
  const { shown, range, stage, scroll } = stored as Partial<Record<keyof Navigation, unknown>>;
  return {
    shown: isName(shown) ? { folder: shown.folder, rollout: shown.rollout } : null,
    range: ranges.find((known) => known === range) ?? initialNavigation.range,
    stage: typeof stage === 'string' ? stage : null,
    scroll: typeof scroll === 'number' && Number.isFinite(scroll) ? scroll : 0,
  };
}

function isName(value: unknown): value is RolloutName {
  return (
    typeof value === 'object' &&
    value !== null &&
    'folder' in value &&
    'rollout' in value &&
    typeof value.folder === 'string' &&
    typeof value.rollout === 'string'
  );
}
