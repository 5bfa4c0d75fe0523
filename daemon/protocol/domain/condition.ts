/**
 * The plan's one small grammar: `measure op number[unit] [of baseline]`, or with a difference to the baseline `measure op baseline +
 * number unit`. There is no expression language.
 */

export type Comparison = '>=' | '<=' | '<' | '>' | '==' | '!=';

/** The comparison that holds exactly where the other one does not. */
export const opposite: Readonly<Record<Comparison, Comparison>> = {
  '>=': '<',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '==': '!=',
  '!=': '==',
};

/**
 * A threshold kept as an exact fraction, `coefficient / scale`, so that 95 of 100 is never "less than 95 %" by a
 * rounding error. A percentage is a share: `99.5%` is 995/1000. Both are integers below 2^53.
 */
export interface Threshold {
  readonly coefficient: number;
  readonly scale: number;
  /** `%` for a percentage, `points` for a difference of percentages, else the unit as written (`ms`, `MiB`), or the empty string. */
  readonly unit: string;
}

export interface Condition {
  /** As the plan writes it, for people. */
  readonly text: string;
  readonly measure: string;
  readonly comparison: Comparison;
  readonly threshold: Threshold;
  /** `baseline`: the threshold multiplies the measure's baseline (`110% of baseline`). */
  readonly against: 'figure' | 'baseline';
  /** Against the baseline: the threshold is added to it (`baseline + 0.5 points`), or taken from it, in place of a ratio. */
  readonly difference?: 'above' | 'below' | undefined;
}

export type ConditionProblem = { readonly offset: number; readonly message: string };

const form = 'a condition is `measure op number[unit] [of baseline]`, for example `success_rate >= 99.5%`';
const grammar =
  /^\s*(?<measure>[A-Za-z_][A-Za-z0-9_]*)\s*(?<comparison>>=|<=|==|!=|>|<|≥|≤|=)\s*(?<number>\d{1,12}(?:\.\d{1,9})?)\s*(?<unit>%|[A-Za-zµ]{1,8})?(?<of>\s+of\s+baseline)?\s*$/;
const differenceGrammar =
  /^\s*(?<measure>[A-Za-z_]\w*)\s*(?<comparison>[<>=!]=|[<>≥≤=])\s*baseline\s*(?<sign>[+−-])\s*(?<number>\d{1,12}(?:\.\d{1,9})?)\s*(?<unit>%|[A-Za-zµ]{1,8})?\s*$/;
const pointsWord = /^(?:points?|pp)$/;
const differenceForm =
  'a difference to the baseline is `measure op baseline + number unit`, for example `error_rate > baseline + 0.5 points`';
const percentWord = /^(?:per\s?cent|percentage|pct)\b/i;
/** With a percentage's two more, what an integer of a double holds exactly. */
const mostDigits = 13;

/** Parses one condition; a string that is not one gives the offset where it stops being one and the correct form. */
export function parseCondition(text: string): Condition | ConditionProblem {
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) return differenceIn(text) ?? problemIn(text);
  const { measure = '', comparison = '', number = '', unit = '', of } = groups;
  if (unit === 'of') return { offset: text.lastIndexOf('of'), message: `\`of\` needs \`baseline\` after it: ${form}` };
  if (percentWord.test(unit))
    return { offset: text.lastIndexOf(unit), message: `a percentage is written \`${number}%\`` };
  const [whole = '', fraction = ''] = number.split('.');
  if (whole.length + fraction.length > mostDigits) {
    return { offset: text.indexOf(number), message: `\`${number}\` has too many digits: at most ${mostDigits}` };
  }
  return {
    text: text.trim().replaceAll(/\s+/g, ' '),
    measure,
    comparison: normalizedComparison(comparison),
    threshold: {
      coefficient: Number(whole + fraction),
      scale: 10 ** fraction.length * (unit === '%' ? 100 : 1),
      unit,
    },
    against: of === undefined ? 'figure' : 'baseline',
  };
}

/** `null` for a text that does not name the baseline before its number. */
function differenceIn(text: string): Condition | ConditionProblem | null {
  const groups = differenceGrammar.exec(text)?.groups;
  if (groups === undefined) {
    const at = text.search(/[<>=≥≤]\s*baseline\b/);
    return at === -1 ? null : { offset: text.indexOf('baseline', at), message: differenceForm };
  }
  const { measure = '', comparison = '', sign = '', number = '', unit = '' } = groups;
  if (unit === '%') {
    return {
      offset: text.lastIndexOf('%'),
      message: `a difference of percentages is in points: write \`${number} points\``,
    };
  }
  const [whole = '', fraction = ''] = number.split('.');
  if (whole.length + fraction.length > mostDigits) {
    return { offset: text.indexOf(number), message: `\`${number}\` has too many digits: at most ${mostDigits}` };
  }
  const isPoints = pointsWord.test(unit);
  return {
    text: text.trim().replaceAll(/\s+/g, ' '),
    measure,
    comparison: normalizedComparison(comparison),
    threshold: {
      coefficient: Number(whole + fraction),
      scale: 10 ** fraction.length * (isPoints ? 100 : 1),
      unit: isPoints ? 'points' : unit,
    },
    against: 'baseline',
    difference: sign === '+' ? 'above' : 'below',
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

/** Each part of the grammar in turn: the first that does not fit is the place of the error. */
function problemIn(text: string): ConditionProblem {
  const measure = /^\s*[A-Za-z_][A-Za-z0-9_]*\s*/.exec(text)?.[0] ?? '';
  if (measure === '') return { offset: 0, message: text.trim() === '' ? `empty: ${form}` : form };
  const afterMeasure = text.slice(measure.length);
  const turned = /^(?:=>|=<|<>)/.exec(afterMeasure)?.[0];
  if (turned !== undefined) {
    const meant = turned === '=>' ? '>=' : turned === '=<' ? '<=' : '!=';
    return { offset: measure.length, message: `\`${turned}\` is not a comparison: write \`${meant}\`` };
  }
  const comparison = /^(?:>=|<=|==|!=|>|<|≥|≤|=)\s*/.exec(afterMeasure)?.[0] ?? '';
  if (comparison === '') return { offset: measure.length, message: `a comparison is missing: ${form}` };
  const beforeNumber = measure.length + comparison.length;
  const afterComparison = text.slice(beforeNumber);
  const number = /^\d+(?:\.\d+)?\s*/.exec(afterComparison)?.[0] ?? '';
  if (number === '') return { offset: beforeNumber, message: `a number is missing: ${form}` };
  const offset = beforeNumber + number.length;
  return { offset, message: restProblem(number.trim(), text.slice(offset)) };
}

/** The fault in the text after the number. */
function restProblem(number: string, rest: string): string {
  if (/^,\d/.test(rest)) return 'a number is written without separators, with `.` for decimals: `5000`, `99.5`';
  if (/^\s*(?:-|–|\.\.)\s*\d/.test(rest)) return `a condition has one number, not a range: ${form}`;
  if (/^(?:%|[A-Za-zµ]{1,8})?\s*(?:and|or|&&|\|\||,)(?:\s|$)/i.test(rest)) {
    return `a condition is one comparison: write two conditions, for example [\`a >= 1\`, \`b < 2\`]`;
  }
  if (percentWord.test(rest)) return `a percentage is written \`${number}%\``;
  return form;
}
