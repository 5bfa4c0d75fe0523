import { realpathSync } from 'node:fs';
import { CaseSamples } from '../explain/caseSamples.ts';
import { explainFailures } from '../explain/explainFailures.ts';
import { explainLines, lineFields } from '../explain/explainLines.ts';
import { fieldsOf } from '../explain/recordFields.ts';
import { formatOf } from '../ingest/formats/kinds.ts';
import type { WindowExcerpt } from '../ingest/recorded/recordWindow.ts';
import { holds } from '../judge/comparison.ts';
import { numberOn, sideOf } from '../measure/countedSide.ts';
import { compileInstrument } from '../measure/instrument.ts';
import { compileRecordParts } from '../measure/recordParts.ts';
import { type ResolvedMeasure, resolveMeasure } from '../measure/resolvedMeasure.ts';
import type { Comparison } from '../protocol/domain/condition.ts';
import { countedShare } from '../protocol/domain/countedShare.ts';
import type { ExplainedSubject, Explanation, FieldContent } from '../protocol/domain/explanation.ts';
import type { Instrument, Reading } from '../protocol/domain/observation.ts';
import type { Arm, LoadedPlan, Matcher, Plan } from '../protocol/domain/plan.ts';
import { hasTextCells, holdsLines } from '../protocol/domain/sourceFormat.ts';
import { type Source, sourceName } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { redactJson } from '../protocol/secrets/redactRecord.ts';
import { recordsAbout } from '../sources/kinds.ts';
import { type JoinedArms, joinedArms, joinedCase } from './joinedArms.ts';
import { holdsSecrets } from './knownSecrets.ts';
import { inStretches, stretches } from './workInStretches.ts';

/** A rule that has fired or is not met, and the time to be explained. */
export interface RuleToExplain {
  readonly about: ExplainedSubject;
  readonly measure: string;
  /** The comparison that speaks against: `<` of "success < 95 %" and of the gate "success >= 99 %". */
  readonly against: Comparison;
  /** The figure's limit, in its own unit; `null` where it is not known. */
  readonly limit: number | null;
  readonly from: EventTime;
  readonly to: EventTime;
  /** Since when users meet the treatment: lines before it are of another time. */
  readonly since: EventTime;
  /** The failures of a long time are read from its end, as many as are enough. */
  readonly isLong: boolean;
}

const minute = 60_000;
/** How far back is read, step by step, until enough is known to compare with. */
const steps = [30 * minute, 180 * minute, 24 * 60 * minute, 7 * 24 * 60 * minute];
/** Bytes of one source. */
const mostRead = 8 * 1024 * 1024;
const enoughRead = 4 * 1024 * 1024;
const enough = { failed: 300, passed: 1000, otherFailed: 30 };

/** True when records speak for or against the measure one by one. */
export function isExplainable(plan: Plan, name: string): boolean {
  const measure = plan.measures[name];
  return (
    measure !== undefined &&
    ('share' in measure || 'share_not' in measure || 'quantile' in measure || 'lines' in measure)
  );
}

/**
 * Reads the records again that a rule rests on, and what else there is to compare them with, and tells what is different about
 * those that fail. Nothing is counted for this while records arrive, and a restart changes nothing. `null` for a measure
 * without records.
 * @param secrets texts that must not come back in a text for people
 */
export async function explainRule(
  loaded: LoadedPlan,
  rule: RuleToExplain,
  now: WallTime,
  secrets: readonly string[],
): Promise<Explanation | null> {
  const { plan } = loaded;
  // Its own: the running one remembers what it has read last.
  const instrument = compileInstrument(plan);
  const measure = resolveMeasure(plan, instrument, rule.measure);
  const judged = judgedBy(measure, rule);
  if (judged === null) return null;
  let found = await casesSince(loaded, instrument, rule, judged, startOf(rule, 0), now);
  for (const step of steps) {
    if (isEnough(found, judged, rule) || found.bytes >= enoughRead) break;
    if (rule.isLong && startOf(rule, step) === found.from) break;
    found = await casesSince(loaded, instrument, rule, judged, startOf(rule, step), now);
  }
  const { samples } = found;
  const explained =
    judged.of === 'lines'
      ? explainLines(samples)
      : await inStretches(explainFailures(samples, judged.arm, definingFields(plan, rule.measure)));
  const from = rule.isLong ? eventTime(Math.max(rule.from, found.from)) : rule.from;
  const left = found.left.length === 0 || explained.failed > 0 ? null : found.left.join('; ');
  const told: Explanation = { about: rule.about, from, to: rule.to, of: judged.of, left, ...explained };
  return withoutSecrets(told, secrets);
}

/** How single records speak for or against a rule. */
export type Judged =
  | { readonly of: 'share' | 'quantile'; readonly arm: Arm; fails(reading: OutcomeReading): boolean | null }
  | { readonly of: 'lines'; readonly bit: number; readonly sources: readonly number[] };
type OutcomeReading = Extract<Reading, { kind: 'outcome' }>;

/** `null` for a measure that single records say nothing about. */
export function judgedBy(measure: ResolvedMeasure, { against, limit }: RuleToExplain): Judged | null {
  if (measure.kind === 'lines') return { of: 'lines', bit: measure.bit, sources: measure.sources };
  const side = sideOf(measure, against);
  if (side === null || side.kind === 'all') return null;
  if (side.kind === 'share')
    return { of: 'share', arm: side.arm, fails: (reading) => numberOn(side, reading) !== null };
  if (limit === null) return null;
  return {
    of: 'quantile',
    arm: side.arm,
    fails: (reading) => {
      const value = numberOn(side, reading);
      return value === null ? null : holds(value, against, limit);
    },
  };
}

function startOf({ from, to, isLong }: RuleToExplain, back: number): EventTime {
  if (!isLong) return eventTime(from - Math.max(minute, back));
  return eventTime(Math.max(from, to - Math.max(10 * minute, back)));
}

interface FoundCases {
  readonly samples: CaseSamples;
  readonly from: EventTime;
  readonly bytes: number;
  readonly left: readonly string[];
}

function isEnough({ samples, from }: FoundCases, judged: Judged, rule: RuleToExplain): boolean {
  // Lines are compared with those of a whole day.
  if (judged.of === 'lines') return from <= rule.since - 24 * 60 * minute;
  const other: Arm = judged.arm === 'treatment' ? 'control' : 'treatment';
  const hasControl = samples.of(other, 'failed').seen + samples.of(other, 'passed').seen > 0;
  return (
    (!rule.isLong || samples.of(judged.arm, 'failed').seen >= enough.failed) &&
    samples.of(judged.arm, 'passed').seen >= enough.passed &&
    (!hasControl || samples.of(other, 'failed').seen >= enough.otherFailed)
  );
}

async function casesSince(
  loaded: LoadedPlan,
  instrument: Instrument,
  rule: RuleToExplain,
  judged: Judged,
  from: EventTime,
  now: WallTime,
): Promise<FoundCases> {
  const { plan } = loaded;
  const root = realpathSync(loaded.root);
  const samples = new CaseSamples();
  const arms = await joinedArms(loaded, instrument, { root, from, to: rule.to, now, limit: mostRead });
  const pause = stretches();
  const seen = new Set<string>();
  const left: string[] = [];
  let bytes = 0;
  for (const [index, source] of plan.sources.entries()) {
    const isWanted = judged.of === 'lines' ? judged.sources.includes(index) : !holdsLines(source);
    if (!isWanted) continue;
    if (formatOf(source).isDocument === true) {
      left.push(`${sourceName(source)} has no lines that stand by themselves`);
      continue;
    }
    const found = await recordsAbout(root, source, {
      from,
      to: rule.to,
      limit: mostRead,
      timezone: plan.timezone,
      refused: (path) => holdsSecrets(path, loaded),
    });
    left.push(...found.left);
    for (const excerpt of found.excerpts) {
      // Two globs may name one file.
      if (seen.has(excerpt.file)) continue;
      seen.add(excerpt.file);
      bytes += excerpt.text.length;
      const add =
        judged.of === 'lines'
          ? lineAdder(instrument, index, { samples, judged, rule, from, now })
          : recordAdder(instrument, index, source, excerpt, { samples, judged, rule, from, now, arms });
      for (const line of linesIn(excerpt.text)) {
        add(line);
        await pause();
      }
    }
  }
  return { samples, from, bytes, left };
}

function* linesIn(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end === -1 ? text.length : end);
    if (end === -1) return;
    at = end + 1;
  }
}

interface Into<Of extends Judged> {
  readonly samples: CaseSamples;
  readonly judged: Of;
  readonly rule: RuleToExplain;
  readonly from: EventTime;
  readonly now: WallTime;
}

/** Failures count in the rule's own time, all else as far as it is read. */
function recordAdder(
  instrument: Instrument,
  index: number,
  source: Source,
  excerpt: WindowExcerpt,
  {
    samples,
    judged,
    rule,
    from,
    now,
    arms,
  }: Into<Extract<Judged, { of: 'share' | 'quantile' }>> & { readonly arms: JoinedArms },
): (line: string) => void {
  const format = formatOf(source);
  const [header = ''] = linesIn(excerpt.text);
  const reader = format.lines(format.hasHeader ? header : '');
  const parts = compileRecordParts(source);
  const textCells = hasTextCells(source);
  return (line) => {
    if (format.hasHeader && line === header) return;
    const record = reader.record(line);
    if (record === null) return;
    const reading = instrument.readRecord(index, record, now);
    const all = reading.kind === 'several' ? reading.readings : [reading];
    const held = parts === null ? [record] : parts(record).map((part) => part.record);
    for (const [position, each] of all.entries()) {
      if (each.kind !== 'outcome' || each.at < from || each.at > rule.to) continue;
      const own = joinedCase(arms, each, held.length === all.length ? (held[position] ?? record) : record);
      if (own === null || own.arm === null) continue;
      const fails = judged.fails(each);
      if (fails === null) continue;
      if (fails && own.arm === judged.arm && each.at < rule.from) continue;
      samples.add(own.arm, fails ? 'failed' : 'passed', each.at, () => fieldsOf(own.record, textCells));
    }
  };
}

function lineAdder(
  instrument: Instrument,
  index: number,
  { samples, judged, rule, from, now }: Into<Extract<Judged, { of: 'lines' }>>,
): (line: string) => void {
  return (line) => {
    const reading = instrument.readLine(index, line, now);
    if (reading.kind !== 'line' || reading.undatable || reading.at < from || reading.at > rule.to) return;
    const matches = ((reading.matches >> judged.bit) & 1) === 1;
    if (reading.at < rule.since)
      samples.add('control', matches ? 'failed' : 'passed', reading.at, () => lineFields(line));
    else if (!matches) samples.add('treatment', 'passed', reading.at, () => lineFields(line));
    else if (reading.at >= rule.from) samples.add('treatment', 'failed', reading.at, () => lineFields(line));
  };
}

/** They say which arm a record is of, when it happened, and that it failed: no more is explained by them. */
function definingFields(plan: Plan, name: string): ReadonlySet<string> {
  const keys = (matcher: Matcher | undefined) => Object.keys(matcher ?? {});
  const fields = new Set([...keys(plan.arms.treatment), ...keys(plan.arms.control)]);
  for (const source of plan.sources) for (const field of sourceShape(source).timeFields) fields.add(field);
  for (const field of failingFields(plan, name)) fields.add(field);
  // So does the other half of a joined outcome; and a key is of one outcome alone.
  for (const { join } of plan.sources) if (join !== undefined) fields.add(join.key);
  return new Set([...fields].flatMap((field) => [field, `exposure.${field}`]));
}

/** The fields by which a measure counts a record as failing. */
export function failingFields(plan: Plan, name: string): ReadonlySet<string> {
  let measure = plan.measures[name];
  for (let depth = 0; measure !== undefined && 'share_not' in measure && depth < 10; depth += 1) {
    measure = plan.measures[measure.share_not];
  }
  if (measure === undefined) return new Set();
  if ('share' in measure) {
    const counted = countedShare(measure.share);
    return new Set(counted === null ? Object.keys(measure.share) : [counted.field, counted.total]);
  }
  return new Set('quantile' in measure ? measure.field.split(' - ').map((field) => field.trim()) : []);
}

/** A secret must not come to the journal by way of a field that many records have. */
function withoutSecrets(explanation: Explanation, known: readonly string[]): Explanation {
  const options = { known, random: true, seen: new Map() };
  const textOf = (field: string, text: string): string => {
    const name = field.split('.').at(-1) ?? field;
    const { value, count } = redactJson({ [name]: text }, options);
    return count === 0 ? text : String(Object.values(value as Readonly<Record<string, unknown>>)[0]);
  };
  const contentOf = (field: string, content: FieldContent): FieldContent =>
    'text' in content ? { ...content, text: textOf(field, content.text) } : content;
  const each = <Part extends { readonly field: string; readonly content: FieldContent }>(part: Part): Part => ({
    ...part,
    field: textOf('field', part.field),
    content: contentOf(part.field, part.content),
  });
  const { mix } = explanation;
  return {
    ...explanation,
    factors: explanation.factors.map(each),
    signatures: explanation.signatures.map(each),
    mix: mix && {
      ...mix,
      groups: mix.groups.map((group) => ({ ...group, content: contentOf(mix.field, group.content) })),
    },
  };
}
