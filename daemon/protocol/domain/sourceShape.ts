import { formatShape } from './formatNames.ts';
import type { Matcher } from './plan.ts';
import { sourceFormat } from './sourceFormat.ts';
import { type Source, sourceKindShape } from './sourceKinds.ts';

/** How a source's records lie in its lines, and where their time stands: as the plan says, else as its format does. */
export interface SourceShape {
  /** Several are read as one text. */
  readonly timeFields: readonly string[];
  /** The zone of times without one; `undefined`: the plan's. */
  readonly zone: string | undefined;
  readonly unwrap: readonly string[];
  readonly each: readonly string[];
  readonly columns: readonly string[] | null;
  readonly ignore: Matcher | undefined;
  readonly outcomes: Matcher | undefined;
  readonly weight: string | undefined;
  readonly times: string | undefined;
  /** The fields that tell the series of counts that only grow; `null`: they count anew in each record. */
  readonly series: readonly string[] | null;
  /** A record without a time is of the time before it, or of its arrival. */
  readonly isTimeless: boolean;
  /** The field that names the arm itself; `null` where the plan's `arms` tell it. */
  readonly armField: string | null;
}

export function sourceShape(source: Source): SourceShape {
  const kind = sourceKindShape(source);
  const own = {
    ...formatShape(sourceFormat(source)),
    ...(kind !== null && { time: { ...kind.time, zone: undefined }, times: kind.times }),
  };
  return {
    timeFields: listed(source.time?.field ?? own.time?.field ?? 'timestamp'),
    zone: source.time?.zone ?? own.time?.zone,
    unwrap: listed(source.unwrap ?? own.unwrap),
    each: listed(source.each ?? own.each),
    columns: source.columns ?? own.columns ?? null,
    ignore: source.ignore ?? own.ignore,
    outcomes: source.outcomes,
    weight: source.weight ?? own.weight,
    times: source.times ?? own.times,
    series: seriesOf(source.cumulative, own.cumulative),
    isTimeless: own.isTimeless === true,
    armField: kind?.armField ?? null,
  };
}

function listed(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

type Cumulative = false | { readonly series: string | readonly string[] } | undefined;

function seriesOf(said: Cumulative, own: Cumulative): readonly string[] | null {
  const found = said ?? own;
  return found === undefined || found === false ? null : listed(found.series);
}
