import { countedShare } from '../protocol/domain/countedShare.ts';
import type { Reading, RejectReason } from '../protocol/domain/observation.ts';
import type { Matcher, Plan } from '../protocol/domain/plan.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { unitLength } from '../protocol/domain/timeUnit.ts';
import { fieldOfNumber, type NumberMeasure, numberIn, numberMeasures, scaled } from './numberField.ts';
import type { SeriesMemory } from './seriesMemory.ts';

type Outcome = Extract<Reading, { kind: 'outcome' }>;
type Values = readonly unknown[];

/**
 * Behind the numbers of a reading, where a plan has records that stand for many: of how many outcomes it is, the sum of
 * the squares of their weights, and how often its numbers are counted.
 */
export const countFields = ['#outcomes', '#squares', '#numbers'] as const;

/** True when the plan has records that stand for many, so that outcomes are not simply counted. */
export function hasCounts(plan: Plan): boolean {
  return (
    plan.sources.some((source) => {
      const { weight, times, outcomes, series } = sourceShape(source);
      return weight !== undefined || times !== undefined || outcomes !== undefined || series !== null;
    }) ||
    Object.values(plan.measures).some(
      (measure) =>
        ('share' in measure && countedShare(measure.share) !== null) ||
        ('quantile' in measure && measure.histogram !== undefined),
    )
  );
}

interface CountTerms {
  /** Names of the plan's shares and numbers, in the order of a reading's. */
  readonly shares: readonly string[];
  readonly fields: readonly string[];
  readonly memory: SeriesMemory;
  indexOf(field: string): number;
  test(matcher: Matcher): (values: Values) => boolean;
}

/** Makes of the reading of a record those of all that it counts. */
export type RecordCounts = (values: Values, outcome: Outcome) => readonly Outcome[] | RejectReason;

/** `null` for a plan whose records count as one each. */
export function compileRecordCounts(plan: Plan, source: Source, terms: CountTerms): RecordCounts | null {
  if (!hasCounts(plan)) return null;
  const { shares, fields, memory, indexOf, test } = terms;
  const shape = sourceShape(source);
  const isOutcome = shape.outcomes === undefined ? () => true : test(shape.outcomes);
  const weightIndex = shape.weight === undefined ? -1 : indexOf(shape.weight);
  const timesIndex = shape.times === undefined ? -1 : indexOf(shape.times);
  const seriesIndices = (shape.series ?? []).map(indexOf);
  const isCumulative = shape.series !== null;
  const first = fields.length - countFields.length;

  const counted = shares.flatMap((name, bit) => {
    const measure = plan.measures[name];
    const found = measure !== undefined && 'share' in measure ? countedShare(measure.share) : null;
    return found === null ? [] : [{ bit, ...found, index: indexOf(found.field), totalIndex: indexOf(found.total) }];
  });
  const histograms = fields.flatMap((key, place) => {
    const measure = numberMeasures(plan).get(key);
    return measure === undefined || !('quantile' in measure) || measure.histogram === undefined
      ? []
      : [compileHistogram(measure, measure.histogram, place, terms)];
  });

  const seriesOf = (values: Values): string => JSON.stringify(seriesIndices.map((index) => values[index] ?? null));
  const amount = (values: Values, index: number, series: string): number => {
    const value = numberIn(values[index]);
    return isCumulative ? memory.increase(`${series} ${index}`, value) : value;
  };

  return (values, outcome) => {
    const weight = weightIndex === -1 || isAbsent(values[weightIndex]) ? 1 : numberIn(values[weightIndex]);
    if (!(weight > 0) || !Number.isFinite(weight)) return 'invalid-number';
    const series = isCumulative ? seriesOf(values) : '';
    const readings: Outcome[] = [];
    const push = (shareBits: number, n: number, numbers: readonly number[], times: number): void => {
      const own = numbers.slice();
      own[first] = Math.round(n * weight);
      own[first + 1] = Math.round(n * weight) * weight;
      own[first + 2] = Math.round(times * weight);
      const reading: Outcome = { ...outcome, shares: shareBits, fields: own };
      readings.push(readings.length === 0 ? reading : { ...reading, more: true });
    };

    if (!isOutcome(values)) push(0, 0, outcome.fields, 1);
    else {
      const [some] = counted;
      let total = 1;
      if (some !== undefined) total = amount(values, some.totalIndex, series);
      else if (timesIndex !== -1) total = amount(values, timesIndex, series);
      if (!(total >= 0)) return 'no-count';
      const good = counted.map(({ bit, index, says }) => {
        const of = amount(values, index, series);
        return { bit, good: Math.min(total, Math.max(0, says === 'good' ? of : total - of)) };
      });
      if (good.some(({ good: of }) => Number.isNaN(of))) return 'no-count';
      // Each share gets its number: the first so many are good, of every share its own.
      const ends = [...new Set([...good.map(({ good: of }) => of), total])].sort((one, other) => one - other);
      let from = 0;
      for (const end of ends) {
        if (end === from) continue;
        const bits = good.reduce((all, each) => (each.good > from ? all | (1 << each.bit) : all), outcome.shares);
        push(bits, end - from, outcome.fields, end - from);
        from = end;
      }
      if (total === 0) push(outcome.shares, 0, outcome.fields, 0);
    }
    const none = outcome.fields.map(() => Number.NaN);
    for (const histogram of histograms) {
      for (const { value, times } of histogram(values, isCumulative ? series : null)) {
        const numbers = none.slice();
        numbers[histogram.place] = value;
        push(0, 0, numbers, times);
      }
    }
    return readings;
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

interface Counted {
  readonly value: number;
  readonly times: number;
}

interface Histogram {
  (values: Values, series: string | null): readonly Counted[];
  readonly place: number;
}

/**
 * The numbers of a histogram: a list of counts beside a list of bounds (OTLP), or a record for each upper bound that counts
 * all below it too (`le` of Prometheus, whose buckets come in ascending order).
 */
function compileHistogram(
  measure: Extract<NumberMeasure, { quantile: number }>,
  bounds: string,
  place: number,
  { indexOf, test, memory }: CountTerms,
): Histogram {
  const countIndex = indexOf(fieldOfNumber(measure));
  const boundIndex = indexOf(bounds);
  const isOf = measure.where === undefined ? () => true : test(measure.where);
  const to = unitLength(measure.unit ?? '') ?? 1;
  const from = measure.field_unit === undefined ? to : (unitLength(measure.field_unit) ?? to);
  const inUnit = (bound: number) => (from === to || !Number.isFinite(bound) ? bound : scaled(bound, from, to));
  const grown = (key: string, value: number, series: string | null) =>
    series === null ? value : memory.increase(`${series} ${place} ${key}`, value);

  const read = (values: Values, series: string | null): readonly Counted[] => {
    if (!isOf(values)) return [];
    const [count, bound] = [values[countIndex], values[boundIndex]];
    if (Array.isArray(count) && Array.isArray(bound)) {
      const ends = bound.map((each) => inUnit(boundOf(each)));
      return count.flatMap((each, index) =>
        spread(
          ends[index - 1] ?? 0,
          ends[index] ?? Number.POSITIVE_INFINITY,
          grown(`${index}`, numberIn(each), series),
        ),
      );
    }
    const end = inUnit(boundOf(bound));
    if (Number.isNaN(end)) return [];
    const below = grown(`${end}`, numberIn(count), series);
    if (Number.isNaN(below)) return [];
    const before = memory.bucketBefore(`${series ?? ''} ${place}`, { bound: finite(end), count: below });
    return spread(before?.bound ?? 0, end, below - (before?.count ?? 0));
  };
  return Object.assign(read, { place });
}

/** JSON, by which it is kept, has no infinity. */
function finite(bound: number): number {
  return Math.min(bound, Number.MAX_VALUE);
}

function boundOf(value: unknown): number {
  if (typeof value === 'string' && /^\+?inf(?:inity)?$/i.test(value.trim())) return Number.POSITIVE_INFINITY;
  return numberIn(value);
}

/** So many values stand for those of one bucket. */
const mostPoints = 16;

/**
 * Values of a bucket, evenly over it, as `histogram_quantile` takes them; those above the last bound are at that bound, for
 * nothing is known of them but that they are beyond.
 */
function spread(lower: number, upper: number, count: number): readonly Counted[] {
  const whole = Math.round(count);
  if (!(whole > 0)) return [];
  if (!Number.isFinite(upper)) return [{ value: lower, times: whole }];
  const points = Math.min(whole, mostPoints);
  return Array.from({ length: points }, (_, index) => ({
    value: lower + ((upper - lower) * (index + 0.5)) / points,
    times: Math.floor(((index + 1) * whole) / points) - Math.floor((index * whole) / points),
  }));
}
