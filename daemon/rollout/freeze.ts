import {
  type FreezeWindow,
  type Occurrence,
  occurrencesNear,
  parseFreezeWindow,
} from '../protocol/domain/freezeWindow.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { type WallTime, wallTime } from '../protocol/domain/units.ts';
import { forEver } from '../protocol/words/clockText.ts';

/** Overlapping windows follow one another at most this often before "for good" is the honest answer. */
const mostSteps = 60;

/**
 * Until when the plan forbids an advance, or `null` when it does not now. `deny` wins over `allow`; with any `allow`,
 * all other times are forbidden. An unreadable window forbids: the unknown is never a permission.
 */
export function frozenUntil(plan: Pick<Plan, 'advance' | 'timezone'>, now: WallTime): WallTime | null {
  const { deny, allow } = plan.advance;
  if (deny.length === 0 && allow.length === 0) return null;
  const zone = plan.timezone;
  const denied = deny.map(parseFreezeWindow);
  const allowed = allow.map(parseFreezeWindow).filter(isWindow);
  if (!denied.every(isWindow)) return wallTime(forEver);
  let at: number = now;
  for (let step = 0; step < mostSteps; step += 1) {
    const until = deniedUntil(denied, at, zone) ?? (allow.length > 0 ? notAllowedUntil(allowed, at, zone) : null);
    if (until === null) return at === now ? null : wallTime(at);
    if (until >= forEver) break;
    at = until;
  }
  return wallTime(forEver);
}

function deniedUntil(windows: readonly FreezeWindow[], at: number, zone: string): number | null {
  const ends = windows.flatMap((window) => occurrencesNear(window, at, zone).filter(holds(at))).map(({ to }) => to);
  return ends.length === 0 ? null : Math.max(...ends);
}

function notAllowedUntil(windows: readonly FreezeWindow[], at: number, zone: string): number | null {
  const near = windows.flatMap((window) => occurrencesNear(window, at, zone));
  if (near.some(holds(at))) return null;
  return Math.min(forEver, ...near.map(({ from }) => from).filter((from) => from > at));
}

function holds(at: number): (occurrence: Occurrence) => boolean {
  return ({ from, to }) => from <= at && at < to;
}

function isWindow(parsed: ReturnType<typeof parseFreezeWindow>): parsed is FreezeWindow {
  return !('message' in parsed);
}
