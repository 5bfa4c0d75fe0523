import type { JournalEntry } from './rollout.ts';

/** The kinds of journal entries that a checklist's item may wait for. */
export const journalEvents = [
  'begun',
  'stage-entered',
  'gate-ready',
  'held',
  'resumed',
  'review-opened',
  'acknowledged',
  'firing',
  'rollback-started',
  'rolled-back',
  'completed',
  'plan-changed',
  'signal',
  'reviewed',
] as const;

/** A line that a reader of the journal is spared: in a long soak there is one for every quarter of an hour. */
export function isMeasurement({ body }: JournalEntry): boolean {
  return body.kind === 'measured';
}
