import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConditionVerdict, Figure } from '../../../daemon/protocol/domain/verdict.ts';
import {
  conditionText,
  figureText,
  firingText,
  percentText,
  shareText,
  valueText,
} from '../../../daemon/protocol/words/figureText.ts';
import { conditionOf, firingOf, gateTexts } from '../../rollout/world.ts';

const latency: Figure = { value: 940, unit: 'ms', n: 1200, good: null };
const control: ConditionVerdict['baseline'] = { value: 870, unit: 'ms', n: 9000, good: null, from: 'concurrent' };

describe('figures for people', () => {
  it.each([
    [0.995, '99.5 %'],
    [1, '100 %'],
    [0, '0 %'],
    [0.9999, '99.99 %'],
    [0.0004, '0.04 %'],
    [48 / 52, '92.3 %'],
    [0.29, '29 %'],
    [1.0804597, '108 %'],
  ])('the share %d is %s', (share, text) => {
    expect(shareText(share)).toBe(text);
  });

  it.each([
    [870, 'ms', '870 ms'],
    [1240, 'ms', '1.24 s'],
    [84_200, 'ms', '84.2 s'],
    [12.5, 'ms', '12.5 ms'],
    [1_234_567, '', '1,234,567'],
    [412.25, 'MiB', '412 MiB'],
    [0.00042, 's', '0.0004 s'],
    [0, 'ms', '0 ms'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(valueText(value, unit)).toBe(text);
  });

  it('takes a percentage of 0 to 100', () => {
    expect([0, 0.5, 1, 33.3, 100].map(percentText)).toEqual(['0 %', '0.5 %', '1 %', '33.3 %', '100 %']);
  });

  it('gives shares with their counts, and says when there is none', () => {
    expect(figureText({ value: 48 / 52, unit: '%', n: 52, good: 48 })).toBe('92.3 % (48 of 52)');
    // The counts of a `share_not` are those of its own side.
    expect(figureText({ value: 3 / 21, unit: '%', n: 21, good: 18 })).toBe('14.3 % (3 of 21)');
    expect(figureText({ value: 0, unit: '%', n: 21, good: 21 })).toBe('0 % (0 of 21)');
    expect(figureText({ value: null, unit: '%', n: 0, good: 0 })).toBe('no data');
  });

  it('never reads as the limit that it misses, nor as all or nothing when it is not', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Math.round(value * 1e6) / 1e6);
    fc.assert(
      fc.property(share, share, (value, limit) => {
        if (value !== limit) expect(shareText(value, limit)).not.toBe(shareText(limit, value));
        if (value !== 1) expect(shareText(value)).not.toBe('100 %');
        if (value !== 0) expect(shareText(value)).not.toBe('0 %');
      }),
      { numRuns: 1000 },
    );
    const length = fc.integer({ min: 0, max: 100_000_000 }).map((value) => value / 1000);
    fc.assert(
      fc.property(length, length, (value, limit) => {
        if (value !== limit) expect(valueText(value, 'ms', limit)).not.toBe(valueText(limit, 'ms', value));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a condition for people', () => {
  it.each([
    [conditionOf(gateTexts[0], 'met'), 'success_rate 99.8 % (499 of 500), needs 99.5 %'],
    [
      conditionOf('latency <= 105% of baseline', 'unmet', { figure: latency, limit: 913.5, baseline: control }),
      'latency 108 % of control, needs 105 %',
    ],
    [
      conditionOf('latency <= 105% of baseline', 'unmet', {
        figure: latency,
        limit: 913.5,
        baseline: { ...control, from: 'window' },
      }),
      'latency 108 % of the baseline, needs 105 %',
    ],
    [conditionOf('latency < 900ms', 'unmet', { figure: latency, limit: 900 }), 'latency 940 ms, needs below 900 ms'],
    [
      conditionOf('critical_errors == 0', 'unmet', { figure: { value: 2, unit: '', n: 2, good: null }, limit: 0 }),
      'critical_errors 2, needs 0',
    ],
    [
      conditionOf('uploads >= 100', 'insufficient', { figure: { value: 7, unit: '', n: 7, good: null }, limit: 100 }),
      '7 of 100 uploads',
    ],
    [
      conditionOf('uploads >= 20', 'met', { figure: { value: 1369, unit: '', n: 1369, good: null }, limit: 20 }),
      '1,369 uploads, 20 needed',
    ],
    [conditionOf('memory <= 120% of baseline', 'no-data', { reason: 'no process' }), 'memory has no data: no process'],
    [conditionOf('memory <= 120% of baseline', 'error'), 'memory cannot be judged'],
    [
      conditionOf('latency <= 105% of baseline', 'insufficient', { reason: 'needs 20 uploads, has 7' }),
      'latency: needs 20 uploads, has 7',
    ],
  ])('%#', (verdict, text) => {
    expect(conditionText(verdict)).toBe(text);
  });

  it('shows what came from a log as text', () => {
    expect(conditionText(conditionOf('memory <= 1MiB', 'error', { reason: 'bad\u001b[31m' }))).toBe(
      'memory cannot be judged: bad\\u001b[31m',
    );
  });
});

describe('a firing for people', () => {
  const fired = firingOf('low-success', 0);

  it.each([
    [fired, null, 'success_rate was 92.3 % (48 of 52), below 95 %'],
    [
      { ...fired, rule: 'sequential' as const },
      null,
      'success_rate fell, by the sequential test of low-success (48 of 52)',
    ],
    [{ ...fired, condition: 'critical_errors > 0', good: null, figure: 3 }, null, 'critical_errors was 3, above 0'],
    [
      { ...fired, condition: 'latency > 120% of baseline', good: null, figure: 1044 },
      'ms',
      'latency was 1.04 s, above 120 % of the baseline',
    ],
    [{ ...fired, condition: 'latency > 900ms', good: null, figure: 940 }, 'ms', 'latency was 940 ms, above 900 ms'],
    [{ ...fired, figure: null }, null, 'success_rate < 95% (48 of 52)'],
  ])('%#', (firing, unit, text) => {
    expect(firingText(firing, unit)).toBe(text);
  });
});
