import type { Duration, WallTime } from './units.ts';

/** A command names the state it was decided on; a rollback needs none and always wins. */
export interface DecidedOn {
  readonly attempt: number;
  readonly stage: string;
  readonly revision: number;
  /** The start of the decision: a stage entered after it is not the one decided on. */
  readonly asked?: WallTime | undefined;
}

export type Command =
  | {
      readonly kind: 'begin';
      readonly on: DecidedOn;
      /** The first stage, which adopts an exposure that the flag already has; the plan's first when left out. */
      readonly at?: string | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly kind: 'advance';
      readonly on: DecidedOn;
      /** The stage to enter; `null` completes the rollout; the next stage when left out. */
      readonly to?: string | null | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly kind: 'hold'; readonly on: DecidedOn; readonly reason?: string | undefined }
  | { readonly kind: 'resume'; readonly on: DecidedOn }
  | {
      readonly kind: 'acknowledge';
      readonly on: DecidedOn;
      readonly reason: string;
      /** The triggers of the review open none before this has passed; left out: until each was calm. */
      readonly for?: Duration | undefined;
    }
  /** The stage is judged on what comes from now on, as if it had been entered now: an incident was repaired. */
  | { readonly kind: 'rejudge'; readonly on: DecidedOn; readonly reason: string }
  /** Sets the stage's percentage again, after somebody else has set the flag. */
  | { readonly kind: 'restore'; readonly on: DecidedOn }
  | {
      readonly kind: 'rollback';
      readonly reason?: string | undefined;
      /** Overrides the plan: the flag was set to off without the daemon, and must not rise again. */
      readonly to?: 'off' | undefined;
    };

export type CommandKind = Command['kind'];

/** The person who asked, and the key under which a repetition returns the first outcome. */
export interface CommandEnvelope {
  readonly rollout: string;
  readonly key: string;
  readonly by: string;
  readonly command: Command;
}

export type RefusalCode =
  | 'stale'
  | 'not-begun'
  | 'already-begun'
  | 'exposed'
  | 'no-stage'
  | 'gate-not-met'
  | 'frozen'
  | 'last-stage'
  | 'latched'
  | 'rolled-back'
  | 'rolling-back'
  | 'not-held'
  | 'not-in-review'
  | 'reason-needed'
  | 'flag-not-in-force'
  | 'not-approved'
  | 'no-drift'
  | 'plan-changed'
  | 'completed'
  | 'no-item'
  | 'evidence-holds'
  | 'no-signal'
  | 'already-approved'
  | 'no-lease'
  | 'no-holder'
  | 'not-permitted'
  | 'storage';

export type CommandOutcome =
  | { readonly kind: 'done'; readonly revision: number; readonly message: string }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly revision: number; readonly message: string };
