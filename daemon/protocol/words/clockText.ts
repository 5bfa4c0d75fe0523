import { localTime, plusDays } from '../domain/zonedTime.ts';

/** The last instant a `Date` can hold: it stands for "for ever" where an instant must be given. */
export const forEver = 8.64e15;

const shortSpan = 600_000;

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * An instant as people in the zone say it: `14:03` today, `tomorrow 09:00`, `yesterday 18:30`, `Mon 08:00` within six
 * days, else `2025-11-05 09:00`. To the second where minutes are too coarse.
 */
export function clockText(at: number, now: number, zone: string, to: 'minute' | 'second' = 'minute'): string {
  if (at >= forEver) return 'for good';
  const there = localTime(at, zone);
  const here = localTime(now, zone);
  // Zones are whole minutes apart.
  const second = to === 'second' ? `:${two(Math.floor((at % 60_000) / 1000))}` : '';
  const time = `${two(Math.floor(there.minute / 60))}:${two(there.minute % 60)}${second}`;
  for (let days = 0; days <= 6; days += 1) {
    if (sameDay(there, plusDays(here, days))) return prefixed(days, 'tomorrow', there.weekday, time);
    if (sameDay(there, plusDays(here, -days))) return prefixed(days, 'yesterday', there.weekday, time);
  }
  return `${there.year}-${two(there.month)}-${two(there.day)} ${time}`;
}

/** Both ends of a period; to the second where it is so short that its minutes would look the same. */
export function spanTexts(from: number, to: number, now: number, zone: string): readonly [string, string] {
  const unit = to - from < shortSpan ? 'second' : 'minute';
  return [clockText(from, now, zone, unit), clockText(to, now, zone, unit)];
}

/** The instant of an event, as a part of a sentence: `at 14:03`, `yesterday 18:30`, `on 2025-11-05 09:00`. */
export function whenText(at: number, now: number, zone: string): string {
  const told = clockText(at, now, zone);
  if (/^\d\d:/.test(told)) return `at ${told}`;
  return /^\d{4}-/.test(told) ? `on ${told}` : told;
}

/** A due time: `today`, `tomorrow 09:00`, `2025-11-05`. Midnight is named by the day that ends with it. */
export function dueText(at: number, now: number, zone: string): string {
  if (localTime(at, zone).minute !== 0) return clockText(at, now, zone);
  const day = clockText(at - 1, now, zone).slice(0, -' 23:59'.length);
  return day === '' ? 'today' : day;
}

function prefixed(days: number, neighbour: string, weekday: number, time: string): string {
  if (days === 0) return time;
  return `${days === 1 ? neighbour : weekdays[weekday]} ${time}`;
}

function sameDay(one: { year: number; month: number; day: number }, other: typeof one): boolean {
  return one.year === other.year && one.month === other.month && one.day === other.day;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
