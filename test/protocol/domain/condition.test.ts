import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCondition, thresholdValue } from '../../../daemon/protocol/domain/condition.ts';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const comparison = fc.constantFrom('>=', '<=', '<', '>', '==', '!=');
const digits = fc.tuple(
  fc.integer({ min: 0, max: 99_999_999 }),
  fc.option(fc.stringMatching(/^[0-9]{1,5}$/), { nil: undefined }),
);
const unit = fc.constantFrom('', '%', 'ms', 's', 'MiB');
const space = fc.constantFrom('', ' ', '  ', '\t');

it('what is written is what is read, however it is spaced', () => {
  fc.assert(
    fc.property(
      name,
      comparison,
      digits,
      unit,
      fc.boolean(),
      fc.array(space, { minLength: 4, maxLength: 4 }),
      (measure, op, [whole, fraction], unitText, ofBaseline, [a, b, c, d]) => {
        const number = fraction === undefined ? String(whole) : `${whole}.${fraction}`;
        const text = `${a}${measure}${b}${op}${c}${number}${d}${unitText}${ofBaseline ? ' of baseline' : ''}`;
        const parsed = parseCondition(text);
        if (!('measure' in parsed)) throw new Error(parsed.message);
        expect(parsed).toMatchObject({ measure, comparison: op, against: ofBaseline ? 'baseline' : 'figure' });
        expect(parsed.threshold.unit).toBe(unitText);
        expect(thresholdValue(parsed.threshold)).toBeCloseTo(Number(number) / (unitText === '%' ? 100 : 1), 9);
        expect(parseCondition(parsed.text)).toEqual(parsed);
      },
    ),
  );
});

it('a threshold is an exact fraction of safe integers, or is refused', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{1,14}(\.[0-9]{1,10})?$/), fc.constantFrom('', '%'), (number, unitText) => {
      const parsed = parseCondition(`x >= ${number}${unitText}`);
      if (!('measure' in parsed)) return;
      const { coefficient, scale } = parsed.threshold;
      expect(Number.isSafeInteger(coefficient) && Number.isSafeInteger(scale)).toBe(true);
      const [whole = '', fraction = ''] = number.split('.');
      const exact = BigInt(whole + fraction) * BigInt(scale);
      expect(BigInt(coefficient) * 10n ** BigInt(fraction.length) * (unitText === '%' ? 100n : 1n)).toBe(exact);
    }),
  );
});

it('any text is read or told where it stops being a condition', () => {
  const bits = fc.constantFrom(
    'a',
    '_',
    '9',
    '.',
    '%',
    '>=',
    '=>',
    '<',
    ' ',
    'of',
    'baseline',
    'and',
    '≥',
    '\n',
    '-',
    ',',
    'ü',
    'µs',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(bits).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseCondition(text);
        if ('measure' in parsed) return;
        expect(parsed.offset).toBeGreaterThanOrEqual(0);
        expect(parsed.offset).toBeLessThanOrEqual(text.length);
        expect(parsed.message).not.toMatch(/\n/);
      },
    ),
  );
});

describe('says what would be right', () => {
  it.each([
    ['', 0, /empty: a condition is/],
    ['99', 0, /a condition is/],
    ['x', 1, /comparison is missing/],
    ['x => 5', 2, /`=>` is not a comparison: write `>=`/],
    ['x =< 5', 2, /write `<=`/],
    ['x <> 5', 2, /write `!=`/],
    ['x >=', 4, /number is missing/],
    ['x >= high', 5, /number is missing/],
    ['x >= -5', 5, /number is missing/],
    ['x >= 5,000', 6, /without separators/],
    ['x >= 95-97%', 7, /one number, not a range/],
    ['x >= 95% and y < 3', 7, /one comparison: write two/],
    ['x >= 95 percent', 8, /a percentage is written `95%`/],
    ['x >= 95 % of', 9, /a condition is/],
    ['x >= 95 of', 8, /`of` needs `baseline`/],
    ['x >= 95% of control', 8, /a condition is/],
    ['x >= 123456789012.123456789', 5, /too many digits/],
  ])('%j', (text, offset, message) => {
    const parsed = parseCondition(text);
    expect(parsed).toMatchObject({ message: expect.stringMatching(message) });
    expect('offset' in parsed && Math.abs(parsed.offset - offset)).toBeLessThanOrEqual(1);
  });
});

it.each([
  ['x ≥ 1', '>='],
  ['x ≤ 1', '<='],
  ['x = 1', '=='],
])('%s is understood', (text, op) => {
  expect(parseCondition(text)).toMatchObject({ comparison: op });
});
