import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { JournalBody, RolloutEvent } from '../protocol/domain/journalEntry.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { WallTime } from '../protocol/domain/units.ts';

/** The result of one input: entries for the journal, and the wanted state of the flag. */
export interface Turn {
  /** The time of the decision and of its journal entries, so that a restart folds the very same state. */
  readonly at: WallTime;
  readonly journal: readonly JournalBody[];
  readonly wish: Effect | null;
  readonly outcome: CommandOutcome | null;
}

export class TurnBuilder implements Turn {
  readonly at: WallTime;
  readonly journal: JournalBody[] = [];
  wish: Effect | null = null;
  outcome: CommandOutcome | null = null;

  constructor(at: WallTime) {
    this.at = at;
  }

  add(body: JournalBody): void {
    this.journal.push(body);
  }

  addDecision(events: readonly RolloutEvent[], wish: Effect | null, outcome: CommandOutcome | null): void {
    this.journal.push(...events);
    if (wish !== null) this.wish = wish;
    if (outcome !== null) this.outcome = outcome;
  }
}
