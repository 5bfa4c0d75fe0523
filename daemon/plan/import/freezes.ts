import { readDates, withWholeRanges } from './dates.ts';
import { quoted } from './findings.ts';
import { plain } from './text.ts';

/** When nothing may change, as windows of the plan's `advance.deny`; and what of a text is no such window. */
export interface Freezes {
  readonly windows: readonly string[];
  /** The guide's words that were not understood. */
  readonly rest: readonly string[];
  /** What was read into its words: a morning begins at some hour. */
  readonly assumed: readonly string[];
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const dayName = '(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?';
const time = "(?:\\d{1,2}[:.]\\d{2}\\s*(?:am|pm|h)?|\\d{1,2}\\s*(?:am|pm|h|o'clock)|noon|midnight)";
const at = `(?:\\s*,?\\s*(?:at|after|from|@)?\\s*(${time}))?`;
const toDay = `(${dayName})\\b(?:\\s*,?\\s*(?:at|before)?\\s*(${time}))?`;
/** `Fri to Mon`, `between Fri and Mon`; `on Mon and Thu` are two days, and no span. */
const span = new RegExp(
  `\\b(${dayName})\\b${at}\\s*(?:-|to|until|till|through|(?<=\\bbetween\\b[^;.]*)and)\\s*${toDay}`,
  'i',
);
const afterOn = new RegExp(
  `\\b(?:after|from)\\s+(${time})\\s+(?:on\\s+)?(?:an?y?\\s+|every\\s+|each\\s+)?(${dayName})\\b`,
  'i',
);
const single = new RegExp(
  `(?<!\\b(?:before|until|till|by|since)\\s)\\b(${dayName})\\b(?:\\s*,?\\s*(?:after|from)\\s+(${time}))?`,
  'i',
);
const daily = new RegExp(`\\b(?:between|from)\\s+(${time})\\s*(?:and|-|to|until)\\s*(${time})`, 'i');
const lateOrEarly = new RegExp(`\\b(after|from|past|later than|before|earlier than)\\s+(${time})`, 'i');
const partOfDay = new RegExp(
  `\\b(${dayName})\\s+(?:early\\s+|late\\s+)?(mornings?|middays?|lunch(?:time)?|afternoons?|evenings?|nights?)\\b`,
  'gi',
);
const untilThen = /(?:-|\b(?:to|until|till|through|before|by|(?<=\bbetween\b[^;.]*)and))\s*(?:the\s+)?$/i;
const weekends = /\b(?:at |over |on )?(?:the )?week-?ends?\b/i;

/** Every window a text names, `Fri 14:00 - Mon 09:00`; a text that names none says nothing of a freeze. */
export function readFreezes(text: string, anchor: string | undefined): Freezes {
  const assumed: string[] = [];
  let rest = withHours(withWholeRanges(plain(text)), assumed);
  const windows: string[] = [];
  const take = (pattern: RegExp, window: (match: RegExpExecArray) => string | undefined) => {
    for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
      const made = window(match);
      if (made === undefined) return;
      windows.push(made);
      rest = `${rest.slice(0, match.index)} ; ${rest.slice(match.index + match[0].length)}`;
    }
  };
  const occasions = rest.match(/\bblack friday\b/gi) ?? [];
  rest = rest.replaceAll(/\bblack friday\b/gi, ' ; ');
  const weekend = weekends.test(rest);
  const dates = datesIn(rest, anchor);
  windows.push(...dates.windows);
  rest = dates.rest;
  take(span, (match) => {
    const [, from = '', start, to = '', end] = match;
    const [first, last] = [clock(start, '00:00'), clock(end, undefined)];
    if (first === undefined || (end !== undefined && last === undefined)) return undefined;
    // Until a day without a time: that whole day is frozen too, so the window ends with it.
    return last === undefined
      ? `${dayOf(from)} ${first} - ${nextDay(to)} 00:00`
      : `${dayOf(from)} ${first} - ${dayOf(to)} ${last}`;
  });
  const toEnd = (day: string) => (weekend && dayOf(day) === 'Fri' ? 'Mon 00:00' : `${nextDay(day)} 00:00`);
  take(afterOn, ([, start, day = '']) => {
    const first = clock(start, undefined);
    return first === undefined ? undefined : `${dayOf(day)} ${first} - ${toEnd(day)}`;
  });
  take(single, ([, day = '', start]) => {
    const first = clock(start, '00:00');
    return first === undefined ? undefined : `${dayOf(day)} ${first} - ${toEnd(day)}`;
  });
  take(daily, ([, start, end]) => {
    const [first, last] = [clock(start, undefined), clock(end, undefined)];
    return first === undefined || last === undefined || first === last ? undefined : `${first} - ${last}`;
  });
  take(lateOrEarly, ([, which = '', limit]) => {
    const at = clock(limit, undefined);
    if (at === undefined || at === '00:00') return undefined;
    return /^(?:after|from|past|later)/i.test(which) ? `${at} - 00:00` : `00:00 - ${at}`;
  });
  if (weekend && !windows.some((window) => /^Fri .* - Mon|^Sat 00:00/.test(window)))
    windows.push('Sat 00:00 - Mon 00:00');
  rest = rest.replace(weekends, ' ');
  const left = rest.match(
    new RegExp(
      `\\b(?:${dayName}|${time}|\\d{1,2}(?:st|nd|rd|th)|holidays?|business hours|working hours|nights?|christmas|black friday|easter|(?:last|first) (?:\\d+ )?(?:working |business )?days? of|month[ -]end|quarter[ -]end|end of (?:the )?(?:month|quarter|year)|peak|season|(?:\\w+ )?(?:sale|election|summit|party|campaign|event|except[^.;]*|unless[^.;]*)s?)\\b`,
      'gi',
    ),
  );
  // What is given by its dates needs no name.
  const named = (left ?? []).filter(
    (each) => dates.windows.length === 0 || /^(?:except|unless|holidays?|(?:last|first)\b)/i.test(each),
  );
  return { windows: [...new Set(windows)], rest: [...occasions, ...named], assumed };
}

/** `Friday afternoon until Monday morning`, by the hours people mean; a morning alone lasts until noon. */
function withHours(text: string, assumed: string[]): string {
  return text.replaceAll(partOfDay, (all: string, day: string, part: string, index: number) => {
    const [before, after] = [text.slice(0, index), text.slice(index + all.length)];
    const morning = /^morning/i.test(part);
    const hour = morning ? '09:00' : /^(?:evening|night)/i.test(part) ? '18:00' : '12:00';
    if (untilThen.test(before)) {
      // Until a night is until that day is over.
      const end = /^night/i.test(part) ? `${nextDay(day)} 00:00` : `${dayOf(day)} ${hour}`;
      assumed.push(`${quoted(all)}: read as ${end}`);
      return /^night/i.test(part) ? day : `${day} at ${hour}`;
    }
    const alone = !/^\s*(?:-|\b(?:to|until|till|through)\b)/i.test(after) && !/\bbetween\s+(?:the\s+)?$/i.test(before);
    assumed.push(`${quoted(all)}: read as ${dayOf(day)} ${morning && alone ? 'until 12:00' : `from ${hour}`}`);
    return morning && alone ? `${day} 00:00 to ${day} 12:00` : `${day} from ${hour}`;
  });
}

/** Days and spans of the calendar: `16 January`, `20 Dec - 3 Jan`. */
function datesIn(text: string, anchor: string | undefined): { windows: readonly string[]; rest: string } {
  const windows: string[] = [];
  let rest = text;
  const found = readDates(text, anchor);
  for (let index = 0; index < found.length; index += 1) {
    const [first, second] = [found[index], found[index + 1]];
    if (first?.date === undefined) continue;
    const between = second?.date === undefined ? undefined : text.slice(first.index + first.text.length, second.index);
    if (
      second?.date !== undefined &&
      /^\s*(?:-|to|until|till|through|and)\s*$/i.test(between ?? '') &&
      second.date > first.date &&
      (!/and/i.test(between ?? '') || /\bbetween\s+$/i.test(text.slice(0, first.index)))
    ) {
      windows.push(`${first.date} - ${second.date}`);
      rest = rest.replace(first.text, ' ; ').replace(second.text, ' ; ');
      index += 1;
    } else if (/\b(?:until|till|before|after|from|since|by)\s+(?:\w+day,?\s+)?$/i.test(text.slice(0, first.index))) {
      // Half a span: it is left for a person.
    } else {
      windows.push(first.date);
      rest = rest.replace(first.text, ' ; ');
    }
  }
  return { windows, rest };
}

function dayOf(text: string): string {
  return days.find((name) => name.toLowerCase() === text.slice(0, 3).toLowerCase()) ?? 'Sun';
}

function nextDay(text: string): string {
  return days[(days.indexOf(dayOf(text)) + 1) % 7] ?? 'Sun';
}

/** `14:00`, `2 pm`, `noon` → `HH:MM`. */
function clock(text: string | undefined, missing: string | undefined): string | undefined {
  if (text === undefined) return missing;
  if (/noon/i.test(text)) return '12:00';
  if (/midnight/i.test(text)) return '00:00';
  const match = /(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?/i.exec(text);
  if (match === null) return undefined;
  const half = match[3]?.toLowerCase();
  const hour = (Number(match[1]) % (half === undefined ? 25 : 12)) + (half === 'pm' ? 12 : 0);
  const minute = Number(match[2] ?? 0);
  return hour > 23 || minute > 59 ? undefined : `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
