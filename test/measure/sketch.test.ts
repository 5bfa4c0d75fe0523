import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  it('is within its stated error of the exact nearest-rank quantile', () => {
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

  it('merges in any order and grouping, and takes back what was merged', () => {
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

  it('asked between changes answers as one that was never asked', () => {
    const change = fc.record({
      value: fc.double({ min: 1, max: 1100, noNaN: true }),
      times: fc.integer({ min: -2, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 150, maxLength: 300 }), quantile, values, (changes, q, merged) => {
        const asked = new Sketch();
        const held: number[] = [];
        for (const [index, { value: added, times }] of changes.entries()) {
          for (let left = times; left > 0; left -= 1) {
            asked.add(added);
            held.push(added);
          }
          for (let left = -times; left > 0 && held.length > 0; left -= 1) {
            const [taken = 0] = held.splice(Math.floor((added * 7919) % held.length), 1);
            asked.remove(taken);
          }
          if (index === 20) {
            asked.clear();
            held.length = 0;
          }
          if (index === 120) {
            asked.merge(sketchOf(merged));
            held.push(...merged);
          }
          expect(asked.quantile(q)).toBe(sketchOf(held).quantile(q));
        }
      }),
    );
  });

  it('without values has no quantile', () => {
    expect(new Sketch().quantile(0.5)).toBeNaN();
  });
});

it('a rank that misses a whole number by rounding is that number', () => {
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(nearestRank(0.07, 100)).toBe(7);
  expect(nearestRank(0.95, 20)).toBe(19);
  expect(nearestRank(0.95, 21)).toBe(20);
  expect(nearestRank(0.01, 5)).toBe(1);
  expect(nearestRank(0.5, 1_000_000_007)).toBe(500_000_004);
});
