import type { WrittenMinute } from '../protocol/domain/observation.ts';
import { parseTimestamp } from './timestamp.ts';
import { type Zone, zoneNamed } from './zone.ts';

/** `2025-11-01T10:00:` */
const minuteLength = 17;
const utc = zoneNamed('UTC');

/** The start of the minute that is written at `bytes[start]` up to its colon (`2025-11-01T10:00:`); `null` when it is none. */
export function minuteIn(bytes: Uint8Array, start: number, zone: Zone): WrittenMinute | null {
  const written = bytes.subarray(start, start + minuteLength);
  if (written[minuteLength - 1] !== 0x3a) return null;
  const text = `${String.fromCharCode(...written)}00`;
  const at = parseTimestamp(text, zone);
  if (at === undefined) return null;
  // The stamp alone does not tell the instant of a civil time that occurs twice.
  const zoned = zone.repeats(at) === 0 ? at : Number.NaN;
  return { zoned, civil: parseTimestamp(text, utc) ?? Number.NaN };
}

/**
 * Reads the usual ISO stamp, with seconds, straight from bytes[start, end): the same instant as `parseTimestamp` on the
 * text, or `NaN` when only that can tell. Records come minute by minute, so the part before the seconds is compared
 * with the last stamp's instead of being read.
 */
export function stampBytesReader(zone: Zone): (bytes: Uint8Array, start: number, end: number) => number {
  const minute = new Uint8Array(minuteLength);
  let known: WrittenMinute = { zoned: Number.NaN, civil: Number.NaN };

  const isKnownMinute = (bytes: Uint8Array, start: number): boolean => {
    for (let index = minuteLength - 1; index >= 0; index -= 1) {
      if (bytes[start + index] !== minute[index]) return false;
    }
    return true;
  };
  const learnMinute = (bytes: Uint8Array, start: number): boolean => {
    const found = minuteIn(bytes, start, zone);
    if (found === null) return false;
    known = found;
    minute.set(bytes.subarray(start, start + minuteLength));
    return true;
  };

  return (bytes, start, end) => {
    if (end - start < minuteLength + 2) return Number.NaN;
    if (!isKnownMinute(bytes, start) && !learnMinute(bytes, start)) return Number.NaN;
    const second = twoDigits(bytes, start + minuteLength);
    // A leap second belongs to the next minute.
    if (Number.isNaN(second) || second > 59) return Number.NaN;
    let at = start + minuteLength + 2;
    let microsecond = 0;
    if (at < end && (bytes[at] === 0x2e || bytes[at] === 0x2c)) {
      at += 1;
      const first = at;
      for (let scale = 100_000; at < end && isDigit(bytes[at] ?? 0); at += 1) {
        microsecond += ((bytes[at] ?? 0) - 0x30) * scale;
        scale = scale === 1 ? 0 : scale / 10;
      }
      if (at === first || at - first > 9) return Number.NaN;
    }
    return ((minuteStart(bytes, at, end) + second * 1000) * 1000 + microsecond) / 1000;
  };

  /** The start of the known minute by the stamp's end (nothing, `Z` or an offset such as `+01:00`). */
  function minuteStart(bytes: Uint8Array, at: number, end: number): number {
    const { zoned, civil } = known;
    if (at === end) return zoned;
    const sign = bytes[at];
    if (end === at + 1) return sign === 0x5a ? civil : Number.NaN;
    if (end !== at + 6 || bytes[at + 3] !== 0x3a || (sign !== 0x2b && sign !== 0x2d)) return Number.NaN;
    const offset = (twoDigits(bytes, at + 1) * 60 + twoDigits(bytes, at + 4)) * 60_000;
    return sign === 0x2d ? civil + offset : civil - offset;
  }
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] ?? 0;
  const ones = bytes[at + 1] ?? 0;
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + (ones - 0x30) : Number.NaN;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
