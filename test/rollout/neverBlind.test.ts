import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hour, minute, RolloutBench, second } from '../faults/rolloutBench.ts';

/** After any history of clocks and writers, present failures are rolled back now. */

const length = fc.oneof(
  fc.integer({ min: 0, max: 10 * second }),
  fc.integer({ min: 0, max: 10 * minute }),
  fc.integer({ min: 0, max: 5 * hour }),
);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 8 }), length, fc.boolean()).map(
      ([count, ago, ahead]) =>
        (bench: RolloutBench) =>
          bench.uploads(count, true, ahead ? -ago : ago),
    ),
  },
  { weight: 3, arbitrary: length.map((passed) => (bench: RolloutBench) => bench.tick(passed)) },
  { weight: 2, arbitrary: length.map((back) => (bench: RolloutBench) => bench.gap(-6 * second - back)) },
  { weight: 1, arbitrary: length.map((ahead) => (bench: RolloutBench) => bench.gap(6 * second + ahead)) },
  { weight: 1, arbitrary: length.map((ago) => (bench: RolloutBench) => bench.uploadsRead(bench.now + ago, 5)) },
  { weight: 1, arbitrary: fc.constant((bench: RolloutBench) => bench.quietLog()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((drifted) => (bench: RolloutBench) => bench.flagSeen(drifted ? 'x' : null)),
  },
);

it('a trigger sees what fails now, after any history of clocks', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bench = new RolloutBench();
      for (const act of steps) act(bench);
      expect(bench.phase).toMatch(/soaking|ready/);
      bench.now += second;
      const timestamp = new Date(bench.now - 200).toISOString();
      bench.records(Array.from({ length: 400 }, () => ({ timestamp, arm: 'new', ok: false })));
      expect(bench.phase).toBe('rolled-back');
      expect(bench.restoredState()).toEqual(bench.execution.state);
    }),
    { numRuns: 150 },
  );
});
