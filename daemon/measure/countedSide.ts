import { type Comparison, opposite } from '../protocol/domain/condition.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import { type ResolvedMeasure, resolveMeasure } from './resolvedMeasure.ts';
import { exactLength } from './slidingWindow.ts';

/**
 * The outcomes of an arm that a condition is about: those that match a share or do not, the largest values or the
 * smallest, or all.
 */
export type CountedSide =
  | { readonly kind: 'all'; readonly arm: Arm }
  | { readonly kind: 'share'; readonly arm: Arm; readonly bit: number; readonly satisfied: boolean }
  | { readonly kind: 'value'; readonly arm: Arm; readonly field: number; readonly largest: boolean };

/** The side that makes the comparison hold: of "success < 95 %" the failures, of "errors > 5 %" the errors. */
export function sideOf(measure: ResolvedMeasure, comparison: Comparison): CountedSide | null {
  const isMore = comparison === '>' || comparison === '>=';
  switch (measure.kind) {
    case 'share':
      return { kind: 'share', arm: measure.arm, bit: measure.bit, satisfied: isMore !== measure.complement };
    case 'quantile':
      return { kind: 'value', arm: measure.arm, field: measure.field, largest: isMore };
    default:
      return null;
  }
}

/** A count has only one kind of record. */
export function countedSides({ arm }: { readonly arm: Arm | 'any' }): readonly CountedSide[] {
  const arms: readonly Arm[] = arm === 'any' ? ['treatment', 'control'] : [arm];
  return arms.map((each) => ({ kind: 'all', arm: each }));
}

/** The sides that the plan's triggers warn of and that speak against its gates, each once. */
export function sidesOf(plan: Plan, instrument: Instrument): readonly CountedSide[] {
  const warned = [
    ...plan.triggers.map(({ when }) => ({ name: when.measure, comparison: when.comparison })),
    ...plan.stages.flatMap(({ gate }) =>
      gate.map(({ measure, comparison }) => ({ name: measure, comparison: opposite[comparison] })),
    ),
  ];
  const named = warned.map(({ name, comparison }) => sideOf(resolveMeasure(plan, instrument, name), comparison));
  // A side of all records is large: it is kept beyond the newest hour only where a window reaches there.
  const counted = plan.triggers.flatMap(({ when, over }) => {
    const measure = resolveMeasure(plan, instrument, when.measure);
    return measure.kind === 'count' && over > exactLength ? countedSides(measure) : [];
  });
  const sides = new Map<string, CountedSide>();
  for (const side of [...named, ...counted]) if (side !== null) sides.set(`${side.arm} ${keyOf(side)}`, side);
  return [...sides.values()];
}

/** Names a side among those of its arm. */
export function keyOf(side: CountedSide): string {
  if (side.kind === 'all') return 'all';
  return side.kind === 'share'
    ? `share ${side.bit} ${side.satisfied ? 'yes' : 'no'}`
    : `value ${side.field} ${side.largest ? 'largest' : 'smallest'}`;
}

/** The outcome's number there, 1 or 0 for a share, 1 for all; `null` when it is not on this side. */
export function numberOn(
  side: CountedSide,
  { shares, fields }: Pick<CountedOutcome, 'shares' | 'fields'>,
): number | null {
  if (side.kind === 'all') return 1;
  if (side.kind === 'share') {
    const bit = (shares >> side.bit) & 1;
    return (bit === 1) === side.satisfied ? bit : null;
  }
  const value = fields[side.field] ?? Number.NaN;
  return Number.isFinite(value) ? value : null;
}
