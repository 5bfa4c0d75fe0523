import { parseDurationText } from '../protocol/domain/durationText.ts';
import { compileMatcher, type ValuesTest } from '../protocol/domain/matcher.ts';
import type { Measure } from '../protocol/domain/measure.ts';
import type { RowNumber } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { unitLength } from '../protocol/domain/timeUnit.ts';
import type { TimeReader } from './timeForms.ts';
import type { Zone } from './zone.ts';

/** A measure whose numbers stand in a field of records. */
export type NumberMeasure = Extract<Measure, { quantile: number }> | Extract<Measure, { gauge: string }>;

/** The measure's numbers, if they stand in records. */
function numberMeasure(measure: Measure): NumberMeasure | null {
  if ('quantile' in measure) return measure;
  return 'gauge' in measure && measure.process === undefined ? measure : null;
}

export function fieldOfNumber(measure: NumberMeasure): string {
  return 'quantile' in measure ? measure.field : measure.gauge;
}

/**
 * Names what is read of records for a measure, so that measures of the same numbers share them: the field, and what else
 * decides its number. Stored counts know it by that name.
 */
export function numberKey(measure: NumberMeasure): string {
  const field = fieldOfNumber(measure);
  const unit = measure.field_unit === undefined && differenceIn(field) === null ? '' : ` as ${measure.unit ?? 'ms'}`;
  const from = measure.field_unit === undefined ? '' : ` in ${measure.field_unit}`;
  const where = measure.where === undefined ? '' : ` where ${JSON.stringify(measure.where)}`;
  const histogram = 'quantile' in measure && measure.histogram !== undefined ? ` by ${measure.histogram}` : '';
  return `${field}${from}${unit}${where}${histogram}`;
}

/** Every number that readings carry, once. */
export function numberMeasures(plan: Plan): ReadonlyMap<string, NumberMeasure> {
  const found = new Map<string, NumberMeasure>();
  for (const measure of Object.values(plan.measures)) {
    const numbers = numberMeasure(measure);
    if (numbers !== null && !found.has(numberKey(numbers))) found.set(numberKey(numbers), numbers);
  }
  return found;
}

/** `end_time - start_time`; `null` for one field alone. */
export function differenceIn(field: string): { readonly later: string; readonly earlier: string } | null {
  const found = /^(\S.*?) - (\S.*)$/.exec(field);
  return found === null ? null : { later: found[1] ?? '', earlier: (found[2] ?? '').trim() };
}

export interface NumberTerms {
  readonly textCells: boolean;
  readonly zone: Zone;
  readonly readTime: TimeReader;
  indexOf(field: string): number;
  /** The same of a field on whose value it depends whether a record has the number. */
  testedIndexOf(field: string): number;
}

export interface NumberReader {
  /** One number of a record's values; `NaN` where it has none. */
  read(values: readonly unknown[]): number;
  /** How a number of its field becomes that one, where no more than a field decides it. */
  readonly plain?: RowNumber;
  /** Records for which it is false have none. */
  readonly where?: ValuesTest;
}

/**
 * The reader of a measure's number. A text with a unit of time (`12.3ms`) is given in the measure's `unit`, milliseconds
 * without one; the difference of two times likewise. A plain number is taken as it is, unless `field_unit` says in what.
 */
export function compileNumber(
  measure: NumberMeasure,
  { textCells, zone, readTime, indexOf, testedIndexOf }: NumberTerms,
): NumberReader {
  // The counts of a histogram are no numbers of the measure.
  if ('quantile' in measure && measure.histogram !== undefined)
    return { read: () => Number.NaN, plain: { field: null, times: 1, over: 1 } };
  const field = fieldOfNumber(measure);
  const given = unitLength(measure.unit ?? 'ms') ?? 1;
  const own = measure.field_unit === undefined ? undefined : unitLength(measure.field_unit);
  const factors = own === undefined ? { times: 1, over: 1 } : scaling(own, given);
  const scale = (number: number) => (number * factors.times) / factors.over;
  const where: ValuesTest =
    measure.where === undefined ? () => true : compileMatcher(measure.where, textCells, testedIndexOf);
  const apart = differenceIn(field);
  if (apart === null) {
    const index = indexOf(field);
    return {
      read: (values) => (where(values) ? numberIn(values[index], given, scale) : Number.NaN),
      plain: { field: index, ...factors },
      where,
    };
  }
  const later = indexOf(apart.later);
  const earlier = indexOf(apart.earlier);
  const read = (values: readonly unknown[]): number => {
    if (!where(values)) return Number.NaN;
    const [one, other] = [values[later], values[earlier]];
    const [number, from] = [numberIn(one, given, scale), numberIn(other, given, scale)];
    if (Math.abs(number) < leastEpoch || Math.abs(from) < leastEpoch) return number - from;
    const end = readTime(one, zone, null);
    const start = readTime(other, zone, null);
    return end === undefined || start === undefined ? Number.NaN : scaled(rounded(end - start), 1, given);
  };
  return { read };
}

/** Smaller numbers are no times: 1973 in seconds. */
const leastEpoch = 1e8;

/** To the microsecond, which instants are exact to. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** From units of one length to those of another. Powers of ten are divided by, which keeps digits what they are. */
export function scaled(number: number, from: number, to: number): number {
  const { times, over } = scaling(from, to);
  return (number * times) / over;
}

/** One of the two is 1. */
function scaling(from: number, to: number): Pick<RowNumber, 'times' | 'over'> {
  return from >= to ? { times: Math.round(from / to), over: 1 } : { times: 1, over: Math.round(to / from) };
}

const numericText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** `NaN` when the record has no number there: the record still counts, only not for measures of that field. */
export function numberIn(value: unknown, unit = 1, scale: (number: number) => number = (number) => number): number {
  if (typeof value === 'number') return scale(value);
  if (typeof value !== 'string') return Number.NaN;
  if (numericText.test(value)) return scale(Number(value));
  const length = parseDurationText(value);
  return length === undefined ? Number.NaN : scaled(length, 1, unit);
}
