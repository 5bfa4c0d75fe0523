import type { Claim } from './claim.ts';
import type { Passage } from './passages.ts';
import type { Scope } from './scopes.ts';

/** A claim that a stage must show. */
export interface GateClaim {
  readonly claim: Claim;
  readonly scope: Scope;
  readonly passage: Passage;
}

/** A claim with a consequence. */
export interface TriggerClaim {
  readonly claim: Claim;
  readonly consequence: 'rollback' | 'review';
  readonly passage: Passage;
}

/** A criterion no measure can show: it becomes an item to tick. */
export interface Criterion {
  readonly text: string;
  readonly scope: Scope;
  readonly passage: Passage;
}
