import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Answered,
  type GrowthState,
  grown,
  nothingGrown,
  type Step,
} from '../../../daemon/sources/prometheus/growth.ts';

/**
 * A counter's samples by step; where it restarts it begins anew with what it counted since. Of one that restarts no sample
 * comes late: what is behind a restart is not known to be another counter's.
 */
const counter = (restarting: boolean) =>
  fc
    .array(fc.record({ by: fc.nat(20), restarts: fc.boolean(), late: fc.nat(2) }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((points) =>
      points.map(({ by, restarts, late }) => ({ by, restarts: restarting && restarts, late: restarting ? 0 : late })),
    );

const step = 1000;
const total = (steps: readonly Step[]) => steps.reduce((sum, { total: of }) => sum + of, 0);

describe('the growth of counters', () => {
  it('is what they have counted, however often and late their samples are read, less what a restart took away', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean().chain(counter), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        (counters, every) => {
          let truth = 0;
          const samples = counters.map((points) => {
            let value = 0;
            return points.map(({ by, restarts, late }, index) => {
              if (index > 0 && restarts && by < value) value = 0;
              const before = value;
              value += by;
              truth += value - before;
              return { at: (index + 1) * step, value, seenFrom: index + 1 + late };
            });
          });
          let state: GrowthState = nothingGrown;
          const counted: Step[] = [];
          const longest = Math.max(...counters.map(({ length }) => length)) + 4;
          for (let now = 1; now <= longest; now += every) {
            const look = now + every > longest ? longest + 5 : now;
            const answers: Answered[] = samples.map((points, index) => ({
              arm: 'treatment',
              kind: 'total',
              from: 0,
              series: [
                {
                  labels: { instance: String(index) },
                  samples: points
                    .filter(({ seenFrom }) => seenFrom <= look)
                    .map(({ at, value }) => [at, value] as const),
                },
              ],
            }));
            const found = grown(state, answers, (look - 3) * step);
            state = JSON.parse(JSON.stringify(found.state));
            counted.push(...found.steps);
          }
          expect(total(counted)).toBe(truth);
        },
      ),
    );
  });

  it('begins with zero for a series that comes later, and with its value for one that was there', () => {
    const series = (instance: string, ...samples: (readonly [number, number])[]) => ({ labels: { instance }, samples });
    const { steps } = grown(
      nothingGrown,
      [
        {
          arm: 'control',
          kind: 'total',
          from: 1000,
          series: [series('old', [1000, 500], [2000, 510]), series('new', [2000, 7])],
        },
      ],
      5000,
    );
    expect(total(steps)).toBe(17);
  });

  it('believes a counter that falls only once nothing can come late', () => {
    const answers = (value: number): Answered[] => [
      {
        arm: 'treatment',
        kind: 'total',
        from: 0,
        series: [
          {
            labels: {},
            samples: [
              [1000, 100],
              [2000, value],
            ],
          },
        ],
      },
    ];
    const first = grown(nothingGrown, answers(90), 1500);
    expect([total(first.steps), first.resets]).toEqual([100, []]);
    // It was a replica that lagged behind.
    expect(total(grown(first.state, answers(130), 1500).steps)).toBe(30);
    const settled = grown(first.state, answers(90), 2500);
    expect(total(settled.steps)).toBe(90);
    expect(settled.resets).toEqual([{ arm: 'treatment', kind: 'total', at: 2000, before: 1000 }]);
  });

  it('never counts more bad ones than there are, and forgets none', () => {
    const of = (kind: 'total' | 'bad', ...samples: (readonly [number, number])[]): Answered => ({
      arm: 'treatment',
      kind,
      from: 0,
      series: [{ labels: {}, samples }],
    });
    const first = grown(nothingGrown, [of('total', [1000, 10]), of('bad', [1000, 12])], 0);
    expect(first.steps.map(({ total: all, bad }) => [all, bad])).toEqual([[10, 10]]);
    const second = grown(first.state, [of('total', [2000, 20]), of('bad', [2000, 12])], 0);
    expect(second.steps.map(({ total: all, bad }) => [all, bad])).toEqual([[10, 2]]);
  });

  it('takes a bucket without those below it, of all series together', () => {
    const bucket = (instance: string, le: string, value: number) => ({
      labels: { instance, le },
      samples: [[1000, value]] as const,
    });
    const { steps } = grown(
      nothingGrown,
      [
        {
          arm: 'treatment',
          kind: 'latency',
          from: 0,
          series: [
            bucket('a', '0.1', 3),
            bucket('a', '0.5', 5),
            bucket('a', '+Inf', 6),
            bucket('b', '0.1', 1),
            bucket('b', '0.5', 1),
            bucket('b', '+Inf', 4),
          ],
        },
      ],
      5000,
    );
    expect(steps.map(({ buckets }) => buckets)).toEqual([
      [
        [0.1, 4],
        [0.5, 2],
        [Number.POSITIVE_INFINITY, 4],
      ],
    ]);
  });

  it('counts nothing that is no number', () => {
    const answers: Answered[] = [
      {
        arm: 'treatment',
        kind: 'total',
        from: 0,
        series: [
          {
            labels: {},
            samples: [
              [1000, 5],
              [2000, Number.NaN],
              [3000, 9],
            ],
          },
        ],
      },
    ];
    expect(total(grown(nothingGrown, answers, 9000).steps)).toBe(9);
  });
});
