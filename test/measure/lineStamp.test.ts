import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineStampReader, writtenBy } from '../../daemon/measure/lineStamp.ts';
import { zoneNamed } from '../../daemon/measure/zone.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';

const utc = zoneNamed('UTC');
const berlin = zoneNamed('Europe/Berlin');
const stampOf = lineStampReader(utc, undefined);
const near = writtenBy(wallTime(Date.UTC(2026, 0, 6)));
const day = 86_400_000;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const week = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (value: number) => String(value).padStart(2, '0');

/** The stamps of loggers for an instant, whose parts are those of `at` in UTC. */
const writers: Readonly<Record<string, (at: Date, clock: string) => string>> = {
  syslog: (at, clock) => `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock} host app[7]: x`,
  'syslog with its priority': (at, clock) => `<34>${months[at.getUTCMonth()]} ${two(at.getUTCDate())} ${clock} host x`,
  klog: (at, clock) => `E${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())} ${clock}.000000   17 x.go:3] boom`,
  glog: (at, clock) => `W${at.toISOString().slice(0, 10).replaceAll('-', '')} ${clock}.000000 17 x.cc:3] boom`,
  asctime: (at, clock) =>
    `[${week[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${two(at.getUTCDate())} ${clock}.000000 ${at.getUTCFullYear()}] [core:error] x`,
  tomcat: (at, clock) =>
    `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${at.getUTCFullYear()} ${clock}.000 SEVERE x`,
  python: (at, clock) => `${at.toISOString().slice(0, 10)} ${clock},000 - app - CRITICAL - x`,
  'an access log': (at, clock) =>
    `192.0.2.1 - ann [${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock}] "GET / HTTP/1.1" 500`,
  JSON: (at, clock) => `{"level":"CRITICAL","timestamp":"${at.toISOString().slice(0, 10)} ${clock}"}`,
  logfmt: (at, clock) => `level=error ts=${at.toISOString().slice(0, 10)}T${clock} msg=x`,
};

describe.each(Object.entries(writers))('%s', (_, write) => {
  const line = (civil: number) => write(new Date(civil), new Date(civil).toISOString().slice(11, 19));

  it('says when it was written, across the turn of the year too, whenever it is read up to months later', () => {
    const readers = [utc, berlin, zoneNamed('America/New_York')].map(
      (zone) => [zone, lineStampReader(zone, undefined)] as const,
    );
    const second = fc.integer({ min: Date.UTC(2023, 0, 1) / 1000, max: Date.UTC(2027, 0, 1) / 1000 });
    fc.assert(
      fc.property(second, fc.integer({ min: -20 * 3600, max: 300 * 86_400 }), (civilSecond, later) => {
        for (const [zone, read] of readers) {
          const at = zone.toUtc(civilSecond * 1000);
          // Read within 300 days after, or by a clock that is some hours behind.
          expect(read(line(civilSecond * 1000), writtenBy(wallTime(at + later * 1000)))).toBe(at);
        }
      }),
    );
  });
});

it('a stamp without a year is of the year that brings it nearest, and not more than a day ahead', () => {
  const read = (line: string, at: number) => stampOf(line, writtenBy(wallTime(at)));
  const newYear = Date.UTC(2026, 0, 1);
  expect(read('Dec 31 23:59:59 host app: x', newYear + 1000)).toBe(newYear - 1000);
  expect(read('Jan  1 00:00:01 host app: x', newYear - 1000)).toBe(newYear + 1000);
  expect(read('Jan  2 00:00:02 host app: x', newYear)).toBe(Date.UTC(2025, 0, 2, 0, 0, 2));
  expect(read('Feb 29 10:00:00 host app: x', Date.UTC(2024, 2, 1))).toBe(Date.UTC(2024, 1, 29, 10));
  expect(read('Feb 29 10:00:00 host app: x', Date.UTC(2026, 2, 1))).toBeUndefined();
  expect(stampOf('Dec 31 23:59:59 host app: x', null)).toBeUndefined();
  const beside = { at: wallTime(newYear), ahead: near.ahead };
  expect(stampOf('E0105 11:04:00.5 17 x', beside)).toBe(Date.UTC(2025, 0, 5, 11, 4, 0, 500));
  expect(stampOf('E0105 11:04:00.5 17 x', { ...beside, ahead: Number.POSITIVE_INFINITY as typeof near.ahead })).toBe(
    Date.UTC(2026, 0, 5, 11, 4, 0, 500),
  );
});

it.each([
  ['2025-10-29 10:00:00,123 ERROR boom', Date.UTC(2025, 9, 29, 10, 0, 0, 123)],
  ['[2025-10-29T10:00:00Z] ERROR', Date.UTC(2025, 9, 29, 10)],
  ['(2025-10-29 10:00:00 +0100) x', Date.UTC(2025, 9, 29, 9)],
  ['2025-10-29 10:00:00 Zebra crossed', Date.UTC(2025, 9, 29, 10)],
  ['2025-10-29 10:00:00 -1234567 items', Date.UTC(2025, 9, 29, 10)],
  ['2025/10/29 10:00:00 [error] boom', Date.UTC(2025, 9, 29, 10)],
  ['ERROR 2025-10-29T10:00:00Z boom', Date.UTC(2025, 9, 29, 10)],
  ['[warn] [2025-10-29 10:00:00,5] boom', Date.UTC(2025, 9, 29, 10, 0, 0, 500)],
  ['CRITICAL | 2025-10-29 10:00:00 | boom', Date.UTC(2025, 9, 29, 10)],
  ['ERROR: retried at 2025-10-29T10:00:00Z', undefined],
  ['errors 2025-10-29T10:00:00Z', undefined],
  ['at 2025-10-29T10:00:00Z', undefined],
  ['[error] boom', undefined],
  ['<165>1 2026-01-05T11:04:00.003Z host app - - x', Date.UTC(2026, 0, 5, 11, 4, 0, 3)],
  ['E, [2026-01-05T11:04:00.1 #12] ERROR -- : x', Date.UTC(2026, 0, 5, 11, 4, 0, 100)],
  ['time="2026-01-05T11:04:00Z" level=error', Date.UTC(2026, 0, 5, 11, 4)],
  ['Jan  5 2026 11:04:00: %SYS-5', Date.UTC(2026, 0, 5, 11, 4)],
  ['Mon Jan  5 11:04:00 UTC 2026 x', Date.UTC(2026, 0, 5, 11, 4)],
  ['::1 - - [05/Jan/2026:12:04:00 +0100] "GET / HTTP/1.1" 200 5', Date.UTC(2026, 0, 5, 11, 4)],
  ['shop:80 ::1 - - [05/Jan/2026:12:04:00 +0100] "GET / HTTP/1.1" 200 5', Date.UTC(2026, 0, 5, 11, 4)],
  ['1767611040 CRITICAL x', Date.UTC(2026, 0, 5, 11, 4)],
  ['[1767611040.25] x', Date.UTC(2026, 0, 5, 11, 4, 0, 250)],
  ['1767611040123 x', Date.UTC(2026, 0, 5, 11, 4, 0, 123)],
  ['{"ts":1767611040.5,"msg":"x"}', Date.UTC(2026, 0, 5, 11, 4, 0, 500)],
  ['{"@timestamp":"2026-01-05T11:04:00Z"}', Date.UTC(2026, 0, 5, 11, 4)],
])('the stamp a line begins with: %s', (line, at) => {
  expect(stampOf(line, near)).toBe(at);
});

it('what only looks like a time is none: a wrong date is worse', () => {
  for (const line of [
    '',
    '20251029',
    '17 CRITICAL failed',
    '1999999999 CRITICAL is an order of tomorrow',
    '17676110401 x',
    '1767611040abc x',
    '11:04:00.123 [main] CRITICAL x',
    '05/01/2026 11:04:00 CRITICAL',
    'Jan 32 11:04:00 host x',
    'Jan  5 25:04:00 host x',
    'January 5 was a good day',
    'E1305 11:04:00.5 17 x',
    'ERROR - cannot parse [05/Jan/2020:10:00:00 +0000] of the request',
    'Jane 05 11:04:00 x',
    '\tat Jan  5 11:04:00',
    '{"uptime":5,"ts":12.5}',
    '{"ts":',
    '[1,2]',
    '{"nested":{"ts":1767611040}}',
  ]) {
    expect([line, stampOf(line, near)]).toEqual([line, undefined]);
  }
});

it('a line that is a JSON object says its time in the field that the plan names, and in no other then', () => {
  const read = lineStampReader(berlin, 'event.at');
  expect(read('{"event":{"at":"2026-01-05T12:04:00"},"ts":1}', near)).toBe(Date.UTC(2026, 0, 5, 11, 4));
  expect(read('{"timestamp":"2026-01-05T12:04:00"}', near)).toBeUndefined();
});

it('a line of a day ahead is still of now: it is for the reader to refuse it', () => {
  expect(stampOf('Jan  6 23:00:00 host x', near)).toBe(near.at + day - 3_600_000);
});
