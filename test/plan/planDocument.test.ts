import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf, soundPlan, spoilt } from './planText.ts';

describe('YAML is data and nothing else', () => {
  it.each<[string, string, number, RegExp]>([
    [
      'an alias',
      spoilt('treatment: { kind: new }', 'treatment: &a { kind: new }').replace('{ kind: old }', '*a'),
      8,
      /anchors are off/,
    ],
    ['an alias alone', spoilt('{ kind: old }', '*a'), 9, /aliases|alias/],
    ['a merge key', spoilt('{ kind: old }', '{ <<: { kind: old } }'), 9, /merge keys are off/],
    ['a tag', spoilt('{ kind: old }', '!!js/function x'), 9, /tags are off/],
    ['a standard tag', spoilt('id: demo', 'id: !!str demo'), 2, /tags are off/],
    ['a directive', `%YAML 1.1\n---\n${soundPlan}`, 1, /`%YAML` line is not needed/],
    ['a duplicate key', spoilt('id: demo', 'id: demo\nid: other'), 3, /duplicate key `id`: it stands on line 2/],
    ['a prototype', spoilt('{ kind: old }', '{ __proto__: old }'), 9, /`__proto__` cannot be a key/],
    ['a second document', `${soundPlan}---\nversion: 1\n`, soundPlan.split('\n').length, /second document/],
    ['a tab', spoilt('    percent: 1', '\tpercent: 1'), 22, /tab/],
    ['an open bracket', spoilt('[FATAL]', '[FATAL'), 16, /bracket/],
    ['an open quote', spoilt('"n >= 450"', '"n >= 450'), 26, /missing closing/],
    ['two colons', spoilt('soak: 1h', 'soak: 1h: x'), 23, /quotes/],
    ['a reserved character', spoilt('soak: 1h', 'soak: @x'), 23, /`@` must stand in quotes/],
    ['a list for a plan', '- version: 1\n', 1, /a map of keys/],
    ['a word for a plan', 'version\n', 1, /a map of keys/],
    ['depth', `version: ${'['.repeat(40)}${']'.repeat(40)}`, 1, /nested deeper/],
    ['an abyss', `version: ${'['.repeat(100_000)}`, 1, /nested deeper|bracket|lines and entries/],
    ['nothing', '', 1, /the plan is empty/],
    ['comments only', '# to do\n', 1, /the plan is empty/],
    ['NUL', 'version: 1\0', 1, /not a text file/],
    ['256 KiB and more', `# ${'x'.repeat(256 * 1024)}\n`, 1, /larger than 256 KiB/],
  ])('%s', (_, text, line, message) => {
    const [first] = problemsOf(text);
    expect(first?.message).toMatch(message);
    expect(first?.line).toBe(line);
    expect(first?.message).not.toMatch(/[\n\r]/);
  });

  it('no text makes it throw, and every problem has a place inside the text', () => {
    const bits = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '#',
      '&a',
      '*a',
      '!t',
      '|',
      '>',
      '\t',
      '%',
      '---',
      ',',
      'stages',
      '99%',
      'ü',
    );
    fc.assert(
      fc.property(fc.nat(soundPlan.length), fc.nat(30), fc.array(bits, { maxLength: 12 }), (at, cut, added) => {
        const text = soundPlan.slice(0, at) + added.join('') + soundPlan.slice(at + cut);
        const lines = text.split('\n');
        for (const problem of problemsOf(text)) {
          const line = lines[problem.line - 1];
          expect(line).toBeDefined();
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(problem.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
          expect(problem.message).not.toMatch(/[\n\r]|\[object|Invalid input/);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('as many keys as fit are read in linear time', () => {
    const keys = Array.from({ length: 25_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsOf(keys).length).toBeLessThanOrEqual(100);
  });
});
