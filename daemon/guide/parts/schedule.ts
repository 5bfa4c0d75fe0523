import { type Guide, provenance } from '../guide.ts';
import { daysAfter, readDates } from '../lexicon/dates.ts';
import type { Ladder } from '../rules/ladder.ts';
import { anyMeans, means, sharesOut } from '../tag.ts';
import { type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';
import { sameWording, withoutSectionNumber } from '../text/text.ts';
import type { ValueOf } from '../values.ts';

export interface Milestone {
  readonly date: string;
  readonly title: string;
}

/** The first day that any passage names, near which dates without a year lie. */
export function anchorOf(guide: Guide): string | undefined {
  for (const passage of guide.passages) {
    if (passage.kind === 'code') continue;
    const dated = readDates(dateText(passage), undefined).find(({ date }) => date !== undefined);
    if (dated?.date !== undefined) return dated.date;
  }
  return undefined;
}

/** Only text, never code: a date in a file's name is none. */
function dateText(passage: Passage): string {
  return passage.codes.reduce((text, code) => text.replace(code, ' '.repeat(code.length)), passage.text);
}

/** The day a rollout starts and ends. The dates of one phase are those of the whole where only the first or last has any. */
export function readSchedule(guide: Guide, anchor: string | undefined): readonly ValueOf<'start' | 'end'>[] {
  const found: ValueOf<'start' | 'end'>[] = [];
  const add = (kind: 'start' | 'end', date: string, passage: Passage) => {
    found.push({ kind, date, from: provenance(passage, passage.text, guide.above(passage).slice(0, 1)) });
    guide.use(passage);
  };
  const phased: { first: string; passage: Passage }[] = [];
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading') continue;
    const mentions = readDates(dateText(passage), anchor);
    for (const { problem } of mentions) if (problem !== undefined) guide.leave(passage, `${problem}: it is left out`);
    const dates = mentions.flatMap(({ date }) => (date === undefined ? [] : [date]));
    const [first, last] = [dates[0], dates.at(-1)];
    if (first === undefined || last === undefined) continue;
    const label = guide.tokens(
      passage.kind === 'row'
        ? (passage.cells[0]?.text ?? '')
        : (passage.label ?? sentenceLead(passage, mentions[0]?.index ?? 0)),
    );
    const week =
      weekIn(guide, passage.trail[0]?.text ?? '') ??
      weekIn(guide, passage.kind === 'row' ? (passage.cells[0]?.text ?? '') : '');
    const offset = week === undefined ? 0 : (week - 1) * 7;
    const above = guide.above(passage).find(({ text }) => anyMeans(guide.tokens(text), 'stage', 'calendar'));
    if (above !== undefined && passage.kind !== 'row') {
      if (anyMeans(label, 'length', 'start')) phased.push({ first, passage });
      continue;
    }
    if (anyMeans(label, 'measured') || label.length > 6) continue;
    if (week !== undefined && week > 1) continue;
    if (anyMeans(label, 'start') && !anyMeans(label, 'end')) {
      add('start', daysAfter(first, -offset), passage);
      if (dates.length > 1 && week === undefined) add('end', last, passage);
    } else if (anyMeans(label, 'end')) {
      if (week === undefined) add('end', last, passage);
    } else if (anyMeans(label, 'length')) {
      add('start', daysAfter(first, -offset), passage);
      if (dates.length > 1 && week === undefined) add('end', last, passage);
    }
  }
  const [earliest] = phased.sort((a, b) => a.first.localeCompare(b.first));
  if (earliest !== undefined && !found.some(({ kind }) => kind === 'start'))
    add('start', earliest.first, earliest.passage);
  return found;
}

/** `The rollout starts on` before a date in a sentence. */
function sentenceLead(passage: Passage, index: number): string {
  return (
    passage.text
      .slice(Math.max(0, index - 40), index)
      .split(/[.;:]/)
      .at(-1) ?? ''
  );
}

/** The week that a text is about, if it is one. */
export function weekIn(guide: Guide, text: string): number | undefined {
  const tokens = guide.tokens(text);
  const weeks = tokens.flatMap((token, at) =>
    means(token, 'calendar') && /^(?:week|woche|semaine|semana)/i.test(token.text) ? [tokens[at + 1]?.number] : [],
  );
  const [only] = weeks;
  return weeks.length === 1 &&
    only?.unit === '' &&
    Number.isInteger(only.value) &&
    only.value > 0 &&
    only.high === undefined
    ? only.value
    : undefined;
}

/** Rows and items with a date; a phase that has a date of its own is a milestone with its share. */
export function readMilestones(
  guide: Guide,
  anchor: string | undefined,
  ladder: Ladder,
): readonly Sourced<Milestone>[] {
  const found = new Map<string, Sourced<Milestone>>();
  const add = (date: string, title: string, passage: Passage) => {
    const key = `${date} ${sameWording(title)}`;
    found.set(
      key,
      said({ date, title: found.get(key)?.value.title ?? title }, ...(found.get(key)?.places ?? []), passage),
    );
    guide.use(passage);
  };
  for (const passage of guide.passages) {
    if (passage.kind !== 'row' && passage.kind !== 'item' && passage.kind !== 'sentence') continue;
    if (guide.under(passage, 'documents', 'tests', 'targets', 'measured') !== undefined) continue;
    const [first] = readDates(dateText(passage), anchor).filter(({ date }) => date !== undefined);
    if (first?.date === undefined) continue;
    const phase = guide
      .above(passage)
      .find(({ kind, text }) => kind === 'heading' && anyMeans(guide.tokens(text), 'stage'));
    if (
      phase !== undefined &&
      passage.label !== undefined &&
      anyMeans(guide.tokens(passage.label), 'length', 'start')
    ) {
      const shares = sharesOut(guide.tokens(phase.text)).filter((percent) => ladder.percents.includes(percent));
      if (shares.length === 1) add(first.date, `${shares[0]} %`, passage);
      continue;
    }
    if (guide.isUsed(passage) && passage.kind !== 'row') continue;
    const title =
      passage.kind === 'row'
        ? rowTitle(guide, passage, anchor)
        : passage.kind === 'item'
          ? itemTitle(guide, passage, first)
          : undefined;
    if (title !== undefined && title !== '') add(first.date, title.slice(0, 200), passage);
  }
  return [...found.values()].sort((a, b) => a.value.date.localeCompare(b.value.date));
}

function rowTitle(guide: Guide, row: Passage, anchor: string | undefined): string | undefined {
  const dated = row.cells.find(({ text }) => readDates(text, anchor).some(({ date }) => date !== undefined));
  const titled = row.cells.filter(
    ({ text, header }) =>
      text !== '' && readDates(text, anchor).length === 0 && !anyMeans(guide.tokens(header), 'contact'),
  );
  const listed =
    guide.under(row, 'milestones') !== undefined ||
    anyMeans(guide.tokens(dated?.header ?? ''), 'length', 'start', 'end', 'milestones');
  return listed ? titled[0]?.text : undefined;
}

function itemTitle(
  guide: Guide,
  item: Passage,
  { text, index }: { readonly text: string; readonly index: number },
): string | undefined {
  if (item.parent || item.checkbox !== undefined || anyMeans(guide.tokens(item.label ?? ''), 'start', 'end', 'length'))
    return undefined;
  if (
    guide.under(item, 'milestones') === undefined &&
    index > 3 &&
    (item.label === undefined || readDates(item.label, '2000-01-01').length === 0)
  )
    return undefined;
  const rest = `${item.text.slice(0, index)} ${item.text.slice(index + text.length)}`;
  return withoutSectionNumber(
    rest
      .replaceAll(/\(\s*\)/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .replace(/^[\s:.,()-]+|[\s:,(-]+$/g, ''),
  );
}
