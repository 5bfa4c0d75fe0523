import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearestRank, Sketch, sketchRelativeError } from '../../daemon/measure/sketch.ts';

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => number === 0 || Math.abs(number) > 1e-300),
  fc.double({ min: 0.1, max: 100_000, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const quantile = fc.double({ min: 0.001, max: 0.999, noNaN: true });

function sketchOf(numbers: readonly number[]): Sketch {
  const sketch = new Sketch();
  for (const number of numbers) sketch.add(number);
  return sketch;
}

function content(sketch: Sketch): [number, number][] {
  const buckets: [number, number][] = [];
  sketch.eachBucket((bucket, count) => buckets.push([bucket, count]));
  return buckets;
}

describe('the sketch', () => {
  test('is within its stated error of the exact nearest-rank quantile', () => {
    fc.assert(
      fc.property(values, quantile, (numbers, q) => {
        const sorted = [...numbers].sort((one, other) => one - other);
        const exact = sorted[nearestRank(q, sorted.length) - 1] ?? Number.NaN;
        const found = sketchOf(numbers).quantile(q);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * sketchRelativeError * (1 + 1e-9));
      }),
      { numRuns: 500 },
    );
    expect(sketchRelativeError).toBeLessThan(0.005);
  });

  test('merges in any order and grouping, and takes back what was merged', () => {
    fc.assert(
      fc.property(values, values, values, (one, two, three) => {
        const whole = content(sketchOf([...one, ...two, ...three]));
        const left = sketchOf(one);
        left.merge(sketchOf(two));
        left.merge(sketchOf(three));
        const right = sketchOf(three);
        const inner = sketchOf(two);
        inner.merge(sketchOf(one));
        right.merge(inner);
        expect(content(left)).toEqual(whole);
        expect(content(right)).toEqual(whole);
        expect(left.count).toBe(one.length + two.length + three.length);
        left.subtract(sketchOf(two));
        for (const number of three) left.remove(number);
        expect(content(left)).toEqual(content(sketchOf(one)));
        expect(left.quantile(0.5)).toBe(sketchOf(one).quantile(0.5));
      }),
    );
  });

  test('without values has no quantile', () => {
    expect(new Sketch().quantile(0.5)).toBeNaN();
  });
});

test('a rank that misses a whole number by rounding is that number', () => {
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(nearestRank(0.07, 100)).toBe(7);
  expect(nearestRank(0.95, 20)).toBe(19);
  expect(nearestRank(0.95, 21)).toBe(20);
  expect(nearestRank(0.01, 5)).toBe(1);
  expect(nearestRank(0.5, 1_000_000_007)).toBe(500_000_004);
});
