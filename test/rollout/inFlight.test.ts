import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestLength } from '../../daemon/measure/requestLength.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { atItsBegin } from '../../daemon/rollout/inFlight.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';

const settle = 10_000;
const at = eventTime(streamStart);
const begin = { at, before: eventTime(at - 0.001), longestMove: Number.POSITIVE_INFINITY, settles: true };

it('what began before the earlier stage is of the one that was left, by its length in any unit', () => {
  const units = fc.constantFrom<[unit: string, length: number]>(['ms', 1], ['s', 1000], ['min', 60_000], ['us', 0.001]);
  fc.assert(
    fc.property(
      units,
      fc.integer({ min: -60, max: 600 }),
      fc.integer({ min: 0, max: 900 }),
      ([unit, of], end, took) => {
        const plan = uploadPlan(`measures: { latency: { quantile: 0.95, field: duration, unit: ${unit} } }
stages: [{ id: one, percent: 1 }]
triggers: []`);
        const length = requestLength(plan);
        const record = upload({ second: end, duration: (took * 1000) / of });
        const found = atItsBegin(record, begin, length, settle);
        const isOfBefore = end >= 0 && end < took;
        if (isOfBefore) expect(found.reading).toMatchObject({ at: expect.closeTo(at - 0.001, 2) });
        else expect(found).toBe(record);
      },
    ),
  );
});

it('what does not say its length is of the one before while the switch settles', () => {
  const unknown = requestLength(
    uploadPlan(`measures: { size: { quantile: 0.5, field: file_size_mb, unit: MB } }
stages: [{ id: one, percent: 1 }]
triggers: []`),
  );
  fc.assert(
    fc.property(fc.integer({ min: -30, max: 30 }), (second) => {
      const found = atItsBegin(upload({ second }), begin, unknown, settle);
      const isOfBefore = second >= 0 && second < 10;
      expect(found.reading.at < at).toBe(isOfBefore || second < 0);
    }),
  );
});

it('the unit may be the end of the field’s name, and a time that is no request’s is none', () => {
  const of = (measure: string) =>
    requestLength(uploadPlan(`measures: { it: ${measure} }\nstages: [{ id: one, percent: 1 }]\ntriggers: []`))([3]);
  expect(of('{ quantile: 0.9, field: duration_ms }')).toBe(3);
  expect(of('{ quantile: 0.9, field: latency_s }')).toBe(3000);
  expect(of('{ quantile: 0.9, field: token_age, unit: s }')).toBeNull();
  expect(of('{ quantile: 0.9, field: duration }')).toBeNull();
});
