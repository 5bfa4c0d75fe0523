import type { Batch } from '../../protocol/domain/observation.ts';
import type { EventTime } from '../../protocol/domain/units.ts';

/** Batches to commit together, and what to do once they are committed. Until then nothing has happened. */
export interface Proposal {
  readonly batches: readonly Batch[];
  adopt(): Promise<void>;
}

/** The readable part of one log. Nothing has happened until the turn is adopted. */
export interface LogTurn {
  readonly source: number;
  /** Names the log among those of all sources. */
  readonly log: string;
  /** The newest event time in it. */
  readonly newest: EventTime | null;
  /** There is more to read behind it. */
  readonly more: boolean;
  /** As much of it as happened up to then; `null` when that is nothing. */
  upTo(at: EventTime, window: Buffer): Promise<LogTurn | null>;
  /** @param unread as in `Batch`. */
  batch(unread: boolean): Batch;
  /** Tells only that there is something to read. */
  waits(): Batch;
  adopt(): Promise<void>;
}
