import type { SampleRecord } from '../protocol/domain/recordSample.ts';
import { findLatencies, findSuccess } from './initFields.ts';
import { profileFields } from './initProfile.ts';
import type { EventRecords } from './initProposal.ts';

interface Split {
  readonly observations: readonly SampleRecord[];
  readonly event: EventRecords | undefined;
}

const eventFields = ['event_type', 'event', 'type', 'kind', 'record_type', 'event_name', 'message_type'];

/** Tells events from observations: by a field that only events have, else by the values of that field. */
export function splitEvents(records: readonly SampleRecord[]): Split {
  const rare = splitRare(records);
  return rare.event === undefined ? splitKinds(records) : rare;
}

/** A kind of record about a failure is an outcome, whatever its shape. */
const bad = /err|fail|exception|time_?d?_?out|reject|abort|crash|panic/i;

/**
 * Records may all name their kind, where some kinds tell an outcome or a duration. The records of the other kinds, such
 * as heartbeats, are events: counted, they would be failures.
 */
function splitKinds(records: readonly SampleRecord[]): Split {
  for (const field of eventFields) {
    const kinds = new Map<string, SampleRecord[]>();
    for (const record of records) {
      const kind = record[field];
      if (typeof kind !== 'string') continue;
      const known = kinds.get(kind);
      if (known === undefined) kinds.set(kind, [record]);
      else known.push(record);
    }
    const said = [...kinds.values()].reduce((sum, each) => sum + each.length, 0);
    if (kinds.size < 2 || kinds.size > 20 || said < records.length * 0.95) continue;
    const events = (['success', 'latency'] as const)
      .map((what) => [...kinds].filter(([kind, own]) => !bad.test(kind) && !tells(own, what)).map(([kind]) => kind))
      .find(
        (each) => each.length < kinds.size && [...kinds.keys()].some((kind) => !each.includes(kind) && !bad.test(kind)),
      );
    if (events === undefined || events.length === 0) continue;
    const isEvent = (record: SampleRecord) => events.includes(String(record[field]));
    const stage = stageOf(records.filter(isEvent), field);
    return { observations: records.filter((record) => !isEvent(record)), event: { field, kinds: events, stage } };
  }
  return { observations: records, event: undefined };
}

function tells(records: readonly SampleRecord[], what: 'success' | 'latency'): boolean {
  const fields = profileFields(records);
  return what === 'success'
    ? findSuccess(fields).length > 0
    : findLatencies(fields, records.length, new Set()).length > 0;
}

/** Records of a stage change: those with a percentage. */
function stageOf(events: readonly SampleRecord[], field: string): EventRecords['stage'] {
  const percent = ['percentage', 'percent', 'rollout_percentage', 'pct'].find((name) =>
    events.some((record) => typeof record[name] === 'number'),
  );
  if (percent === undefined) return undefined;
  const staged = events.find((record) => typeof record[percent] === 'number' && typeof record[field] === 'string');
  return staged === undefined ? undefined : { value: String(staged[field]), percent };
}

/** Records of a shape of their own, rare and with a field that the others have not, are events. */
function splitRare(records: readonly SampleRecord[]): Split {
  const shapes = new Map<string, SampleRecord[]>();
  for (const record of records) {
    const shape = Object.keys(record).sort().join('\u0000');
    const known = shapes.get(shape);
    if (known === undefined) shapes.set(shape, [record]);
    else known.push(record);
  }
  const [main, ...others] = [...shapes.values()].sort((a, b) => b.length - a.length);
  if (main === undefined) return { observations: records, event: undefined };
  const usual = new Set(Object.keys(main[0] ?? {}));
  const rare = others
    .filter((group) => group.length < records.length * 0.05 && missing(usual, group[0] ?? {}) >= usual.size / 2)
    .flat();
  const field = eventFields.find((name) => !usual.has(name) && rare.some((record) => Object.hasOwn(record, name)));
  if (field === undefined) return { observations: records, event: undefined };
  const events = records.filter((record) => Object.hasOwn(record, field));
  return {
    observations: records.filter((record) => !Object.hasOwn(record, field)),
    event: { field, kinds: undefined, stage: stageOf(events, field) },
  };
}

function missing(usual: ReadonlySet<string>, record: SampleRecord): number {
  return [...usual].filter((name) => !Object.hasOwn(record, name)).length;
}
