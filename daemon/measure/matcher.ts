import type { Matcher, Scalar } from '../protocol/domain/plan.ts';

type Test = (value: unknown) => boolean;

/** Tests the values of a record's fields, each at its own index; `undefined` where the record has none. */
export type ValuesTest = (values: readonly unknown[]) => boolean;

/**
 * Compiles a plan's matcher: a record matches when every field does, a field when any value of its list does.
 *
 * Values compare by their JSON type: `1` is not `true` and `0` is not `false`. Text is the one exception, because CSV
 * knows nothing else: text matches a number, a boolean or `null` of the plan when it is how that value is written
 * (`"true"`, `"True"`, `"1"`), but a text of the plan (`"1"` in quotes) is matched by text alone. `any` matches a field
 * that is present, whatever its value. In CSV every column is always there, so an empty one is absent and matches `null`;
 * and a cell that is read as a number or a boolean was written as text, so there a text of the plan matches it too.
 *
 * @param indexOf where the values hold a field.
 */
export function compileMatcher(matcher: Matcher, textCells: boolean, indexOf: (field: string) => number): ValuesTest {
  const tests = Object.entries(matcher).map(([field, expected]) => compileField(indexOf(field), expected, textCells));
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (values) => first(values) && second(values);
  return (values) => tests.every((test) => test(values));
}

function compileField(index: number, expected: Scalar | Scalar[], textCells: boolean): ValuesTest {
  if (expected === 'any') {
    return (values) => values[index] !== undefined && !(textCells && values[index] === '');
  }
  const test = compileValues(Array.isArray(expected) ? expected : [expected], textCells);
  return (values) => test(values[index]);
}

/** What a scanner reads as a number; `02` and `0x2` are none. */
const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function compileValues(expected: readonly Scalar[], textCells: boolean): Test {
  const texts = new Set<string>();
  const exact = new Set<unknown>(expected);
  for (const value of expected) {
    switch (typeof value) {
      case 'string':
        texts.add(value);
        if (textCells && plainNumber.test(value)) exact.add(Number(value));
        if (textCells && /^(?:true|false)$/i.test(value)) exact.add(value.toLowerCase() === 'true');
        break;
      case 'number':
        texts.add(String(value));
        break;
      case 'boolean':
        for (const spelling of value ? ['true', 'True', 'TRUE'] : ['false', 'False', 'FALSE']) texts.add(spelling);
        break;
      default:
        texts.add('null');
        if (textCells) texts.add('');
    }
  }
  const [only] = expected;
  if (expected.length === 1 && typeof only !== 'number' && typeof only !== 'string') {
    return (value) => value === only || (typeof value === 'string' && texts.has(value));
  }
  return (value) => (typeof value === 'string' ? texts.has(value) : exact.has(value));
}
