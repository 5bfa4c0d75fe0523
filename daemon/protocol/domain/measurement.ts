import type { JournalEntry } from './rollout.ts';

/** A line that a reader of the journal is spared: in a long soak there is one for every quarter of an hour. */
export function isMeasurement({ body }: JournalEntry): boolean {
  return body.kind === 'measured';
}
