import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { globPattern, globProblem } from '../../daemon/protocol/domain/glob.ts';

const name = fc
  .array(fc.constantFrom('a', 'b', '1', '.', '-', '.log'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const namePattern = fc
  .array(fc.constantFrom('a', 'b', '1', '-', '.log', '*', '?', '[ab]', '[^a]', '[0-9]', '{a,b1}', '{a,{b,1}}'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('').replaceAll(/\*+/g, '*'));
const pattern = fc
  .array(fc.oneof({ weight: 4, arbitrary: namePattern }, { weight: 1, arbitrary: fc.constant('**') }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((names) => names.join('/').replaceAll(/\*\*(?:\/\*\*)+/g, '**'))
  // Whether `a/**` is also `a` depends on the first name there.
  .filter((text) => !text.endsWith('/**'));

describe('a glob', () => {
  it.each([true, false])('matches as picomatch does, with dot: %s', (dot) => {
    fc.assert(
      fc.property(pattern, fc.array(path, { minLength: 1, maxLength: 20 }), (glob, paths) => {
        const expected = picomatch(glob, { dot, noextglob: true });
        const { matches } = globPattern(glob, { dot });
        for (const each of paths) expect([each, matches(each)]).toEqual([each, expected(each)]);
      }),
      { numRuns: 2000 },
    );
  });

  it('costs no more than pattern × name, whatever they are', () => {
    const long = 'a'.repeat(255);
    const deep = Array.from({ length: 500 }, () => 'a').join('/');
    for (const glob of ['*a*a*a*a*a*a*a*b', '+(a*)b', '*?*?*?*?*?*?*b', '**/a*/**/a*/**/a*/**/a*/**/b']) {
      const { matches } = globPattern(glob);
      for (const each of [long, deep, `${deep}/${long}`]) expect(matches(each)).toBe(false);
    }
  });

  it('has a base before its first wildcard', () => {
    expect(globPattern('logs/2025/*.log').base).toBe('logs/2025');
    expect(globPattern('*.log')).toMatchObject({ base: '', hasWildcards: true });
    expect(globPattern('logs/app.log')).toMatchObject({ base: 'logs', hasWildcards: false });
  });

  it('with repeated groups or too many alternatives is refused in words', () => {
    expect(globProblem('logs/+(a*)b')).toMatch(/repeated groups/);
    expect(globProblem('{a,b}'.repeat(9))).toMatch(/more than 256 names/);
    expect(globProblem('x'.repeat(1001))).toMatch(/at most 1000 characters/);
    for (const good of ['logs/*.log', '**/{web,api}-[0-9]*.jsonl', 'app (1).log', 'a+(b).log']) {
      expect(globProblem(good)).toBeUndefined();
    }
  });
});
