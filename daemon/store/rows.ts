import type { CellRecord, OutcomeRecord, PositionRecord } from '../protocol/observation.ts';
import type { JournalBody, JournalEntry } from '../protocol/rollout.ts';
import { type EventMinute, eventTime, wallTime } from '../protocol/units.ts';
import { UserError } from '../protocol/userError.ts';

/** A row as `node:sqlite` gives it, by column name. The tables are STRICT, so a column has the type it declares. */
export type Row = Readonly<Record<string, unknown>>;

/** A body that is no JSON was edited from outside: with a `file` that is an error, else the entry fails verification. */
export function entryOf(row: Row, file: string | null): JournalEntry {
  const seq = Number(row.seq);
  let body: JournalBody;
  try {
    body = JSON.parse(String(row.body)) as JournalBody;
  } catch {
    if (file !== null) {
      throw new UserError(
        'state-corrupt',
        `journal entry ${seq} in ${file} is not readable; it was edited from outside`,
      );
    }
    body = { kind: 'daemon', detail: `unreadable: ${String(row.body)}` };
  }
  return {
    seq,
    rollout: String(row.rollout),
    attempt: Number(row.attempt),
    at: wallTime(Number(row.at)),
    body,
    previous: String(row.previous),
    hash: String(row.hash),
  };
}

export function positionOf(row: Row): PositionRecord {
  return { source: Number(row.source), generation: String(row.generation), body: String(row.body) };
}

export function cellOf(row: Row): CellRecord {
  return {
    series: String(row.series),
    minute: Number(row.minute) as EventMinute,
    body: row.body as Uint8Array,
  };
}

const perOutcome = 6;

/**
 * The outcomes of one commit as bytes: the number of files, of fields and of outcomes, then for each outcome its time,
 * arm, shares, file, line, offset and fields, all as eight-byte floats, little-endian (NaN, a record without the field,
 * is kept, which JSON cannot); the files' names last, as JSON.
 */
export function encodeOutcomes(outcomes: readonly OutcomeRecord[]): Uint8Array {
  const files = new Map<string, number>();
  const fields = outcomes[0]?.fields.length ?? 0;
  const numbers = new Float64Array(2 + outcomes.length * (perOutcome + fields));
  numbers[0] = outcomes.length;
  numbers[1] = fields;
  let next = 2;
  for (const { at, arm, shares, place, fields: values } of outcomes) {
    let file = files.get(place.file);
    if (file === undefined) {
      file = files.size;
      files.set(place.file, file);
    }
    numbers[next] = at;
    numbers[next + 1] = arm === 'treatment' ? 1 : 0;
    numbers[next + 2] = shares;
    numbers[next + 3] = file;
    numbers[next + 4] = place.line;
    numbers[next + 5] = place.offset;
    for (let field = 0; field < fields; field += 1) numbers[next + perOutcome + field] = values[field] ?? Number.NaN;
    next += perOutcome + fields;
  }
  const names = new TextEncoder().encode(JSON.stringify([...files.keys()]));
  const bytes = new Uint8Array(numbers.byteLength + names.byteLength);
  bytes.set(new Uint8Array(numbers.buffer));
  bytes.set(names, numbers.byteLength);
  return bytes;
}

export function decodeOutcomes(body: Uint8Array): OutcomeRecord[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const number = (index: number): number => view.getFloat64(index * 8, true);
  const count = number(0);
  const fields = number(1);
  const numbers = 2 + count * (perOutcome + fields);
  const names: unknown = JSON.parse(new TextDecoder().decode(body.subarray(numbers * 8)));
  const files = Array.isArray(names) ? names.map(String) : [];
  return Array.from({ length: count }, (_, index) => {
    const first = 2 + index * (perOutcome + fields);
    return {
      at: eventTime(number(first)),
      arm: number(first + 1) === 1 ? 'treatment' : 'control',
      shares: number(first + 2),
      place: { file: files[number(first + 3)] ?? '', line: number(first + 4), offset: number(first + 5) },
      fields: Array.from({ length: fields }, (_, field) => number(first + perOutcome + field)),
    };
  });
}
