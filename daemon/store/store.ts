import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Batch, CellRecord, OutcomeRecord, PositionRecord } from '../protocol/domain/observation.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { EventTime, WallTime } from '../protocol/domain/units.ts';

/** The changes of one turn of the daemon; kept whole or not at all. An omitted part stays as it was. */
export interface Commit {
  readonly rollout: string;
  /**
   * First drops everything read and judged: positions, cells, outcomes, memory, counters. Journal and receipts stay.
   */
  readonly forget?: boolean;
  readonly batch?: Pick<Batch, 'positions' | 'forgotten'>;
  /** Replace those of the same series and minute. */
  readonly cells?: readonly CellRecord[];
  /** Added to those kept. */
  readonly outcomes?: readonly OutcomeRecord[];
  /** The outcomes are complete: earlier ones are dropped, and `keepOutcomesSince` may move back. */
  readonly replacesOutcomes?: boolean;
  /** Outcomes older than this are dropped, later arrivals too: the newest of these instants counts. */
  readonly keepOutcomesSince?: EventTime | null;
  /** The judge's running state. */
  readonly memory?: string;
  readonly counters?: string;
  readonly journal?: readonly { readonly at: WallTime; readonly attempt: number; readonly body: JournalBody }[];
  /** The first outcome under a key is the one that stays. */
  readonly receipt?: { readonly key: string; readonly outcome: CommandOutcome; readonly at: WallTime };
  /** Series under other names that change in the same moment. */
  readonly beside?: readonly Beside[];
  /** On the disk when `commit` returns, so that a power loss does not undo it: rollback intents, commands. */
  readonly durable: boolean;
}

/**
 * First dropped (its positions, cells, outcomes and memory), then filled with a copy of another's counts, then written.
 */
export interface Beside
  extends Pick<
    Commit,
    'rollout' | 'forget' | 'cells' | 'outcomes' | 'replacesOutcomes' | 'keepOutcomesSince' | 'memory'
  > {
  /** The series whose cells and outcomes are copied, as they were before this commit. */
  readonly countsOf?: string;
  readonly positions?: readonly PositionRecord[];
}

export interface StoredRollout {
  readonly positions: readonly PositionRecord[];
  readonly cells: readonly CellRecord[];
  /** In the order in which they were added. */
  readonly outcomes: readonly OutcomeRecord[];
  /** Outcomes are kept from here on; `null` when none were dropped yet. */
  readonly keptSince: EventTime | null;
  readonly memory: string | null;
  readonly counters: string | null;
}

/** The state of one workspace. While it is open no other process can open it. */
export interface Store {
  /** Grows by one each time the state is opened. */
  readonly epoch: number;
  /**
   * One transaction. Gives the journal's new entries.
   * @throws UserError `state-full`, `state-unwritable`, `state-corrupt`: nothing was kept, and the store stays usable.
   */
  commit(commit: Commit): readonly JournalEntry[];
  load(rollout: string): StoredRollout;
  /**
   * A rollout's journal, oldest first: after the entry `after`, and after the newest `journal-replaced`, before which a
   * shared rollout's own entries were overtaken by those of its team.
   */
  events(rollout: string, after?: number): Iterable<JournalEntry>;
  /** The whole journal of all rollouts, oldest first, as `verifyJournal` needs it. */
  entries(): Iterable<JournalEntry>;
  /** Newest first, below `before`; of all rollouts for `null`. */
  journal(rollout: string | null, before: number | null, limit: number): readonly JournalEntry[];
  receipt(rollout: string, key: string): CommandOutcome | null;
  saveClock(now: WallTime): void;
  lastClock(): WallTime | null;
  /** The journal's newest entry; `seq` 0 and the genesis hash before the first. */
  head(): { readonly seq: number; readonly hash: string };
  /**
   * Writes the state again at its place when somebody has removed it. Returns true when it did.
   * @throws UserError `state-unwritable` and `state-full`: the store goes on as it is; `state-replaced` when another
   * state lies there, and `state-lost`: nothing can be kept any more.
   */
  restore(): boolean;
  close(): void;
}
