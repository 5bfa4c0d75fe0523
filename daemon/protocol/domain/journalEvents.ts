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
