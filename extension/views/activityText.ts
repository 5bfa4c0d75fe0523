import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import {
  type JournalNames,
  type JournalTopic,
  type JournalWords,
  journalWords,
} from '../../daemon/protocol/words/journalWords.ts';
import type { Translate } from '../vscodeApi.ts';
import type { RowIcon } from './row.ts';

/** An entry of the journal as a row shows it. Both texts are untrusted where people or logs wrote into them. */
export interface ActivityText {
  readonly label: string;
  /** The text behind the time; may be empty. */
  readonly detail: string;
  readonly icon: RowIcon;
  readonly topic: JournalTopic;
}

export function activityText({ body }: JournalEntry, names: JournalNames, t: Translate): ActivityText {
  const { title, detail, symbol, tone, topic } = journalWords(body, names, t);
  return { label: title, detail, icon: { id: symbol, color: tone === null ? undefined : colors[tone] }, topic };
}

const colors: Readonly<Record<NonNullable<JournalWords['tone']>, string>> = {
  good: 'testing.iconPassed',
  caution: 'list.warningForeground',
  bad: 'list.errorForeground',
};
