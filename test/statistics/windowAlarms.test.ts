import { describe, expect, it } from 'vitest';
import { Random } from '../../daemon/simulate/random.ts';
import { alarmsPerMinute, timeWithMinimum } from '../../daemon/statistics/windowAlarms.ts';

const rule = { threshold: 0.95, over: 5, min: 20 };

describe('the alarms of a letter on healthy traffic', () => {
  // Computed apart from this code: alarms a minute, or records between two of them.
  it.each([
    [10, 0.99, 10 / 0.007601],
    [20, 0.99, 13_508],
    [10, 0.995, 7_367],
  ])('at %d a minute and %d are so many records apart', (perMinute, share, apart) => {
    const found = perMinute / alarmsPerMinute(rule, perMinute, share);
    expect(Math.abs(found / apart - 1)).toBeLessThan(2e-3);
  });

  it('are none where a window never holds enough records, or where nothing fails', () => {
    expect(alarmsPerMinute(rule, 0.2, 0.99)).toBeLessThan(1e-9);
    expect(alarmsPerMinute(rule, 10, 1)).toBe(0);
    expect(alarmsPerMinute(rule, 0, 0.99)).toBe(0);
    expect(Number.isFinite(alarmsPerMinute({ ...rule, min: 1 }, 1000, 0.9))).toBe(true);
  });

  it('hold the minimum as often as simulated windows do', () => {
    const random = new Random(11);
    for (const perMinute of [0.2, 2, 4, 10]) {
      let holding = 0;
      for (let window = 0; window < 4000; window += 1) if (random.poisson(5 * perMinute) >= 20) holding += 1;
      expect(timeWithMinimum(rule, perMinute)).toBeCloseTo(holding / 4000, 1);
    }
  });
});
