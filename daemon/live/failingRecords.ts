import { realpathSync } from 'node:fs';
import { hasContent } from '../explain/contents.ts';
import { lineFields } from '../explain/explainLines.ts';
import { fieldsOf, type RecordFields } from '../explain/recordFields.ts';
import { writtenFields } from '../explain/writtenFields.ts';
import type { LineReader } from '../ingest/formats/format.ts';
import { formatOf } from '../ingest/formats/kinds.ts';
import { linesAt } from '../ingest/recorded/linesAt.ts';
import { sourceOfFile } from '../ingest/recorded/recordedFiles.ts';
import { compileInstrument } from '../measure/instrument.ts';
import { compileRecordParts } from '../measure/recordParts.ts';
import { resolveMeasure } from '../measure/resolvedMeasure.ts';
import type { Explanation } from '../protocol/domain/explanation.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { FilePlace, Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { hasTextCells, holdsLines } from '../protocol/domain/sourceFormat.ts';
import { type Source, sourceFiles } from '../protocol/domain/sourceKinds.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { redactJson } from '../protocol/secrets/redactRecord.ts';
import type { FailureGroup, FailuresResult, ShownRecord } from '../protocol/wire/failures.ts';
import { recordsAbout } from '../sources/kinds.ts';
import { failingFields, type Judged, judgedBy, type RuleToExplain } from './failureCases.ts';
import { type JoinedArms, joinedArms, joinedCase } from './joinedArms.ts';
import { holdsSecrets } from './knownSecrets.ts';

const mostRecords = 30;
const mostPassed = 60;
const second = 1000;
const minute = 60_000;
/** Bytes of one source, for records to compare with. */
const mostRead = 512 * 1024;
/** Of one source, for the records that say the arm of the others. */
const mostJoined = 4 * 1024 * 1024;
const nothing: FailuresResult = { groups: [], passed: [], gone: [] };

interface FailuresAsked {
  readonly rule: RuleToExplain;
  /** The records that the rule rests on, newest last. */
  readonly places: readonly Place[];
  /** `null` while there is none: the records are then of one group. */
  readonly explanation: Explanation | null;
  readonly now: WallTime;
  /** Texts that must not come back in a text for people. */
  readonly secrets: readonly string[];
  /** The text behind a place that nobody can read again, while it is kept. */
  readonly textAt: (place: Place) => string | null;
}

/**
 * Reads the newest records behind a firing or an unmet condition again, by their places, and some that do not fail. Texts
 * that look like secrets are masked before anything leaves this function.
 */
export async function failingRecords(loaded: LoadedPlan, asked: FailuresAsked): Promise<FailuresResult> {
  const { rule, places, explanation, now, textAt } = asked;
  const { plan } = loaded;
  const instrument = compileInstrument(plan);
  const judged = judgedBy(resolveMeasure(plan, instrument, rule.measure), rule);
  if (judged === null) return nothing;
  const root = realpathSync(loaded.root);
  const shown = new Shown(loaded, asked);
  const refused = (path: string) => holdsSecrets(path, loaded);
  const failed: { readonly place: Place; readonly case: FoundCase }[] = [];
  const passed: FoundCase[] = [];
  const gone: Place[] = [];
  const newest = places.slice(-mostRecords);
  const arms = await joinedArms(loaded, instrument, {
    root,
    from: eventTime(Math.max(rule.from, rule.to - 10 * minute) - minute),
    to: rule.to,
    now,
    limit: mostJoined,
  });
  for (const [index, source] of plan.sources.entries()) {
    const own = newest.filter((place) => sourceOf(loaded, place) === index);
    const compares = judged.of !== 'lines' && !holdsLines(source) && formatOf(source).isDocument !== true;
    if (own.length === 0 && !compares) continue;
    const about = compares
      ? await recordsAbout(root, source, {
          from: eventTime(Math.max(rule.from, rule.to - 10 * minute) - minute),
          to: rule.to,
          limit: mostRead,
          timezone: plan.timezone,
          refused,
        })
      : { excerpts: [] };
    const [header = ''] = about.excerpts[0]?.text.split('\n', 1) ?? [];
    const readers = recordReaders(source, index, instrument, now, formatOf(source).hasHeader ? header : '', arms);
    const fails = (line: string) => {
      const found = readers.find(line, judged, 'failed');
      return found !== null && isWithin(rule, found) ? found : null;
    };
    const files = own.filter((place): place is FilePlace => 'file' in place);
    const lines = new Map<Place, string>();
    for (const { path } of sourceFiles(source)) {
      const left = files.filter((place) => !lines.has(place));
      for (const [place, line] of await linesAt(root, path, left, (line) => fails(line) !== null, refused))
        lines.set(place, line);
    }
    for (const place of own) {
      const text = lines.get(place) ?? ('file' in place ? null : textAt(place));
      const found = text === null ? null : fails(text);
      if (found === null) gone.push(place);
      else failed.push({ place, case: found });
    }
    for (const { text } of about.excerpts) {
      for (const line of text.split('\n')) {
        const found = line === '' ? null : readers.find(line, judged, 'passed');
        if (found !== null) passed.push(found);
      }
    }
  }
  return {
    groups: groupsOf(
      failed.map(({ place, case: found }) => ({ record: shown.record(found, place), fields: found.fields })),
      explanation,
    ),
    passed: newestFirst(passed)
      .slice(0, mostPassed)
      .map((found) => shown.record(found, null)),
    gone,
  };
}

/** One record, or the part of one that is counted. */
interface FoundCase {
  readonly at: EventTime;
  /** The other instant of a local time that came twice. */
  readonly again?: EventTime | undefined;
  readonly record: Readonly<Record<string, unknown>>;
  readonly fields: RecordFields;
}

/** Another generation of a log may hold a record at the same place: that one is of another time. */
function isWithin({ from, to }: RuleToExplain, { at, again }: FoundCase): boolean {
  return [at, again ?? at].some((instant) => instant >= from - second && instant <= to + second);
}

interface RecordReaders {
  /** `null`: the line is no record that fails, or passes. */
  find(line: string, judged: Judged, wanted: 'failed' | 'passed'): FoundCase | null;
}

function recordReaders(
  source: Source,
  index: number,
  instrument: Instrument,
  now: WallTime,
  header: string,
  arms: JoinedArms,
): RecordReaders {
  const format = formatOf(source);
  const reader: LineReader = format.lines(header);
  const parts = compileRecordParts(source);
  return {
    find(line, judged, wanted) {
      if (judged.of === 'lines') {
        const reading = instrument.readLine(index, line, now);
        const matches = reading.kind === 'line' && ((reading.matches >> judged.bit) & 1) === 1;
        return matches && wanted === 'failed' ? { at: reading.at, record: { line }, fields: lineFields(line) } : null;
      }
      if (format.hasHeader && line === header) return null;
      const record = reader.record(line);
      if (record === null) return null;
      const reading = instrument.readRecord(index, record, now);
      const all = reading.kind === 'several' ? reading.readings : [reading];
      const held = parts === null ? [record] : parts(record).map((part) => part.record);
      for (const [position, each] of all.entries()) {
        if (each.kind !== 'outcome') continue;
        const line = held.length === all.length ? (held[position] ?? record) : record;
        const joined = joinedCase(arms, each, line);
        // Its place was counted in the arm, though the record that says so may be too old to be read again.
        const isCounted = joined === null && each.half?.within === null && wanted === 'failed';
        if (!isCounted && joined?.arm !== judged.arm) continue;
        const fails = judged.fails(each);
        if (fails === null || fails !== (wanted === 'failed')) continue;
        const own = joined?.record ?? line;
        return { at: each.at, again: each.again, record: own, fields: fieldsOf(own, hasTextCells(source)) };
      }
      return null;
    },
  };
}

function sourceOf({ plan }: LoadedPlan, place: Place): number {
  if ('file' in place) return sourceOfFile(plan, place.file);
  return plan.sources.findIndex((source) => sourceFiles(source).length === 0);
}

/** Turns records into what is shown of them. */
class Shown {
  readonly #known: readonly string[];
  readonly #failing: ReadonlySet<string>;
  readonly #explanation: Explanation | null;

  constructor(loaded: LoadedPlan, { rule: { measure }, explanation, secrets }: FailuresAsked) {
    this.#known = secrets;
    this.#failing = failingFields(loaded.plan, measure);
    this.#explanation = explanation;
  }

  record({ at, record, fields }: FoundCase, place: Place | null): ShownRecord {
    const telling = tellingFields(fields, this.#explanation);
    const { value } = redactJson(record, { known: this.#known, random: true, seen: new Map() });
    return {
      place,
      at,
      fields: writtenFields(value as Readonly<Record<string, unknown>>).map((field) => ({
        ...field,
        mark: this.#failing.has(field.path) ? 'fails' : telling.has(field.path) ? 'telling' : null,
      })),
    };
  }
}

function tellingFields(fields: RecordFields, explanation: Explanation | null): ReadonlySet<string> {
  const all = explanation === null ? [] : [...explanation.signatures, ...explanation.factors];
  return new Set(all.flatMap((content) => (hasContent(fields, content) ? [content.field] : [])));
}

interface Grouped {
  readonly record: ShownRecord;
  readonly fields: RecordFields;
}

/** By the first error signature that a record has, else by the first field that explains it. */
function groupsOf(records: readonly Grouped[], explanation: Explanation | null): readonly FailureGroup[] {
  const contents = explanation === null ? [] : [...explanation.signatures, ...explanation.factors];
  const groups = Map.groupBy(records, ({ fields }) => contents.find((content) => hasContent(fields, content)) ?? null);
  const told = [...groups].map(([content, members]): FailureGroup => {
    const { field, content: held } = content ?? {};
    const isNew = content !== null && 'isNew' in content && content.isNew;
    return {
      of: field === undefined || held === undefined ? null : { field, content: held, isNew },
      records: newestFirst(members.map(({ record }) => record)),
    };
  });
  return told.toSorted(
    (one, other) => Number(one.of === null) - Number(other.of === null) || other.records.length - one.records.length,
  );
}

function newestFirst<Dated extends { readonly at: EventTime | null }>(records: readonly Dated[]): readonly Dated[] {
  return records.toSorted((one, other) => (other.at ?? 0) - (one.at ?? 0));
}
