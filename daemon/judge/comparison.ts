import type { Comparison } from '../protocol/domain/condition.ts';

/** A fraction of two whole numbers; the denominator is positive. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** Compares `left` with `right`, both finite. */
export function holds(left: number, comparison: Comparison, right: number): boolean {
  switch (comparison) {
    case '>=':
      return left >= right;
    case '<=':
      return left <= right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '==':
      return left === right;
    case '!=':
      return left !== right;
  }
}

/** Compares fractions exactly: 19/20 is not less than 95 %, whatever 0.95 is in binary. */
export function fractionHolds(left: Fraction, comparison: Comparison, right: Fraction): boolean {
  return ratioHolds(left.numerator, left.denominator, comparison, right.numerator, right.denominator);
}

/** The same of left/of and right/base. */
export function ratioHolds(left: number, of: number, comparison: Comparison, right: number, base: number): boolean {
  const one = left * base;
  const other = right * of;
  if (one <= Number.MAX_SAFE_INTEGER && other <= Number.MAX_SAFE_INTEGER) return holds(one, comparison, other);
  const exactOne = BigInt(left) * BigInt(base);
  const exactOther = BigInt(right) * BigInt(of);
  return holds(exactOne < exactOther ? -1 : exactOne > exactOther ? 1 : 0, comparison, 0);
}
