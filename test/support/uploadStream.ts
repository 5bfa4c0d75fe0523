import fc from 'fast-check';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Arm } from '../../daemon/protocol/domain/plan.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';

/** Start of made-up streams, in the middle of a minute and off the full millisecond. */
export const streamStart = Date.UTC(2025, 10, 2, 9, 0, 29) + 344.174;

export interface Upload {
  /** Seconds after `streamStart`; may be negative. */
  readonly second: number;
  readonly arm?: Arm | null;
  readonly good?: boolean;
  readonly duration?: number;
  readonly size?: number;
  readonly unit?: number;
  readonly stratum?: number;
}

/** A made-up upload of the plan of `uploadPlan`; `line` becomes its place. */
export function upload(
  { second, arm = 'treatment', good = true, duration = 400, size, unit, stratum }: Upload,
  line = 1,
): Observation {
  return {
    reading: {
      kind: 'outcome',
      at: eventTime(streamStart + second * 1000),
      arm,
      shares: good ? 1 : 0,
      fields: [duration, size ?? Number.NaN],
      values: [arm === 'treatment' ? 'async' : arm === 'control' ? 'sync' : null],
      ...(unit !== undefined && { unit }),
      ...(stratum !== undefined && { stratum }),
    },
    place: { file: 'logs/metrics.jsonl', line, offset: line * 100 },
  };
}

export function textLine(second: number, matches: number, line = 1): Observation {
  return {
    reading: { kind: 'line', at: eventTime(streamStart + second * 1000), matches },
    place: { file: 'logs/app.log', line, offset: line * 10 },
  };
}

export function stageEvent(second: number, percent: number, line = 1): Observation {
  return {
    reading: { kind: 'stage', at: eventTime(streamStart + second * 1000), percent },
    place: { file: 'logs/metrics.jsonl', line, offset: line * 100 },
  };
}

/**
 * Uploads as they might arrive: mostly in order, some late by seconds, a few by hours; whole seconds, so that records
 * meet the edges of windows exactly.
 */
export const arrivingUploads = fc
  .array(
    fc.record({
      step: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) }, fc.integer({ min: 0, max: 4000 })),
      late: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 400 }) },
        fc.integer({ min: 0, max: 10_000 }),
      ),
      arm: fc.constantFrom<(Arm | null)[]>('treatment', 'treatment', 'control', null),
      good: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      duration: fc.constantFrom(120, 390, 410, 980, 4000),
      size: fc.option(fc.constantFrom(1, 2.5, 80), { nil: undefined }),
    }),
    { maxLength: 150 },
  )
  .map((steps) => {
    let now = 0;
    return steps.map(({ step, late, arm, good, duration, size }, index) => {
      now += step;
      return upload({ second: now - late, arm, good, duration, ...(size === undefined ? {} : { size }) }, index + 1);
    });
  });
