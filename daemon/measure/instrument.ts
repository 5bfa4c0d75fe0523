import type { Instrument, Reading, WrittenNear } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { compileLinePatterns } from './linePattern.ts';
import { lineStampReader, writtenBy } from './lineStamp.ts';
import { numberMeasures } from './numberField.ts';
import { countFields, hasCounts } from './recordCounts.ts';
import { arrivedAgain, compileRecordReader, futureLimit, happened } from './recordReader.ts';
import { lineSources } from './resolvedMeasure.ts';
import { secondInstant } from './timestamp.ts';
import { type Zone, zoneNamed } from './zone.ts';

/** Readings carry one bit per measure in a 32-bit integer. */
const bitLimit = 31;

/**
 * Compiles the plan's rules for records into one pure reader. `arrived` refuses stamps from the future and stands in
 * for a text line's missing stamp; pass `Infinity` to accept any stamp of a record.
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
  const kept = { shares, fields, valueFields };
  const records = plan.sources.map((source) => compileRecordReader(plan, source, zoneOf(plan, source), kept));
  const texts = plan.sources.map((source, index) => compileLineReader(plan, source, index, lines));
  return {
    shares,
    fields,
    lines,
    valueFields,
    readRecord: (source, record, arrived, near) => at(records, source).record(record, arrived, near ?? null),
    fieldReader: (source) => at(records, source).byField,
    reads: (source) => at(records, source).reads,
    memory: (source) => at(records, source).memory,
    hints: (source) => at(records, source).hints(),
    readLine: (source, line, arrived, near) => at(texts, source)(line, arrived, near),
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
    throw new UserError(
      'too-many-measures',
      `the plan has ${names.length} ${kind} measures; ${bitLimit} is the most, so leave some out`,
    );
  }
  return names;
}

/** The numbers that readings carry, in order, by what is read for them. */
export function numericFields(plan: Plan): string[] {
  return [...numberMeasures(plan).keys(), ...(hasCounts(plan) ? countFields : [])];
}

function zoneOf(plan: Plan, source: Source): Zone {
  const name = sourceShape(source).zone ?? plan.timezone;
  try {
    return zoneNamed(name);
  } catch {
    throw new UserError(
      'unknown-zone',
      `the time zone \`${name}\` is not known; use an IANA name such as Europe/Berlin`,
    );
  }
}

/** A line of more characters, each held against each pattern, would hold up all rollouts for tens of milliseconds. */
const mostSteps = 4 * 1024 * 1024;

function compileLineReader(
  plan: Plan,
  source: Source,
  index: number,
  lineNames: readonly string[],
): (line: string, arrived: WallTime, near?: WrittenNear) => Reading {
  const zone = zoneOf(plan, source);
  const field = lineTimeField(source);
  const stampOf = lineStampReader(zone, field);
  const tests: { readonly mask: number; readonly matches: (line: string) => boolean }[] = [];
  let patterns = 0;
  for (const [bit, name] of lineNames.entries()) {
    const measure = plan.measures[name];
    if (measure === undefined || !('lines' in measure) || !lineSources(plan, measure.source).includes(index)) continue;
    patterns += measure.lines.filter((pattern) => pattern.startsWith('/')).length;
    tests.push({ mask: 1 << bit, matches: compileLinePatterns(name, measure.lines) });
  }
  const longest = mostSteps / Math.max(1, patterns);
  return (line, arrived, near) => {
    if (line.length > longest) return { kind: 'rejected', reason: 'too-long' };
    const written = near ?? (Number.isFinite(arrived) ? writtenBy(arrived) : null);
    const stamp = stampOf(line, written);
    if (stamp !== undefined && stamp > arrived + futureLimit) return { kind: 'rejected', reason: 'future' };
    let matches = 0;
    for (const test of tests) if (test.matches(line)) matches |= test.mask;
    if (stamp === undefined) return { kind: 'line', at: happened(arrived, arrived), matches, untimed: true };
    const second = secondInstant(stamp, zone, (other) => lineStampReader(other, field)(line, written));
    return { kind: 'line', at: happened(stamp, arrived), matches, ...arrivedAgain(second, arrived) };
  };
}

/** Lines that are JSON have their time in one field. */
export function lineTimeField({ time }: Source): string | undefined {
  return typeof time?.field === 'string' ? time.field : time?.field?.[0];
}
