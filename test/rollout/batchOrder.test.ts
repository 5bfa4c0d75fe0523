import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Batch, Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { byEventTime } from '../../daemon/rollout/batchOrder.ts';

const at = (time: number): Observation => ({
  reading: { kind: 'line', at: eventTime(time), matches: 0 },
  place: { file: 'app.log', line: 1, offset: 0 },
});

const batch = (source: number, observations: readonly Observation[]): Batch => ({
  source,
  arrived: wallTime(0),
  unread: false,
  observations,
  ignored: 0,
  rejected: {},
  positions: [],
  forgotten: [],
  gaps: [],
});

/** In order, and slowly: always the first of those that have advanced least. */
function slowly(batches: readonly Batch[]): Observation[] {
  const all = batches.flatMap(({ observations }) => {
    let progress = Number.NEGATIVE_INFINITY;
    return Array.from(observations, (observation) => {
      progress = Math.max(progress, observation.reading.at);
      return { progress, observation };
    });
  });
  return all.toSorted((one, other) => one.progress - other.progress).map(({ observation }) => observation);
}

it('several batches are merged as they happened, each in its own order', () => {
  const times = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 }), { maxLength: 30 });
  fc.assert(
    fc.property(times, (written) => {
      const batches = written.map((ofOne, source) => batch(source, ofOne.map(at)));
      const merged = [...byEventTime(batches)];
      const expected = slowly(batches);
      expect(merged.length).toBe(expected.length);
      expect(merged.every((observation, index) => observation === expected[index])).toBe(true);
    }),
  );
});
