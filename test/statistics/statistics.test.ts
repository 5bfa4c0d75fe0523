import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fractionHolds } from '../../daemon/judge/comparison.ts';
import type { Comparison } from '../../daemon/protocol/domain/condition.ts';
import { evidenceLabel } from '../../daemon/statistics/evidenceLabel.ts';
import { mostFailuresThatProve, neededWithoutFailure, provenShare } from '../../daemon/statistics/provenShare.ts';
import { defaultRates, stepCapital } from '../../daemon/statistics/sequentialTest.ts';
import { lnBeta, lnBetaIncomplete } from '../../daemon/statistics/specialFunctions.ts';
import { confidenceSequence, lnEvidenceAbove, lnEvidenceBelow } from '../../daemon/statistics/statistics.ts';

/** Computed with scipy and mpmath. */
const oracles = z
  .object({
    drift: z.array(
      z.object({
        good: z.number(),
        bad: z.number(),
        blind_above: z.number(),
        uploads_to_1e4_at: z.record(z.string(), z.number().nullable()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/statistics/oracles.json', import.meta.url), 'utf8')));

/** The published values were computed with scipy. */
describe('published values', () => {
  it.each([
    [100, 0, 0.926716, 1],
    [95, 5, 0.839741, 0.993423],
    [495, 5, 0.96213, 0.999093],
    [4900, 100, 0.970845, 0.987036],
  ])('confidence sequence of %d successes and %d failures', (successes, failures, lower, upper) => {
    const interval = confidenceSequence({ successes, failures }, 0.05);
    expect(interval.lower).toBeCloseTo(lower, 6);
    expect(interval.upper).toBeCloseTo(upper, 6);
  });

  it.each([
    [100, 0, 0.95, 33.2582],
    [100, 0, 0.995, 1.29859],
    [1000, 0, 0.995, 29.8284],
    [500, 0, 0.99, 30.1808],
  ])('evidence of %d successes and %d failures for more than %d', (successes, failures, p0, value) => {
    const found = Math.exp(lnEvidenceAbove({ successes, failures }, p0));
    expect(found / value).toBeCloseTo(1, 5);
  });

  it.each([
    [0, 1, 0.95, 10.5],
    [0, 2, 0.95, 140.333],
    [90, 10, 0.95, 0.615811],
  ])('evidence of %d successes and %d failures for less than %d', (successes, failures, p0, value) => {
    const found = Math.exp(lnEvidenceBelow({ successes, failures }, p0));
    expect(found / value).toBeCloseTo(1, 5);
  });

  it.each([
    [0.995, 901],
    [0.99, 449],
    [0.985, 299],
    [0.98, 224],
  ])('a share above %d is proven by so many successes and no failure: %d', (p0, n) => {
    const above = { side: 'above', p0 } as const;
    expect(evidenceLabel({ successes: n, failures: 0 }, above)).toEqual({ kind: 'proven' });
    expect(evidenceLabel({ successes: n - 1, failures: 0 }, above)).toEqual({ kind: 'insufficient', needed: 1 });
    expect(evidenceLabel({ successes: 0, failures: 0 }, above)).toEqual({ kind: 'insufficient', needed: n });
  });

  it('the sequential test', () => {
    const rates = { good: 0.98, bad: 0.9, threshold: 10_000 };
    const capitalAfter = (successes: readonly boolean[]) =>
      successes.reduce((capital, success) => stepCapital(capital, success, rates), 1);
    expect(capitalAfter([false, false, false])).toBeCloseTo(125, 9);
    expect(capitalAfter(Array.from({ length: 10 }, (_, index) => index % 2 !== 1))).toBeCloseTo(2222.878661, 6);
    expect(capitalAfter([true])).toBeCloseTo(0.918367, 6);
  });
});

describe('what proves a share', () => {
  it.each([
    [0.995, 901],
    [0.99, 449],
    [0.985, 299],
    [0.98, 224],
  ])('%f is proven by %i records without a failure, and by no fewer', (share, needed) => {
    expect(neededWithoutFailure(share)).toBe(needed);
    expect(provenShare(0, needed)).toBeGreaterThanOrEqual(share);
    expect(provenShare(0, needed - 1)).toBeLessThan(share);
    expect(mostFailuresThatProve(share, needed)).toBe(0);
    expect(mostFailuresThatProve(share, needed - 1)).toBe(-1);
  });

  it('is one answer with what the judge says of the same records', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom(0.5, 0.9, 0.98, 0.995), (n, share) => {
        const most = mostFailuresThatProve(share, n);
        const label = (failures: number) =>
          evidenceLabel({ successes: n - failures, failures }, { side: 'above', p0: share }).kind;
        if (most >= 0) expect(label(most)).toBe('proven');
        if (most < n) expect(label(most + 1)).not.toBe('proven');
        expect(n >= neededWithoutFailure(share)).toBe(most >= 0);
        expect(provenShare(Math.max(most, 0), n) >= share - 1e-12).toBe(most >= 0);
      }),
    );
  });

  it('of all is nothing, and of none is the first success', () => {
    expect(neededWithoutFailure(1)).toBe(Number.POSITIVE_INFINITY);
    expect(provenShare(5, 5)).toBe(0);
    expect(neededWithoutFailure(0)).toBe(1);
  });
});

it.each(oracles.drift)('the sequential test of $good against $bad', ({ good, bad, ...oracle }) => {
  const step = (success: boolean) => Math.log(stepCapital(1, success, { good, bad, threshold: 10_000 }));
  const drift = (share: number) => share * step(true) + (1 - share) * step(false);
  expect(drift(oracle.blind_above)).toBeCloseTo(0, 9);
  for (const [share, uploads] of Object.entries(oracle.uploads_to_1e4_at)) {
    const found = drift(Number(share));
    if (uploads === null) expect(found).toBeLessThanOrEqual(0);
    else expect(Math.log(10_000) / found).toBeCloseTo(uploads, 6);
  }
});

it('the default rates are four tenths and twice the failures of the threshold', () => {
  expect(defaultRates(95, 100)).toEqual({ good: 0.98, bad: 0.9 });
  expect(defaultRates(995, 1000)).toEqual({ good: 0.998, bad: 0.99 });
  for (const numerator of [1, 30, 50, 60, 99]) {
    const { good, bad } = defaultRates(numerator, 100);
    expect(bad).toBeGreaterThan(0);
    expect(good).toBeGreaterThan(bad);
    expect(good).toBeLessThan(1);
  }
});

describe('special functions', () => {
  const shape = fc.double({ min: 0.5, max: 50_000, noNaN: true });
  const inside = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });

  it('are exact where there is a closed form', () => {
    expect(lnBeta(1, 1)).toBeCloseTo(0, 13);
    expect(lnBeta(3, 4)).toBeCloseTo(-Math.log(60), 12);
    expect(lnBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 12);
    fc.assert(
      fc.property(inside, shape, (x, a) => {
        // Iₓ(a, 1) = xᵃ, and Iₓ(1, b) = 1 − (1 − x)ᵇ.
        const exact = a * Math.log(x);
        expect(Math.abs(lnBetaIncomplete(x, a, 1) - exact)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(exact)));
        expect(Math.exp(lnBetaIncomplete(x, 1, a))).toBeCloseTo(-Math.expm1(a * Math.log1p(-x)), 9);
      }),
    );
  });

  it('hold the two sides of the incomplete beta function together', () => {
    fc.assert(
      fc.property(inside, shape, shape, (x, a, b) => {
        const sum = Math.exp(lnBetaIncomplete(x, a, b)) + Math.exp(lnBetaIncomplete(1 - x, b, a));
        expect(sum).toBeCloseTo(1, 8);
      }),
    );
  });
});

describe('evidence', () => {
  const trials = fc.record({ successes: fc.nat(3000), failures: fc.nat(300) });
  const p0 = fc.constantFrom(0.5, 0.9, 0.95, 0.98, 0.995);

  it('never proves and refutes at once, and says how much is missing truly', () => {
    fc.assert(
      fc.property(trials, p0, fc.constantFrom<('above' | 'below')[]>('above', 'below'), (found, threshold, side) => {
        const claim = { side, p0: threshold };
        const label = evidenceLabel(found, claim);
        const opposite = evidenceLabel(found, { side: side === 'above' ? 'below' : 'above', p0: threshold });
        expect(label.kind === 'proven').toBe(opposite.kind === 'refuted');
        if (label.kind !== 'insufficient' || label.needed === null) return;
        const n = found.successes + found.failures;
        const share = n === 0 ? (side === 'above' ? 1 : 0) : found.successes / n;
        const later = (more: number) =>
          evidenceLabel(
            { successes: found.successes + share * more, failures: found.failures + (1 - share) * more },
            claim,
          );
        expect(later(label.needed).kind).toBe('proven');
        expect(later(label.needed - 1).kind).not.toBe('proven');
      }),
    );
  });

  it('is hopeless on the wrong side of the threshold', () => {
    expect(evidenceLabel({ successes: 94, failures: 6 }, { side: 'above', p0: 0.95 })).toEqual({
      kind: 'insufficient',
      needed: null,
    });
    expect(evidenceLabel({ successes: 95, failures: 5 }, { side: 'above', p0: 0.95 })).toMatchObject({ needed: null });
  });

  it('at 0 and 100 % is a matter of one record', () => {
    expect(evidenceLabel({ successes: 5, failures: 1 }, { side: 'above', p0: 1 })).toEqual({ kind: 'refuted' });
    expect(evidenceLabel({ successes: 500, failures: 0 }, { side: 'above', p0: 1 })).toMatchObject({ needed: null });
    expect(evidenceLabel({ successes: 1, failures: 5 }, { side: 'above', p0: 0 })).toEqual({ kind: 'proven' });
  });
});

describe('exact comparison', () => {
  it.each<[number, number, Comparison, number, number, boolean]>([
    [19, 20, '<', 95, 100, false],
    [19, 20, '>=', 95, 100, true],
    [1, 20, '>', 5, 100, false],
    [199, 200, '>=', 995, 1000, true],
    [2 ** 53 - 1, 2 ** 53 - 2, '>', 999_999_999_999, 999_999_999_999, true],
    [3, 1, '==', 300, 100, true],
    [3, 1, '!=', 300, 100, false],
  ])('%d/%d %s %d/%d: %s', (numerator, denominator, comparison, coefficient, scale, expected) => {
    const left = { numerator, denominator };
    expect(fractionHolds(left, comparison, { numerator: coefficient, denominator: scale })).toBe(expected);
  });

  it('is that of whole numbers of any size', () => {
    const whole = fc.integer({ min: 0, max: 2 ** 52 });
    const positive = fc.integer({ min: 1, max: 2 ** 52 });
    const comparison = fc.constantFrom<Comparison[]>('<', '<=', '>', '>=', '==', '!=');
    fc.assert(
      fc.property(whole, positive, whole, positive, comparison, (a, b, c, d, sign) => {
        const difference = BigInt(a) * BigInt(d) - BigInt(c) * BigInt(b);
        const expected = {
          '<': difference < 0n,
          '<=': difference <= 0n,
          '>': difference > 0n,
          '>=': difference >= 0n,
          '==': difference === 0n,
          '!=': difference !== 0n,
        }[sign];
        expect(fractionHolds({ numerator: a, denominator: b }, sign, { numerator: c, denominator: d })).toBe(expected);
      }),
    );
  });
});
