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
}

const utc: Zone = { name: 'UTC', toUtc: (local) => local };
const utcNames = new Set(['utc', 'etc/utc', 'gmt', 'etc/gmt', 'z', 'zulu']);

const day = 86_400_000;
/** Every offset change of a zone in use since 1970 falls on a quarter of an hour. */
const slotLength = 900_000;
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
  const offsets = new Map<number, number>();
  let latestSlot = Number.NaN;
  let latestOffset = 0;

  return {
    name,
    toUtc(local) {
      const slot = Math.floor(local / slotLength);
      if (slot !== latestSlot) {
        let offset = offsets.get(slot);
        if (offset === undefined) {
          offset = offsetOfCivilTime(format, slot * slotLength);
          if (offsets.size >= cacheLimit) offsets.clear();
          offsets.set(slot, offset);
        }
        latestSlot = slot;
        latestOffset = offset;
      }
      return local - latestOffset;
    },
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

function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 1970, month = 1, day: dayOfMonth = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
