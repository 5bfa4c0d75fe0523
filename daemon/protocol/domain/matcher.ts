import type { RE2JS } from 're2js';
import { compileLinear } from './linearPattern.ts';
import type { Matcher, MatcherValue } from './plan.ts';
import { UserError } from './userError.ts';
import { numberWritten, type Operand, parseValueTest, type ValueComparison, type ValueTest } from './valueTest.ts';
import { compareVersions, namesVersion } from './versionOrder.ts';

type Test = (value: unknown) => boolean;

/** Tests the values of a record's fields, each at its own index; `undefined` where the record has none. */
export type ValuesTest = (values: readonly unknown[]) => boolean;

/**
 * Compiles a plan's matcher: a record matches when every field does, a field when any value of its list does, and a
 * field that is a list when any of its items does. See `protocol/domain/valueTest.ts` for the forms.
 *
 * Numbers and numeric texts compare alike, and so do booleans and their written forms; `1` is not `true`. A text
 * matches another text only literally (`"1.0"` is not `"1"`). In CSV every column is always there, so an empty one is
 * absent.
 *
 *
 * @param indexOf where the values hold a field.
 * @throws UserError for a pattern that is not RE2 syntax.
 */
export function compileMatcher(matcher: Matcher, textCells: boolean, indexOf: (field: string) => number): ValuesTest {
  const tests = Object.entries(matcher).map(([field, expected]) =>
    compileField(indexOf(field), field, expected, textCells),
  );
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (values) => first(values) && second(values);
  return (values) => tests.every((test) => test(values));
}

function compileField(
  index: number,
  field: string,
  expected: MatcherValue | readonly MatcherValue[],
  textCells: boolean,
): ValuesTest {
  const test = compileFieldTest(field, expected, textCells);
  return (values) => test(values[index]);
}

/** The test of one field's value; @throws UserError for a pattern that is not RE2 syntax. */
function compileFieldTest(field: string, expected: MatcherValue | readonly MatcherValue[], textCells: boolean): Test {
  const written: readonly MatcherValue[] = isList(expected) ? expected : [expected];
  const tests = written.map((value) => compileValue(parseValueTest(value), field, textCells));
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (value) => tests.some((test) => test(value));
}

function isList(expected: MatcherValue | readonly MatcherValue[]): expected is readonly MatcherValue[] {
  return Array.isArray(expected);
}

function compileValue(test: ValueTest, field: string, textCells: boolean): Test {
  const isAbsent = (value: unknown): boolean => value === undefined || value === null || (textCells && value === '');
  switch (test.kind) {
    case 'any':
      return (value) => value !== undefined && !(textCells && value === '');
    case 'none':
      return (value) => isAbsent(value) || value === 'none';
    case 'other': {
      const same = compileValue(test.than, field, textCells);
      return (value) => !isAbsent(value) && !same(value);
    }
    default: {
      const matches = compileOne(test, field, textCells);
      return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
    }
  }
}

function compileOne(
  test: Exclude<ValueTest, { kind: 'any' | 'none' | 'other' }>,
  field: string,
  textCells: boolean,
): Test {
  switch (test.kind) {
    case 'literal':
      return compileLiteral(test.value, textCells);
    case 'comparison':
      return compileComparison(test.comparison, comparedWith(test.operand, field));
    case 'range': {
      const from = comparedWith(test.from, field);
      const to = comparedWith(test.to, field);
      return (value) => from(value) >= 0 && to(value) <= 0;
    }
    case 'hundred': {
      const least = test.hundred * 100;
      const written = test.text.toLowerCase();
      return (value) => {
        const number = numberOf(value);
        if (number >= least && number < least + 100) return true;
        return typeof value === 'string' && value.toLowerCase() === written;
      };
    }
    case 'pattern': {
      const expression = compilePattern(test.pattern, field);
      return (value) => {
        const text = textOf(value);
        return text !== undefined && expression.test(text);
      };
    }
  }
}

function compileComparison(comparison: ValueComparison, compare: (value: unknown) => number): Test {
  switch (comparison) {
    case '<':
      return (value) => compare(value) < 0;
    case '<=':
      return (value) => compare(value) <= 0;
    case '>':
      return (value) => compare(value) > 0;
    case '>=':
      return (value) => compare(value) >= 0;
  }
}

/** @throws UserError when it is not RE2 syntax. */
function compilePattern(pattern: string, field: string): RE2JS {
  try {
    return compileLinear(pattern);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'invalid-pattern',
      `\`${field}\`: /${pattern}/ is not a pattern in RE2 syntax (${detail}); write { is: … } for the text itself`,
    );
  }
}

/** How a value stands to the operand: below, equal or above 0; `NaN`, which is none of them, where they do not compare. */
function comparedWith({ text, number, version }: Operand, field: string): (value: unknown) => number {
  const areVersions = version || namesVersion(field);
  return (value) => {
    const isOneNumber = typeof value === 'number' || (typeof value === 'string' && Number.isFinite(numberOf(value)));
    if (!areVersions && isOneNumber) return numberOf(value) - number;
    const written = textOf(value);
    return written === undefined ? Number.NaN : (compareVersions(written, text) ?? Number.NaN);
  };
}

function compileLiteral(expected: string | number | boolean | null, textCells: boolean): Test {
  switch (typeof expected) {
    case 'string': {
      const number = numberWritten(expected);
      const truth = /^(?:true|false)$/i.test(expected) ? expected.toLowerCase() === 'true' : undefined;
      if (number === undefined && truth === undefined) return (value) => value === expected;
      return (value) =>
        value === expected ||
        (typeof value === 'number' && value === number) ||
        (typeof value === 'boolean' && value === truth);
    }
    case 'number': {
      const written = String(expected);
      return (value) =>
        value === expected || (typeof value === 'string' && (value === written || numberWritten(value) === expected));
    }
    case 'boolean':
      return (value) =>
        value === expected || (typeof value === 'string' && value.toLowerCase() === (expected ? 'true' : 'false'));
    default:
      return (value) => value === null || value === 'null' || (textCells && value === '');
  }
}

/** `NaN` for a value that is neither a number nor a numeric text. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return Number.NaN;
  const text = value.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
