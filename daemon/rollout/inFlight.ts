import type { Observation } from '../protocol/domain/observation.ts';
import type { RolloutState } from '../protocol/domain/rollout.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';

/**
 * When the percentage after a rollback began to hold, as far as is known; `null` where no rollback has led to an
 * earlier stage. Requests that began earlier belong to the stage that was left, and do not count against this one.
 */
export function beginOfEarlierStage({ phase, effect }: RolloutState): EventTime | null {
  const isBack = phase.kind === 'rolling-back' || phase.kind === 'rollback-failed' || phase.kind === 'rolled-back';
  if (!isBack || effect === null || effect.purpose !== 'rollback' || effect.percent === 0) return null;
  const { verifiedAt, heeded } = effect;
  return verifiedAt === null ? null : eventTime(Math.max(verifiedAt, heeded ?? verifiedAt));
}

/**
 * An outcome that began before `begin` and ended later, dated to just before it: it belongs to the percentage in which
 * it began. Any other observation stays as it is.
 *
 *
 * @param length its duration; `null`: unknown, and then the outcome began before when it came within `settle`.
 */
export function atItsBegin(
  observation: Observation,
  begin: EventTime,
  length: (fields: readonly number[]) => number | null,
  settle: number,
): Observation {
  const { reading } = observation;
  if (reading.kind !== 'outcome' || reading.at < begin) return observation;
  const took = length(reading.fields);
  const isInFlight = took === null ? reading.at < begin + settle : reading.at - took < begin;
  return isInFlight ? { ...observation, reading: { ...reading, at: eventTime(begin - 0.001) } } : observation;
}
