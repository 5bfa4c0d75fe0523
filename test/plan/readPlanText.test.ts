import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlanText } from '../../daemon/plan/readPlanText.ts';
import { planReading, type TextEdit, type TextRange } from '../../daemon/protocol/wire/planReading.ts';
import { soundPlan, spoilt } from './planText.ts';

const read = (text: string) => readPlanText(text, 'rampwatch.yaml');

function offsets(text: string, range: TextRange): { from: number; to: number } {
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return { from: offset(range.line, range.column), to: offset(range.endLine, range.endColumn) };
}

function words(text: string, range: TextRange): string {
  const { from, to } = offsets(text, range);
  return text.slice(from, to);
}

function applied(text: string, edits: readonly TextEdit[]): string {
  return edits.reduce((whole, edit) => {
    const { from, to } = offsets(whole, edit);
    return whole.slice(0, from) + edit.text + whole.slice(to);
  }, text);
}

describe('what was probably meant', () => {
  it.each<[piece: string, other: string, told: string]>([
    ['triggers:', 'trigers:', 'trigers'],
    ['    percent: 1\n', '    percentage: 1\n', 'percentage'],
    ['percent: 1\n', 'percent: "1"\n', '1'],
    ['then: rollback', 'then: rolback', 'rolback'],
    ['good >= 99%', 'goood >= 99%', 'goood'],
    ['good >= 99%', 'good => 99%', '=>'],
    ['"n >= 450"', '"m >= 300"', 'm'],
    ['share_not: good', 'share_not: goood', 'goood'],
    ['format: text', 'format: txt', 'txt'],
    ['quantile: 0.95', 'percentile: 0.95', 'percentile'],
    [`PERCENT: "$\{percent}"`, `PERCENT: "$\{percnt}"`, `$\{percnt}`],
    ['id: demo', 'id: demo\ntimezone: Erope/Berlin', 'Erope/Berlin'],
  ])('%j for %j is offered, at the word', (piece, other, told) => {
    const text = spoilt(piece, other);
    const [finding, ...others] = read(text).findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', rule: 'invalid' });
    expect(words(text, finding?.range ?? { line: 1, column: 1, endLine: 1, endColumn: 1 })).toBe(told);
    const fixed = applied(text, finding?.fixes[0]?.edits ?? []);
    expect(fixed).not.toBe(text);
    expect(read(fixed).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('text that was written as a number gets its quotes', () => {
    const text = spoilt('[FATAL]', '[500]');
    const [finding] = read(text).findings;
    expect(applied(text, finding?.fixes[0]?.edits ?? [])).toBe(spoilt('[FATAL]', '["500"]'));
  });
});

describe('a range', () => {
  const at = (text: string) => read(text).findings.map(({ range }) => words(text, range));

  it('is the value, the key of what is empty, the item that lacks something, or the line of a fault of YAML', () => {
    expect(at(spoilt('soak: 1h', 'soak: 1 hour'))).toEqual(['1 hour']);
    expect(at(spoilt('soak: 1h', 'soak:'))).toEqual(['soak']);
    expect(at(spoilt('id: off, ', ''))).toEqual(['{ percent: 0 }']);
    expect(at(spoilt('id: demo', 'id: demo: x'))).toEqual(['demo: x']);
    expect(at(spoilt('    percent: 1\n', '    percent: 0\n'))).toEqual(['0']);
  });

  it('of a finding is what it is about, of several lines the first', () => {
    const text = spoilt('    soak: 1h\n', '');
    const found = read(text).findings.filter(({ rule }) => rule === 'soak-zero');
    expect(found.map(({ range }) => words(text, range))).toEqual(['id: one']);
  });
});

it('the hash is the one by which the daemon knows a plan', () => {
  expect(read('{}').hash).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

it('whatever the text is: ranges and edits lie inside it, and the answer is what an editor takes', () => {
  const piece = fc.constantFrom(
    '\n',
    '  ',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '#',
    ',',
    'x',
    '0',
    '%',
    '\r\n',
    '${',
  );
  const mutated = fc
    .array(fc.tuple(fc.nat(soundPlan.length), fc.nat(6), piece), { maxLength: 4 })
    .map((changes) =>
      changes.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), soundPlan),
    );
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ maxLength: 60 })), (text) => {
      const reading = read(text);
      expect(planReading.parse(JSON.parse(JSON.stringify(reading)))).toEqual(JSON.parse(JSON.stringify(reading)));
      for (const { range, fixes } of reading.findings) {
        for (const each of [range, ...fixes.flatMap(({ edits }) => edits)]) {
          const { from, to } = offsets(text, each);
          expect(from).toBeLessThanOrEqual(to);
          // A removal of the last line ends where the next would begin.
          expect(to).toBeLessThanOrEqual(text.length + 1);
        }
      }
    }),
    { numRuns: 300 },
  );
});
