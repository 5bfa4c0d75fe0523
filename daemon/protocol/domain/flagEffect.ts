import type { EventTime, Percent, WallTime } from './units.ts';

/** The progress of an actuation. `in-force` is proven by the traffic, not by the file. */
export type EffectProgress = 'intended' | 'written' | 'verified' | 'in-force' | 'failed';

/** An actuation of the flag, always an absolute value. Its identity makes a repetition harmless. */
export interface Effect {
  readonly id: string;
  readonly purpose: 'advance' | 'rollback' | 'begin';
  readonly stage: string;
  readonly percent: Percent;
  readonly enabled: boolean;
  readonly progress: EffectProgress;
  readonly since: WallTime;
  /** When the flag was first read back as written; proof counts traffic after it. */
  readonly verifiedAt: WallTime | null;
  /** For `failed` and for a proof that does not come: one line. */
  readonly detail: string | null;
  readonly tries: number;
  /** Only for a rollback that continues an earlier one: the percentage that the earlier one had left. */
  readonly before?: Percent | undefined;
  /**
   * The start of the traffic that shows it, once it is in force: the application may have heeded the flag later than it
   * was set.
   */
  readonly heeded?: EventTime | undefined;
  /** Milliseconds by which the clock was set since `verifiedAt`, or stood still: nobody has waited for so long. */
  readonly clockMoved?: number | undefined;
}
