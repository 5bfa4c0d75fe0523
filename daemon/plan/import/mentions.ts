import { readDates, withWholeRanges } from './dates.ts';
import type { Passage } from './passages.ts';
import { readLengths, readNumber } from './quantities.ts';
import type { Schedule } from './schedule.ts';
import { plain } from './text.ts';
import { readFigures } from './thresholds.ts';

/** A figure, a length of time, a date, a link or a contact of a guide, to be found again in the plan. */
export type Mention =
  | { readonly kind: 'figure'; readonly text: string; readonly values: readonly number[] }
  | { readonly kind: 'length'; readonly text: string; readonly milliseconds: number }
  | { readonly kind: 'date'; readonly text: string; readonly date: string }
  | { readonly kind: 'words'; readonly text: string };

const address = /\bhttps?:\/\/[^\s<>"'|)\]]*[^\s<>"'|)\].,;:!?]/gi;
const contact =
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.@/])@[A-Za-z][\w-]+|(?<![\w&/#(])#[a-z][a-z\d_]*(?:-[a-z\d_]+)*(?![\w-])|(?<![\w.])\+\d[\d\s()/-]{6,}\d/g;
const tests =
  /(?<![\d.,/-])(?:\d{1,3}(?:[, ]\d{3})+|\d{1,6})(?=(?:\s+[a-z-]+){0,2}?\s+(?:tests?|test cases|cases)\b)/gi;

/** Every figure with a unit or a comparison, every length of time, date, web address and contact of a passage. */
export function mentionsIn(passage: Passage, schedule: Schedule): readonly Mention[] {
  if (passage.text.length > 20_000) return [];
  // In a table whose columns are stages, another line says the stage and its share.
  const own =
    passage.stageLine === passage.line
      ? passage.text
      : passage.cells
          .slice(2)
          .map((cell) => cell.text)
          .join(' | ');
  const found: Mention[] = wordsIn(passage).map((text) => ({ kind: 'words', text }));
  let text = withWholeRanges(
    plain(passage.codes.reduce((rest, code) => (/[=:/.]/.test(code) ? rest.replace(code, ' ') : rest), own)),
  );
  for (const each of found) text = text.replaceAll(each.text, ' ; ');
  for (const { date, text: shown } of readDates(text, schedule.anchor)) {
    if (date !== undefined) found.push({ kind: 'date', text: shown, date });
    text = text.replace(shown, ' ; ');
  }
  for (const length of [...readLengths(text)].reverse()) {
    const shown = text.slice(length.index, length.end);
    if (/^a second$/i.test(shown)) continue;
    // `twice a day` is no length.
    if (/\b(?:once|twice|times|per|\d)\s*$/i.test(text.slice(0, length.index)) && /^an?\b/i.test(shown)) continue;
    found.push({ kind: 'length', text: shown, milliseconds: length.milliseconds });
    text = `${text.slice(0, length.index)} ; ${text.slice(length.end)}`;
  }
  for (const { text: shown, values } of readFigures(text)) found.push({ kind: 'figure', text: shown, values });
  // Below `Min. orders`, a bare number is asked for.
  for (const { header, text: shown } of passage.cells)
    if (/^(?:min|max|at least|at most|required|limit|threshold)/i.test(header) && /^\d[\d.,]*$/.test(shown))
      found.push({ kind: 'figure', text: shown, values: [readNumber(plain(shown)) ?? Number.NaN] });
  for (const [shown] of text.replaceAll(/\b(?:phase|stage|part|level|tier|week|day)\s+\d+\b/gi, ' ').matchAll(tests))
    found.push({ kind: 'figure', text: shown, values: [Number(shown.replaceAll(/[, ]/g, ''))] });
  return found;
}

/** Web addresses, of links too, and how somebody is reached: mail, handle, channel, telephone. */
function wordsIn(passage: Passage): readonly string[] {
  const links = passage.links.filter((link) => /^(?:https?:|mailto:)/i.test(link)).map((link) => link.slice(0, 500));
  const addresses = [...(passage.text.match(address) ?? []), ...links.filter((link) => !link.startsWith('mailto:'))];
  const text = addresses.reduce((rest, each) => rest.replaceAll(each, ' '), passage.text);
  const contacts = [
    ...(text.match(contact) ?? []),
    ...links.filter((link) => link.startsWith('mailto:')).map((link) => link.slice('mailto:'.length)),
  ];
  return [...new Set([...addresses, ...contacts])];
}
