import type { Matcher, Scalar } from '../protocol/plan.ts';

type DataRecord = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

/**
 * Compiles a plan's matcher: a record matches when every field does, a field when any value of its list does.
 *
 * Values compare by their JSON type: `1` is not `true` and `0` is not `false`. Text is the one exception, because CSV
 * knows nothing else: text matches a number, a boolean or `null` of the plan when it is how that value is written
 * (`"true"`, `"True"`, `"1"`), but a text of the plan (`"1"` in quotes) is matched by text alone. `any` matches a field
 * that is present, whatever its value. In CSV every column is always there, so an empty one is absent and matches `null`.
 */
export function compileMatcher(matcher: Matcher, emptyIsAbsent: boolean): (record: DataRecord) => boolean {
  const tests = Object.entries(matcher).map(([field, expected]) => compileField(field, expected, emptyIsAbsent));
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (record) => first(record) && second(record);
  return (record) => tests.every((test) => test(record));
}

function compileField(
  field: string,
  expected: Scalar | Scalar[],
  emptyIsAbsent: boolean,
): (record: DataRecord) => boolean {
  if (expected === 'any') {
    return (record) => Object.hasOwn(record, field) && !(emptyIsAbsent && record[field] === '');
  }
  const test = compileValues(Array.isArray(expected) ? expected : [expected], emptyIsAbsent);
  // A field that a record inherits (`constructor`) is a function and matches no value of a plan.
  return (record) => test(record[field]);
}

function compileValues(expected: readonly Scalar[], emptyIsNull: boolean): Test {
  const texts = new Set<string>();
  const exact = new Set<unknown>(expected);
  for (const value of expected) {
    switch (typeof value) {
      case 'string':
        texts.add(value);
        break;
      case 'number':
        texts.add(String(value));
        break;
      case 'boolean':
        for (const spelling of value ? ['true', 'True', 'TRUE'] : ['false', 'False', 'FALSE']) texts.add(spelling);
        break;
      default:
        texts.add('null');
        if (emptyIsNull) texts.add('');
    }
  }
  const [only] = expected;
  if (expected.length === 1 && typeof only !== 'number' && typeof only !== 'string') {
    return (value) => value === only || (typeof value === 'string' && texts.has(value));
  }
  return (value) => (typeof value === 'string' ? texts.has(value) : exact.has(value));
}
