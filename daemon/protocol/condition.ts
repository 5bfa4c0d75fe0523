/** The plan's one small grammar: `measure op number[unit] [of baseline]`. There is no expression language. */

export type Comparison = '>=' | '<=' | '<' | '>' | '==' | '!=';

/**
 * A threshold kept as an exact fraction, `coefficient / scale`, so that 95 of 100 is never "less than 95 %" by a
 * rounding error. A percentage is a share: `99.5%` is 995/1000.
 */
export interface Threshold {
  readonly coefficient: number;
  readonly scale: number;
  /** `%` for a percentage, else the unit as written (`ms`, `MiB`), or the empty string. */
  readonly unit: string;
}

export interface Condition {
  /** As the plan writes it; what people see. */
  readonly text: string;
  readonly measure: string;
  readonly comparison: Comparison;
  readonly threshold: Threshold;
  /** `baseline`: the threshold multiplies the measure's baseline (`110% of baseline`). */
  readonly against: 'figure' | 'baseline';
}

export type ConditionProblem = { readonly offset: number; readonly message: string };

const form = 'a condition is `measure op number[unit] [of baseline]`, for example `success_rate >= 99.5%`';
const grammar =
  /^\s*(?<measure>[A-Za-z_][A-Za-z0-9_]*)\s*(?<comparison>>=|<=|==|!=|>|<|≥|≤|=)\s*(?<number>\d{1,12}(?:\.\d{1,9})?)\s*(?<unit>%|[A-Za-zµ]{1,8})?(?<of>\s+of\s+baseline)?\s*$/;

/** Parses one condition; a string that is not one gives the offset where it stops being one and the correct form. */
export function parseCondition(text: string): Condition | ConditionProblem {
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) return { offset: problemOffset(text), message: form };
  const { measure = '', comparison = '', number = '', unit = '', of } = groups;
  if (of === undefined && unit === 'of') return { offset: text.indexOf('of'), message: form };
  const decimals = number.includes('.') ? number.length - number.indexOf('.') - 1 : 0;
  const scale = 10 ** decimals * (unit === '%' ? 100 : 1);
  return {
    text: text.trim().replaceAll(/\s+/g, ' '),
    measure,
    comparison: normalizedComparison(comparison),
    threshold: { coefficient: Number(number.replace('.', '')), scale, unit },
    against: of === undefined ? 'figure' : 'baseline',
  };
}

/** The threshold as a plain number: 0.995 for `99.5%`, 110 for `110ms`. For display; compare with the exact fraction. */
export function thresholdValue(threshold: Threshold): number {
  return threshold.coefficient / threshold.scale;
}

function normalizedComparison(written: string): Comparison {
  switch (written) {
    case '≥':
      return '>=';
    case '≤':
      return '<=';
    case '=':
      return '==';
    default:
      return written as Comparison;
  }
}

function problemOffset(text: string): number {
  const measure = /^\s*[A-Za-z_][A-Za-z0-9_]*\s*/.exec(text)?.[0] ?? '';
  if (measure === '') return 0;
  const comparison = /^(?:>=|<=|==|!=|>|<|≥|≤|=)\s*/.exec(text.slice(measure.length))?.[0] ?? '';
  if (comparison === '') return measure.length;
  const number = /^\d+(?:\.\d+)?\s*/.exec(text.slice(measure.length + comparison.length))?.[0] ?? '';
  return measure.length + comparison.length + number.length;
}
