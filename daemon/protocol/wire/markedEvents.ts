import type { JournalEntry } from '../domain/journalEntry.ts';

/** An event that charts mark. `at`: milliseconds since 1970, by the clock of the data where the event has such a time. */
export type MarkedEvent = JournalledEvent | Deploy;

/** `attempt`: 0 before the first. */
export type JournalledEvent = { readonly at: number; readonly attempt: number } & (
  | { readonly kind: 'stage'; readonly percent: number }
  /** `trigger`: the firing that caused it; `null` for a rollback by a person. */
  | { readonly kind: 'rollback'; readonly trigger: { readonly id: string; readonly at: number } | null }
  | { readonly kind: 'firing'; readonly trigger: string }
  | { readonly kind: 'acknowledged' }
  /** What a person reported: the signal's name. */
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'note'; readonly text: string }
);

/** A tag of the repository that the plan lies in. The name is of people: to be escaped. */
export interface Deploy {
  readonly kind: 'deploy';
  readonly at: number;
  readonly name: string;
}

/** `null`: charts do not mark it. */
export function journalledEvent({ at, attempt, body }: JournalEntry): JournalledEvent | null {
  switch (body.kind) {
    case 'stage-entered':
      return { kind: 'stage', at: body.at, attempt, percent: body.percent };
    case 'rollback-started': {
      const { cause } = body;
      const trigger = cause.kind === 'trigger' ? { id: cause.firing.trigger, at: cause.firing.at } : null;
      return { kind: 'rollback', at: body.at, attempt, trigger };
    }
    case 'firing':
      return { kind: 'firing', at: body.firing.at, attempt, trigger: body.firing.trigger };
    case 'acknowledged':
      return { kind: 'acknowledged', at, attempt };
    case 'signal':
      return { kind: 'signal', at: body.at, attempt, name: body.name };
    case 'tick':
      return body.as === 'note' && body.note !== null ? { kind: 'note', at, attempt, text: body.note } : null;
    default:
      return null;
  }
}
