import { countedShare } from '../protocol/domain/countedShare.ts';
import { compileMatcher } from '../protocol/domain/matcher.ts';
import type {
  FieldReader,
  JoinHalf,
  LineMemory,
  LineReading,
  OutcomeRow,
  Reading,
  RowRules,
  WrittenNear,
} from '../protocol/domain/observation.ts';
import type { Arm, Matcher, Plan } from '../protocol/domain/plan.ts';
import { hasTextCells } from '../protocol/domain/sourceFormat.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { duration, type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { fieldOf } from './fieldPath.ts';
import { compilePieces } from './linePieces.ts';
import { writtenBy } from './lineStamp.ts';
import { compileNumber, numberIn, numberMeasures } from './numberField.ts';
import { NumberHints } from './numberHints.ts';
import { RecordClasses } from './recordClasses.ts';
import { compileRecordCounts } from './recordCounts.ts';
import { compileRecordParts } from './recordParts.ts';
import { SeriesMemory } from './seriesMemory.ts';
import { ShareHints } from './shareHints.ts';
import { minuteIn, stampBytesReader } from './stampBytes.ts';
import { timeReader } from './timeForms.ts';
import { secondInstant } from './timestamp.ts';
import { compileStratum, unitOf } from './unitOf.ts';
import type { Zone } from './zone.ts';

/** A stamp further ahead of its arrival than this is a clock gone wrong, and is refused. */
export const futureLimit = 5 * 60_000;
/** The clocks of one machine, and a turn's arrival that is taken once, agree within this. */
const arrivalSlack = 1000;

/**
 * The latest possible time of a record with this stamp: no event is later than its arrival. A clock that is a little
 * ahead must not move the watermark with it, because the windows of all others would then miss the present.
 */
export function happened(stamp: number, arrived: WallTime): EventTime {
  return eventTime(Math.min(stamp, arrived + arrivalSlack));
}

/** The second instant of a stamp in a repeated hour, if it can have arrived already. */
export function arrivedAgain(second: number | undefined, arrived: WallTime): { readonly again?: EventTime } {
  return second === undefined || second > arrived + futureLimit ? {} : { again: happened(second, arrived) };
}

/** The content of readings, by name and in order. */
export interface KeptNames {
  readonly shares: readonly string[];
  readonly fields: readonly string[];
  readonly valueFields: readonly string[];
}

/** Reads the records of one source. */
export interface RecordReader {
  /** A record as its format gives it. */
  record(record: Readonly<Record<string, unknown>>, arrived: WallTime, near: WrittenNear | null): LineReading;
  /** The same field by field, where a line is its own record. */
  readonly byField: FieldReader | undefined;
  /** All that is read, lists and wrappings too. */
  readonly reads: readonly string[];
  hints(): readonly string[];
  /** The memory of lines that rest on those before them. */
  readonly memory: LineMemory | undefined;
}

/** The reader of one source's records; see `compileInstrument` for what comes before what. */
export function compileRecordReader(plan: Plan, source: Source, zone: Zone, kept: KeptNames): RecordReader {
  const textCells = hasTextCells(source);
  const marksStart = source.time?.marks === 'start';
  const { timeFields, unwrap, each, ignore, isTimeless, series } = sourceShape(source);
  const [timeField = 'timestamp'] = timeFields;
  const readTime = timeReader(source.time?.pattern);
  const fields = [timeField];
  let stampIsAlsoValue = false;
  const indexOf = (field: string): number => {
    if (field === timeField) stampIsAlsoValue = true;
    if (!fields.includes(field)) fields.push(field);
    return fields.indexOf(field);
  };
  const tested = new Set<number>();
  const testedIndexOf = (field: string): number => {
    const index = indexOf(field);
    tested.add(index);
    return index;
  };
  const test = (matcher: Matcher) => compileMatcher(matcher, textCells, testedIndexOf);

  const { stage_event: stageEvent } = source;
  const isStage = stageEvent === undefined ? undefined : test(stageEvent.match);
  const isIgnored = ignore === undefined ? undefined : test(ignore);
  const armOf = compileArm(plan, source, test, testedIndexOf);
  const shareTests = kept.shares.map((name) => {
    const measure = plan.measures[name];
    if (measure === undefined || !('share' in measure) || countedShare(measure.share) !== null) return () => false;
    return test(measure.share);
  });
  const hints = new ShareHints(plan, kept.shares, testedIndexOf);
  const valueIndices = kept.valueFields.map(testedIndexOf);
  const memory = new SeriesMemory();
  const counts = compileRecordCounts(plan, source, { shares: kept.shares, fields: kept.fields, memory, indexOf, test });
  const wholeLine = compilePieces(source, memory);
  const remembers = isTimeless || series !== null || wholeLine !== undefined || hasHistograms(plan);
  const classes = new RecordClasses([...tested], (values) => {
    if (isStage?.(values)) return { kind: 'stage' };
    if (isIgnored?.(values)) return { kind: 'ignored' };
    let shares = 0;
    for (const [bit, isGood] of shareTests.entries()) if (isGood(values)) shares |= 1 << bit;
    const arm = armOf(values);
    if (arm !== null) hints.note(arm, values);
    return { kind: 'outcome', arm, shares, values: valueIndices.map((index) => textIn(values[index])) };
  });
  const unitIndex = source.unit === undefined ? -1 : indexOf(source.unit);
  const stratumOf = compileStratum(plan, indexOf);
  const halfOf = compileHalf(source, test, indexOf);
  const percentIndex = stageEvent === undefined ? 0 : indexOf(stageEvent.percent);
  const countedBy = new Set<number>();
  const countedIndexOf = (field: string): number => {
    const index = indexOf(field);
    countedBy.add(index);
    return index;
  };
  const numberHints = new NumberHints();
  const measures = numberMeasures(plan);
  const readers = kept.fields.flatMap((key) => {
    const measure = measures.get(key);
    const noted = measure === undefined ? undefined : numberHints.of(measure, indexOf);
    const terms = { textCells, zone, readTime, indexOf, testedIndexOf: countedIndexOf };
    return measure === undefined ? [] : [{ ...compileNumber(measure, terms), noted }];
  });
  const numbers = kept.fields.map(() => Number.NaN);

  const read = (
    values: readonly unknown[],
    at: number,
    arrived: WallTime,
    near: WrittenNear | null,
    arm: Arm | null,
  ): Reading => {
    const stamp = values[0];
    const parsed =
      (Number.isNaN(at) ? readTime(stamp, zone, near) : at) ??
      (isTimeless && isAbsent(stamp) ? timeOfNone(arrived, near) : undefined);
    if (isTimeless && parsed !== undefined) memory.noteTime(parsed);
    const isDoubtful =
      Number.isNaN(at) && typeof stamp === 'string' && parsed !== undefined && zone.repeats(parsed) > 0;
    const reading = readingOf(values, parsed, arrived, arm);
    if (!isDoubtful || reading.kind === 'rejected' || reading.at === null) return reading;
    return {
      ...reading,
      ...arrivedAgain(
        secondInstant(parsed, zone, (other) => readTime(stamp, other, near)),
        arrived,
      ),
    };
  };
  const readingOf = (
    values: readonly unknown[],
    parsed: number | undefined,
    arrived: WallTime,
    own: Arm | null,
  ): Reading => {
    const found = classes.of(values);
    if (found.kind === 'stage') {
      const problem = timeProblem(values[0], parsed, arrived);
      if (problem !== undefined) return problem;
      const percent = numberIn(values[percentIndex]);
      if (Number.isNaN(percent) || percent < 0 || percent > 100) return { kind: 'rejected', reason: 'invalid-number' };
      return { kind: 'stage', at: happened(parsed ?? 0, arrived), percent };
    }
    if (found.kind === 'ignored') {
      const usable = parsed !== undefined && parsed <= arrived + futureLimit;
      return { kind: 'ignored', at: usable ? happened(parsed, arrived) : null };
    }
    if (parsed === undefined || parsed > arrived + futureLimit) {
      return timeProblem(values[0], parsed, arrived) ?? { kind: 'rejected', reason: 'invalid-time' };
    }

    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index];
      const value = reader?.read(values) ?? Number.NaN;
      numbers[index] = Number.isFinite(value) ? value : Number.NaN;
      if (Number.isNaN(value)) reader?.noted?.(values);
    }
    const { shares, values: texts } = found;
    const arm = own ?? found.arm;
    const reading: Reading = {
      kind: 'outcome',
      at: happened(parsed, arrived),
      arm,
      shares,
      fields: numbers.slice(),
      values: texts,
    };
    const unit = unitIndex === -1 ? undefined : unitOf(values[unitIndex]);
    const half = halfOf?.(values);
    if (half === null) return { kind: 'rejected', reason: 'no-key' };
    const stratum = stratumOf?.(values);
    const named = { ...(unit !== undefined && { unit }), ...(stratum !== undefined && { stratum }) };
    if (half !== undefined) return { ...reading, half, ...named };
    return marksStart || unit !== undefined || stratum !== undefined
      ? { ...reading, ...(marksStart && { marksStart }), ...named }
      : reading;
  };

  /** The same as `readingOf` for a plain outcome. Nothing is written before it is known to be one. */
  const readRow = (values: readonly unknown[], at: number, arrived: WallTime, row: OutcomeRow): boolean => {
    if (Number.isNaN(at) || at > arrived + futureLimit) return false;
    const found = classes.of(values);
    if (found.kind !== 'outcome') return false;
    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index];
      const value = reader?.read(values) ?? Number.NaN;
      row.fields[index] = Number.isFinite(value) ? value : Number.NaN;
      if (Number.isNaN(value)) reader?.noted?.(values);
    }
    row.at = happened(at, arrived);
    row.arm = found.arm;
    row.shares = found.shares;
    row.values = found.values;
    return true;
  };

  /** The time of a record that says none: that of the one before it, or of its arrival. */
  const timeOfNone = (arrived: WallTime, near: WrittenNear | null): number | undefined =>
    memory.time ?? (Number.isFinite(arrived) ? arrived : near?.at);
  const counted = (
    values: readonly unknown[],
    at: number,
    arrived: WallTime,
    near: WrittenNear | null,
    arm: Arm | null,
  ): readonly Reading[] => {
    const reading = read(values, at, arrived, near, arm);
    if (counts === null || reading.kind !== 'outcome') return [reading];
    const all = counts(values, reading);
    return typeof all === 'string' ? [{ kind: 'rejected', reason: all }] : all;
  };
  const valuesOf = (record: DataRecord): readonly unknown[] => {
    const values: unknown[] = [];
    for (const field of fields) values.push(fieldOf(record, field));
    if (timeFields.length > 1) values[0] = timeFields.map((field) => textIn(fieldOf(record, field)) ?? '').join(' ');
    return values;
  };
  const parts = compileRecordParts(source);
  const isPlain = parts === null && timeFields.length === 1 && halfOf === undefined;
  // What a record carries beyond a row is a reading of its own.
  const isPlainOutcome = counts === null && !isTimeless && !marksStart && unitIndex === -1 && stratumOf === undefined;
  const stampIn = stampIsAlsoValue || source.time?.pattern !== undefined ? null : stampBytesReader(zone);
  const rowNumbers = readers.flatMap(({ plain }) => plain ?? []);
  const rows: RowRules = {
    tested: [...new Set([...tested, ...countedBy])],
    numbers: rowNumbers,
    classOf(values) {
      const found = classes.of(values);
      if (found.kind !== 'outcome') return null;
      let counted = 0;
      for (const [bit, { where }] of readers.entries()) if (where?.(values) !== false) counted |= 1 << bit;
      return { arm: found.arm, shares: found.shares, values: found.values, counted };
    },
    minuteIn: (bytes, start) => minuteIn(bytes, start, zone),
    latest: (arrived) => arrived + arrivalSlack,
  };
  const hasRowRules = isPlainOutcome && stampIn !== null && rowNumbers.length === readers.length;
  const nearArrival = (arrived: WallTime): WrittenNear | null => (Number.isFinite(arrived) ? writtenBy(arrived) : null);
  return {
    record(read, arrived, given) {
      const near = given ?? nearArrival(arrived);
      if (remembers) memory.begin();
      const line = wholeLine?.(read) ?? read;
      if (line === 'piece') return { kind: 'ignored', at: null };
      if (line === 'too-long') return { kind: 'rejected', reason: 'too-long' };
      if (parts === null) return together(counted(valuesOf(line), Number.NaN, arrived, near, null));
      return together(
        parts(line).flatMap(({ record, arm }) => counted(valuesOf(record), Number.NaN, arrived, near, arm)),
      );
    },
    byField: isPlain
      ? {
          fields,
          stampIn: stampIn ?? (() => Number.NaN),
          read: (values, at, arrived) => {
            const near = Number.isNaN(at) ? nearArrival(arrived) : null;
            if (counts === null) return read(values, at, arrived, near, null);
            if (remembers) memory.begin();
            return together(counted(values, at, arrived, near, null));
          },
          ...(isPlainOutcome && { readRow }),
          ...(hasRowRules && { rows }),
          hints: () => [...hints.lines, ...numberHints.lines],
        }
      : undefined,
    reads: readsOf([...fields, ...timeFields, ...columnNames(source)], [...unwrap, ...each], parts !== null),
    hints: () => [...hints.lines, ...numberHints.lines],
    memory: remembers ? memory : undefined,
  };
}

type DataRecord = Readonly<Record<string, unknown>>;

function together(readings: readonly Reading[]): LineReading {
  const [only] = readings;
  if (only === undefined) return { kind: 'rejected', reason: 'no-records' };
  return readings.length === 1 ? only : { kind: 'several', readings };
}

function hasHistograms(plan: Plan): boolean {
  return Object.values(plan.measures).some((measure) => 'quantile' in measure && measure.histogram !== undefined);
}

function isAbsent(stamp: unknown): boolean {
  return stamp === undefined || stamp === null || (typeof stamp === 'string' && stamp.trim() === '');
}

function compileArm(
  plan: Plan,
  source: Source,
  test: (matcher: Matcher) => (values: readonly unknown[]) => boolean,
  indexOf: (field: string) => number,
): (values: readonly unknown[]) => Arm | null {
  const fixed = source.arm;
  if (fixed !== undefined) return () => fixed;
  const { armField } = sourceShape(source);
  if (armField !== null) {
    const index = indexOf(armField);
    return (values) => (values[index] === 'treatment' || values[index] === 'control' ? values[index] : null);
  }
  const isTreatment = test(plan.arms.treatment);
  const isControl = plan.arms.control === undefined ? () => false : test(plan.arms.control);
  return (values) => (isTreatment(values) ? 'treatment' : isControl(values) ? 'control' : null);
}

/** Which half of an outcome a record is; `null` where it has no key. `undefined` for a source without a join. */
function compileHalf(
  { join }: Source,
  test: (matcher: Matcher) => (values: readonly unknown[]) => boolean,
  indexOf: (field: string) => number,
): ((values: readonly unknown[]) => JoinHalf | null) | undefined {
  if (join === undefined) return undefined;
  const { exposures, within = duration(0) } = join;
  const isExposure = exposures === undefined ? () => false : exposures === 'all' ? () => true : test(exposures);
  const index = indexOf(join.key);
  return (values) => {
    const key = values[index];
    const text = typeof key === 'number' || typeof key === 'boolean' ? String(key) : key;
    if (typeof text !== 'string' || text === '' || text.length > longestKey) return null;
    return { key: text, within: isExposure(values) ? within : null };
  };
}

/** A longer text is no key: exposures are held in memory. */
const longestKey = 200;

/** An unwrapped field, or one in a list, is known by the end of its path, `*.status`. */
function readsOf(fields: readonly string[], shape: readonly string[], isShaped: boolean): readonly string[] {
  return [...new Set([...fields, ...shape, ...(isShaped ? fields.map((field) => `*.${field}`) : [])])];
}

function columnNames({ arm_columns: columns }: Source): readonly string[] {
  return [columns?.treatment, columns?.control].flatMap((named) => Object.values(named ?? {}));
}

/** A record with a readable stamp (`parsed`) has one. */
function timeProblem(stamp: unknown, parsed: number | undefined, arrived: WallTime): Reading | undefined {
  if (parsed === undefined) {
    return { kind: 'rejected', reason: isAbsent(stamp) ? 'no-time' : 'invalid-time' };
  }
  if (parsed > arrived + futureLimit) return { kind: 'rejected', reason: 'future' };
  return undefined;
}

const valueLengthLimit = 200;

function textIn(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value.length > valueLengthLimit ? `${value.slice(0, valueLengthLimit)}…` : value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return null;
  }
}
