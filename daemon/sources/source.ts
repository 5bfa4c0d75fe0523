import type { SourceProgress } from '../ingest/tail/sourceTail.ts';
import type { Batch, Instrument, PositionRecord, SourceGap, SourceHealth } from '../protocol/domain/observation.ts';
import type { Source } from '../protocol/domain/plan.ts';
import type { WallTime } from '../protocol/domain/units.ts';

/** The input of a running source. */
export interface SourceRun {
  /** The plan's folder; nothing outside of it is read. */
  readonly root: string;
  readonly sources: readonly Source[];
  readonly instrument: Instrument;
  /** As committed earlier. */
  readonly positions: readonly PositionRecord[];
  /** Losses declared earlier: a restart does not clear them. */
  readonly gaps?: readonly SourceGap[];
  now(): WallTime;
  /**
   * Commits the batches of one turn together and whole, synchronously. A throw means that nothing was committed: the same
   * batches are offered again later.
   */
  commit(batches: readonly Batch[]): void;
  /** Called after a round in which a source's state or detail changed. */
  onHealth?(health: readonly SourceHealth[]): void;
}

/** Sources of one rollout that run: they read by themselves and give batches. kinds.ts names the kinds. */
export interface RunningSource {
  /** One full round: reads all that is readable now, to the end. Rejects only for a defect. */
  poll(): Promise<void>;
  /** In the order of the plan's sources. */
  health(): readonly SourceHealth[];
  /** How far each source has been read. */
  progress(): readonly SourceProgress[];
  /** Stops reading, after the batch at hand. */
  close(): Promise<void>;
}
