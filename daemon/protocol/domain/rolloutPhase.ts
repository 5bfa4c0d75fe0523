import type { Duration, EventTime, Percent } from './units.ts';
import type { Firing } from './verdict.ts';

export type RollbackCause =
  | { readonly kind: 'trigger'; readonly firing: Firing }
  | { readonly kind: 'person'; readonly by: string; readonly reason: string | null };

export type HoldCause =
  | { readonly kind: 'person'; readonly by: string; readonly reason: string | null }
  /** Triggers whose consequence is `hold`, each with its newest firing; `beside`: the cause for which it was held already. */
  | {
      readonly kind: 'trigger';
      readonly firings: readonly Firing[];
      readonly beside?: Exclude<HoldCause, { kind: 'trigger' }> | undefined;
    }
  | { readonly kind: 'clock-gap'; readonly length: Duration }
  | { readonly kind: 'fault'; readonly detail: string };

/** The origin of a rollback. */
export interface RolledBackFrom {
  /** `null`: no stage of an attempt, but an exposure without an attempt. */
  readonly stage: string | null;
  /** `null` when it is unknown. */
  readonly percent: Percent | null;
  readonly at: EventTime;
}

/**
 * The phase of a rollout: `planned → soaking ⇄ ready → (advance) soaking → … → completed`. From any exposed phase:
 * `held` by a person or a gap of the clock, `review` until a person acknowledges it, `rolling-back → rolled-back` until
 * a person begins anew, `rollback-failed` while the flag cannot be set.
 */
export type Phase =
  | { readonly kind: 'planned' }
  | { readonly kind: 'soaking' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'held'; readonly cause: HoldCause }
  | {
      readonly kind: 'review';
      readonly firings: readonly Firing[];
      /** The phase after an acknowledgement. */
      readonly returnsTo: Extract<Phase, { kind: 'soaking' | 'held' | 'completed' }>;
    }
  | {
      readonly kind: 'rolling-back';
      readonly cause: RollbackCause;
      readonly from?: RolledBackFrom;
      /** Milliseconds that the wall clock was set by since, or stood still for: no part of how long it takes. */
      readonly clockMoved?: number | undefined;
    }
  | {
      readonly kind: 'rolled-back';
      readonly cause: RollbackCause;
      readonly from?: RolledBackFrom;
      readonly clockMoved?: number | undefined;
    }
  | {
      readonly kind: 'rollback-failed';
      readonly cause: RollbackCause;
      readonly from?: RolledBackFrom;
      readonly clockMoved?: number | undefined;
      readonly detail: string;
    }
  | { readonly kind: 'completed' };

export type PhaseKind = Phase['kind'];

/** The firings that ended, stopped or hold the attempt. */
export function decidingFirings(phase: Phase): readonly Firing[] {
  switch (phase.kind) {
    case 'review':
      return phase.firings;
    case 'held':
      return phase.cause.kind === 'trigger' ? phase.cause.firings : [];
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return phase.cause.kind === 'trigger' ? [phase.cause.firing] : [];
    case 'planned':
    case 'soaking':
    case 'ready':
    case 'completed':
      return [];
  }
}
