import type { WrittenNear } from '../protocol/domain/observation.ts';
import { stampOf } from './lineStamp.ts';
import { compileTimePattern } from './timePattern.ts';
import { type Milliseconds, parseTimestamp, scanOffset, scanStamp } from './timestamp.ts';
import type { Zone } from './zone.ts';

/** Reads the time of a record in whatever form it is written; `undefined` where none is known for sure. */
export type TimeReader = (value: unknown, zone: Zone, near: WrittenNear | null) => Milliseconds | undefined;

const month = '(?<name>[A-Z][a-z]{2})[a-z]*\\.?';
const clock = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?!\d)(?:\s?(?<half>[AaPp])\.?[Mm]\.?)?`;
const weekday = '(?:[A-Z][a-z]{2,8},? +)?';

const forms: readonly RegExp[] = [
  // Access logs (CLF) `05/Jan/2026:11:00:00 +0100`, HAProxy, Java `05-Jan-2026 11:00:00.123`, and RFC 1123
  // `Mon, 05 Jan 2026 10:00:00 GMT`.
  RegExp(String.raw`^\[?${weekday}(?<day>\d{1,2})[-/ ]${month}[-/ ](?<year>\d{4})[: T]${clock}`),
  // asctime `Mon Jan  5 10:00:00 2026`, with a zone before the year or not (date, Go's UnixDate, Ruby).
  RegExp(
    String.raw`^\[?${weekday}${month} +(?<day>\d{1,2}) ${clock}(?: (?<zone>[A-Z]{2,5}|[+-]\d{4}))? (?<year>\d{4})(?!\d)`,
  ),
  // `Jan 5, 2026 10:00:00 AM`
  RegExp(String.raw`^${weekday}${month} (?<day>\d{1,2}),? (?<year>\d{4}),?(?: at)? ${clock}`),
  // syslog `Jan  5 10:00:00`, of the year that the time of its writing tells.
  RegExp(String.raw`^${month} +(?<day>\d{1,2}) ${clock}`),
  // klog and glog: `0105 10:00:00.123456`, `20260105 10:00:00.123456`.
  RegExp(String.raw`^[IWEF]?(?<year>\d{4})?(?<month>\d{2})(?<day>\d{2}) ${clock}`),
  // ISO 8601 without its marks: `20260105T100000.123Z`.
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})T(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?/,
];

/** Additions of Go and Java behind a stamp: a name of the zone whose offset precedes it, a monotonic clock. */
const behind = /^(?: ?\[[\w/+-]+\])?(?: [A-Z]{2,5}| [+-]\d{4})?(?: m=[+-][\d.]+)?\]?\s*$/;

/** @param pattern of one's own, see `timePattern.ts`; without it every usual form is read. */
export function timeReader(pattern: string | undefined): TimeReader {
  if (pattern !== undefined) {
    const own = compileTimePattern(pattern);
    return (value, zone, near) =>
      typeof value === 'string' || typeof value === 'number' ? own(String(value), zone, near) : undefined;
  }
  return (value, zone, near) => {
    const usual = parseTimestamp(value, zone);
    if (usual !== undefined) return usual;
    if (typeof value === 'string') return inForm(value.trim(), zone, near);
    return typeof value === 'object' && value !== null
      ? inParts(value as Readonly<Record<string, unknown>>)
      : undefined;
  };
}

function inForm(text: string, zone: Zone, near: WrittenNear | null): Milliseconds | undefined {
  const start = text.startsWith('[') ? 1 : 0;
  const stamp = scanStamp(text, start, zone);
  if (stamp !== undefined) return behind.test(text.slice(stamp.end)) ? stamp.at : undefined;
  for (const form of forms) {
    const found = form.exec(text);
    if (found?.groups === undefined) continue;
    const { zone: named } = found.groups;
    const offset = named === undefined ? scanOffset(text, found[0].length) : offsetNamed(named);
    if (!behind.test(text.slice(offset?.end ?? found[0].length))) continue;
    const groups = { ...found.groups, second: found.groups.second ?? '00', hour: hourOf(found.groups) };
    const at = stampOf(groups, near, (civil) =>
      offset === undefined ? zone.toUtc(civil) : civil - offset.milliseconds,
    );
    if (at !== undefined) return at;
  }
  return undefined;
}

function offsetNamed(zone: string): { readonly milliseconds: number; readonly end?: number } | undefined {
  return zone === 'UTC' || zone === 'GMT'
    ? { milliseconds: 0 }
    : scanOffset(zone, 0) && { milliseconds: scanOffset(zone, 0)?.milliseconds ?? 0 };
}

function hourOf({ hour = '', half }: Readonly<Partial<Record<string, string>>>): string {
  if (half === undefined) return hour;
  return String((Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0));
}

const secondNames = ['epochSecond', 'seconds', 'sec', 'tv_sec'];
const nanosecondNames = ['nanoOfSecond', 'nanos', 'nanoseconds', 'nsec', 'tv_nsec'];

/** Seconds and nanoseconds apart: Log4j's `instant`, a Timestamp of protobuf. */
function inParts(value: Readonly<Record<string, unknown>>): Milliseconds | undefined {
  const found = (names: readonly string[]) => names.map((name) => value[name]).find((part) => part !== undefined);
  const seconds = found(secondNames);
  if (typeof seconds !== 'number' && (typeof seconds !== 'string' || !/^\d+$/.test(seconds))) return undefined;
  const nanoseconds = Number(found(nanosecondNames) ?? 0);
  if (!Number.isFinite(nanoseconds)) return undefined;
  return (Number(seconds) * 1_000_000 + Math.trunc(nanoseconds / 1000)) / 1000;
}
