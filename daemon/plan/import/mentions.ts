import { readDates } from './dates.ts';
import type { Passage } from './passages.ts';
import { readLengths } from './quantities.ts';
import type { Schedule } from './schedule.ts';
import { plain } from './text.ts';
import { readFigures } from './thresholds.ts';

/** A figure, a length of time or a date of a guide, to be found again in the plan. */
export type Mention =
  | { readonly kind: 'figure'; readonly text: string; readonly values: readonly number[] }
  | { readonly kind: 'length'; readonly text: string; readonly milliseconds: number }
  | { readonly kind: 'date'; readonly text: string; readonly date: string };

/** Every figure with a unit or a comparison, every length of time and every date of a passage. */
export function mentionsIn(passage: Passage, schedule: Schedule): readonly Mention[] {
  if (passage.text.length > 20_000) return [];
  let text = plain(
    passage.codes.reduce((rest, code) => (/[=:/.]/.test(code) ? rest.replace(code, ' ') : rest), passage.text),
  );
  const found: Mention[] = [];
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
  return found;
}
