import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdTogether, lnChanceOfFeature, stratifiedExcess } from '../../daemon/statistics/association.ts';

/** Fisher's upper tail by exact whole numbers. */
function exactChance(failedWith: number, failed: number, passedWith: number, passed: number): number {
  const choose = (n: number, k: number): bigint => {
    if (k < 0 || k > n) return 0n;
    let product = 1n;
    for (let i = 1; i <= k; i += 1) product = (product * BigInt(n - k + i)) / BigInt(i);
    return product;
  };
  const having = failedWith + passedWith;
  let sum = 0n;
  for (let k = failedWith; k <= Math.min(having, failed); k += 1) {
    sum += choose(having, k) * choose(failed + passed - having, failed - k);
  }
  return Number((sum * 10n ** 30n) / choose(failed + passed, failed)) / 1e30;
}

describe('lnChanceOfFeature', () => {
  it('is the exact tail of the hypergeometric distribution', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60), (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0);
        const table = { failedWith: a, failed: a + b, passedWith: c, passed: c + d };
        const exact = exactChance(a, a + b, c, c + d);
        const chance = Math.exp(lnChanceOfFeature(table));
        expect(Math.abs(chance - exact)).toBeLessThan(1e-9 + 1e-8 * exact);
      }),
    );
  });

  it('is that of the lady tasting tea (Fisher 1935): 1 in 70', () => {
    expect(Math.exp(lnChanceOfFeature({ failedWith: 4, failed: 4, passedWith: 0, passed: 4 }))).toBeCloseTo(1 / 70, 12);
  });

  it('stays finite for millions of records', () => {
    const chance = lnChanceOfFeature({ failedWith: 900_000, failed: 1_000_000, passedWith: 10_000, passed: 5_000_000 });
    expect(Number.isFinite(chance)).toBe(true);
    expect(chance).toBeLessThan(-1e6);
  });
});

describe('stratifiedExcess', () => {
  it('is nothing where the strata explain the feature, and large where they do not', () => {
    const explained = [
      { failedWith: 90, failed: 100, passedWith: 90, passed: 100 },
      { failedWith: 1, failed: 10, passedWith: 100, passed: 1000 },
    ];
    expect(Math.abs(stratifiedExcess(explained))).toBeLessThan(0.1);
    expect(stratifiedExcess(explained.map((table) => ({ ...table, passedWith: 0 })))).toBeGreaterThan(8);
    expect(stratifiedExcess([{ failedWith: 5, failed: 5, passedWith: 7, passed: 7 }])).toBe(0);
  });
});

describe('holdTogether', () => {
  it("is Holm's: each next one is asked for less, and the first that fails ends it", () => {
    const chances = [0.001, 0.1, 0.004, 0.03].map(Math.log);
    expect([...holdTogether(chances, 4, 0.05)].sort()).toEqual([0, 2]);
    expect([...holdTogether(chances, 40, 0.05)]).toEqual([0]);
    expect([...holdTogether(chances, 400, 0.05)]).toEqual([]);
  });
});
