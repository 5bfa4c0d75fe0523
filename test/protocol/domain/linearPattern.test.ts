import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileLinear } from '../../../daemon/protocol/domain/linearPattern.ts';

it.each([
  ['a{1000}', /make 1000 steps of it, and 500 are the most/],
  ['a{300}b{1,300}', /make 600 steps/],
  ['(abcdefghij){90}', /make \d+ steps/],
  ['a'.repeat(1001), /longer than 1000 characters/],
  [`${'(a|b){20}'.repeat(100)}`, /make 2000 steps/],
  ['(a', /missing closing/],
  ['a(?=b)', /./],
])('%s is refused before it is matched', (pattern, reason) => {
  expect(() => compileLinear(pattern)).toThrow(reason);
});

it.each([
  '(?P<ip>\\S+) \\S+ \\S+ \\[(?P<time>[^\\]]+)\\] "(?P<method>[A-Z]+) (?P<path>\\S+)[^"]*" (?P<status>[0-9]{3}) (?P<size>[0-9]+|-)',
  '\\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\\b',
  'ERROR.{0,100}timeout',
])('%s is taken', (pattern) => {
  expect(() => compileLinear(pattern)).not.toThrow();
});

it('the fast way finds what the way through all steps finds', () => {
  const part = fc.constantFrom('a', 'b', 'é', '.', '\\d', '\\w', '[ab]', '(?i:A)', '(a|bb)', '^', '$', '\\b', '\\pL');
  const times = fc.constantFrom('', '?', '*', '+', '{2}', '{1,3}');
  const pattern = fc
    .array(fc.tuple(part, times), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.map(([what, often]) => (/[$^]|\\b/.test(what) ? what : what + often)).join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', '1', ' ', '\n', '🚀', '\ud800'), maxLength: 30 });
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (written, texts) => {
      const compiled = compileLinear(written);
      for (const each of texts) expect([each, compiled.test(each)]).toEqual([each, compiled.matcher(each).find()]);
    }),
    { numRuns: 500 },
  );
});
