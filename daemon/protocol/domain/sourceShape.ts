import { formatShape } from './formatNames.ts';
import type { Matcher } from './plan.ts';
import { sourceFormat } from './sourceFormat.ts';
import type { Source } from './sourceKinds.ts';

/** How a source's records lie in its lines, and where their time stands: as the plan says, else as its format does. */
export interface SourceShape {
  /** Several are read as one text. */
  readonly timeFields: readonly string[];
  /** Of times that name none; `undefined`: the plan's. */
  readonly zone: string | undefined;
  readonly unwrap: readonly string[];
  readonly each: readonly string[];
  readonly columns: readonly string[] | null;
  readonly ignore: Matcher | undefined;
}

export function sourceShape(source: Source): SourceShape {
  const own = formatShape(sourceFormat(source));
  return {
    timeFields: listed(source.time?.field ?? own.time?.field ?? 'timestamp'),
    zone: source.time?.zone ?? own.time?.zone,
    unwrap: listed(source.unwrap ?? own.unwrap),
    each: listed(source.each ?? own.each),
    columns: source.columns ?? own.columns ?? null,
    ignore: source.ignore ?? own.ignore,
  };
}

function listed(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
