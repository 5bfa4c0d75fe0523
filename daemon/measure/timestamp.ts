import type { Zone } from './zone.ts';

/**
 * Milliseconds since the epoch, UTC, to the microsecond: every stamp is the float64 nearest to a whole number of
 * microseconds, so that equal instants compare equal however they were written.
 */
export type Milliseconds = number;

/**
 * Reads a time stamp: ISO 8601 (`T` or a space between date and time; slashes may part the date; seconds and up to nine
 * digits of fraction may follow, after a point or a comma; `Z`, `UTC`, `GMT` or an offset at the end) or a number of
 * seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by magnitude. Digits beyond the microsecond are
 * dropped. A stamp without an offset is in `zone`, never in the machine's local time. `undefined` for anything else.
 */
export function parseTimestamp(value: unknown, zone: Zone): Milliseconds | undefined {
  if (typeof value === 'number') return epochNumber(value);
  if (typeof value !== 'string') return undefined;
  const stamp = scanStamp(value, 0, zone);
  if (stamp !== undefined)
    return stamp.end === value.length || value.slice(stamp.end).trim() === '' ? stamp.at : undefined;
  if (!/^\s*\d{1,19}(?:\.\d+)?\s*$/.test(value)) return undefined;
  return epochNumber(Number(value));
}

/** A zone that nobody has: a stamp that is another instant there has no offset of its own. */
const nowhere: Zone = { name: 'nowhere', toUtc: (local) => local + 123_456_789, repeats: () => 0 };

/**
 * The second possible instant of a stamp without an offset, in the hour in which the clocks of its zone are set back.
 * @param at the first one, as read in `zone`. @param readIn reads the same stamp in another zone.
 */
export function secondInstant(
  at: Milliseconds,
  zone: Zone,
  readIn: (zone: Zone) => Milliseconds | undefined,
): Milliseconds | undefined {
  const repeatsAfter = zone.repeats(at);
  return repeatsAfter === 0 || readIn(nowhere) === at ? undefined : at + repeatsAfter;
}

/** 10¹¹ s is the year 5138 and 10¹¹ ms the year 1973: the ranges of the four units do not meet in practice. */
function epochNumber(value: number): Milliseconds | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value < 1e11) return toMicrosecond(value * 1000);
  if (value < 1e14) return toMicrosecond(value);
  if (value < 1e17) return toMicrosecond(value / 1000);
  if (value < 1e20) return toMicrosecond(value / 1_000_000);
  return undefined;
}

function toMicrosecond(milliseconds: number): Milliseconds {
  return Math.round(milliseconds * 1000) / 1000;
}

interface Stamp {
  readonly at: Milliseconds;
  /** Index of the first character after the stamp. */
  readonly end: number;
}

/** The ISO stamp at `start`, whatever follows it. By character code: this runs for every record. */
export function scanStamp(text: string, start: number, zone: Zone): Stamp | undefined {
  const year = digits(text, start, 4);
  const month = digits(text, start + 5, 2);
  const day = digits(text, start + 8, 2);
  const hour = digits(text, start + 11, 2);
  const minute = digits(text, start + 14, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
    return undefined;
  }
  const between = text.charCodeAt(start + 10);
  if (between !== 0x54 && between !== 0x20 && between !== 0x74) return undefined;
  const separator = text.charCodeAt(start + 4);
  if ((separator !== 0x2d && separator !== 0x2f) || text.charCodeAt(start + 7) !== separator) return undefined;
  if (text.charCodeAt(start + 13) !== 0x3a) return undefined;
  if (day > daysIn(year, month)) return undefined;

  let end = start + 16;
  let second = 0;
  let microsecond = 0;
  if (text.charCodeAt(end) === 0x3a) {
    second = digits(text, end + 1, 2);
    // A leap second is written 60; it is the first moment of the next minute.
    if (second < 0 || second > 60) return undefined;
    end += 3;
    const mark = text.charCodeAt(end);
    if ((mark === 0x2e || mark === 0x2c) && isDigit(text.charCodeAt(end + 1))) {
      let scale = 100_000;
      const first = end + 1;
      for (end = first; isDigit(text.charCodeAt(end)); end += 1) {
        microsecond += (text.charCodeAt(end) - 0x30) * scale;
        scale = scale === 1 ? 0 : scale / 10;
      }
      if (end - first > 9) return undefined;
    }
  }
  if (isDigit(text.charCodeAt(end))) return undefined;

  const civil = civilTime(year, month, day, hour, minute) + second * 1000;
  const offset = scanOffset(text, end);
  const whole = offset === undefined ? zone.toUtc(civil) : civil - offset.milliseconds;
  return { at: (whole * 1000 + microsecond) / 1000, end: offset === undefined ? end : offset.end };
}

/** In the calendar, as if it were UTC. */
export function civilTime(year: number, month: number, day: number, hour: number, minute: number): number {
  return (daysSinceEpoch(year, month, day) * 24 + hour) * 3_600_000 + minute * 60_000;
}

const writtenOffset =
  /(?: ?(?:Z|z|UTC|GMT)(?![A-Za-z0-9])| ?(?<sign>[+-])(?<hours>\d{2})(?::?(?<minutes>\d{2}))?(?!\d))/y;

export function scanOffset(
  text: string,
  start: number,
): { readonly milliseconds: number; readonly end: number } | undefined {
  if (start === text.length) return undefined;
  writtenOffset.lastIndex = start;
  const match = writtenOffset.exec(text);
  if (match === null) return undefined;
  const { sign, hours = '0', minutes = '0' } = match.groups ?? {};
  const length = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return { milliseconds: sign === '-' ? -length : length, end: start + match[0].length };
}

function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index += 1) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return -1;
    value = value * 10 + (code - 0x30);
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function daysIn(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (monthLengths[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, `days_from_civil`). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
