import type { SampleRecord } from '../protocol/domain/recordSample.ts';

export type FieldValue = string | number | boolean | null;

/** The content of a field in the sample. */
export interface FieldProfile {
  readonly name: string;
  /** Its name in small letters: `is_ok` of `result.isOk`, `time_ms` of `Time (ms)`. */
  readonly word: string;
  /** Records that have it, whatever its value. */
  readonly present: number;
  readonly nulls: number;
  readonly strings: number;
  readonly numbers: number;
  readonly booleans: number;
  /** Lists; no measure reads them. */
  readonly nested: number;
  /** Value → how often, of the first 50 different ones. */
  readonly values: ReadonlyMap<FieldValue, number>;
  /** More than 50 different values. */
  readonly many: boolean;
  /** Ascending, of the numeric values. */
  readonly sorted: readonly number[];
}

const mostValues = 50;

export function profileFields(records: readonly SampleRecord[]): readonly FieldProfile[] {
  const fields = new Map<string, Growing>();
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) {
      let field = fields.get(name);
      if (field === undefined) {
        if (fields.size >= 1000) continue;
        field = {
          present: 0,
          nulls: 0,
          strings: 0,
          booleans: 0,
          nested: 0,
          values: new Map(),
          many: false,
          numbers: [],
        };
        fields.set(name, field);
      }
      take(field, value);
    }
  }
  return [...fields].map(([name, field]) => ({
    name,
    word: wordOf(name),
    ...field,
    numbers: field.numbers.length,
    sorted: field.numbers.sort((a, b) => a - b),
  }));
}

function wordOf(name: string): string {
  return name
    .slice(name.lastIndexOf('.') + 1)
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_|_$/g, '')
    .toLowerCase();
}

interface Growing {
  present: number;
  nulls: number;
  strings: number;
  booleans: number;
  nested: number;
  values: Map<FieldValue, number>;
  many: boolean;
  numbers: number[];
}

function take(field: Growing, value: unknown): void {
  field.present += 1;
  if (value === null) field.nulls += 1;
  else if (typeof value === 'string') field.strings += 1;
  else if (typeof value === 'number') field.numbers.push(value);
  else if (typeof value === 'boolean') field.booleans += 1;
  else {
    field.nested += 1;
    return;
  }
  const plainValue = value as FieldValue;
  const known = field.values.get(plainValue);
  if (known === undefined && field.values.size >= mostValues) field.many = true;
  else field.values.set(plainValue, (known ?? 0) + 1);
}

/** The quantile of ascending numbers, nearest rank; `NaN` of none. */
export function quantileOf(sorted: readonly number[], quantile: number): number {
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? Number.NaN;
}
