import type { FieldReader, Reading } from '../protocol/domain/observation.ts';
import type { Matcher, Plan } from '../protocol/domain/plan.ts';
import { hasTextCells } from '../protocol/domain/sourceFormat.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { compileMatcher } from './matcher.ts';
import { RecordClasses } from './recordClasses.ts';
import { ShareHints } from './shareHints.ts';
import { stampBytesReader } from './stampBytes.ts';
import { parseTimestamp, secondInstant } from './timestamp.ts';
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

/** The reader of one source's records; see `compileInstrument` for the precedence. */
export function compileRecordReader(plan: Plan, source: Source, zone: Zone, kept: KeptNames): FieldReader {
  const textCells = hasTextCells(source);
  const timeField = source.time?.field ?? 'timestamp';
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

  const { stage_event: stageEvent, ignore } = source;
  const isStage = stageEvent === undefined ? undefined : test(stageEvent.match);
  const isIgnored = ignore === undefined ? undefined : test(ignore);
  const isTreatment = test(plan.arms.treatment);
  const isControl = plan.arms.control === undefined ? () => false : test(plan.arms.control);
  const shareTests = kept.shares.map((name) => {
    const measure = plan.measures[name];
    return measure !== undefined && 'share' in measure ? test(measure.share) : () => false;
  });
  const hints = new ShareHints(plan, kept.shares, testedIndexOf);
  const valueIndices = kept.valueFields.map(indexOf);
  const classes = new RecordClasses([...tested], (values) => {
    if (isStage?.(values)) return { kind: 'stage' };
    if (isIgnored?.(values)) return { kind: 'ignored' };
    let shares = 0;
    for (const [bit, isGood] of shareTests.entries()) if (isGood(values)) shares |= 1 << bit;
    const arm = isTreatment(values) ? 'treatment' : isControl(values) ? 'control' : null;
    if (arm !== null) hints.note(arm, values);
    return { kind: 'outcome', arm, shares, values: valueIndices.map((index) => textIn(values[index])) };
  });
  const percentIndex = stageEvent === undefined ? 0 : indexOf(stageEvent.percent);
  const numberIndices = kept.fields.map(indexOf);
  const numbers = kept.fields.map(() => Number.NaN);

  const read = (values: readonly unknown[], at: number, arrived: WallTime): Reading => {
    const stamp = values[0];
    const parsed = Number.isNaN(at) ? parseTimestamp(stamp, zone) : at;
    const isDoubtful =
      Number.isNaN(at) && typeof stamp === 'string' && parsed !== undefined && zone.repeats(parsed) > 0;
    const reading = readingOf(values, parsed, arrived);
    if (!isDoubtful || reading.kind === 'rejected' || reading.at === null) return reading;
    return {
      ...reading,
      ...arrivedAgain(
        secondInstant(parsed, zone, (other) => parseTimestamp(stamp, other)),
        arrived,
      ),
    };
  };
  const readingOf = (values: readonly unknown[], parsed: number | undefined, arrived: WallTime): Reading => {
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

    for (let index = 0; index < numberIndices.length; index += 1) {
      const value = numberIn(values[numberIndices[index] ?? 0]);
      numbers[index] = Number.isFinite(value) ? value : Number.NaN;
    }
    const { arm, shares, values: texts } = found;
    return { kind: 'outcome', at: happened(parsed, arrived), arm, shares, fields: numbers.slice(), values: texts };
  };
  const stampIn = stampIsAlsoValue ? () => Number.NaN : stampBytesReader(zone);
  return { fields, stampIn, read, hints: () => hints.lines };
}

/** A record with a readable stamp (`parsed`) has one. */
function timeProblem(stamp: unknown, parsed: number | undefined, arrived: WallTime): Reading | undefined {
  if (parsed === undefined) {
    const absent = stamp === undefined || stamp === null || stamp === '';
    return { kind: 'rejected', reason: absent ? 'no-time' : 'invalid-time' };
  }
  if (parsed > arrived + futureLimit) return { kind: 'rejected', reason: 'future' };
  return undefined;
}

const numericText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** `NaN` when the record has no number there: the record still counts, only not for measures of that field. */
function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && numericText.test(value)) return Number(value);
  return Number.NaN;
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
