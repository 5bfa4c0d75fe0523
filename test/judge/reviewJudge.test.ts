import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewFigures } from '../../daemon/protocol/domain/dailyReview.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, streamStart, textLine, upload } from '../support/uploadStream.ts';

const minute = 60_000;
const start = Math.floor(streamStart / minute) * minute;
const at = (minutes: number) => eventTime(start + minutes * minute);

function figures(bench: JudgeBench, from: number, to: number): ReviewFigures {
  const steps = bench.judge.review.figures(at(from), at(to));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe('the figures of a review', () => {
  it('are those of the records themselves, over any whole minutes, however long', () => {
    fc.assert(
      fc.property(
        arrivingUploads,
        fc.integer({ min: -30, max: 60 }),
        fc.integer({ min: 1, max: 1500 }),
        (observations, from, length) => {
          const bench = new JudgeBench(uploadPlan());
          bench.observe(...observations);
          const inside = observations.flatMap(({ reading }) =>
            reading.kind === 'outcome' && reading.at >= at(from) && reading.at < at(from + length) ? [reading] : [],
          );
          const { arms } = figures(bench, from, from + length);
          for (const arm of ['treatment', 'control'] as const) {
            const mine = inside.filter((reading) => reading.arm === arm);
            expect(arms[arm].n).toBe(mine.length);
            expect(arms[arm].good).toBe(mine.filter(({ shares }) => shares === 1).length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('say what is too few and what is nothing', () => {
    const bench = new JudgeBench(uploadPlan());
    bench.observe(...Array.from({ length: 7 }, (_, index) => upload({ second: index }, index)));
    const named = (name: string) => figures(bench, 0, 5).measures.find((measure) => measure.name === name);
    expect(named('success_rate')).toMatchObject({
      state: 'insufficient',
      reason: '7 of 20 records',
      figure: { value: 1, n: 7 },
    });
    expect(named('uploads')).toMatchObject({ state: 'known', figure: { value: 7 }, baseline: null });
    expect(named('memory')).toMatchObject({ state: 'no-data', figure: { value: null } });
    expect(named('critical_errors')).toMatchObject({ state: 'no-data', reason: /nothing has come from logs/ });
    expect(figures(bench, 0, 5).arms.treatment.latency).toMatchObject({
      quantiles: [
        { at: 0.5, needed: 2 },
        { at: 0.95, n: 7, needed: 20 },
      ],
    });
    bench.judge.sources.noteAlive(1, wallTime(streamStart), null);
    expect(named('critical_errors')).toMatchObject({ state: 'known', figure: { value: 0 } });
  });
});

describe('what is new', () => {
  it('is lines, with the newest of them, and values of the arms that were never there', () => {
    const bench = new JudgeBench(uploadPlan());
    const fallback = upload({ second: 900 }, 90);
    const { reading } = fallback;
    if (reading.kind !== 'outcome') throw new Error('an upload is an outcome');
    bench.observe(
      upload({ second: 1 }),
      textLine(2, 1, 1),
      textLine(700, 1, 7),
      textLine(800, 1, 8),
      { ...fallback, reading: { ...reading, values: ['sync_fallback'] } },
      upload({ second: 901 }, 91),
    );
    const { lines, firstSeen } = bench.judge.review.errors(at(0), at(10), at(30));
    expect(lines).toEqual([
      {
        measure: 'critical_errors',
        n: 2,
        before: 1,
        unread: '',
        newest: [
          { at: streamStart + 700_000, place: { file: 'logs/app.log', line: 7, offset: 70 } },
          { at: streamStart + 800_000, place: { file: 'logs/app.log', line: 8, offset: 80 } },
        ],
      },
    ]);
    expect(firstSeen).toEqual([{ field: 'execution_type', value: 'sync_fallback', n: 1 }]);
    // Without a past everything is new, and nothing is reported as new.
    expect(bench.judge.review.errors(at(-10), at(0), at(30)).firstSeen).toEqual([]);
  });

  it('is silence, as long as it lasted or lasts', () => {
    const bench = new JudgeBench(uploadPlan());
    bench.observe(upload({ second: 0 }), upload({ second: 60 }), upload({ second: 60 * 40 }));
    expect(bench.judge.review.silences(at(0), at(50), 15 * minute)).toEqual([
      { from: streamStart + minute, to: at(40) },
    ]);
    expect(bench.judge.review.silences(at(0), at(80), 15 * minute).at(-1)).toEqual({
      from: streamStart + 40 * minute,
      to: null,
    });
    expect(bench.judge.review.silences(at(100), at(130), 15 * minute)).toEqual([{ from: at(100), to: null }]);
  });
});
