import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  freshComparison,
  lnBlockEvidence,
  lnComparison,
  oddsRatios,
  stepComparison,
} from '../../daemon/statistics/armComparison.ts';
import {
  besideControl,
  blindAbove,
  type DeclineCapital,
  declineRates,
  freshDecline,
  lnDecline,
  recordsToAlarm,
  stepDecline,
} from '../../daemon/statistics/declineDetector.ts';
import { noDispersion, overdispersion, stepDispersion } from '../../daemon/statistics/overdispersion.ts';

/** Computed with scipy and mpmath, apart from this code. */
const oracles = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/statistics/decisions.json'), 'utf8'),
) as {
  readonly block: readonly (readonly [number, number, number, number, number, number, number])[];
  readonly capped: readonly (readonly unknown[])[];
  readonly drift: readonly {
    readonly good: number;
    readonly bad: number;
    readonly blind_above: number;
    readonly uploads_to_1e4_at: Readonly<Record<string, number | null>>;
  }[];
};

describe('the decline detector', () => {
  const rates = declineRates(0.95);

  it('looks for the shares that follow from the plan', () => {
    expect(rates.healthy).toBeCloseTo(0.98, 12);
    expect(rates.declined.map((share) => Number(share.toFixed(6)))).toEqual([0.95, 0.9, 0.75, 0.4]);
  });

  it('agrees with the oracle', () => {
    for (const entry of oracles.capped) {
      const tempered = entry.length === 3;
      const [minutes, wanted] = (tempered ? entry.slice(1) : entry) as [[number, number][], number[]];
      let capital: DeclineCapital = freshDecline;
      for (const [index, [n, failures]] of minutes.entries()) {
        capital = stepDecline(capital, { n, failures }, rates, {
          lnCap: Math.log(10),
          beyondCap: 0,
          overdispersion: tempered ? 2 : 1,
        });
        const value = Math.exp(lnDecline(capital, [0.25, 0.25, 0.25, 0.25]));
        expect(Math.abs(value / (wanted[index] ?? 0) - 1)).toBeLessThan(1e-9);
      }
    }
  });

  it('says above which share it is blind, and how many records it needs', () => {
    for (const { good, bad, blind_above, uploads_to_1e4_at } of oracles.drift) {
      expect(blindAbove(good, bad)).toBeCloseTo(blind_above, 9);
      for (const [share, records] of Object.entries(uploads_to_1e4_at)) {
        const found = recordsToAlarm(Number(share), good, bad, 1e4);
        if (records === null) expect(found).toBeNull();
        else expect(found).toBeCloseTo(records, 6);
      }
    }
  });

  it('has a mean of at most one step by step at any healthy share, so alarms are as rare as promised', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (threshold, n, better, tempering) => {
          const at = declineRates(threshold);
          const share = at.healthy + (1 - at.healthy) * better;
          // Far above the floor of 1, so that only the ratios of this minute are seen.
          const before = at.declined.map(() => 500);
          const tempers = { lnCap: Math.log(30), beyondCap: 0.1, overdispersion: tempering };
          const mean = expectation(n, 1 - share, (failures) =>
            Math.exp(lnDecline(stepDecline(before, { n, failures }, at, tempers)) - 500),
          );
          expect(mean).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });

  it('stays a number over 10⁸ records, all good or all failed', () => {
    for (const failures of [0, 1e6]) {
      let capital = freshDecline;
      for (let minute = 0; minute < 100; minute += 1) {
        capital = stepDecline(capital, { n: 1e6, failures }, rates, {
          lnCap: Math.log(30),
          beyondCap: 0,
          overdispersion: 1,
        });
      }
      expect(Number.isFinite(lnDecline(capital))).toBe(true);
      expect(lnDecline(capital)).toBeCloseTo(failures === 0 ? 0 : 100 * Math.log(30), 6);
    }
  });
});

describe('the comparison of the arms', () => {
  it('agrees with the oracle', () => {
    for (const [n, f, m, g, wanted, tolerated, expected] of oracles.block) {
      const block = { treatment: { n, failures: f }, control: { n: m, failures: g } };
      const found = lnBlockEvidence(block, wanted, tolerated);
      expect(Math.abs(found - expected)).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
    }
  });

  it('has a mean of one where both arms fail alike, whatever the rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat({ max: 40 }),
        fc.constantFrom(...oddsRatios),
        (n, m, all, wanted) => {
          const failures = Math.min(all, n + m);
          let mean = 0;
          for (let f = Math.max(0, failures - m); f <= Math.min(n, failures); f += 1) {
            const chance = Math.exp(lnChoose(n, f) + lnChoose(m, failures - f) - lnChoose(n + m, failures));
            const block = { treatment: { n, failures: f }, control: { n: m, failures: failures - f } };
            mean += chance * Math.exp(lnBlockEvidence(block, wanted, 1));
          }
          expect(mean).toBeCloseTo(1, 8);
        },
      ),
    );
  });

  it('stays a number over 10⁸ records of each arm, with none, some and all of them failed', () => {
    for (const [f, g] of [
      [0, 0],
      [10_000, 10_000],
      [20_000, 10_000],
      [1e6, 1e6],
      [0, 1e4],
      [1e4, 0],
    ] as const) {
      const block = { treatment: { n: 1e6, failures: f }, control: { n: 1e6, failures: g } };
      const options = { tolerated: 1, lnCap: Math.log(30), beyondCap: 0, overdispersion: 1 };
      let capital = freshComparison;
      for (let minute = 0; minute < 100; minute += 1) capital = stepComparison(capital, [block], options);
      expect(Number.isFinite(lnComparison(capital))).toBe(true);
      if (f <= g) expect(lnComparison(capital)).toBe(0);
      else expect(lnComparison(capital)).toBeGreaterThan(100);
    }
  });

  it('takes an outage of both arms for no evidence', () => {
    let capital = freshComparison;
    const outage = { treatment: { n: 50, failures: 50 }, control: { n: 50, failures: 50 } };
    const options = { tolerated: 1, lnCap: Math.log(30), beyondCap: 0.1, overdispersion: 1 };
    for (let minute = 0; minute < 60; minute += 1) capital = stepComparison(capital, [outage], options);
    expect(lnComparison(capital)).toBe(0);
  });
});

describe('the rates beside a control', () => {
  const rates = declineRates(0.95);

  it('are the plan’s where the control fails less than the plan calls healthy', () => {
    expect(besideControl(rates, 0.01)).toBe(rates);
  });

  it('call healthy what the control always is, and look for what is worse than that', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.9, noNaN: true }), (failing) => {
        const { healthy, declined } = besideControl(rates, failing);
        expect(1 - healthy).toBeGreaterThanOrEqual(Math.min(failing, 0.3));
        for (const share of declined) expect(share).toBeLessThan(healthy);
        expect([...declined].sort((one, other) => other - one)).toEqual(declined);
      }),
    );
  });
});

describe('the overdispersion', () => {
  const over = (minutes: readonly { readonly n: number; readonly failures: number }[]) =>
    overdispersion(minutes.reduce(stepDispersion, noDispersion));

  it('is cautious until failures have shown how they come, where a window holds several', () => {
    expect(over([{ n: 10, failures: 0 }])).toBeGreaterThan(2.5);
    expect(over([{ n: 1, failures: 0 }])).toBeGreaterThan(1);
    expect(over([])).toBeGreaterThan(1);
  });

  it('holds failures for independent after few windows only where they are few, however many each window has', () => {
    // Two windows of a thousand, alike by chance.
    expect(
      over([
        { n: 1000, failures: 30 },
        { n: 1000, failures: 31 },
      ]),
    ).toBeGreaterThan(1.6);
    // A share that was known too high at first expects no failures that never came.
    const fewer = [{ n: 20, failures: 3 }, ...Array.from({ length: 30 }, () => ({ n: 20, failures: 0 }))];
    expect(over(fewer)).toBeGreaterThan(2);
  });

  it('expects less of failures together the longer none was seen at all, and never nothing', () => {
    const spotless = (windows: number) => over(Array.from({ length: windows }, () => ({ n: 100, failures: 0 })));
    expect(spotless(2)).toBeGreaterThan(2.5);
    expect(spotless(20)).toBeLessThan(spotless(2));
    expect(spotless(1_000_000)).toBeGreaterThan(1.1);
  });

  it('takes what comes in batches to fail in batches, until failures have shown how they come', () => {
    const quiet = stepDispersion(noDispersion, { n: 50, failures: 0 });
    expect(overdispersion(quiet, 9)).toBeGreaterThan(9);
    expect(overdispersion(quiet, 1e6)).toBeLessThan(100);
    const single = Array.from({ length: 600 }, (_, at) => ({ n: 20, failures: at % 5 === 0 ? 1 : 0 }));
    expect(overdispersion(single.reduce(stepDispersion, noDispersion), 9)).toBeLessThan(1.5);
  });

  it('is about one for independent failures and large for failures that come together', () => {
    const even = Array.from({ length: 600 }, (_, minute) => ({ n: 20, failures: minute % 5 === 0 ? 1 : 0 }));
    const together = Array.from({ length: 600 }, (_, minute) => ({ n: 20, failures: minute % 100 === 0 ? 20 : 0 }));
    expect(over(even)).toBeLessThan(1.5);
    expect(over(together)).toBeGreaterThan(10);
  });
});

/** Σ over the binomial distribution. */
function expectation(n: number, probability: number, value: (failures: number) => number): number {
  let sum = 0;
  for (let failures = 0; failures <= n; failures += 1) {
    const chance = Math.exp(
      lnChoose(n, failures) + lnTimes(failures, probability) + lnTimes(n - failures, 1 - probability),
    );
    sum += chance * value(failures);
  }
  return sum;
}

function lnTimes(count: number, probability: number): number {
  return count === 0 ? 0 : count * Math.log(probability);
}

function lnChoose(n: number, k: number): number {
  let sum = 0;
  for (let index = 1; index <= k; index += 1) sum += Math.log((n - k + index) / index);
  return sum;
}
