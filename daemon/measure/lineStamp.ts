import type { WrittenNear } from '../protocol/domain/observation.ts';
import { duration, type WallTime } from '../protocol/domain/units.ts';
import { fieldOf } from './fieldPath.ts';
import { civilTime, daysIn, type Milliseconds, parseTimestamp, scanOffset, scanStamp } from './timestamp.ts';
import { type Zone, zoneNamed } from './zone.ts';

/**
 * The time at which a log line was written, by its own stamp; `undefined` without a certain one, because a wrong date
 * is worse than none. `near` tells the year of the forms that name none.
 */
export type LineStamp = (line: string, near: WrittenNear | null) => Milliseconds | undefined;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = `(?<name>${months.join('|')})`;
const clock = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?(?!\d)`;

const forms: readonly RegExp[] = [
  // syslog (RFC 3164, 4.1.2), with its priority or not: `<34>Oct  1 22:14:15 host su: …`; some devices add the year.
  RegExp(String.raw`^(?:<\d{1,3}>)?[[(]?${month} (?<day>[ 0-3]?\d)(?: (?<year>\d{4}))? ${clock}`),
  // asctime, as Apache's error log has it: `[Wed Oct 01 14:32:52.123456 2025] …`.
  RegExp(
    String.raw`^[[(]?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ 0-3]?\d) ${clock} (?<utc>UTC )?(?<year>\d{4})(?!\d)`,
  ),
  // klog and glog: `E0105 11:04:00.123456 …`, `E20260105 11:04:00.123456 …`.
  RegExp(String.raw`^[IWEF](?<year>\d{4})?(?<month>\d{2})(?<day>\d{2}) ${clock}`),
  // Tomcat and the like: `05-Jan-2026 11:04:00.123 SEVERE …`.
  RegExp(String.raw`^[[(]?(?<day>\d{2})[-/ ]${month}[-/ ](?<year>\d{4})[: ]${clock}`),
  // Access logs (CLF): `192.0.2.1 - ann [05/Jan/2026:11:05:00 +0100] "GET …`. A message may quote such a date too, so the
  // fields around it must be there.
  RegExp(
    String.raw`^(?:\S+ )?\S+ - [^"[]{1,200}\[(?<day>\d{2})/${month}/(?<year>\d{4})[: ]${clock}(?=(?: [+-]\d{4})?\] ")`,
  ),
];

/** Clocks and zones are wrong by a day at most: a stamp farther ahead of its writing is of the year before. */
const wrongBy = duration(86_400_000);

/** Near a time at which it was read, or written last. */
export function writtenBy(at: WallTime): WrittenNear {
  return { at, ahead: wrongBy };
}

/** Text that may precede an ISO stamp: a level, a syslog header of RFC 5424, a severity of Ruby, the key of logfmt. */
const beforeIso = [
  /^[[(]?(?:trace|debug|info|notice|warn|warning|error|err|crit|critical|alert|fatal|severe|panic)[\])]?[ \t:|-]{1,8}[[(]?/i,
  /^<\d{1,3}>(?:1 )?/,
  /^[DIWEFAU], \[/,
  /^(?:level=\w{1,12} )?(?:timestamp|time|ts|t)="?/,
];

/** Seconds with ten digits or milliseconds with thirteen: the years 2001 to 2033. Shorter ones are any number. */
const epoch = /^[[(]?(?<number>1\d{9}(?:\.\d{1,9})?|1\d{12})(?![\w.])/;
const utc = zoneNamed('UTC');
/** The year 2001: a smaller number counts from a start. */
const leastEpoch = 1e12;

/** Where loggers put the time of a line that is a JSON object. */
const usualFields = ['timestamp', '@timestamp', 'time', 'ts'];

/** @param field of the time in lines that are JSON objects; the usual fields when the plan names none. */
export function lineStampReader(zone: Zone, field: string | undefined): LineStamp {
  const fields = field === undefined ? usualFields : [field];
  /** A log has one form; no line has two. */
  let usual = forms[0];
  const inForm = (form: RegExp, line: string, near: WrittenNear | null) => {
    const found = form.exec(line);
    if (found?.groups === undefined) return undefined;
    usual = form;
    const offset = found.groups.utc === undefined ? scanOffset(line, found[0].length)?.milliseconds : 0;
    return { at: stampOf(found.groups, near, (civil) => (offset === undefined ? zone.toUtc(civil) : civil - offset)) };
  };
  return (line, near) => {
    const opening = line.charCodeAt(0);
    const start = opening === 0x5b || opening === 0x28 ? 1 : 0;
    const iso = scanStamp(line, start, zone);
    if (iso !== undefined) return iso.at;
    // The rest of a traceback: most lines without a time are told by their indentation.
    if (line === '' || opening === 0x20 || opening === 0x09) return undefined;
    if (opening === 0x7b) return stampInJson(line, fields, zone);
    const known = usual === undefined ? undefined : inForm(usual, line, near);
    if (known !== undefined) return known.at;
    for (const pattern of beforeIso) {
      const before = pattern.exec(line);
      const stamp = before === null ? undefined : scanStamp(line, before[0].length, zone);
      if (stamp !== undefined) return stamp.at;
    }
    for (const form of forms) {
      const found = form === usual ? undefined : inForm(form, line, near);
      if (found !== undefined) return found.at;
    }
    return epochIn(line, near);
  };
}

/** The parts of a stamp by their names, as they were found in a text. */
export type Groups = Readonly<Partial<Record<string, string>>>;

/** The instant of a stamp's parts; `near` tells the year where they name none. */
export function stampOf(
  groups: Groups,
  near: WrittenNear | null,
  toUtc: (civil: number) => number,
): Milliseconds | undefined {
  const { name, fraction } = groups;
  const month =
    name === undefined
      ? Number(groups.month)
      : months.indexOf(name.charAt(0).toUpperCase() + name.slice(1, 3).toLowerCase()) + 1;
  const day = Number(groups.day);
  const hour = Number(groups.hour);
  const minute = Number(groups.minute);
  const second = Number(groups.second ?? 0);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const microsecond = fraction === undefined ? 0 : Number(fraction.padEnd(6, '0').slice(0, 6));
  const inYear = (year: number): Milliseconds | undefined => {
    if (day > daysIn(year, month)) return undefined;
    const whole = toUtc(civilTime(year, month, day, hour, minute) + second * 1000);
    return (whole * 1000 + microsecond) / 1000;
  };
  if (groups.year !== undefined) return inYear(Number(groups.year));
  return near === null ? undefined : nearest(inYear, near);
}

const halfYear = 182 * 86_400_000;

/** The year around, in which the stamp is nearest and not too far ahead. */
function nearest(
  inYear: (year: number) => Milliseconds | undefined,
  { at, ahead }: WrittenNear,
): Milliseconds | undefined {
  const year = new Date(at).getUTCFullYear();
  let best: Milliseconds | undefined;
  for (const candidate of [year, year - 1, year + 1]) {
    const found = inYear(candidate);
    if (found === undefined || found > at + ahead) continue;
    if (best === undefined || Math.abs(found - at) < Math.abs(best - at)) best = found;
    // No other year's is nearer.
    if (Math.abs(found - at) < halfYear) break;
  }
  return best;
}

/** A number in front is a time only if it is plausible: a future one is an order's number. */
function epochIn(line: string, near: WrittenNear | null): Milliseconds | undefined {
  const number = epoch.exec(line)?.groups?.number;
  if (number === undefined) return undefined;
  const at = parseTimestamp(Number(number), utc);
  return at === undefined || (near !== null && at > near.at + near.ahead) ? undefined : at;
}

function stampInJson(line: string, fields: readonly string[], zone: Zone): Milliseconds | undefined {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null) return undefined;
  for (const field of fields) {
    const value = fieldOf(record as Readonly<Record<string, unknown>>, field);
    const at = value === undefined ? undefined : parseTimestamp(value, zone);
    if (at !== undefined && (typeof value !== 'number' || at >= leastEpoch)) return at;
  }
  return undefined;
}
