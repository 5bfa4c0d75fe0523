import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../daemon/simulate/random.ts';
import { type ArrivalSums, batchSize, noArrivals, stepArrivals } from '../../daemon/statistics/arrivals.ts';

/** `numbers[minute]` of both arms alike. */
function arrived(numbers: readonly number[]): ArrivalSums {
  return numbers.reduce((sums, n, minute) => (n === 0 ? sums : stepArrivals(sums, minute + 1, n, n)), noArrivals);
}

describe('how records arrive', () => {
  it('is one by one where they come at random, also over a daily wave', () => {
    const random = new Random(3);
    const wave = (minute: number) => 10 * (1 - 0.6 * Math.cos((2 * Math.PI * minute) / 1440));
    expect(batchSize(arrived(Array.from({ length: 5000 }, (_, minute) => random.poisson(wave(minute)))))).toBeCloseTo(
      1,
      0,
    );
    expect(batchSize(arrived(Array.from({ length: 5000 }, () => random.poisson(0.2))))).toBeCloseTo(1, 0);
  });

  it('is in batches of the mean of their squares over their mean', () => {
    const random = new Random(4);
    const batches = Array.from({ length: 5000 }, () => 8 * random.poisson(1));
    expect(batchSize(arrived(batches))).toBeGreaterThan(7);
    expect(batchSize(arrived(batches))).toBeLessThan(9);
  });

  it('counts minutes without a record as minutes, and a minute in parts as one', () => {
    const numbers = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(numbers, (each) => {
        const whole = arrived([...each, 1]);
        const parts = [...each, 1].reduce(
          (sums, n, minute) =>
            Array.from({ length: n }).reduce((of: ArrivalSums) => stepArrivals(of, minute + 1, 1, 1), sums),
          noArrivals,
        );
        expect(parts).toEqual(whole);
        const from = each.findIndex((n) => n > 0);
        if (from === -1) return;
        let changes = 0;
        for (let minute = from + 1; minute < each.length; minute += 1) {
          changes += 2 * ((each[minute] ?? 0) - (each[minute - 1] ?? 0)) ** 2;
        }
        expect(whole.changes).toBe(changes);
      }),
    );
  });

  it('is assumed to be in batches until there are records', () => {
    expect(batchSize(noArrivals)).toBe(5);
  });
});
