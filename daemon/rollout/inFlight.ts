import type { RequestLength } from '../measure/requestLength.ts';
import type { Observation } from '../protocol/domain/observation.ts';
import type { BlockColumns } from '../protocol/domain/observationBlock.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';

/** The switch to the percentage that holds now. A request that began before it is of the stage before. */
export interface Switch {
  readonly at: EventTime;
  /** The date that a request of the stage before gets. */
  readonly before: EventTime;
  /** No date is moved by more than this. */
  readonly longestMove: number;
  /** True where a request whose start is not known may have begun before. */
  readonly settles: boolean;
}

/** @returns `null` where Rampwatch has not switched the flag, or has not read it back yet. */
export function newestSwitch(state: RolloutState, plan: Plan): Switch | null {
  const { effect, phase, attempt } = state;
  if (effect === null) return null;
  if (effect.purpose === 'rollback') {
    const isBack = phase.kind === 'rolling-back' || phase.kind === 'rollback-failed' || phase.kind === 'rolled-back';
    const { verifiedAt, heeded } = effect;
    // After a rollback to nobody there is no stage that counts.
    if (!isBack || effect.percent === 0 || verifiedAt === null) return null;
    const at = eventTime(Math.max(verifiedAt, heeded ?? verifiedAt));
    return { at, before: justBefore(at), longestMove: Number.POSITIVE_INFINITY, settles: true };
  }
  const visit = state.visits.at(-1);
  if (visit === undefined || visit.to !== null || visit.set === undefined) return null;
  const at = visit.set;
  const previous = state.visits.at(-2);
  if (effect.purpose === 'begin' || previous?.attempt !== attempt || previous.percent === 0) {
    // Users begin to be exposed: a request of an earlier attempt says nothing of this one, and no trigger may count it.
    return { at, before: justBefore(visit.from), longestMove: Number.POSITIVE_INFINITY, settles: attempt > 1 };
  }
  // It is of this attempt all the same, and stays in every window in which a trigger must see it.
  const longestMove = Math.min(...plan.triggers.map(({ over }) => over));
  return { at, before: justBefore(at), longestMove, settles: true };
}

/**
 * An outcome that began before the switch and came later, dated to just before it: it belongs to the percentage in which
 * it began. Any other observation as it is.
 *
 * @param length of the request; `null`: nobody knows, and then it began before when it came within `settle`.
 */
export function atItsBegin(
  observation: Observation,
  { at, before, longestMove, settles }: Switch,
  length: RequestLength,
  settle: number,
): Observation {
  const { reading } = observation;
  if (reading.kind !== 'outcome' || reading.marksStart === true || reading.at < at) return observation;
  const isInFlight = beganBefore({ at, settles }, reading.at, length(reading.fields), settle);
  if (!isInFlight || reading.at - before >= longestMove) return observation;
  return { ...observation, reading: { ...reading, at: before } };
}

function beganBefore(
  { at, settles }: Pick<Switch, 'at' | 'settles'>,
  came: number,
  took: number | null,
  settle: number,
): boolean {
  return took === null ? settles && came < at + settle : came - took < at;
}

/** The rows of [from, to) up to the first, if any, that `atItsBegin` may date anew: the end of those it leaves as they are. */
export function rowsAsTheyAre(
  { times, fields, fieldCount }: BlockColumns,
  { from, to }: { readonly from: number; readonly to: number },
  change: Switch,
  length: RequestLength,
  settle: number,
): number {
  for (let row = from; row < to; row += 1) {
    const came = times[row] ?? 0;
    if (came >= change.at && beganBefore(change, came, length(fields, row * fieldCount), settle)) return row;
  }
  return to;
}

function justBefore(at: EventTime): EventTime {
  return eventTime(at - 0.001);
}
