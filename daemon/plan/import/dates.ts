/** Dates in running text, as calendar days `YYYY-MM-DD`. */

export interface DateMention {
  /** `undefined` when it looks like a date and is none, or could be two. */
  readonly date: string | undefined;
  readonly text: string;
  readonly problem: string | undefined;
  readonly index: number;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month = `(${months.join('|')})[a-z]{0,6}\\.?`;
const pattern = new RegExp(
  [
    '(?<![\\w/.-])(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})(?![\\w-]|\\.\\d)',
    '(?<![\\w/.-])(\\d{1,2})([./-])(\\d{1,2})\\6(\\d{4})(?![\\w-]|\\.\\d)',
    `(?<![\\w.-])${month}\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?(?![\\w%:])`,
    `(?<![\\w.-])(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?${month}(?:,?\\s+(\\d{4}))?(?!\\w)`,
  ].join('|'),
  'gi',
);

const dayRange = `(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s*[-–—]\\s*(\\d{1,2})(?:st|nd|rd|th|\\.)?`;
const monthFirst = new RegExp(`(?<![\\w.-])${month}\\s+${dayRange}(?![\\w%:-])(?:,?\\s+(\\d{4})\\b)?`, 'gi');
const monthLast = new RegExp(`(?<![\\w.-])${dayRange}\\s+(?:of\\s+)?${month}(?!\\w)(?:,?\\s+(\\d{4})\\b)?`, 'gi');

/** `June 15–17` and `1–26 June 2026` with both of their dates written out. */
export function withWholeRanges(text: string): string {
  return text
    .replaceAll(monthFirst, (_all, name: string, from: string, to: string, year: string | undefined) =>
      [from, to].map((day) => `${name} ${day}${year === undefined ? '' : `, ${year}`}`).join(' - '),
    )
    .replaceAll(monthLast, (_all, from: string, to: string, name: string, year: string | undefined) =>
      [from, to].map((day) => `${day} ${name}${year === undefined ? '' : ` ${year}`}`).join(' - '),
    );
}

/** `anchor`: a day near which dates lie that name no year (`Oct 29`). */
export function readDates(text: string, anchor: string | undefined): readonly DateMention[] {
  return [...text.matchAll(pattern)].map((match) => {
    const shown = match[0].trim();
    return { text: shown, index: match.index, ...interpret(match, anchor, shown) };
  });
}

function interpret(
  match: RegExpExecArray,
  anchor: string | undefined,
  shown: string,
): { date: string | undefined; problem: string | undefined } {
  const [, y1, , m1, d1, a2, , b2, y2, name3, d3, y3, d4, name4, y4] = match;
  if (y1 !== undefined) return calendarDay(Number(y1), Number(m1), Number(d1), shown);
  if (y2 !== undefined) return dayOrMonthFirst(Number(a2), Number(b2), Number(y2), shown);
  const written = y3 ?? y4;
  const index = months.indexOf((name3 ?? name4 ?? '').toLowerCase());
  const day = Number(d3 ?? d4);
  if (written !== undefined) return calendarDay(Number(written), index + 1, day, shown);
  if (anchor === undefined) return { date: undefined, problem: `“${shown}” names no year` };
  return nearest(anchor, index + 1, day, shown);
}

/** A rollout that starts in December goes on in January of the next year. */
function nearest(
  anchor: string,
  month: number,
  day: number,
  shown: string,
): { date: string | undefined; problem: string | undefined } {
  const year = Number(anchor.slice(0, 4));
  const days = [year, year - 1, year + 1].map((each) => calendarDay(each, month, day, shown));
  const known = days.filter(({ date }) => date !== undefined);
  const distance = ({ date }: { date: string | undefined }) => Math.abs(daysBetween(anchor, date ?? anchor));
  return known.sort((a, b) => distance(a) - distance(b))[0] ?? { date: undefined, problem: `“${shown}” is not a date` };
}

function dayOrMonthFirst(
  first: number,
  second: number,
  year: number,
  shown: string,
): { date: string | undefined; problem: string | undefined } {
  if (first > 12) return calendarDay(year, second, first, shown);
  if (second > 12) return calendarDay(year, first, second, shown);
  if (first === second || shown.includes('.')) return calendarDay(year, second, first, shown);
  return { date: undefined, problem: `“${shown}” could be two dates; write it as YYYY-MM-DD` };
}

function calendarDay(
  year: number,
  monthNumber: number,
  day: number,
  shown: string,
): { date: string | undefined; problem: string | undefined } {
  const instant = new Date(Date.UTC(year, monthNumber - 1, day));
  const real = instant.getUTCMonth() === monthNumber - 1 && instant.getUTCDate() === day && year >= 1970;
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
