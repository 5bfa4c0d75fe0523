import type { LeftStage, RolloutEvent } from '../protocol/domain/journalEntry.ts';

const endings: ReadonlySet<RolloutEvent['kind']> = new Set(['stage-entered', 'rollback-started', 'completed']);

export function endsStay({ kind }: RolloutEvent): boolean {
  return endings.has(kind);
}

/** The figures of the stay that an event ends, kept beside the event; they change no state. */
export function withFigures(event: RolloutEvent, left: LeftStage): RolloutEvent {
  switch (event.kind) {
    case 'stage-entered':
    case 'rollback-started':
    case 'completed':
      return { ...event, left };
    default:
      return event;
  }
}
