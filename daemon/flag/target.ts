import type { Percent } from '../protocol/domain/units.ts';

/** What a flag is to be set to: always an absolute value. */
export interface Wanted {
  readonly enabled: boolean;
  /** 0 to 100. */
  readonly percent: number;
}

export type FlagReport =
  /** Read back: every reader of the target sees what is wanted. */
  | { readonly kind: 'verified' }
  /** Written, but not found so afterwards: somebody else writes too. */
  | { readonly kind: 'written'; readonly detail: string }
  /** Nothing of it has reached the target. */
  | { readonly kind: 'failed'; readonly detail: string };

/** What a target says of users. `detail` names the target and what it says, in a line. */
export type FlagReading =
  /** Nobody meets the treatment, or nothing of the flag is there. */
  | { readonly kind: 'off'; readonly detail: string }
  /** `null`: it is on, and says no number. */
  | { readonly kind: 'exposing'; readonly percent: Percent | null; readonly detail: string }
  /** A part says on, another off: which of them the application heeds is not known here. */
  | { readonly kind: 'at-odds'; readonly detail: string }
  /** What is there is none of the values that the plan can have set. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** By the names of `FlagTarget.describe`; `null` for what is not there, and for all when the target cannot be read. */
export type FlagValues = Readonly<Record<string, string | null>>;

/** One look at a target. */
export interface FlagSeen {
  readonly values: FlagValues;
  readonly reading: FlagReading;
}

/**
 * What a plan actuates, behind one face for every kind. A kind is a folder beside this file, and kinds.ts names it. Only
 * `look` and `set` reach a disk or a network; a view shows what was last seen.
 */
export interface FlagTarget {
  /** What people call it. */
  readonly name: string;
  /** Each thing that is set, so that two rollouts which set the same one are told of each other. */
  readonly places: readonly { readonly key: string; readonly place: string }[];
  /** The value of each thing that is set, when the flag is as wanted. */
  describe(wanted: Wanted): Readonly<Record<string, string>>;
  /** The newest look, or what was read back after a write; `null` before the first. */
  readonly lastSeen: FlagSeen | null;
  /** Looks now, after any write under way. Never throws: what cannot be read says nothing. */
  look(): Promise<FlagSeen>;
  /** Sets it if it is not set already, and reads it back. Repeating it is harmless. Never throws. */
  set(wanted: Wanted): Promise<FlagReport>;
}
