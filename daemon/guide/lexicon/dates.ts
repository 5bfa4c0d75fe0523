import { folded, months } from './vocabulary.ts';

/** Dates in running text, as calendar days `YYYY-MM-DD`, in every language that has a lexicon. */
export interface DateMention {
  /** `undefined` when it looks like a date and is none, or could be two. */
  readonly date: string | undefined;
  readonly text: string;
  readonly problem: string | undefined;
  readonly index: number;
}

const yearFirst = /(?<![\w/.-])(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?(?![\w-]|\.\d)/g;
const yearLast = /(?<![\w/.-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\w-]|\.\d)/g;
const dayBefore =
  /(?<![\w.,:-])(\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?:\s*-\s*(\d{1,2})(?:st|nd|rd|th|\.)?)?\s*(?:of |de )?$/;
const dayBehind = /^\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:\s*-\s*(\d{1,2})(?:st|nd|rd|th)?)?(?![\w%:]|\s*%|-\d)/;
const yearBehind = /^\.?,?\s*(?:de )?(\d{4})(?![\w%])/;

/** `anchor`: a day near which dates lie that name no year. A range such as `February 4-5` gives both of its days. */
export function readDates(written: string, anchor: string | undefined): readonly DateMention[] {
  const text = written.replaceAll(/[‐‑‒–—−]/g, '-');
  const found: DateMention[] = [];
  for (const match of text.matchAll(yearFirst))
    found.push(day(match, Number(match[1]), Number(match[3]), Number(match[4])));
  for (const match of text.matchAll(yearLast)) found.push(eitherFirst(match));
  found.push(...namedMonths(text, anchor));
  return found.sort((a, b) => a.index - b.index);
}

function* namedMonths(text: string, anchor: string | undefined): Generator<DateMention> {
  const small = folded(text);
  for (let at = 0; at < small.length; at += 1) {
    if (at > 0 && /[\p{L}\p{N}]/u.test(small[at - 1] ?? '')) continue;
    const month = months.longest(small, at);
    const [number] = month?.meanings ?? [];
    if (month === undefined || number === undefined) continue;
    const before = dayBefore.exec(small.slice(Math.max(0, at - 20), at));
    const behind = dayBehind.exec(small.slice(month.end, month.end + 20));
    const days = before ?? behind;
    if (days === null) continue;
    const end = before === null ? month.end + (behind?.[0].length ?? 0) : month.end;
    const year = yearBehind.exec(small.slice(end, end + 12));
    const start = before === null ? at : at - before[0].length;
    const shown = text.slice(start, end + (year?.[0].length ?? 0)).trim();
    for (const each of [days[1], days[2]]) {
      if (each === undefined) continue;
      const dated = Number(year?.[1]) || yearNear(anchor, number + 1, Number(each));
      const mention = { text: shown, index: start };
      if (dated === undefined) yield { ...mention, date: undefined, problem: `“${shown}” names no year` };
      else yield { ...mention, ...calendarDay(dated, number + 1, Number(each), shown) };
    }
    at = end;
  }
}

/** A rollout that starts in December goes on in January of the next year. */
function yearNear(anchor: string | undefined, month: number, date: number): number | undefined {
  if (anchor === undefined) return undefined;
  const year = Number(anchor.slice(0, 4));
  const distance = (each: number) => Math.abs(Date.UTC(each, month - 1, date) - Date.parse(`${anchor}T00:00:00Z`));
  return [year, year - 1, year + 1].sort((a, b) => distance(a) - distance(b))[0];
}

function day(match: RegExpExecArray, year: number, month: number, date: number): DateMention {
  return { text: match[0], index: match.index, ...calendarDay(year, month, date, match[0]) };
}

function eitherFirst(match: RegExpExecArray): DateMention {
  const [shown, first, sign, second, year] = match;
  const [one, two] = [Number(first), Number(second)];
  if (one > 12 || one === two || sign === '.') return day(match, Number(year), two, one);
  if (two > 12) return day(match, Number(year), one, two);
  return {
    text: shown,
    index: match.index,
    date: undefined,
    problem: `“${shown}” could be two dates; write it as YYYY-MM-DD`,
  };
}

function calendarDay(year: number, month: number, date: number, shown: string): Pick<DateMention, 'date' | 'problem'> {
  const instant = new Date(Date.UTC(year, month - 1, date));
  const real = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === date && year >= 1970;
  return real
    ? { date: instant.toISOString().slice(0, 10), problem: undefined }
    : { date: undefined, problem: `“${shown}” is not a date` };
}

/** `days` may be negative. */
export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Whole days from one date to the other. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
