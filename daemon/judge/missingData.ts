import type { MissingPolicy } from '../protocol/domain/triggerConsequence.ts';
import type { Duration, EventTime } from '../protocol/domain/units.ts';
import type { Firing, MissingData } from '../protocol/domain/verdict.ts';
import type { Unknown } from './unknown.ts';

/** A rule's measure is unknown; `told`: its policy has been carried out. */
export interface Missing {
  /** `null` in older memories. */
  readonly kind: Unknown['kind'] | null;
  readonly since: EventTime;
  readonly told: boolean;
}

interface MissingRule {
  readonly policy: MissingPolicy;
  /** Since when the rule is judged at all. */
  readonly judgedSince: EventTime;
  /** The longest silence that its sources are allowed. */
  readonly patience: Duration;
}

/**
 * A rule's policy on missing data, carried out once for each time of missing data.
 * @param unknown the reason why the measure is unknown now; `null` when it is known.
 */
export function heedMissing(
  before: Missing | null,
  unknown: Unknown | null,
  at: EventTime,
  { policy, judgedSince, patience }: MissingRule,
): { readonly missing: Missing | null; readonly acts: MissingData | null } {
  if (unknown === null) return { missing: null, acts: null };
  const { kind, reason } = unknown;
  const consequence = typeof policy === 'string' ? policy : policy[kind];
  if (consequence === 'block') return { missing: null, acts: null };
  const isSame = before !== null && (before.kind === null || before.kind === kind);
  const missing: Missing = isSame ? { ...before, kind } : { kind, since: at, told: false };
  // A silence has already lasted its full limit when it is reported; an error has only begun.
  const since = kind === 'error' ? Math.max(missing.since, judgedSince) : judgedSince;
  if (missing.told || at - since < patience) return { missing, acts: null };
  return { missing: { ...missing, told: true }, acts: { consequence, reason } };
}

/** The clock was set back to `at`. */
export function missingSetBack(missing: Missing | null, at: EventTime): Missing | null {
  return missing !== null && missing.since > at ? { ...missing, since: at } : missing;
}

/** The firing that reports a rule's policy on missing data: it has no figure. */
export function missingFiring(rule: string, condition: string, at: EventTime, missing: MissingData): Firing {
  return {
    trigger: rule,
    rule: 'missing',
    at,
    until: at,
    window: { from: at, to: at },
    n: 0,
    good: null,
    figure: null,
    condition,
    evidence: [],
    missing,
  };
}
