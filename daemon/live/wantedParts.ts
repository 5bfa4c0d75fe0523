import type { Wanted } from '../measure/joinedCounts.ts';
import type { CountedUnder, KeptParts } from '../measure/keptParts.ts';
import { lineSeries } from '../measure/resolvedMeasure.ts';
import type { Holds } from './countedParts.ts';

/**
 * The parts of a plan's counts that its sources must be read again for.
 * @param known the parts that exist already, and so are not wanted.
 */
export function wantedOf(kept: KeptParts, { instrument }: CountedUnder, known: KeptParts | null = null): Wanted {
  const absent = (now: readonly (number | null)[], then: readonly (number | null)[] | undefined): number[] =>
    now.flatMap((old, index) => (old === null && (then === undefined || then[index] === null) ? [index] : []));
  const arms = !kept.arms && known?.arms !== true;
  const theirs = known?.arms === true ? known : null;
  // With the arms come all columns.
  const columns = (of: 'shares' | 'fields' | 'sketches') =>
    arms ? [] : absent(kept[of], theirs?.[of]).filter((now) => of !== 'fields' || !kept.ones.includes(now));
  const isRead = kept.records || known?.records === true;
  return {
    arms,
    records: !isRead,
    lines: !kept.lines && known?.lines !== true,
    shares: columns('shares'),
    fields: columns('fields'),
    sketches: columns('sketches'),
    values: isRead ? absent(kept.values, known?.values) : instrument.valueFields.map((_, index) => index),
    series: [...kept.series].flatMap(([series, { from, kind }]) =>
      from === null && kind !== 'process' && (known === null || known.series.get(series)?.from === null)
        ? [series]
        : [],
    ),
  };
}

export function isNothing({ arms, records, lines, shares, fields, sketches, values, series }: Wanted): boolean {
  const columns = [shares, fields, sketches, values, series];
  return !arms && !records && !lines && columns.every(({ length }) => length === 0);
}

/** The same, as an earlier plan names it. */
export function namedAs(wanted: Wanted, kept: KeptParts): Wanted {
  const of = (indices: readonly number[], old: readonly (number | null)[]) =>
    indices.flatMap((index) => old[index] ?? []);
  return {
    ...wanted,
    shares: of(wanted.shares, kept.shares),
    fields: of(wanted.fields, kept.fields),
    sketches: of(wanted.sketches, kept.sketches),
    values: of(wanted.values, kept.values),
    series: wanted.series.flatMap((series) => kept.series.get(series)?.from ?? []),
  };
}

/**
 * The part of a second reading that is still useful after another edit: parts that the new plan asks for too, and that
 * the edit has not invalidated (those are read once more, from further on).
 * @param kept from its plan to the new one.
 * @param edit from the plan before the edit to the new one.
 */
export function stillWanted(wanted: Wanted, kept: KeptParts, edit: KeptParts): Wanted {
  const arms = kept.arms && edit.arms;
  const of = (indices: readonly number[], theirs: readonly (number | null)[], ours: readonly (number | null)[]) =>
    indices.filter((old) => theirs.some((from, index) => from === old && ours[index] !== null));
  const columns = (name: 'shares' | 'fields' | 'sketches') => (arms ? of(wanted[name], kept[name], edit[name]) : []);
  const records = kept.records && edit.records;
  return {
    arms: wanted.arms && arms,
    records: wanted.records && records,
    lines: wanted.lines && kept.lines && edit.lines,
    shares: columns('shares'),
    fields: columns('fields'),
    sketches: columns('sketches'),
    values: records ? of(wanted.values, kept.values, edit.values) : [],
    series: wanted.series.filter((old) =>
      [...kept.series].some(([series, { from }]) => from === old && edit.series.get(series)?.from != null),
    ),
  };
}

export const nothing: Wanted = {
  arms: false,
  records: false,
  lines: false,
  shares: [],
  fields: [],
  sketches: [],
  values: [],
  series: [],
};

/** The part of it that is counted from records, or from lines. */
export function onlyFrom(holds: Holds, wanted: Wanted): Wanted {
  const isOfLines = (series: string): boolean => series.startsWith(lineSeries(''));
  return holds === 'lines'
    ? { ...nothing, lines: wanted.lines, series: wanted.series.filter(isOfLines) }
    : { ...wanted, lines: false, series: wanted.series.filter((series) => !isOfLines(series)) };
}

export function bothWanted(records: Wanted, lines: Wanted): Wanted {
  return { ...records, lines: lines.lines, series: [...records.series, ...lines.series] };
}
