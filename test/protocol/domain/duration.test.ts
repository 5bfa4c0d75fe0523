import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../daemon/protocol/domain/duration.ts';

const lengths = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

it('is the sum of its parts, from the largest unit down', () => {
  const units = Object.keys(lengths) as (keyof typeof lengths)[];
  fc.assert(
    fc.property(
      fc.subarray(units, { minLength: 1 }),
      fc.array(fc.nat(99), { minLength: 6, maxLength: 6 }),
      (used, counts) => {
        const text = used.map((unit, index) => `${counts[index]}${unit}`).join('');
        expect(parseDuration(text)).toBe(
          used.reduce((sum, unit, index) => sum + (counts[index] ?? 0) * lengths[unit], 0),
        );
      },
    ),
  );
});

it.each([
  ['1.5h', 5_400_000],
  ['1.1h', 3_960_000],
  ['0s', 0],
  ['1h30m', 5_400_000],
  ['30m1h', undefined],
  ['5m5m', undefined],
  ['5', undefined],
  ['', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
  ['5M', undefined],
  ['11000d', undefined],
  ['9'.repeat(400), undefined],
])('%s', (text, length) => {
  expect(parseDuration(text)).toBe(length);
});

it.each([
  [-1, '0 ms'],
  [250, '250 ms'],
  [48_000, '48 s'],
  [5_400_000, '1 h 30 m'],
  [100_800_000, '1 d 4 h'],
  [86_460_000, '1 d'],
  [999.6, '1 s'],
])('%d is told as %s', (length, text) => {
  expect(formatDuration(length)).toBe(text);
});
