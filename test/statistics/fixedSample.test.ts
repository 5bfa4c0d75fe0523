import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  atMost,
  mostFailuresThatProve,
  neededWithoutFailure,
  provenShare,
} from '../../daemon/statistics/fixedSample.ts';

test.each([
  // Clopper and Pearson's lower bounds and the rest of the table, computed with scipy.
  [100, 0, 0.97049],
  [500, 5, 0.97909],
  [2000, 30, 0.97971],
  [5000, 100, 0.97643],
])('%i records with %i failures', (n, failures, proven) => {
  expect(provenShare(failures, n)).toBeCloseTo(proven, 5);
});

test.each([
  [0.995, 598],
  [0.99, 299],
  [0.985, 199],
  [0.98, 149],
])('%f needs %i without a failure', (share, needed) => {
  expect(neededWithoutFailure(share)).toBe(needed);
  expect(mostFailuresThatProve(share, needed)).toBe(0);
  expect(mostFailuresThatProve(share, needed - 1)).toBe(-1);
});

test.each([
  [0.99, 500, 1],
  [0.985, 2000, 20],
  [0.98, 5000, 83],
  [0.995, 100, -1],
])('%f of %i is proven with at most %i failures', (share, n, most) => {
  expect(mostFailuresThatProve(share, n)).toBe(most);
});

test('agrees with adding up all outcomes of a few tosses', () => {
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

test('large numbers neither vanish nor overflow', () => {
  expect(atMost(100_000, 200_000, 0.5)).toBeCloseTo(0.5009, 3);
  expect(atMost(0, 200_000, 0.5)).toBe(0);
});
