import { type Condition, thresholdValue } from '../../protocol/domain/condition.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { measureShape } from '../measureShape.ts';

/** The figures for which a condition holds, on the scale of its share or of the measure itself. */
export interface Range {
  /** Two ranges can be compared when this is equal. */
  readonly of: string;
  readonly low: number;
  readonly high: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

/** `undefined` for `!=`, a difference to the baseline, and a measure that the plan does not have. */
export function rangeOf(plan: Plan, condition: Condition): Range | undefined {
  const shape = measureShape(plan, condition.measure);
  const value = thresholdValue(condition.threshold);
  const sides = sidesOf(condition.comparison, value);
  if (shape === undefined || sides === undefined || condition.difference !== undefined) return undefined;
  if (shape.kind !== 'share' || condition.against === 'baseline') {
    return { of: `${condition.measure} ${condition.against}`, ...sides };
  }
  const of = `${shape.share} share`;
  if (!shape.complement) return { of, ...sides };
  return {
    of,
    low: 1 - sides.high,
    high: 1 - sides.low,
    lowOpen: sides.highOpen,
    highOpen: sides.lowOpen,
  };
}

export function sameRange(a: Range, b: Range): boolean {
  const sides = near(a.low, b.low) && near(a.high, b.high);
  return a.of === b.of && sides && a.lowOpen === b.lowOpen && a.highOpen === b.highOpen;
}

/** True when some figure is in both. */
export function overlap(a: Range, b: Range): boolean {
  if (a.of !== b.of) return false;
  return below(a, b) && below(b, a);
}

/** True when `a` begins at or below the end of `b`. */
function below(a: Range, b: Range): boolean {
  if (near(a.low, b.high)) return !a.lowOpen && !b.highOpen;
  return a.low < b.high;
}

function near(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) < 1e-9;
}

function sidesOf(comparison: Condition['comparison'], value: number): Omit<Range, 'of'> | undefined {
  const low = { low: value, high: Number.POSITIVE_INFINITY, highOpen: true };
  const high = { low: Number.NEGATIVE_INFINITY, lowOpen: true, high: value };
  switch (comparison) {
    case '>=':
      return { ...low, lowOpen: false };
    case '>':
      return { ...low, lowOpen: true };
    case '<=':
      return { ...high, highOpen: false };
    case '<':
      return { ...high, highOpen: true };
    case '==':
      return { low: value, high: value, lowOpen: false, highOpen: false };
    case '!=':
      return undefined;
  }
}
