import { formatNamed, formatOf } from '../ingest/formats/kinds.ts';
import { sampleFormat } from '../ingest/formats/sampleFormat.ts';
import { sampleMetrics } from '../ingest/recorded/metricsSample.ts';
import { sourceOfFile } from '../ingest/recorded/recordedFiles.ts';
import { fieldOf } from '../measure/fieldPath.ts';
import { compileInstrument } from '../measure/instrument.ts';
import { compileRecordParts } from '../measure/recordParts.ts';
import type { SeenTraffic } from '../plan/lint/gatePower.ts';
import type { LintFinding } from '../plan/lintPlan.ts';
import { matcherValues } from '../plan/planMatchers.ts';
import { pathText } from '../plan/problem.ts';
import { formats, hasColumns } from '../protocol/domain/formatNames.ts';
import { compileMatcher } from '../protocol/domain/matcher.ts';
import type { Reading } from '../protocol/domain/observation.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { hasTextCells, holdsLines, sourceFormat } from '../protocol/domain/sourceFormat.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { wallTime } from '../protocol/domain/units.ts';
import { type ArmValues, armlessText } from '../protocol/words/armlessText.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { rejectedText } from '../protocol/words/rejectsText.ts';
import { batchSize, noArrivals, stepArrivals } from '../statistics/arrivals.ts';
import { type JoinedKeys, joinProblems, noteKeys, saysArm, saysOutcome } from './lintJoin.ts';

type DataRecord = Readonly<Record<string, unknown>>;

/** More say nothing more. */
const mostRecords = 100_000;
const valuesShown = 4;

/**
 * Holds a plan against a file of one of its sources: fields that no record has, values that match nothing, an arm without
 * records, numbers that never are any. @throws UserError when the file cannot be read.
 */
export async function lintSample(loaded: LoadedPlan, file: string): Promise<readonly LintFinding[]> {
  const index = sourceOfFile(loaded.plan, file);
  const source = loaded.plan.sources[index];
  if (source === undefined) return [];
  const { pieces } = await sampleMetrics(file, file);
  const texts = pieces.map((piece) => new TextDecoder().decode(piece));
  if (holdsLines(source)) return linesFinding(loaded, index, file, texts[0] ?? '');
  return lintRecords(loaded, index, { file, lines: recordsIn(texts.join('\n'), source), isNewest: false });
}

/** Records of one source; `isNewest`: there are older ones, which were left out. */
export interface SampledRecords {
  readonly file: string;
  readonly lines: readonly DataRecord[];
  readonly isNewest: boolean;
  /** Takes the keys of records that are joined with those of other sources. */
  readonly keys?: JoinedKeys;
}

/** The same for records that were read already. */
export function lintRecords(
  loaded: LoadedPlan,
  index: number,
  { file, lines, isNewest, keys }: SampledRecords,
): readonly LintFinding[] {
  const { plan } = loaded;
  const source = plan.sources[index];
  if (source === undefined) return [];
  const parts = compileRecordParts(source);
  const records = parts === null ? lines : lines.flatMap((line) => parts(line).map(({ record }) => record));
  const findings: LintFinding[] = [];
  const say = (path: string, message: string, severity: LintFinding['severity'] = 'warning'): void => {
    const line = loaded.lines[path] ?? loaded.lines[path.replace(/\.[^.]+$/, '')] ?? loaded.lines.sources ?? 1;
    findings.push({ severity, line, column: 1, path, rule: 'not-in-sample', message });
  };
  if (records.length === 0) {
    say(`sources.${index}`, `no record was found in ${plainText(file)}: check the source's \`format\``);
    return findings;
  }
  const of = `${isNewest ? 'the newest ' : ''}${grouped(records.length)}`;
  const instrument = compileInstrument(plan);
  const anyTime = wallTime(Number.POSITIVE_INFINITY);
  const readings = lines.flatMap((line): readonly Reading[] => {
    const reading = instrument.readRecord(index, line, anyTime);
    return reading.kind === 'several' ? reading.readings : [reading];
  });
  if (keys !== undefined) noteKeys(keys, readings);
  const outcomes = readings.filter((reading) => reading.kind === 'outcome');
  const saying = outcomes.filter(({ half }) => half?.within !== null);
  const hasControl = outcomes.some(({ arm }) => arm === 'control');
  // Before anybody is exposed, no record is of the treatment.
  const severityAt = (path: string) => (hasControl && path.startsWith('arms.treatment') ? 'hint' : 'warning');

  for (const { path, field, value } of matcherValues(plan)) {
    const [part, place] = path;
    if (part === 'sources' && place !== index) continue;
    // Of records that are joined, some say the arm and the others how it went.
    if (part === 'arms' && !saysArm(source)) continue;
    if (part === 'measures' && !saysOutcome(source)) continue;
    const values = records.map((record) => fieldOf(record, field));
    const present = values.filter((each) => each !== undefined);
    const test = compileMatcher({ [field]: value }, hasTextCells(source), () => 0);
    if (values.some((each) => test([each]))) continue;
    if (present.length === 0) say(pathText(path), `none of ${of} records has a field \`${plainText(field)}\``);
    else
      say(
        pathText(path),
        `${JSON.stringify(value)} matches none of ${grouped(present.length)} records that have \`${plainText(field)}\`: they say ${said(present)}`,
        severityAt(pathText(path)),
      );
  }

  for (const message of joinProblems(source, readings)) say(`sources.${index}.join`, message);
  if (!saysArm(source)) {
    // Another source says it.
  } else if (saying.length > 0 && saying.every(({ arm }) => arm === null))
    say('arms', armlessText(saying.length, valuesOf(instrument.valueFields, saying)));
  else
    for (const arm of ['treatment', 'control'] as const) {
      if (plan.arms[arm] !== undefined && !outcomes.some((outcome) => outcome.arm === arm))
        say(`arms.${arm}`, `none of ${of} records is of the ${arm}`, severityAt(`arms.${arm}`));
    }
  for (const [place, key] of instrument.fields.entries()) {
    if (
      !saysOutcome(source) ||
      key.startsWith('#') ||
      outcomes.some(({ fields }) => Number.isFinite(fields[place] ?? Number.NaN))
    )
      continue;
    const name = Object.entries(plan.measures).find(
      ([, measure]) =>
        ('quantile' in measure && key.startsWith(measure.field)) || ('gauge' in measure && key === measure.gauge),
    )?.[0];
    if (name !== undefined) say(`measures.${name}`, `none of ${of} records has a number for \`${plainText(key)}\``);
  }
  const { weight, times } = sourceShape(source);
  for (const field of [weight, times]) {
    if (field !== undefined && records.every((record) => fieldOf(record, field) === undefined))
      say(`sources.${index}`, `none of ${of} records has a field \`${plainText(field)}\`, by which they are counted`);
  }
  const rejected: Record<string, number> = {};
  for (const reading of readings)
    if (reading.kind === 'rejected') rejected[reading.reason] = (rejected[reading.reason] ?? 0) + 1;
  const count = Object.values(rejected).reduce((sum, each) => sum + each, 0);
  if (count > readings.length * (source.rejects ?? 0.01))
    say(`sources.${index}`, `${grouped(count)} of ${of} records are rejected (${rejectedText(rejected)})`);
  return findings;
}

/** Lines of text hold no records; a file of records that is read so counts nothing. */
export function linesFinding(loaded: LoadedPlan, index: number, file: string, text: string): readonly LintFinding[] {
  const format = sampleFormat(text);
  const isCounted = Object.values(loaded.plan.measures).some((measure) => 'lines' in measure);
  if (format === null || (isCounted && formats[format].cellsAreText && !hasColumns(format))) return [];
  const path = `sources.${index}`;
  const message = `${plainText(file)} holds records (${format}) and is read as lines of text: write \`format: ${format}\``;
  const line = loaded.lines[path] ?? loaded.lines.sources ?? 1;
  return [{ severity: 'warning', line, column: 1, path, rule: 'not-in-sample', message }];
}

/** How often records come and how many succeed; `null` where too few have a time. @throws UserError when the file cannot be read. */
export async function sampleTraffic(loaded: LoadedPlan, file: string): Promise<SeenTraffic | null> {
  const { plan } = loaded;
  const index = sourceOfFile(plan, file);
  const source = plan.sources[index];
  if (source === undefined || holdsLines(source)) return null;
  const instrument = compileInstrument(plan);
  const { pieces } = await sampleMetrics(file, file);
  const text = pieces.map((piece) => new TextDecoder().decode(piece)).join('\n');
  const outcomes = recordsIn(text, source)
    .flatMap((line): readonly Reading[] => {
      const reading = instrument.readRecord(index, line, wallTime(Number.POSITIVE_INFINITY));
      return reading.kind === 'several' ? reading.readings : [reading];
    })
    .filter((reading) => reading.kind === 'outcome')
    .filter(({ arm }) => arm !== null)
    .sort((one, other) => one.at - other.at);
  const [first, last] = [outcomes[0]?.at, outcomes.at(-1)?.at];
  if (first === undefined || last === undefined || last - first < 10 * 60_000) return null;
  const arrivals = outcomes.reduce(
    (sums, { at, arm }) =>
      stepArrivals(sums, Math.floor(at / 60_000), arm === 'treatment' ? 1 : 0, arm === 'control' ? 1 : 0),
    noArrivals,
  );
  const controls = outcomes.filter(({ arm }) => arm === 'control');
  const known = controls.length >= 100 ? controls : outcomes;
  const shares = instrument.shares.map((name, bit) => {
    const good = known.filter((outcome) => ((outcome.shares >> bit) & 1) === 1).length;
    // One failure more than were seen: a short file may have had none by chance.
    return [name, Math.max(0, (good - 1) / known.length)] as const;
  });
  return {
    perMinute: outcomes.length / ((last - first) / 60_000),
    batch: batchSize(arrivals),
    shares: Object.fromEntries(shares),
    from: 'sample',
  };
}

function said(values: readonly unknown[]): string {
  const different = [...new Set(values.map((value) => plainText(JSON.stringify(value) ?? '', 40)))];
  return `${different.slice(0, valuesShown).join(', ')}${different.length > valuesShown ? ', …' : ''}`;
}

/** Field → value → records. */
function valuesOf(
  fields: readonly string[],
  outcomes: readonly { readonly values: readonly (string | null)[] }[],
): ArmValues {
  const counts: Record<string, Record<string, number>> = {};
  for (const [place, field] of fields.entries()) {
    const own: Record<string, number> = {};
    for (const { values } of outcomes) {
      const value = values[place] ?? null;
      if (value !== null) own[value] = (own[value] ?? 0) + 1;
    }
    counts[field] = own;
  }
  return counts;
}

/** The records of a text that begins like a file of the source: the first of them, so many as say something. */
export function recordsIn(text: string, source: Source): readonly DataRecord[] {
  const format = formatOf(source);
  if (format === formatNamed(sourceFormat(source)) && format.isDocument === true) return documentsIn(text);
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const reader = format.lines(lines[0] ?? '');
  const records: DataRecord[] = [];
  for (const line of lines.slice(format.hasHeader ? 1 : 0)) {
    if (records.length >= mostRecords) break;
    const record = line.trim() === '' ? null : reader.record(line);
    if (record !== null) records.push(record);
  }
  return records;
}

function documentsIn(text: string): readonly DataRecord[] {
  try {
    const value: unknown = JSON.parse(text);
    return [value].flat().filter((item): item is DataRecord => typeof item === 'object' && item !== null);
  } catch {
    return [];
  }
}
