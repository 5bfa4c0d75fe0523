import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { RollbackCause } from '../protocol/domain/rolloutPhase.ts';
import { english } from '../protocol/words/factWords.ts';
import { type JournalNames, type JournalWords, journalWords } from '../protocol/words/journalWords.ts';
import { rollbackCause } from '../protocol/words/phaseWords.ts';
import { factTones } from './factTone.ts';
import { mark, type Span, strong, type Text } from './reportDocument.ts';

interface EntryText {
  readonly what: Text;
  /** May be empty. */
  readonly why: Text;
}

/** An entry of the journal in plain words, for the report's timeline and the command line. */
export function entryText({ body }: JournalEntry, names: JournalNames): EntryText {
  const words = journalWords(body, names, english);
  return { what: [titleSpan(words)], why: words.detail === '' ? [] : [words.detail] };
}

export function causeText(cause: RollbackCause, { triggers }: JournalNames): Text {
  return [rollbackCause(cause, triggers, english)];
}

function titleSpan({ title, tone, rank }: JournalWords): Span {
  if (tone !== null && tone !== 'good') return mark(title, factTones[tone]);
  return rank === 0 ? strong(title) : title;
}
