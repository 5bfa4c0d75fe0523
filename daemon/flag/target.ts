import type { Approvable } from '../approval/approvals.ts';
import type { HandedCredentials } from '../approval/handedCredentials.ts';
import type { Percent } from '../protocol/domain/units.ts';

/** The wanted setting of a flag: always an absolute value. */
export interface Wanted {
  readonly enabled: boolean;
  /** 0 to 100. */
  readonly percent: number;
  /** The end of the flag's lease, in milliseconds since 1970; without one it has ended. */
  readonly expires?: number;
}

/** The way on which a target is set. */
export interface SetWay {
  /** A way back is gone as far as it can be, whatever else is wrong. */
  readonly direction: 'forward' | 'back';
  /** Something more urgent came: a target that waits gives up. */
  readonly signal?: AbortSignal;
}

export type FlagReport =
  /** Read back: every reader of the target sees what is wanted. */
  | { readonly kind: 'verified' }
  /** Written, but the read-back differs: somebody else writes too. */
  | { readonly kind: 'written'; readonly detail: string }
  /** Nothing has reached the target. */
  | { readonly kind: 'failed'; readonly detail: string };

/** The target's statement about users. `detail` names the target and this statement, in a line. */
export type FlagReading =
  /** Nobody meets the treatment, or nothing of the flag is there. */
  | { readonly kind: 'off'; readonly detail: string }
  /** `null`: it is on, and says no number. */
  | { readonly kind: 'exposing'; readonly percent: Percent | null; readonly detail: string }
  /** One part says on, another off; the application's choice between them is unknown here. */
  | { readonly kind: 'at-odds'; readonly detail: string }
  /** The target holds a value that the plan cannot have set. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** By the names of `FlagTarget.describe`; `null` for a missing value, and for all when the target cannot be read. */
export type FlagValues = Readonly<Record<string, string | null>>;

/** One look at a target. */
export interface FlagSeen {
  readonly values: FlagValues;
  readonly reading: FlagReading;
  /** In a line, the reason why the target could not be read now; the values are then those of no look. */
  readonly fault?: string;
}

/**
 * The thing that a plan actuates, with one interface for every kind. A kind is a folder beside this file, and kinds.ts
 * names it. Only `look` and `set` reach a disk or a network; a view shows the newest look.
 */
export interface FlagTarget {
  /** The name that people use. */
  readonly name: string;
  /** Each place that is set, so that two rollouts which set the same place are both warned. */
  readonly places: readonly { readonly key: string; readonly place: string }[];
  /** The value of each thing that tells the stage, when the flag is as wanted. The end of a lease tells none. */
  describe(wanted: Wanted): Readonly<Record<string, string>>;
  /** The newest look, or what was read back after a write; `null` before the first. */
  readonly lastSeen: FlagSeen | null;
  /** Looks now, after any running write. Never throws: an unreadable target says nothing. */
  look(): Promise<FlagSeen>;
  /** Sets the target if it is not set already, and reads it back. Repeating it is harmless. Never throws. */
  set(wanted: Wanted, way: SetWay): Promise<FlagReport>;
  /** What a remote target sends or runs for a setting, in a line: `PUT https://… → 25 %`. */
  deed?(wanted: Wanted): string;
  /** Milliseconds between two looks while nothing changes; absent: each second. */
  readonly lookEvery?: number;
  /** What a person must have approved on this machine before the target is reached; absent: nothing. */
  approvables?(): readonly Approvable[];
  /** In a line, the reason why the target may not be reached; `null` or absent: none. */
  obstacle?(): string | null;
}

/** The machine on which a target is reached. */
export interface FlagGround {
  /** The id of the rollout. */
  readonly rollout: string;
  /** The plan's folder. */
  readonly root: string;
  /** The private state directory, where approvals are kept; `null`: there is none, so that nothing is approved. */
  readonly directory: string | null;
  readonly environment: NodeJS.ProcessEnv;
  /** What an editor has handed over; left out where none can. */
  readonly handed?: HandedCredentials | undefined;
}
