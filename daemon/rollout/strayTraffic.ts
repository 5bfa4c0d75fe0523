import type { Ledger } from '../measure/ledger.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { eventTime, type WallTime } from '../protocol/domain/units.ts';
import { waitsSince } from './effectProgress.ts';

const minute = 60_000;
/** The age up to which records count as recent. */
const recent = 5 * minute;
/** One or two may be a tester's; once exposure is known, a single one shows that it continues. */
const enough = 5;
/** The time that requests in flight and processes without a restart need after a flag is set. */
const settling = 10 * minute;

/**
 * Recent records of the treatment although nobody should meet it, in a line; `null` when there are too few. Without a
 * control arm every record may be the treatment's, and tells nothing.
 */
export function strayTraffic(plan: Plan, state: RolloutState, ledger: Ledger, now: WallTime): string | null {
  if (plan.arms.control === undefined) return null;
  const set = (state.effect && waitsSince(state.effect)) ?? (state.phase.kind === 'planned' ? null : state.since);
  const settled = set === null ? Number.NEGATIVE_INFINITY : set + (plan.flag?.proof?.within ?? settling);
  // An application that restarted late has shown the treatment until it heeded the flag.
  const from = Math.max(now - recent, settled, state.effect?.heeded ?? Number.NEGATIVE_INFINITY);
  if (from > now) return null;
  const { n } = ledger.totals('treatment', eventTime(from), null);
  if (n < (state.exposure?.by === 'traffic' ? 1 : enough)) return null;
  return `the traffic shows the treatment (${n} records in the last 5 min)`;
}
