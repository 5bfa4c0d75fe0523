import type { Guide } from './guide.ts';
import { readDates } from './lexicon/dates.ts';
import { means } from './tag.ts';
import type { Passage } from './text/passages.ts';

/** A figure, a length of time, a date, a link or a contact of a guide, to be found again in the plan. */
export type Mention =
  | { readonly kind: 'figure'; readonly text: string; readonly values: readonly number[] }
  | { readonly kind: 'length'; readonly text: string; readonly milliseconds: number }
  | { readonly kind: 'date'; readonly text: string; readonly date: string }
  | { readonly kind: 'words'; readonly text: string };

const address = /\bhttps?:\/\/[^\s<>"'|)\]]*[^\s<>"'|)\].,;:!?]/gi;
const contact = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.@/])@[A-Za-z][\w-]+|(?<![\w.])\+\d[\d\s()/-]{6,}\d/g;

/** Every figure with a unit or a comparison, every length of time, date, web address and contact of a passage. */
export function mentionsIn(guide: Guide, passage: Passage, anchor: string | undefined): readonly Mention[] {
  if (passage.text.length > 2000) return [];
  const found: Mention[] = wordsIn(passage).map((text) => ({ kind: 'words', text }));
  let text = passage.codes.reduce((rest, code) => (/[=:/]/.test(code) ? rest.replace(code, ' ') : rest), passage.text);
  for (const each of found) text = text.replaceAll(each.text, ' ; ');
  for (const { date, text: shown } of readDates(text, anchor)) {
    if (date !== undefined) found.push({ kind: 'date', text: shown, date });
    text = text.replace(shown, ' ; ');
  }
  const tokens = guide.tokens(text);
  for (const [at, token] of tokens.entries()) {
    const figure = token.number;
    if (figure === undefined) continue;
    const before = tokens[at - 1];
    const compared = means(before, 'above', 'below', 'atLeast', 'atMost');
    if (figure.unit === '' && !compared && !means(tokens[at + 1], 'tests')) continue;
    if (figure.unit === 'time' && !compared)
      found.push({ kind: 'length', text: token.text, milliseconds: figure.value });
    else
      found.push({
        kind: 'figure',
        text: token.text,
        values: figure.high === undefined ? [figure.value] : [figure.value, figure.high],
      });
  }
  return found;
}

function wordsIn(passage: Passage): readonly string[] {
  const links = passage.links.filter((link) => /^https?:/i.test(link)).map((link) => link.slice(0, 500));
  const addresses = [...(passage.text.match(address) ?? []), ...links];
  const rest = addresses.reduce((text, each) => text.replaceAll(each, ' '), passage.text);
  return [...new Set([...addresses, ...(rest.match(contact) ?? [])])];
}
