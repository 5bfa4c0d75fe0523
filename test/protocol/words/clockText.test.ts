import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, localTime } from '../../../daemon/protocol/domain/zonedTime.ts';
import { clockText, dueText, forEver, spanTexts, whenText } from '../../../daemon/protocol/words/clockText.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'] as const;
const now = Date.parse('2025-11-05T22:30:00Z');

describe('a time as people say it', () => {
  it.each([
    ['2025-11-05T22:45:00Z', 'UTC', '22:45'],
    ['2025-11-06T09:00:00Z', 'UTC', 'tomorrow 09:00'],
    ['2025-11-04T18:05:59Z', 'UTC', 'yesterday 18:05'],
    ['2025-11-10T08:00:00Z', 'UTC', 'Mon 08:00'],
    ['2025-10-31T08:00:00Z', 'UTC', 'Fri 08:00'],
    ['2025-11-12T08:00:00Z', 'UTC', '2025-11-12 08:00'],
    ['2025-11-05T22:45:00Z', 'Europe/Berlin', '23:45'],
    ['2025-11-05T23:30:00Z', 'Europe/Berlin', 'tomorrow 00:30'],
    ['2025-11-05T22:45:00Z', 'No/Such_Zone', '22:45'],
  ])('%s in %s is %s', (at, zone, text) => {
    expect(clockText(Date.parse(at), now, zone)).toBe(text);
  });

  it('says when there is no end', () => {
    expect(clockText(forEver, now, 'UTC')).toBe('for good');
  });
});

describe('both ends of a stretch of time', () => {
  it('are told apart, to the second where their minutes would not do', () => {
    const at = (time: string) => Date.parse(`2025-11-05T${time}Z`);
    expect(spanTexts(at('22:10:04'), at('22:10:24'), now, 'Europe/Berlin')).toEqual(['23:10:04', '23:10:24']);
    expect(spanTexts(at('20:10:04'), at('22:10:24'), now, 'UTC')).toEqual(['20:10', '22:10']);
    // Zones whose clocks are never set back: where they are, an hour looks the same twice.
    const steady = fc.constantFrom('UTC', 'Asia/Kathmandu');
    fc.assert(
      fc.property(steady, fc.integer({ min: 1, max: 10_000_000 }), fc.nat(400_000_000), (zone, seconds, before) => {
        const from = now - before * 1000;
        const [begins, ends] = spanTexts(from, from + seconds * 1000, now, zone);
        expect(begins).not.toBe(ends);
      }),
    );
  });
});

describe('a time within a sentence', () => {
  it.each([
    ['2025-11-05T22:45:00Z', 'at 22:45'],
    ['2025-11-04T18:05:59Z', 'yesterday 18:05'],
    ['2025-10-31T08:00:00Z', 'Fri 08:00'],
    ['2025-10-12T08:00:00Z', 'on 2025-10-12 08:00'],
  ])('%s is %s', (at, text) => {
    expect(whenText(Date.parse(at), now, 'UTC')).toBe(text);
  });
});

describe('a time by which something is due', () => {
  it.each([
    ['2025-11-06T00:00:00Z', 'UTC', 'today'],
    ['2025-11-07T00:00:00Z', 'UTC', 'tomorrow'],
    ['2025-11-05T00:00:00Z', 'UTC', 'yesterday'],
    ['2025-11-11T00:00:00Z', 'UTC', 'Mon'],
    ['2025-10-01T00:00:00Z', 'UTC', '2025-09-30'],
    ['2025-11-06T09:00:00Z', 'UTC', 'tomorrow 09:00'],
    ['2025-11-06T23:00:00Z', 'Europe/Berlin', 'tomorrow'],
  ])('%s in %s is %s', (at, zone, text) => {
    expect(dueText(Date.parse(at), now, zone)).toBe(text);
  });
});

describe('local time', () => {
  it('leads back to the instant it came from, up to the hour that comes twice', () => {
    const instant = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (at, zone) => {
        const local = localTime(at, zone);
        const start = Math.floor(at / 60_000) * 60_000;
        expect([instantOf(local, zone, 'earlier'), instantOf(local, zone, 'later')]).toContain(start);
      }),
      { numRuns: 500 },
    );
  });

  it('is before or after the leap where clocks go forward', () => {
    const skipped = { year: 2025, month: 3, day: 30, minute: 150 };
    expect(new Date(instantOf(skipped, 'Europe/Berlin', 'earlier')).toISOString()).toBe('2025-03-30T00:30:00.000Z');
    expect(new Date(instantOf(skipped, 'Europe/Berlin', 'later')).toISOString()).toBe('2025-03-30T01:30:00.000Z');
  });
});
