/**
 * The plan's own time zone: local fields of an instant and back, by the zone tables of the JavaScript engine (`Intl`).
 * An unknown zone counts as UTC; the plan's checker refuses it long before.
 */

export interface LocalMinute {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** Minute of the day; 1440 is the end of the day. */
  readonly minute: number;
}

export interface LocalTime extends LocalMinute {
  /** 0 is Sunday. */
  readonly weekday: number;
}

const minuteLength = 60_000;
const dayLength = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat | null>();
/** There are some hundreds of zones, and any number of wrong names. */
const mostFormats = 1000;

export function localTime(at: number, zone: string): LocalTime {
  const shifted = new Date(Math.floor(at / minuteLength) * minuteLength + offsetAt(at, zone));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    minute: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(),
    weekday: shifted.getUTCDay(),
  };
}

/** The short name of the zone at this instant: `UTC`, `CET`, `GMT+5:30`. */
export function zoneName(at: number, zone: string): string {
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' });
    return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  } catch {
    return 'UTC';
  }
}

/**
 * The instant of a local minute. When clocks go back there are two such instants, and `which` chooses; when they go
 * forward there may be none, and `earlier` is then before the leap, `later` after it.
 */
export function instantOf(local: LocalMinute, zone: string, which: 'earlier' | 'later'): number {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day) + local.minute * minuteLength;
  // A zone changes its offset at most once within two days, so one of these is right.
  const candidates = [offsetAt(asUtc - dayLength, zone), offsetAt(asUtc + dayLength, zone)].map(
    (offset) => asUtc - offset,
  );
  const exact = candidates.filter((candidate) => candidate + offsetAt(candidate, zone) === asUtc);
  const choice = exact.length > 0 ? exact : candidates;
  return which === 'earlier' ? Math.min(...choice) : Math.max(...choice);
}

/** The same minute of another day. */
export function plusDays(local: LocalMinute, days: number): LocalTime {
  const moved = new Date(Date.UTC(local.year, local.month - 1, local.day + days));
  return {
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    minute: local.minute,
    weekday: moved.getUTCDay(),
  };
}

/** Milliseconds that the zone's clocks are ahead of UTC. */
function offsetAt(at: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const whole = Math.floor(at / 1000) * 1000;
  const fields: Record<string, number> = {};
  for (const part of formatOf(zone).formatToParts(whole)) fields[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  return knownFormat(zone) ?? knownFormat('UTC') ?? numericFormat('UTC');
}

/** True when this platform knows the zone by this name. */
export function isZone(zone: string): boolean {
  return knownFormat(zone) !== null;
}

/** Kept, because to make one takes longer than all else of a plan's check; `null` for a name that is none. */
function knownFormat(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = numericFormat(zone);
  } catch {
    // No zone of this platform.
  }
  if (formats.size >= mostFormats) formats.clear();
  formats.set(zone, format);
  return format;
}

/** True when the zone's clocks are set forward and back, in any of the years 2024 to 2030. */
export function changesClocks(zone: string): boolean {
  const first = offsetAt(Date.UTC(2024, 0, 1), zone);
  const months = Array.from({ length: 84 }, (_, month) => Date.UTC(2024, month, 1));
  return months.some((at) => offsetAt(at, zone) !== first);
}

function numericFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
