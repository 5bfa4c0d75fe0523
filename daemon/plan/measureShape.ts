import type { Arm, GateCondition, Plan } from '../protocol/domain/plan.ts';
import { evidencedItems } from './checks/checkEvidence.ts';

/** The shape of a measure, as far as conditions need it. */
export type MeasureShape =
  /** `share`: the share that it is, or whose rest it is (`complement`). */
  | { readonly kind: 'share'; readonly share: string; readonly complement: boolean; readonly arm: Arm }
  /** Records, lines or signals; `arm` is `null` for a measure without an arm. */
  | { readonly kind: 'count'; readonly of: 'records' | 'lines' | 'signals'; readonly arm: Arm | 'any' | null }
  | { readonly kind: 'value'; readonly of: 'quantile' | 'gauge'; readonly unit: string; readonly arm: Arm | null };

/** `undefined` for a measure the plan does not have, and for a `share_not` that leads to no share. */
export function measureShape(plan: Plan, name: string): MeasureShape | undefined {
  const seen = new Set<string>();
  let complement = false;
  for (let at = name; ; complement = !complement) {
    const measure = Object.hasOwn(plan.measures, at) ? plan.measures[at] : undefined;
    if (measure === undefined || seen.has(at)) return undefined;
    if ('share' in measure) return { kind: 'share', share: at, complement, arm: measure.of };
    if (!('share_not' in measure)) return seen.size > 0 ? undefined : plainShape(measure);
    seen.add(at);
    at = measure.share_not;
  }
}

type PlainMeasure = Exclude<Plan['measures'][string], { share: unknown } | { share_not: unknown }>;

function plainShape(measure: PlainMeasure): MeasureShape {
  if ('count' in measure) return { kind: 'count', of: 'records', arm: measure.count };
  if ('lines' in measure) return { kind: 'count', of: 'lines', arm: null };
  if ('signal' in measure) return { kind: 'count', of: 'signals', arm: null };
  if ('quantile' in measure) return { kind: 'value', of: 'quantile', unit: measure.unit ?? '', arm: measure.of };
  return { kind: 'value', of: 'gauge', unit: measure.unit ?? '', arm: null };
}

/** The place of a gate's condition. */
export function gatePath(stage: number, at: number, { missing }: GateCondition): readonly (string | number)[] {
  const path = ['stages', stage, 'gate', at];
  return missing === undefined ? path : [...path, 'when'];
}

/** Every condition of the plan, with its path. */
export function conditionsOf(
  plan: Plan,
): { readonly condition: Plan['triggers'][number]['when']; readonly path: readonly (string | number)[] }[] {
  return [
    ...plan.stages.flatMap((stage, index) =>
      stage.gate.map((condition, at) => ({ condition, path: gatePath(index, at, condition) })),
    ),
    ...plan.triggers.map((trigger, index) => ({ condition: trigger.when, path: ['triggers', index, 'when'] })),
    ...evidencedItems(plan).flatMap(({ item, path }) => {
      const evidence = typeof item === 'string' ? undefined : item.evidence;
      if (typeof evidence !== 'object' || !('measure' in evidence)) return [];
      return [{ condition: evidence.measure, path: [...path, 'measure'] }];
    }),
  ];
}
