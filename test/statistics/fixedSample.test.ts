import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atMost, belowByChance, provenInOneLook } from '../../daemon/statistics/fixedSample.ts';

// The tables were computed with scipy.

it.each([
  [100, 0, 0.97049],
  [500, 5, 0.97909],
  [2000, 30, 0.97971],
  [5000, 100, 0.97643],
])('one look at %i records with %i failures proves %f (Clopper and Pearson)', (n, failures, proven) => {
  expect(provenInOneLook(failures, n)).toBeCloseTo(proven, 5);
});

it.each([
  [0.995, 598],
  [0.99, 299],
  [0.985, 199],
  [0.98, 149],
])('%f needs %i without a failure in one look', (share, needed) => {
  expect(provenInOneLook(0, needed)).toBeGreaterThanOrEqual(share);
  expect(provenInOneLook(0, needed - 1)).toBeLessThan(share);
});

it.each([
  [100, 0, 0.995, 0.606],
  [500, 5, 0.99, 0.616],
  [500, 5, 0.985, 0.239],
  [2000, 30, 0.985, 0.548],
  [2000, 30, 0.98, 0.06],
  [5000, 100, 0.98, 0.527],
  [5000, 100, 0.975, 0.011],
])('a gate of %i with at most %i failures passes at a true share of %f with %f', (n, most, truth, probability) => {
  expect(atMost(most, n, 1 - truth)).toBeCloseTo(probability, 3);
});

it.each([
  [5, 0.049],
  [10, 0.0956],
  [20, 0.0169],
  [50, 0.0138],
  [100, 5.4e-4],
  [200, 6.9e-6],
])('a window of %i records below 95 %% is chance at a true share of 99 %% with %f', (n, probability) => {
  expect(belowByChance(0.95, false, n, 0.99) / probability).toBeCloseTo(1, 1);
});

it('agrees with adding up all outcomes of a few tosses', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.nat(10),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, most, probability) => {
        let sum = 0;
        for (let outcome = 0; outcome < 2 ** n; outcome += 1) {
          const failures = outcome.toString(2).replaceAll('0', '').length;
          if (failures <= most) sum += probability ** failures * (1 - probability) ** (n - failures);
        }
        expect(atMost(most, n, probability)).toBeCloseTo(sum, 9);
      },
    ),
  );
});

it('large numbers neither vanish nor overflow', () => {
  expect(atMost(100_000, 200_000, 0.5)).toBeCloseTo(0.5009, 3);
  expect(atMost(0, 200_000, 0.5)).toBe(0);
});
