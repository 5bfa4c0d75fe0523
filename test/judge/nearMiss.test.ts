import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExposedTime } from '../../daemon/judge/nearMiss.ts';
import type { TriggerReview } from '../../daemon/protocol/domain/dailyReview.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, streamStart, textLine, upload } from '../support/uploadStream.ts';

const minute = 60_000;
const triggers = (list: string) => uploadPlan(`triggers: [ ${list} ]\nstages: [ { id: one, percent: 1 } ]`);
const at = (second: number) => eventTime(streamStart + second * 1000);
const whole = (from: number, to: number): ExposedTime => ({ since: at(from), from: at(from), to: at(to) });

function reviewed(bench: JudgeBench, exposed: readonly ExposedTime[]): Omit<TriggerReview, 'fired'> {
  const [trigger] = bench.plan.triggers;
  if (trigger === undefined) throw new Error('the plan has no trigger');
  const steps = bench.judge.review.nearMisses(trigger, exposed);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The worst of all windows, each counted from the records themselves. */
function countedOut(observations: readonly Observation[], exposed: readonly ExposedTime[], over: number, min: number) {
  const records = observations.flatMap(({ reading }) =>
    reading.kind === 'outcome' && reading.arm === 'treatment' ? [reading] : [],
  );
  const windows = exposed.flatMap(({ since, from, to }) => {
    const found: { at: number; n: number; good: number }[] = [];
    for (let start = Math.floor(from / minute) * minute; start < to; start += minute) {
      const end = start + minute;
      const inside = records.filter((record) => record.at >= Math.max(since, end - over * minute) && record.at < end);
      found.push({ at: Math.min(end, to), n: inside.length, good: inside.filter(({ shares }) => shares === 1).length });
    }
    return found;
  });
  const enough = windows.filter(({ n }) => n >= min);
  const lowest = enough.reduce<(typeof enough)[number] | null>(
    (worst, each) => (worst === null || each.good * worst.n < worst.good * each.n ? each : worst),
    null,
  );
  return { lowest, most: Math.max(0, ...windows.map(({ n }) => n)), windows: windows.length };
}

describe('how near a trigger came', () => {
  it('is the worst of its windows, as counting each of them from the records finds it', () => {
    fc.assert(
      fc.property(
        arrivingUploads,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.tuple(fc.integer({ min: -600, max: 3000 }), fc.integer({ min: 1, max: 4000 })), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.boolean(),
        (observations, over, min, stretches, restarted) => {
          const bench = new JudgeBench(
            triggers(`{ id: low, when: "success_rate < 75%", over: ${over}m, min: ${min}, then: rollback }`),
          );
          // As visits do: the instant at which exposure began keeps its minute apart.
          const exposed = stretches.map(([from, length]) => whole(from, from + length));
          for (const { since } of exposed) bench.ledger.splitAt(since);
          bench.observe(...observations);
          if (restarted) {
            bench.commit();
            bench.restart();
          }
          const { lowest, most, windows } = countedOut(observations, exposed, over, min);
          const found = reviewed(bench, exposed);
          expect(found.most).toBe(most);
          expect(windows).toBeGreaterThan(0);
          if (lowest === null) {
            expect(found).toMatchObject({ state: most > 0 ? 'insufficient' : 'no-data', closest: null });
            return;
          }
          expect(found.state).toBe('judged');
          expect(found.closest?.figure).toMatchObject({ n: lowest.n, good: lowest.good });
          expect(found.closest?.at).toBe(lowest.at);
          expect(found.closest?.holds).toBe(lowest.good * 100 < 75 * lowest.n);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is a number between far and there, and 1 where the condition held', () => {
    const bench = new JudgeBench(
      triggers('{ id: low, when: "success_rate < 90%", over: 5m, min: 10, then: rollback }'),
    );
    bench.observe(...Array.from({ length: 20 }, (_, index) => upload({ second: index, good: index !== 3 }, index)));
    expect(reviewed(bench, [whole(0, 600)]).closest).toMatchObject({
      figure: { n: 20, good: 19 },
      holds: false,
      closeness: expect.closeTo(0.5),
      limit: 0.9,
    });
    bench.observe(...Array.from({ length: 4 }, (_, index) => upload({ second: 70 + index, good: false }, 100 + index)));
    expect(reviewed(bench, [whole(0, 600)])).toMatchObject({
      closest: { holds: true, closeness: 1, figure: { n: 24 } },
    });
  });

  it('says for how long the condition held, for a trigger that waits', () => {
    const bench = new JudgeBench(
      triggers('{ id: sagging, when: "success_rate < 97%", over: 2m, for: 30m, then: review }'),
    );
    bench.observe(
      ...Array.from({ length: 30 }, (_, index) => upload({ second: index * 60, good: index < 5 || index > 14 }, index)),
    );
    const { held, closest } = reviewed(bench, [whole(0, 1800)]);
    expect(held).toBe(10 * minute);
    expect(closest?.figure.value).toBe(0);
  });

  it('holds against control what is held against control, and says when there is none', () => {
    const plan = triggers('{ id: slow, when: "latency > 120% of baseline", over: 5m, then: review }');
    const alone = new JudgeBench({ ...plan, baseline: { control: 'concurrent' } });
    const slow = (arm: 'treatment' | 'control', duration: number) =>
      Array.from({ length: 40 }, (_, index) => upload({ second: index, arm, duration }, index));
    alone.observe(...slow('treatment', 500));
    expect(reviewed(alone, [whole(0, 120)])).toMatchObject({ state: 'no-data', reason: /^no baseline yet/ });
    alone.observe(...slow('control', 500));
    const found = reviewed(alone, [whole(0, 120)]);
    expect(found.closest?.closeness).toBeCloseTo(1 / 1.2, 1);
    // The first of equal windows: the minute in which the stream begins.
    expect(found.closest?.baseline?.n).toBe(31);
  });

  it('is nothing where nobody was exposed, where too little came, and where no log was ever read', () => {
    const low = new JudgeBench(triggers('{ id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback }'));
    low.observe(upload({ second: 1 }));
    expect(reviewed(low, [])).toMatchObject({ state: 'idle', closest: null });
    expect(reviewed(low, [whole(0, 60)])).toMatchObject({
      state: 'insufficient',
      reason: 'needs 20 records in a window, had at most 1',
    });
    const critical = new JudgeBench(
      triggers('{ id: critical, when: "critical_errors > 0", over: 5m, then: rollback }'),
    );
    expect(reviewed(critical, [whole(0, 60)])).toMatchObject({
      state: 'no-data',
      reason: /nothing has come from logs/,
    });
    critical.judge.sources.noteAlive(1, wallTime(streamStart), null);
    expect(reviewed(critical, [whole(0, 60)])).toMatchObject({ state: 'judged', closest: { closeness: 0 } });
    critical.observe(textLine(30, 1));
    expect(reviewed(critical, [whole(0, 60)])).toMatchObject({ closest: { holds: true, figure: { value: 1 } } });
  });
});
