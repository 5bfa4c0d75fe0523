import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../daemon/measure/timestamp.ts';
import { zoneNamed } from '../../daemon/measure/zone.ts';

const utc = zoneNamed('UTC');
const berlin = zoneNamed('Europe/Berlin');
const instant = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2100, 0, 1) });

// No stamp may be read in the machine's own zone.
let zoneBefore: string | undefined;
beforeAll(() => {
  zoneBefore = process.env.TZ;
  process.env.TZ = 'America/New_York';
  expect(new Date('2025-11-01T10:00:00').getTimezoneOffset()).toBe(240);
});
afterAll(() => {
  if (zoneBefore === undefined) delete process.env.TZ;
  else process.env.TZ = zoneBefore;
});

describe('ISO stamps', () => {
  it('are what the platform reads, with Z, an offset or nothing', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, offset) => {
        const iso = new Date(at).toISOString();
        expect(parseTimestamp(iso, berlin)).toBe(at);
        expect(parseTimestamp(iso.slice(0, -1), utc)).toBe(at);
        expect(parseTimestamp(iso.slice(0, -1).replace('T', ' '), utc)).toBe(at);
        const two = (value: number) => String(value).padStart(2, '0');
        const sign = offset < 0 ? '-' : '+';
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const shifted = new Date(at + offset * 60_000).toISOString().slice(0, -1);
        expect(parseTimestamp(`${shifted}${sign}${two(hours)}:${two(minutes)}`, berlin)).toBe(at);
        expect(parseTimestamp(`${shifted} ${sign}${two(hours)}${two(minutes)}`, berlin)).toBe(at);
      }),
    );
  });

  it('keep microseconds, equal ones being equal numbers however they are written', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 999_999 }), (at, microsecond) => {
        const second = Math.floor(at / 1000);
        const stamp = new Date(second * 1000).toISOString().slice(0, 19);
        const digits = String(microsecond).padStart(6, '0');
        const expected = (second * 1_000_000 + microsecond) / 1000;
        expect(parseTimestamp(`${stamp}.${digits}`, utc)).toBe(expected);
        expect(parseTimestamp(`${stamp},${digits}Z`, utc)).toBe(expected);
        expect(parseTimestamp(`${stamp}.${digits}999`, utc)).toBe(expected);
        // Before 1973-03-03 a number of microseconds is small enough to be one of milliseconds.
        if (second > 100_000_000) expect(parseTimestamp(second * 1_000_000 + microsecond, utc)).toBe(expected);
      }),
    );
  });

  it.each([
    ['2025-11-01T10:00Z', Date.UTC(2025, 10, 1, 10)],
    ['2025-11-01T10:00:00 UTC', Date.UTC(2025, 10, 1, 10)],
    ['2025-11-01T10:00:00+02', Date.UTC(2025, 10, 1, 8)],
    ['2024-02-29T23:59:60', Date.UTC(2024, 2, 1)],
    ['2025-11-01T10:00:00.5', Date.UTC(2025, 10, 1, 10, 0, 0, 500)],
    ['2025-11-01t10:00:00z', Date.UTC(2025, 10, 1, 10)],
    ['2025/11/01 10:00:00.25', Date.UTC(2025, 10, 1, 10, 0, 0, 250)],
  ])('%s is read', (stamp, at) => {
    expect(parseTimestamp(stamp, utc)).toBe(at);
  });

  it.each([
    '2025-11-01',
    '2025-11-01T10',
    '2025-13-01T10:00:00',
    '2025-02-29T10:00:00',
    '2025-11-00T10:00:00',
    '2025-11-01T24:00:00',
    '2025-11-01T10:60:00',
    '2025-11-01T10:00:61',
    '2025-11-01T10:00:00.1234567890',
    '2025-11-01T10:00:00 and more',
    '2025-11-01T10:00:00+2',
    '2025/11-01 10:00:00',
    '01/11/2025 10:00:00',
    'yesterday',
    '',
    true,
    null,
    {},
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
  ])('%s is not a stamp', (value) => {
    expect(parseTimestamp(value, utc)).toBeUndefined();
  });
});

it('numbers since the epoch are told apart by magnitude, also as text', () => {
  const at = Date.UTC(2025, 10, 1, 10, 0, 0, 250);
  for (const value of [at / 1000, at, at * 1000, at * 1_000_000]) {
    expect(parseTimestamp(value, berlin)).toBe(at);
    expect(parseTimestamp(String(value), berlin)).toBe(at);
  }
});

describe('stamps without an offset', () => {
  const wallClock = (zone: string, at: number) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at);

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'])(
    'are read in %s: an instant written as its wall clock shows it comes back, or its twin an hour away',
    (name) => {
      const zone = zoneNamed(name);
      const near2025 = fc.integer({ min: Date.UTC(2024, 11, 1) / 1000, max: Date.UTC(2026, 0, 31) / 1000 });
      fc.assert(
        fc.property(near2025, (second) => {
          const shown = wallClock(name, second * 1000);
          const read = parseTimestamp(shown, zone);
          expect(read).toBeDefined();
          // The same wall clock reading, and the first of the two when clocks are set back.
          expect(wallClock(name, read ?? 0)).toBe(shown);
          expect(read).toBeLessThanOrEqual(second * 1000);
        }),
      );
    },
  );

  it('an hour that exists twice is its first, one that does not exist is counted on from before', () => {
    expect(parseTimestamp('2025-10-26T02:30:00', berlin)).toBe(Date.UTC(2025, 9, 26, 0, 30));
    expect(parseTimestamp('2025-03-30T02:30:00', berlin)).toBe(Date.UTC(2025, 2, 30, 1, 30));
    const lordHowe = zoneNamed('Australia/Lord_Howe');
    expect(parseTimestamp('2025-10-05T02:15:00', lordHowe)).toBe(Date.UTC(2025, 9, 4, 15, 45));
    expect(parseTimestamp('2025-04-06T01:45:00', lordHowe)).toBe(Date.UTC(2025, 3, 5, 14, 45));
  });

  it('an unknown zone is refused', () => {
    expect(() => zoneNamed('Mars/Olympus')).toThrow(RangeError);
  });
});
