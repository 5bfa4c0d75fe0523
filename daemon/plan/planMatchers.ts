import { countedShare } from '../protocol/domain/countedShare.ts';
import type { Matcher, MatcherValue, Plan } from '../protocol/domain/plan.ts';
import type { Path } from './problem.ts';

/** One value of a matcher of the plan, with its place. */
export interface PlacedValue {
  readonly path: Path;
  readonly field: string;
  readonly value: MatcherValue;
}

/** Every matcher of the plan, with its place. */
function matchersOf({ arms, measures, sources }: Plan): readonly (readonly [Path, Matcher])[] {
  return [
    ...Object.entries(arms).flatMap(([name, arm]) => (arm === undefined ? [] : [[['arms', name], arm] as const])),
    ...Object.entries(measures).flatMap(([name, measure]): readonly (readonly [Path, Matcher])[] => {
      if ('share' in measure)
        return countedShare(measure.share) === null ? [[['measures', name, 'share'], measure.share]] : [];
      return 'where' in measure && measure.where !== undefined ? [[['measures', name, 'where'], measure.where]] : [];
    }),
    ...sources.flatMap(({ ignore, outcomes, stage_event, join }, index) => [
      ...(typeof join?.exposures === 'object'
        ? [[['sources', index, 'join', 'exposures'], join.exposures] as const]
        : []),
      ...(outcomes === undefined ? [] : [[['sources', index, 'outcomes'], outcomes] as const]),
      ...(ignore === undefined ? [] : [[['sources', index, 'ignore'], ignore] as const]),
      ...(stage_event === undefined ? [] : [[['sources', index, 'stage_event', 'match'], stage_event.match] as const]),
    ]),
  ];
}

/** Every value of every matcher. */
export function matcherValues(plan: Plan): readonly PlacedValue[] {
  return matchersOf(plan).flatMap(([path, matcher]) =>
    Object.entries(matcher).flatMap(([field, value]): PlacedValue[] =>
      Array.isArray(value)
        ? value.map((each, index) => ({ path: [...path, field, index], field, value: each }))
        : [{ path: [...path, field], field, value }],
    ),
  );
}
