import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { entryText } from '../report/entryText.ts';
import { exactText } from '../report/moment.ts';
import type { Span, Text, Tone } from '../report/reportDocument.ts';
import type { Output, Style } from './output.ts';

/** The newest `limit` of the entries for people: a line each, in the words and the time zone of the report. */
export function journalLines(
  entries: readonly JournalEntry[],
  limit: number,
  view: RolloutView,
  { paint }: Pick<Output, 'paint'>,
): readonly string[] {
  if (entries.length === 0) return ['Nothing has happened yet.'];
  const { timezone } = view.plan;
  const lines = entries.slice(0, limit).map((entry) => {
    const { what, why } = entryText(entry, view);
    const told = lineText(why, paint);
    const reason = told === '' ? '' : ` ${paint('dim', '—')} ${told}`;
    return `${paint('dim', exactText(entry.at, timezone))}  ${lineText(what, paint)}${reason}`;
  });
  const older = entries.length > limit ? `; older ones: --limit ${limit * 4}` : '';
  return [...lines, paint('dim', `Newest first, times in ${plainText(timezone)}${older}.`)];
}

function lineText(text: Text, paint: Output['paint']): string {
  return text.map((span) => spanText(span, paint)).join('');
}

function spanText(span: Span, paint: Output['paint']): string {
  // Not every terminal knows the marks that a name from right to left keeps.
  const text = plainText(typeof span === 'string' ? span : span.text).replaceAll(isolates, '');
  if (typeof span === 'string') return text;
  switch (span.kind) {
    case 'code':
    case 'link':
      return text;
    case 'strong':
      return paint('bold', text);
    case 'mark':
      return paint(styles[span.tone], text);
  }
}

const isolates = /[\u2066-\u2069]/g;
const styles: Readonly<Record<Tone, Style>> = { good: 'green', bad: 'red', warning: 'yellow', quiet: 'dim' };
