import { countedShare } from '../protocol/domain/countedShare.ts';
import type { Measure } from '../protocol/domain/measure.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { holdsLines, sourceFormat } from '../protocol/domain/sourceFormat.ts';
import { decidingSettings, nameOfSource, type Source, sourceKind, sourceName } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { numberKey } from './numberField.ts';
import type { CountsLayout } from './outcomeCounts.ts';
import { countFields, hasCounts } from './recordCounts.ts';
import { gaugeSeries, lineSeries, lineSources } from './resolvedMeasure.ts';

/** A plan with its instrument: the rules under which counts were made. */
export interface CountedUnder {
  readonly plan: Plan;
  readonly instrument: Instrument;
}

/**
 * The counts made under one plan that hold under another. A count depends on its rules: a share on its matcher, a
 * sketch on its field, the arms on their matchers and on every source of records, a number of lines on its patterns and
 * its sources. Both plans are parsed by the same version of Rampwatch, so a key that is new, with its default, is the
 * same in both and invalidates nothing.
 */
export interface KeptParts {
  /** Old source → new source, of those whose files are read on from their present position. */
  readonly sources: ReadonlyMap<number, number>;
  /** All sources of records that were read are read in the same way. */
  readonly records: boolean;
  /** The same of the text sources. */
  readonly lines: boolean;
  /** The records are read in the same way, and belong to the same arms. */
  readonly arms: boolean;
  /** By the new bit: the old one; `null` for a share that was not counted. */
  readonly shares: readonly (number | null)[];
  /** By the new index of a numeric field: the old one. */
  readonly fields: readonly (number | null)[];
  /** New numeric fields that are 1 in each outcome so far: records count as one each until a plan says otherwise. */
  readonly ones: readonly number[];
  /** By the new place among the sketched fields: the old one. */
  readonly sketches: readonly (number | null)[];
  /** By the new index of a field whose values are counted: the old one. */
  readonly values: readonly (number | null)[];
  /** By the new series of samples. */
  readonly series: ReadonlyMap<string, KeptSeries>;
}

/** The name of no series. */
const noSeries = '';

export interface KeptSeries {
  /** The old series; `null` when it was not counted, `noSeries` when there was nothing to count. */
  readonly from: string | null;
  readonly kind: 'lines' | 'records' | 'process';
}

/** A source at the time of the edit. */
export interface ReadSource {
  /** A part of it was read. */
  readonly wasRead: boolean;
  /** The live paths of the logs that were read of it. */
  readonly logs: readonly string[];
}

/**
 * @param read of each old source, what was read of it.
 * @param isOf whether a log belongs to a source.
 */
export function keptParts(
  before: CountedUnder,
  after: CountedUnder,
  read: readonly ReadSource[],
  isOf: (log: string, source: Source) => boolean,
): KeptParts {
  const sources = sameSources(before.plan, after.plan, read, isOf);
  const isKept = (source: number): boolean => {
    if (read[source]?.wasRead !== true) return true;
    const to = sources.get(source);
    return to !== undefined && readingOf(before.plan, source) === readingOf(after.plan, to);
  };
  // An edit of its format may make a source of records one of lines: both are touched by it.
  const of = (areLogs: boolean) =>
    before.plan.sources.flatMap((source, index) => {
      const now = after.plan.sources[sources.get(index) ?? -1];
      return holdsLines(source) === areLogs || (now !== undefined && holdsLines(now) === areLogs) ? [index] : [];
    });
  const records = of(false).every(isKept);
  const lines = of(true).every(isKept);
  const { instrument: from } = before;
  const { instrument: to } = after;
  const shareOf = ({ plan }: CountedUnder, name: string | undefined): string =>
    canonical(pick(plan.measures[name ?? ''], 'share'));
  const sketched = ({ plan }: CountedUnder) => sketchedFields(plan);
  return {
    sources,
    records,
    lines,
    arms: records && canonical(before.plan.arms) === canonical(after.plan.arms) && totalOf(before) === totalOf(after),
    shares: to.shares.map((name) => found(from.shares, (old) => shareOf(before, old) === shareOf(after, name))),
    fields: to.fields.map((name) => found(from.fields, (old) => old === name)),
    ones: hasCounts(before.plan)
      ? []
      : to.fields.flatMap((name, now) => (countFields.some((field) => field === name) ? [now] : [])),
    sketches: sketched(after).map((name) => found(sketched(before), (old) => old === name)),
    values: to.valueFields.map((name) => found(from.valueFields, (old) => old === name)),
    series: new Map(
      Object.entries(after.plan.measures).flatMap(([name, measure]) =>
        seriesOf(name, measure).map(({ series, kind }) => {
          const holds = (old: string): boolean => {
            if (canonical(sampled(before.plan.measures[old])) !== canonical(sampled(measure))) return false;
            if (kind === 'records') return records;
            return kind === 'process' || sameLines(before.plan, old, after.plan, name, { read, sources, isKept });
          };
          const old = Object.keys(before.plan.measures).find(holds);
          const from = old === undefined ? null : (seriesOf(old, measure)[0]?.series ?? null);
          const isOfNone = kind === 'lines' && readsNone(before.plan, after.plan, name, { read, sources });
          return [series, { kind, from: from ?? (isOfNone ? noSeries : null) }] as const;
        }),
      ),
    ),
  };
}

/** The names of the fields that quantiles need, in the order of a cell's sketches. */
export function sketchedFields({ measures }: Plan): readonly string[] {
  return [
    ...new Set(Object.values(measures).flatMap((measure) => ('quantile' in measure ? [numberKey(measure)] : []))),
  ];
}

/** The field that tells how many outcomes a record is, by the plan's shares; `null`: a record is one. */
function totalOf({ plan }: CountedUnder): string | null {
  for (const measure of Object.values(plan.measures)) {
    const counted = 'share' in measure ? countedShare(measure.share) : null;
    if (counted !== null) return counted.total;
  }
  return null;
}

/** The layout of the counts of every outcome. */
export function countsLayout({ plan, instrument }: CountedUnder): CountsLayout {
  const sketched = sketchedFields(plan).map((field) => instrument.fields.indexOf(field));
  const counted = instrument.fields.indexOf(countFields[0]);
  return { shares: instrument.shares.length, sketched, ...(counted === -1 ? {} : { counted }) };
}

/** The settings that decide how a source's bytes become readings; its path and its `fresh` do not. */
function readingOf(plan: Plan, index: number): string {
  const source = plan.sources[index];
  if (source === undefined) return '';
  const { fresh: _fresh, rejects: _rejects, format: _format, time: _time, ...rest } = decidingSettings(source);
  const { time } = source;
  const format = sourceFormat(source);
  const { timeFields, zone } = sourceShape(source);
  const field = holdsLines(source) ? (time?.field ?? null) : timeFields;
  return canonical({ ...rest, format, time: { ...time, field, zone: zone ?? plan.timezone } });
}

function sameSources(
  before: Plan,
  after: Plan,
  read: readonly ReadSource[],
  isOf: (log: string, source: Source) => boolean,
): Map<number, number> {
  const same = new Map<number, number>();
  const taken = new Set<number>();
  const match = (fits: (old: number, source: Source, index: number) => boolean, inAnyFormat = false): void => {
    for (const [index, source] of after.sources.entries()) {
      if (taken.has(index)) continue;
      const old = before.sources.findIndex(
        (from, at) =>
          !same.has(at) &&
          sourceKind(from) === sourceKind(source) &&
          (inAnyFormat || sourceFormat(from) === sourceFormat(source)) &&
          fits(at, source, index),
      );
      if (old === -1) continue;
      same.set(old, index);
      taken.add(index);
    }
  };
  const isNamed = (old: number, source: Source) => nameOfSource(before, old) === sourceName(source);
  match((old, source, index) => isNamed(old, source) && readingOf(before, old) === readingOf(after, index));
  // Another glob that finds every log that was read is the same source under another name.
  const findsAll = (old: number, source: Source) => {
    const logs = read[old]?.logs ?? [];
    return logs.length > 0 && logs.every((log) => isOf(log, source));
  };
  for (const inAnyFormat of [false, true]) {
    match(isNamed, inAnyFormat);
    match(findsAll, inAnyFormat);
  }
  return same;
}

function sameLines(
  before: Plan,
  old: string,
  after: Plan,
  name: string,
  {
    read,
    sources,
    isKept,
  }: { read: readonly ReadSource[]; sources: ReadonlyMap<number, number>; isKept(source: number): boolean },
): boolean {
  const wanted = (plan: Plan, of: string) => {
    const measure = plan.measures[of];
    return measure !== undefined && 'lines' in measure ? lineSources(plan, measure.source) : [];
  };
  const now = new Set(wanted(after, name));
  const then = new Set(wanted(before, old));
  return before.sources.every((_, index) => {
    if (read[index]?.wasRead !== true) return true;
    const to = sources.get(index);
    const isRead = to !== undefined && now.has(to);
    return then.has(index) === isRead && (!isRead || isKept(index));
  });
}

/** True when nothing was read yet of the sources whose lines a measure counts. */
function readsNone(
  before: Plan,
  after: Plan,
  name: string,
  { read, sources }: { readonly read: readonly ReadSource[]; readonly sources: ReadonlyMap<number, number> },
): boolean {
  const measure = after.measures[name];
  const wanted = measure !== undefined && 'lines' in measure ? lineSources(after, measure.source) : [];
  return before.sources.every((_, index) => {
    const to = sources.get(index);
    return read[index]?.wasRead !== true || to === undefined || !wanted.includes(to);
  });
}

function seriesOf(
  name: string,
  measure: Measure,
): readonly { readonly series: string; readonly kind: KeptSeries['kind'] }[] {
  if ('lines' in measure) return [{ series: lineSeries(name), kind: 'lines' }];
  if (!('gauge' in measure)) return [];
  return [{ series: gaugeSeries(name), kind: measure.process === undefined ? 'records' : 'process' }];
}

/** The settings that decide which samples a series has. */
function sampled(measure: Measure | undefined): unknown {
  if (measure === undefined) return null;
  if ('lines' in measure) return { lines: measure.lines };
  if ('gauge' in measure) {
    const { gauge, process, of, where, field_unit } = measure;
    return { gauge, process, of, where, field_unit };
  }
  return null;
}

function pick(measure: Measure | undefined, key: 'share'): unknown {
  return measure !== undefined && key in measure ? measure[key as keyof Measure] : null;
}

function found<Item>(among: readonly Item[], fits: (item: Item) => boolean): number | null {
  const index = among.findIndex(fits);
  return index === -1 ? null : index;
}

const canonicalTexts = new WeakMap<object, string>();

/**
 * The same text for the same value, whatever the order of its keys. It is kept with the value, which must not change any
 * more: each part of a plan is compared with all parts of another.
 */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return canonicalText(value);
  const known = canonicalTexts.get(value);
  if (known !== undefined) return known;
  const text = canonicalText(value);
  canonicalTexts.set(value, text);
  return text;
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const parts = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${parts.map(([key, part]) => `${JSON.stringify(key)}:${canonicalText(part)}`).join(',')}}`;
}
