import type { Instrument, Reading } from '../protocol/observation.ts';
import type { Plan, Source } from '../protocol/plan.ts';
import { eventTime, type WallTime } from '../protocol/units.ts';
import { UserError } from '../protocol/userError.ts';
import { compileLinePatterns } from './linePattern.ts';
import { compileMatcher } from './matcher.ts';
import { lineSources } from './resolvedMeasure.ts';
import { sourceFormat } from './sourceFormat.ts';
import { leadingTimestamp, parseTimestamp } from './timestamp.ts';
import { type Zone, zoneNamed } from './zone.ts';

type DataRecord = Readonly<Record<string, unknown>>;

/** A stamp further ahead of its arrival than this is a clock gone wrong, and would move every window with it. */
const futureLimit = 5 * 60_000;
/** Readings carry one bit per measure in a 32-bit integer. */
const bitLimit = 31;

/**
 * Compiles what the plan says about records into one pure reader. `arrived` refuses stamps from the future and stands
 * in for a text line's missing stamp; pass `Infinity` to accept any stamp of a record.
 *
 * Precedence, first match wins: `stage_event`, `ignore`, then an outcome, which needs a time. A record of neither arm
 * still counts as a record, with `arm: null`; one that fits both arms is treatment's.
 * @throws UserError for a zone or a pattern that cannot be used, or more shares or lines than readings can carry.
 */
export function compileInstrument(plan: Plan): Instrument {
  const shares = namesOf(plan, 'share');
  const lines = namesOf(plan, 'lines');
  const fields = numericFields(plan);
  const valueFields = [...new Set([...Object.keys(plan.arms.treatment), ...Object.keys(plan.arms.control ?? {})])];
  const records = plan.sources.map((source) => compileRecordReader(plan, source, shares, fields, valueFields));
  const texts = plan.sources.map((source, index) => compileLineReader(plan, source, index, lines));
  return {
    shares,
    fields,
    lines,
    valueFields,
    readRecord: (source, record, arrived) => at(records, source)(record, arrived),
    readLine: (source, line, arrived) => at(texts, source)(line, arrived),
  };
}

function at<Reader>(readers: readonly Reader[], source: number): Reader {
  const reader = readers[source];
  if (reader === undefined) throw new RangeError(`the plan has no source ${source}`);
  return reader;
}

function namesOf(plan: Plan, kind: 'share' | 'lines'): string[] {
  const names = Object.entries(plan.measures).flatMap(([name, measure]) => (kind in measure ? [name] : []));
  if (names.length > bitLimit) {
    throw new UserError('too-many-measures', `the plan has ${names.length} ${kind} measures; ${bitLimit} is the most`);
  }
  return names;
}

function numericFields(plan: Plan): string[] {
  const fields = new Set<string>();
  for (const measure of Object.values(plan.measures)) {
    if ('quantile' in measure) fields.add(measure.field);
    else if ('gauge' in measure && measure.process === undefined) fields.add(measure.gauge);
  }
  return [...fields];
}

function zoneOf(plan: Plan, source: Source): Zone {
  const name = source.time?.zone ?? plan.timezone;
  try {
    return zoneNamed(name);
  } catch {
    throw new UserError(
      'unknown-zone',
      `the time zone \`${name}\` is not known; use an IANA name such as Europe/Berlin`,
    );
  }
}

function compileRecordReader(
  plan: Plan,
  source: Source,
  shareNames: readonly string[],
  fields: readonly string[],
  valueFields: readonly string[],
): (record: DataRecord, arrived: WallTime) => Reading {
  const csv = sourceFormat(source) === 'csv';
  const zone = zoneOf(plan, source);
  const timeField = source.time?.field ?? 'timestamp';
  const isStage = source.stage_event === undefined ? undefined : compileMatcher(source.stage_event.match, csv);
  const percentField = source.stage_event?.percent ?? '';
  const isIgnored = source.ignore === undefined ? undefined : compileMatcher(source.ignore, csv);
  const isTreatment = compileMatcher(plan.arms.treatment, csv);
  const isControl = plan.arms.control === undefined ? () => false : compileMatcher(plan.arms.control, csv);
  const shareTests = shareNames.map((name) => {
    const measure = plan.measures[name];
    return measure !== undefined && 'share' in measure ? compileMatcher(measure.share, csv) : () => false;
  });

  return (record, arrived) => {
    const stamp = Object.hasOwn(record, timeField) ? record[timeField] : undefined;
    if (isStage?.(record)) {
      const problem = timeProblem(stamp, parseTimestamp(stamp, zone), arrived);
      if (problem !== undefined) return problem;
      const percent = numberIn(record[percentField]);
      if (Number.isNaN(percent) || percent < 0 || percent > 100) return { kind: 'rejected', reason: 'invalid-number' };
      return { kind: 'stage', at: eventTime(parseTimestamp(stamp, zone) ?? 0), percent };
    }
    const parsed = parseTimestamp(stamp, zone);
    if (isIgnored?.(record)) {
      const usable = parsed !== undefined && parsed <= arrived + futureLimit;
      return { kind: 'ignored', at: usable ? eventTime(parsed) : null };
    }
    if (parsed === undefined || parsed > arrived + futureLimit) {
      return timeProblem(stamp, parsed, arrived) ?? { kind: 'rejected', reason: 'invalid-time' };
    }

    const numbers: number[] = [];
    for (const field of fields) {
      const value = numberIn(record[field]);
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
        return { kind: 'rejected', reason: 'invalid-number' };
      }
      numbers.push(value);
    }
    let shares = 0;
    for (let bit = 0; bit < shareTests.length; bit += 1) {
      if (shareTests[bit]?.(record)) shares |= 1 << bit;
    }
    const values: (string | null)[] = [];
    for (const field of valueFields) values.push(textIn(record[field]));
    const arm = isTreatment(record) ? 'treatment' : isControl(record) ? 'control' : null;
    return { kind: 'outcome', at: eventTime(parsed), arm, shares, fields: numbers, values };
  };
}

function timeProblem(stamp: unknown, parsed: number | undefined, arrived: WallTime): Reading | undefined {
  if (stamp === undefined || stamp === null || stamp === '') return { kind: 'rejected', reason: 'no-time' };
  if (parsed === undefined) return { kind: 'rejected', reason: 'invalid-time' };
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

function compileLineReader(
  plan: Plan,
  source: Source,
  index: number,
  lineNames: readonly string[],
): (line: string, arrived: WallTime) => Reading {
  const zone = zoneOf(plan, source);
  const tests: { readonly mask: number; readonly matches: (line: string) => boolean }[] = [];
  for (const [bit, name] of lineNames.entries()) {
    const measure = plan.measures[name];
    if (measure === undefined || !('lines' in measure) || !lineSources(plan, measure.source).includes(index)) continue;
    tests.push({ mask: 1 << bit, matches: compileLinePatterns(name, measure.lines) });
  }
  return (line, arrived) => {
    const stamp = leadingTimestamp(line, zone) ?? arrived;
    if (stamp > arrived + futureLimit) return { kind: 'rejected', reason: 'future' };
    let matches = 0;
    for (const test of tests) if (test.matches(line)) matches |= test.mask;
    return { kind: 'line', at: eventTime(stamp), matches };
  };
}
