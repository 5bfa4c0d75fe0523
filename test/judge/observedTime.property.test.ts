import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JudgeBench, statusOf } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

/** `for` is observed time, said a second time from the records alone. */

const minute = 60;
const fresh = 15 * minute;

interface Step {
  readonly wait: number;
  readonly good: boolean;
  readonly arm: 'treatment' | 'control';
}

const wait = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 60 }) },
  { weight: 2, arbitrary: fc.integer({ min: 60, max: 20 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 20 * minute, max: 4 * 24 * 60 * minute }) },
);
const single = fc.record({
  wait,
  good: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  arm: fc.constantFrom<Step['arm'][]>('treatment', 'treatment', 'treatment', 'control'),
});
/** A stretch long enough for something to be observed. */
const stretch = fc
  .record({ wait: fc.integer({ min: 10, max: 90 }), count: fc.integer({ min: 3, max: 20 }) })
  .map(({ wait: each, count }) =>
    Array.from({ length: count }, (): Step => ({ wait: each, good: false, arm: 'treatment' })),
  );
const steps = fc
  .array(
    fc.oneof(
      single.map((each): Step[] => [each]),
      stretch,
    ),
    { minLength: 2, maxLength: 14 },
  )
  .map((parts) => parts.flat());
const plans = fc.record({
  over: fc.constantFrom(2, 5, 30),
  waits: fc.constantFrom(5, 10, 30),
  min: fc.constantFrom(1, 3),
});

interface Reference {
  /** Seconds at which episodes begin. */
  readonly begun: readonly number[];
  /** The observed time of the condition that holds after each record; `null` when none holds. */
  readonly observed: readonly (number | null)[];
}

interface Holding {
  readonly at: number;
  readonly length: number;
  readonly paused: boolean;
}

/** Each record of the treatment is judged by itself: the whole window is counted anew. */
function reference(all: readonly Step[], over: number, waits: number, min: number): Reference {
  const begun: number[] = [];
  const observed: (number | null)[] = [];
  const treated: { at: number; good: boolean }[] = [];
  let at = 0;
  let steady = 0;
  let holding = null as Holding | null;
  let open = false;
  for (const { wait: passed, good, arm } of all) {
    at += passed;
    if (passed > fresh || observed.length === 0) steady = at;
    if (arm === 'treatment') {
      treated.push({ at, good });
      const window = treated.filter((each) => each.at > at - over);
      const bad = window.filter((each) => !each.good).length;
      if (window.length < min) {
        open = false;
        if (holding !== null && at - holding.at > Math.max(over, waits)) holding = null;
        else if (holding !== null) holding = { ...holding, paused: true };
      } else if (bad * 2 <= window.length) {
        open = false;
        holding = null;
      } else {
        if (holding === null || at - holding.at > Math.max(over, waits)) holding = { at, length: 0, paused: false };
        else {
          const length = at - holding.at;
          const counts = !holding.paused && length <= over && steady <= holding.at;
          holding = { at, length: holding.length + (counts ? length : 0), paused: false };
        }
        const fires = holding.length >= waits;
        if (fires && !open) begun.push(at);
        open = fires;
      }
    }
    observed.push(holding?.length ?? null);
  }
  return { begun, observed };
}

const planWith = (over: number, waits: number, min: number) =>
  uploadPlan(
    `triggers: [ { id: bad, when: "success_rate < 50%", over: ${over}m, for: ${waits}m, min: ${min}, then: rollback, rule: literal } ]
stages: [ { id: one, percent: 1 } ]`,
  );

it('a trigger fires when its condition was observed for so long, gaps or restarts or not', () => {
  let fired = 0;
  fc.assert(
    fc.property(plans, steps, fc.nat(80), ({ over, waits, min }, all, restart) => {
      const bench = new JudgeBench(planWith(over, waits, min), { freshness: 'given', episodes: 'records' });
      const begun: number[] = [];
      let at = 0;
      for (const [index, { wait: passed, good, arm }] of all.entries()) {
        at += passed;
        bench.observe(upload({ second: at, good, arm }, index + 1));
        if (bench.at(at).fired.length > 0) begun.push(at);
        if (index === restart) bench.restart();
      }
      const expected = reference(all, over * minute, waits * minute, min);
      expect(begun).toEqual(expected.begun);
      fired += begun.length;
    }),
    { numRuns: 200 },
  );
  expect(fired, 'the property is about something').toBeGreaterThan(20);
});

it('live it is the same, whenever it is looked at: a look adds no time that no record shows', () => {
  fc.assert(
    fc.property(plans, steps, fc.array(fc.nat(100), { maxLength: 80 }), ({ over, waits, min }, all, looks) => {
      const bench = new JudgeBench(planWith(over, waits, min));
      const expected = reference(all, over * minute, waits * minute, min);
      let at = 0;
      for (const [index, { wait: passed, good, arm }] of all.entries()) {
        // Looks of a short while: a longer one may see that the window has emptied, or that it holds for long enough.
        const look = at + Math.min(passed - 1, (looks[index] ?? 0) % 20);
        if (passed <= 30) bench.at(look);
        at += passed;
        bench.observe(upload({ second: at, good, arm }, index + 1));
        const { phase } = statusOf(bench.at(at), 'bad');
        if (arm !== 'treatment' || phase.kind !== 'pending') continue;
        expect((phase.observed ?? 0) / 1000).toBeLessThanOrEqual((expected.observed[index] ?? -1) + 1e-6);
      }
    }),
    { numRuns: 200 },
  );
});
