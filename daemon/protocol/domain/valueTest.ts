import { isVersion } from './versionOrder.ts';

/** How a matcher compares: `< 500`, `>= 1.10`. */
export type ValueComparison = '<' | '<=' | '>' | '>=';

/** A number as a person writes it in a matcher; `version` when it is one, `v1.10.2`. */
export interface Operand {
  readonly text: string;
  readonly number: number;
  readonly version: boolean;
}

/** One value of a matcher, understood. */
export type ValueTest =
  /** The field is there, whatever it says. */
  | { readonly kind: 'any' }
  /** The field is absent or null. */
  | { readonly kind: 'none' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'comparison'; readonly comparison: ValueComparison; readonly operand: Operand }
  /** Both ends belong to it. */
  | { readonly kind: 'range'; readonly from: Operand; readonly to: Operand }
  /** `2xx`: the hundred that a status is of. */
  | { readonly kind: 'hundred'; readonly hundred: number; readonly text: string }
  /** RE2 syntax. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** The field says something, and not this. */
  | { readonly kind: 'other'; readonly than: ValueTest };

/** The forms of a matcher's value in a plan. */
export type WrittenValue = string | number | boolean | null | { readonly is: string | number | boolean | null };

const compared = /^(<=|>=|<|>)\s*(\S+)$/;
const ranged = /^(\S+?)\s*\.\.\s*(\S+)$/;
const hundred = /^([1-9])xx$/i;
const pattern = /^\/(.+)\/(i?)$/s;
const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Understands one value of a matcher; text that has no form of its own is literal. */
export function parseValueTest(written: WrittenValue): ValueTest {
  if (typeof written === 'object' && written !== null) return { kind: 'literal', value: written.is };
  if (typeof written !== 'string') return { kind: 'literal', value: written };
  if (written === 'any') return { kind: 'any' };
  if (written === 'none') return { kind: 'none' };
  if (written.startsWith('!=') && written.slice(2).trim() !== '') {
    return { kind: 'other', than: parseValueTest(written.slice(2).trim()) };
  }
  const literal: ValueTest = { kind: 'literal', value: written };
  const comparison = compared.exec(written);
  if (comparison !== null) {
    const operand = operandOf(comparison[2] ?? '');
    return operand === null ? literal : { kind: 'comparison', comparison: comparison[1] as ValueComparison, operand };
  }
  const range = ranged.exec(written);
  if (range !== null) {
    const from = operandOf(range[1] ?? '');
    const to = operandOf(range[2] ?? '');
    return from === null || to === null ? literal : { kind: 'range', from, to };
  }
  const status = hundred.exec(written);
  if (status !== null) return { kind: 'hundred', hundred: Number(status[1]), text: written };
  const expression = pattern.exec(written);
  if (expression !== null) {
    return { kind: 'pattern', pattern: expression[2] === 'i' ? `(?i)${expression[1]}` : (expression[1] ?? '') };
  }
  return literal;
}

function operandOf(text: string): Operand | null {
  const isNumber = plainNumber.test(text);
  if (!isNumber && !isVersion(text)) return null;
  return { text, number: isNumber ? Number(text) : Number.NaN, version: !isNumber };
}

/** `undefined` unless the text is a number as a program writes it: `02` and `0x2` are none. */
export function numberWritten(text: string): number | undefined {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
