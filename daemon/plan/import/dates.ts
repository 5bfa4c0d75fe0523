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

/** `year`: of dates that name none (`Oct 29`). */
export function readDates(text: string, year: number | undefined): readonly DateMention[] {
  return [...text.matchAll(pattern)].map((match) => {
    const shown = match[0].trim();
    return { text: shown, index: match.index, ...interpret(match, year, shown) };
  });
}

function interpret(
  match: RegExpExecArray,
  year: number | undefined,
  shown: string,
): { date: string | undefined; problem: string | undefined } {
  const [, y1, , m1, d1, a2, , b2, y2, name3, d3, y3, d4, name4, y4] = match;
  if (y1 !== undefined) return calendarDay(Number(y1), Number(m1), Number(d1), shown);
  if (y2 !== undefined) return dayOrMonthFirst(Number(a2), Number(b2), Number(y2), shown);
  const written = y3 ?? y4;
  const inYear = written === undefined ? year : Number(written);
  if (inYear === undefined) return { date: undefined, problem: `“${shown}” names no year` };
  const index = months.indexOf((name3 ?? name4 ?? '').toLowerCase());
  return calendarDay(inYear, index + 1, Number(d3 ?? d4), shown);
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
