import { describe, expect, it } from 'vitest';
import { momentText } from '../../daemon/report/moment.ts';
import { periodName, periodText, spanOf } from '../../daemon/report/period.ts';

const hour = 3_600_000;
const lengthOf = (period: Parameters<typeof spanOf>[0], zone: string): number => {
  const span = spanOf(period, zone);
  return span === null ? Number.NaN : (span.to - span.from) / hour;
};

describe('the period of a report', () => {
  it('is a day of the plan’s zone, as long as its clocks make it', () => {
    expect(lengthOf({ kind: 'day', date: '2025-11-03' }, 'UTC')).toBe(24);
    expect(lengthOf({ kind: 'day', date: '2025-10-26' }, 'Europe/Berlin')).toBe(25);
    expect(lengthOf({ kind: 'day', date: '2025-03-30' }, 'Europe/Berlin')).toBe(23);
    const span = spanOf({ kind: 'day', date: '2025-10-26' }, 'Europe/Berlin');
    expect(new Date(span?.from ?? 0).toISOString()).toBe('2025-10-25T22:00:00.000Z');
    expect(new Date(span?.to ?? 0).toISOString()).toBe('2025-10-26T23:00:00.000Z');
  });

  it('begins where clocks leap over midnight', () => {
    // Beirut's day of 2025-03-30 begins at 01:00.
    const span = spanOf({ kind: 'day', date: '2025-03-30' }, 'Asia/Beirut');
    expect(new Date(span?.from ?? 0).toISOString()).toBe('2025-03-29T22:00:00.000Z');
    expect(lengthOf({ kind: 'day', date: '2025-03-30' }, 'Asia/Beirut')).toBe(23);
  });

  it('is the ISO week that holds the date, across a change of clocks and a change of year', () => {
    expect(lengthOf({ kind: 'week', date: '2025-10-22' }, 'Europe/Berlin')).toBe(7 * 24 + 1);
    for (const date of ['2024-12-30', '2025-01-01', '2025-01-05']) {
      expect(periodName({ kind: 'week', date })).toBe('report-2025-W01');
    }
    expect(periodName({ kind: 'week', date: '2027-01-03' })).toBe('report-2026-W53');
    expect(periodText({ kind: 'week', date: '2025-11-08' })).toBe(
      'Weekly report, 2025-W45 (Mon 2025-11-03 to Sun 2025-11-09)',
    );
  });

  it('days lie end to end, over a year and in any zone', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Beirut', 'Pacific/Apia', 'Asia/Kathmandu']) {
      let before: number | null = null;
      for (let day = 0; day < 366; day += 1) {
        const date = new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10);
        const span = spanOf({ kind: 'day', date }, zone);
        if (before !== null) expect({ zone, date, from: span?.from }).toEqual({ zone, date, from: before });
        before = span?.to ?? null;
      }
    }
  });

  it('refuses a date that the calendar does not have', () => {
    for (const date of ['2025-02-29', '2025-13-01', '2025-00-10', '0000-01-01']) {
      expect(() => spanOf({ kind: 'day', date }, 'UTC')).toThrow(/is not a day of the calendar/);
    }
  });
});

describe('an instant in a report', () => {
  it('tells the hours apart that clocks go back over', () => {
    const first = Date.UTC(2025, 9, 26, 0, 30);
    expect(momentText(first, 'Europe/Berlin')).toBe('2025-10-26 02:30 +02:00');
    expect(momentText(first + hour, 'Europe/Berlin')).toBe('2025-10-26 02:30 +01:00');
    expect(momentText(first + 2 * hour, 'Europe/Berlin')).toBe('2025-10-26 03:30');
  });
});
