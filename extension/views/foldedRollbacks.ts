import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { RollbackCause } from '../../daemon/protocol/domain/rolloutPhase.ts';

/** A rollback with everything that is a part of it. */
export interface FoldedRollback {
  /** Its start. */
  readonly entry: JournalEntry;
  /** Newest first: what caused it, and how the flag came to be set. */
  readonly steps: readonly JournalEntry[];
}

/** How many entries before a rollback may be its cause. */
const nearest = 8;

/** The entries, newest first, with the steps of each rollback in one. Steps whose rollback is not among them stay alone. */
export function foldedRollbacks(entries: readonly JournalEntry[]): readonly (JournalEntry | FoldedRollback)[] {
  const told: (JournalEntry | { readonly entry: JournalEntry; steps: readonly JournalEntry[] })[] = [];
  let open: { readonly entry: JournalEntry; readonly cause: RollbackCause; steps: readonly JournalEntry[] } | null =
    null;
  for (const entry of entries.toReversed()) {
    const { body } = entry;
    if (body.kind === 'begun' || body.kind === 'stage-entered') open = null;
    if (body.kind === 'rollback-started') {
      const { cause } = body;
      const before = told
        .slice(-nearest)
        .filter((each): each is JournalEntry => 'body' in each && isCause(each, cause));
      for (const part of before) told.splice(told.indexOf(part), 1);
      open = { entry, cause, steps: before.toReversed() };
      told.push(open);
    } else if (open !== null && (isEffect(entry) || isCause(entry, open.cause))) {
      open.steps = [entry, ...open.steps];
    } else {
      told.push(entry);
    }
  }
  return told.toReversed();
}

function isEffect({ body: { kind } }: JournalEntry): boolean {
  return (
    kind === 'effect-intended' ||
    kind === 'effect-progressed' ||
    kind === 'promise-broken' ||
    kind === 'rolled-back' ||
    kind === 'rollback-failed'
  );
}

/** The decision or the firing behind it, and what explains that. */
function isCause({ body }: JournalEntry, cause: RollbackCause): boolean {
  const firing = cause.kind === 'trigger' ? cause.firing : null;
  switch (body.kind) {
    case 'command':
      return body.command.kind === 'rollback' && body.outcome.kind === 'done';
    case 'firing':
      return body.firing.trigger === firing?.trigger && body.firing.at === firing.at;
    case 'lines':
      return body.trigger === firing?.trigger && body.firedAt === firing.at;
    case 'explained': {
      const { about } = body.explanation;
      return about.kind === 'trigger' && about.trigger === firing?.trigger && about.firedAt === firing.at;
    }
    default:
      return false;
  }
}
