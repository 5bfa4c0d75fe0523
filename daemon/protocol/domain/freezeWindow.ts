import { instantOf, type LocalMinute, localTime, plusDays } from './zonedTime.ts';

/** A window of the plan's `advance.deny` or `advance.allow`, in the plan's time zone. A minute is one of the day. */
export type FreezeWindow =
  | { readonly kind: 'weekly'; readonly from: WeekMinute; readonly to: WeekMinute }
  | { readonly kind: 'daily'; readonly from: number; readonly to: number }
  | { readonly kind: 'dates'; readonly from: LocalMinute; readonly to: LocalMinute };

/** `weekday`: 0 is Sunday. */
interface WeekMinute {
  readonly weekday: number;
  readonly minute: number;
}

export interface FreezeWindowProblem {
  readonly message: string;
}

/** One stay of the clock inside a window: from inclusive, to exclusive. */
export interface Occurrence {
  readonly from: number;
  readonly to: number;
}

const form =
  'a window is `Fri 15:00 - Mon 08:00`, `22:00 - 06:00` or `2025-12-24 - 2026-01-02`, and a part without a time is a whole day';
const point =
  /^(?:(?<date>\d{4}-\d{2}-\d{2})|(?<weekday>[A-Za-z]{3,9}))?(?:(?:^|[ T]+)(?<hour>\d{1,2}):(?<minute>\d{2}))?$/;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const dayEnd = 1440;

/** Parses one window; a string that is not one gives what is wrong and the correct form. */
export function parseFreezeWindow(text: string): FreezeWindow | FreezeWindowProblem {
  const parts = text.trim().split(/\s+(?:-|–|to)\s+|\s*–\s*/);
  if (parts.length > 2) return { message: form };
  const [first = '', second = first] = parts;
  const from = parsePoint(first, 'from');
  const to = parsePoint(second, 'to');
  if (from === undefined || to === undefined) return { message: form };
  if (parts.length === 1 && from.minute === to.minute) return { message: `the window has no end: ${form}` };
  if ('weekday' in from && 'weekday' in to) return ordered({ kind: 'weekly', from, to });
  if ('year' in from && 'year' in to) return ordered({ kind: 'dates', from, to });
  const times = !('weekday' in from) && !('year' in from) && !('weekday' in to) && !('year' in to);
  if (times) return ordered({ kind: 'daily', from: from.minute, to: to.minute });
  return { message: `both ends must be of one kind: ${form}` };
}

/** The window's stays near an instant, oldest first: the present one, if any, and the next. */
export function occurrencesNear(window: FreezeWindow, at: number, zone: string): readonly Occurrence[] {
  if (window.kind === 'dates') return [occurrence(window.from, window.to, zone)];
  const today = { ...localTime(at, zone), minute: 0 };
  const around = window.kind === 'daily' ? 2 : 8;
  const found: Occurrence[] = [];
  for (let days = -around; days <= around; days += 1) {
    const day = plusDays(today, days);
    if (window.kind === 'daily') {
      const end = plusDays(day, window.to <= window.from ? 1 : 0);
      found.push(occurrence({ ...day, minute: window.from }, { ...end, minute: window.to }, zone));
    } else if (day.weekday === window.from.weekday) {
      const end = plusDays(day, daysBetween(window.from, window.to));
      found.push(occurrence({ ...day, minute: window.from.minute }, { ...end, minute: window.to.minute }, zone));
    }
  }
  return found;
}

function daysBetween(from: WeekMinute, to: WeekMinute): number {
  const days = (to.weekday - from.weekday + 7) % 7;
  return days === 0 && to.minute <= from.minute ? 7 : days;
}

/** Where clocks change, the window is the longer of its possible meanings. */
function occurrence(from: LocalMinute, to: LocalMinute, zone: string): Occurrence {
  return { from: instantOf(from, zone, 'earlier'), to: instantOf(to, zone, 'later') };
}

type Point = WeekMinute | LocalMinute | { readonly minute: number };

function parsePoint(text: string, end: 'from' | 'to'): Point | undefined {
  const groups = point.exec(text)?.groups;
  if (groups === undefined || text === '') return undefined;
  const minute = minuteOf(groups.hour, groups.minute, end);
  if (minute === undefined) return undefined;
  if (groups.date !== undefined) return dateOf(groups.date, minute);
  const written = groups.weekday?.toLowerCase();
  if (written === undefined) return { minute };
  const weekday = weekdays.findIndex((name) => name === written || name.slice(0, 3) === written);
  return weekday === -1 ? undefined : { weekday, minute };
}

function minuteOf(hour: string | undefined, minute: string | undefined, end: 'from' | 'to'): number | undefined {
  if (hour === undefined || minute === undefined) return end === 'from' ? 0 : dayEnd;
  const total = Number(hour) * 60 + Number(minute);
  const possible = Number(minute) < 60 && (total < dayEnd || (end === 'to' && total === dayEnd));
  return possible ? total : undefined;
}

function dateOf(text: string, minute: number): LocalMinute | undefined {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const real = new Date(Date.UTC(year, month - 1, day));
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return undefined;
  return { year, month, day, minute };
}

function ordered(window: FreezeWindow): FreezeWindow | FreezeWindowProblem {
  switch (window.kind) {
    case 'weekly':
      return window.from.weekday === window.to.weekday && window.from.minute === window.to.minute
        ? { message: `the window starts and ends at the same time: ${form}` }
        : window;
    case 'daily':
      return window.from === window.to ? { message: `the window starts and ends at the same time: ${form}` } : window;
    case 'dates':
      return instantOf(window.from, 'UTC', 'earlier') >= instantOf(window.to, 'UTC', 'earlier')
        ? { message: `the window ends before it starts: ${form}` }
        : window;
  }
}
