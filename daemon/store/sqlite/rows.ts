import type { JournalBody, JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { CellRecord, PositionRecord } from '../../protocol/domain/observation.ts';
import { type EventMinute, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';

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
