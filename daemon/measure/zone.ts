/** Turns local wall-clock time into UTC: minutes of civil time without an offset are read in one named zone. */
export interface Zone {
  /** The IANA name. */
  readonly name: string;
  /**
   * `local` is a civil time counted as if it were UTC (milliseconds); the result is UTC in milliseconds.
   * A civil time that exists twice (clocks set back) is its first occurrence; one that does not exist (clocks set
   * forward) is read with the offset before the change. This is `compatible` of ECMAScript's Temporal.
   */
  toUtc(local: number): number;
  /**
   * The time after the instant `at` (UTC, milliseconds) at which the zone's clocks show the same civil time again,
   * because they were set back; 0 where they do not.
   */
  repeats(at: number): number;
}

const utc: Zone = { name: 'UTC', toUtc: (local) => local, repeats: () => 0 };
const utcNames = new Set(['utc', 'etc/utc', 'gmt', 'etc/gmt', 'z', 'zulu']);

const minute = 60_000;
const day = 86_400_000;
/** Most offset changes fall on a quarter of an hour; St. John's changed at one minute past midnight until 2011. */
const quarter = 15 * minute;
const cacheLimit = 20_000;

/** @throws RangeError when the platform does not know the zone. */
export function zoneNamed(name: string): Zone {
  if (utcNames.has(name.toLowerCase())) return utc;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetOf = knownByQuarter((local) => offsetOfCivilTime(format, local));
  return {
    name,
    toUtc: (local) => local - offsetOf(local),
    repeats: knownByQuarter((at) => repetitionAfter(format, at)),
  };
}

/** The results of `compute` by quarter of an hour; by minute where the result changes within a quarter. */
function knownByQuarter(compute: (at: number) => number): (at: number) => number {
  const known = new Map<number, number>();
  let latest = Number.NaN;
  let latestValue = 0;
  return (at) => {
    const index = Math.floor(at / quarter);
    if (index === latest) return latestValue;
    let value = known.get(index);
    if (value === undefined) {
      value = compute(index * quarter);
      if (value !== compute((index + 1) * quarter - minute)) value = Number.NaN;
      if (known.size >= cacheLimit) known.clear();
      known.set(index, value);
    }
    if (Number.isNaN(value)) return compute(Math.floor(at / minute) * minute);
    latest = index;
    latestValue = value;
    return value;
  };
}

/** The offset to subtract; a change is never more than a day's reach away from the offsets on either side of it. */
function offsetOfCivilTime(format: Intl.DateTimeFormat, local: number): number {
  const earlier = offsetAt(format, local - day);
  const later = offsetAt(format, local + day);
  if (offsetAt(format, local - earlier) === earlier) return earlier;
  if (offsetAt(format, local - later) === later) return later;
  return earlier;
}

/** From the first instant of a civil time to its second. */
function repetitionAfter(format: Intl.DateTimeFormat, at: number): number {
  const local = at + offsetAt(format, at);
  const later = offsetAt(format, local + day);
  const again = local - later;
  return again > at && offsetAt(format, again) === later ? again - at : 0;
}

function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 1970, month = 1, day: dayOfMonth = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
