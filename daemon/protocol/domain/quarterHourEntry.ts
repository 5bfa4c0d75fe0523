import type { JournalEntry } from './journalEntry.ts';

/** An entry that a reader of the journal may skip: in a long soak there is one for every quarter of an hour. */
export function isMeasurement({ body }: JournalEntry): boolean {
  return body.kind === 'measured';
}
