import type { EventRecords } from './initProposal.ts';
import type { SampleRecord } from './initRecords.ts';

/** Records of a shape of their own, rare and with a field that the others have not, are events. */
export function splitEvents(records: readonly SampleRecord[]): {
  observations: readonly SampleRecord[];
  event: EventRecords | undefined;
} {
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
  const field = ['event_type', 'event', 'type', 'kind', 'record_type'].find(
    (name) => !usual.has(name) && rare.some((record) => Object.hasOwn(record, name)),
  );
  if (field === undefined) return { observations: records, event: undefined };
  const events = records.filter((record) => Object.hasOwn(record, field));
  const percent = ['percentage', 'percent', 'rollout_percentage', 'pct'].find((name) =>
    events.some((record) => typeof record[name] === 'number'),
  );
  const staged =
    percent === undefined
      ? undefined
      : events.find((record) => typeof record[percent] === 'number' && typeof record[field] === 'string');
  return {
    observations: records.filter((record) => !Object.hasOwn(record, field)),
    event: {
      field,
      stage: percent === undefined || staged === undefined ? undefined : { value: String(staged[field]), percent },
    },
  };
}

function missing(usual: ReadonlySet<string>, record: SampleRecord): number {
  return [...usual].filter((name) => !Object.hasOwn(record, name)).length;
}
