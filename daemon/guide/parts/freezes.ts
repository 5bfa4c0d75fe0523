import type { Guide } from '../guide.ts';
import { readDates } from '../lexicon/dates.ts';
import { dayparts, folded, weekdays } from '../lexicon/vocabulary.ts';
import { anyMeans } from '../tag.ts';
import { quoted, type Sourced, said } from '../text/findings.ts';

/** When nothing may change, as windows of the plan's `advance.deny`; and what was read into a guide's words. */
export interface Freezes {
  readonly windows: readonly string[];
  readonly assumed: readonly string[];
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const clock = /(\d{1,2})(?:[:.h](\d{2})|\s?(am|pm|uhr|h))(?![\w%])/y;
const link =
  /^\s*(?:-|to|until|till|through|bis|à|au|jusqu'au|jusqu'à|hasta|até|a|至|到|から)\s*(?:the |la |le |el |o )?$/;

const joining = /^\s*(?:and|und|et|y|e)\s*(?:the )?$/;

type Part = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'day'; readonly day: number }
  | { readonly kind: 'part'; readonly part: number }
  | { readonly kind: 'time'; readonly time: string }
);

/** Morning, midday, afternoon, evening, night: from and until when. The sixth is the weekend. */
const hours: readonly (readonly [string, string])[] = [
  ['00:00', '12:00'],
  ['11:00', '14:00'],
  ['12:00', '24:00'],
  ['18:00', '24:00'],
  ['18:00', '24:00'],
];

interface Point {
  readonly day: number | undefined;
  readonly from: string;
  readonly until: string;
  /** Where a span to this point ends, if not with its day. */
  readonly closes: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** Every window that a text names: `Fri 15:00 - Mon 08:00`, `lundi matin, week-ends`, `20 Dec - 3 Jan`. */
export function readFreezes(text: string, anchor: string | undefined): Freezes {
  const small = folded(text.replaceAll(/[‐‑‒–—−]/g, ' - '));
  const assumed: string[] = [];
  const points = pointsIn(small, assumed);
  const windows: string[] = [];
  for (let at = 0; at < points.length; at += 1) {
    const [point, next] = [points[at], points[at + 1]];
    if (point === undefined) continue;
    const between = next === undefined ? '' : small.slice(point.end, next.start);
    const linked =
      next !== undefined &&
      (link.test(between) ||
        (joining.test(between) && /(?:between|zwischen|entre)\s/.test(small.slice(0, point.start))));
    if (linked && point.day !== undefined && next.day !== undefined) {
      windows.push(
        `${days[point.day]} ${point.from} - ${next.closes === undefined ? endOf(next) : `${days[next.day]} ${next.closes}`}`,
      );
      at += 1;
    } else if (point.day !== undefined) windows.push(`${days[point.day]} ${point.from} - ${endOf(point)}`);
    else if (linked && next.day === undefined) {
      windows.push(`${point.from} - ${next.from}`);
      at += 1;
    }
  }
  windows.push(...datesIn(text, anchor));
  return { windows: merged(windows), assumed };
}

function endOf({ day, until }: Point): string {
  if (day === undefined) return until;
  return until === '24:00' ? `${days[(day + 1) % 7]} 00:00` : `${days[day]} ${until}`;
}

function pointsIn(small: string, assumed: string[]): readonly Point[] {
  const parts = partsIn(small);
  const points: Point[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (part === undefined) continue;
    const next = parts[at + 1];
    const near =
      next !== undefined && next.start - part.end <= 12 && !/[,;]/.test(small.slice(part.end, next.start))
        ? next
        : undefined;
    if (part.kind === 'part' && part.part === 5) {
      points.push(
        { day: 5, from: '00:00', until: '24:00', closes: undefined, start: part.start, end: part.end },
        { day: 6, from: '00:00', until: '24:00', closes: undefined, start: part.start, end: part.end },
      );
    } else if (part.kind === 'day') {
      const before = parts[at - 1];
      const led =
        before?.kind === 'time' &&
        part.start - before.end <= 12 &&
        /^\s*(?:on |an |le |el |à |)/.test(small.slice(before.end, part.start)) &&
        points.at(-1)?.day === undefined;
      if (near?.kind === 'time') {
        points.push({
          day: part.day,
          from: near.time,
          until: '24:00',
          closes: near.time,
          start: part.start,
          end: near.end,
        });
        at += 1;
      } else if (near?.kind === 'part' && near.part < 5) {
        const [from, until] = hours[near.part] ?? ['00:00', '24:00'];
        assumed.push(`“${small.slice(part.start, near.end)}” is read as ${days[part.day]} ${from} to ${until}`);
        points.push({
          day: part.day,
          from,
          until,
          closes: near.part === 0 ? '09:00' : from,
          start: part.start,
          end: near.end,
        });
        at += 1;
      } else if (led && before.kind === 'time') {
        points.pop();
        points.push({
          day: part.day,
          from: before.time,
          until: '24:00',
          closes: undefined,
          start: before.start,
          end: part.end,
        });
      } else
        points.push({
          day: part.day,
          from: '00:00',
          until: '24:00',
          closes: undefined,
          start: part.start,
          end: part.end,
        });
    } else if (part.kind === 'time')
      points.push({
        day: undefined,
        from: part.time,
        until: part.time,
        closes: undefined,
        start: part.start,
        end: part.end,
      });
  }
  return points;
}

function partsIn(small: string): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < small.length; at += 1) {
    if (at > 0 && /[a-zà-ÿ\d]/.test(small[at - 1] ?? '')) continue;
    const day = weekdays.longest(small, at);
    const part = dayparts.longest(small, at);
    clock.lastIndex = at;
    const time = clock.exec(small);
    if (part !== undefined && (day === undefined || part.end > day.end))
      parts.push({ kind: 'part', part: part.meanings[0] ?? 0, start: at, end: part.end });
    else if (day !== undefined) parts.push({ kind: 'day', day: day.meanings[0] ?? 0, start: at, end: day.end });
    else if (time !== null) {
      const hour = (Number(time[1]) % (time[3] === 'am' || time[3] === 'pm' ? 12 : 25)) + (time[3] === 'pm' ? 12 : 0);
      if (hour < 24)
        parts.push({
          kind: 'time',
          time: `${String(hour).padStart(2, '0')}:${time[2] ?? '00'}`,
          start: at,
          end: clock.lastIndex,
        });
    }
    at = (parts.at(-1)?.end ?? 0) > at ? (parts.at(-1)?.end ?? at) - 1 : at;
  }
  return parts;
}

function datesIn(text: string, anchor: string | undefined): readonly string[] {
  const dates = readDates(text, anchor).filter(({ date }) => date !== undefined);
  const [first, second] = dates;
  if (first?.date === undefined) return [];
  if (second?.date === undefined || second.date <= first.date)
    return /\b(?:until|before|after|from|since|by)\s*$/i.test(text.slice(0, first.index)) ? [] : [first.date];
  return [`${first.date} - ${second.date}`];
}

/** A window that ends where the next begins is one with it: Friday evening and the weekend. */
function merged(windows: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const window of windows) {
    const [from = '', until = ''] = window.split(' - ');
    const before = joined.findIndex((each) => each.endsWith(` - ${from}`) && /^[A-Z]/.test(from));
    if (before === -1) joined.push(window);
    else joined[before] = `${joined[before]?.split(' - ')[0]} - ${until}`;
  }
  return [...new Set(joined)];
}

/** `Do not start on Fridays`, and what stands below a heading about freezes. */
export function readDeny(guide: Guide, anchor: string | undefined): readonly Sourced<string>[] {
  const deny = new Map<string, Sourced<string>>();
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.text.length > 300) continue;
    const tokens = guide.tokens(passage.text);
    const frozen = guide.under(passage, 'freeze') !== undefined || anyMeans(tokens, 'freeze');
    const denied = anyMeans(tokens, 'not') && anyMeans(tokens, 'change', 'advance', 'expose', 'freeze', 'stage');
    const [first] = tokens;
    const bare = first?.concepts.includes('not') === true;
    if (
      !(denied || bare || frozen) ||
      anyMeans(tokens, 'only', 'above', 'below') ||
      tokens.some(({ number }) => number?.unit === '%')
    )
      continue;
    const { windows, assumed } = readFreezes(passage.text, anchor);
    for (const each of assumed) guide.findings.add('assumed', passage, each);
    for (const window of windows) {
      deny.set(window, said(window, ...(deny.get(window)?.places ?? []), passage));
      guide.use(passage);
    }
    if (windows.length === 0 && frozen && anyMeans(tokens, 'freeze', 'not'))
      guide.leave(passage, `${quoted(passage.text)}: write it under \`advance.deny\``);
  }
  return [...deny.values()];
}
