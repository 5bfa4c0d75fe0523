import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { StageVisit } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, isoTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { localTime } from '../../daemon/protocol/domain/zonedTime.ts';
import { exposedTimes, night, reviewPeriod, spanBefore } from '../../daemon/rollout/reviewPeriod.ts';

const hour = 3_600_000;
const at = (text: string) => wallTime(Date.parse(text));

function entry(when: number, body: JournalBody, attempt = 1): JournalEntry {
  return { seq: 1, rollout: 'uploads', attempt, at: wallTime(when), body, previous: '', hash: '' };
}

const begun = (when: number, attempt = 1) => entry(when, { kind: 'begun', by: 'ana', attempt, planHash: '' }, attempt);
const reviewed = (when: number) =>
  entry(when, {
    kind: 'reviewed',
    key: 'key-number-1',
    by: 'ana',
    since: wallTime(when - hour),
    to: wallTime(when),
    summary: '',
    counts: { ticked: 0, proven: 0, skipped: 0, open: 0 },
    log: 'uploads.review.md',
    rejected: {},
  });

describe('the period of a review', () => {
  const now = at('2025-11-04T09:00:30Z');

  it('begins with the last review, however long ago, whoever it was', () => {
    const entries = [begun(now - 90 * hour), reviewed(now - 80 * hour), reviewed(now - 72 * hour)];
    expect(reviewPeriod(entries, null, now)).toEqual({
      from: wallTime(Math.floor((now - 72 * hour) / 60_000) * 60_000),
      to: now,
      since: 'last-review',
      lastReview: { by: 'ana', at: now - 72 * hour },
    });
  });

  it('else is a day, whatever of it was before the attempt', () => {
    const begins = at('2025-11-03T09:00:00Z');
    for (const entries of [[], [begun(now - 5 * hour)], [begun(now - 30 * hour)]]) {
      expect(reviewPeriod(entries, null, now)).toMatchObject({ since: 'day', from: begins, lastReview: null });
    }
  });

  it('begins where it is asked to, and calls that by its name', () => {
    const entries = [reviewed(now - 10 * hour)];
    const usual = reviewPeriod(entries, null, now);
    expect(reviewPeriod(entries, usual.from, now).since).toBe('last-review');
    expect(reviewPeriod(entries, wallTime(now - 2 * hour), now).since).toBe('asked');
    expect(reviewPeriod(entries, wallTime(now + hour), now).from).toBeLessThanOrEqual(now);
  });

  it('is compared with as long a time just before', () => {
    const { from, to } = spanBefore({ from: 600_000, to: 725_000 });
    expect([from, to]).toEqual([420_000, 600_000]);
  });
});

describe('the night', () => {
  const span = (now: string, zone: string, ago = 0) => {
    const { from, to } = night(at(now), zone, ago);
    return [isoTime(from), isoTime(to)];
  };

  it('is from 18:00 to 09:00 by the plan’s own clocks, as far as it has come', () => {
    expect(span('2025-11-04T12:00:00Z', 'UTC')).toEqual(['2025-11-03T18:00:00.000Z', '2025-11-04T09:00:00.000Z']);
    expect(span('2025-11-04T22:00:00Z', 'UTC')).toEqual(['2025-11-03T18:00:00.000Z', '2025-11-04T09:00:00.000Z']);
    expect(span('2025-11-04T06:30:00Z', 'UTC')).toEqual(['2025-11-03T18:00:00.000Z', '2025-11-04T06:30:00.000Z']);
    expect(span('2025-11-04T06:30:00Z', 'UTC', 1)).toEqual(['2025-11-02T18:00:00.000Z', '2025-11-03T06:30:00.000Z']);
    expect(span('2025-11-04T06:30:00Z', 'Asia/Tokyo')).toEqual([
      '2025-11-03T09:00:00.000Z',
      '2025-11-04T00:00:00.000Z',
    ]);
  });

  it('is an hour longer or shorter when clocks change in it', () => {
    const [from = '', to = ''] = span('2025-10-26T12:00:00Z', 'Europe/Berlin');
    expect(Date.parse(to) - Date.parse(from)).toBe(16 * hour);
    const [spring = '', morning = ''] = span('2025-03-30T12:00:00Z', 'Europe/Berlin');
    expect(Date.parse(morning) - Date.parse(spring)).toBe(14 * hour);
  });

  it('always begins at 18:00 of the day before and is over by 09:00, all year, everywhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2025-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
        fc.integer({ min: 0, max: 2 }),
        (now, zone, ago) => {
          const { from, to } = night(wallTime(now), zone, ago);
          expect(localTime(from, zone).minute).toBe(18 * 60);
          expect(localTime(to, zone).minute).toBeLessThanOrEqual(9 * 60);
          expect(to).toBeLessThanOrEqual(now);
          expect(from).toBeLessThan(to);
          expect(to - from).toBeLessThanOrEqual(16 * hour);
        },
      ),
    );
  });
});

describe('the times in which triggers are judged', () => {
  const visit = (attempt: number, share: number, from: number, to: number | null): StageVisit => ({
    attempt,
    stage: `at-${share}`,
    percent: percent(share),
    from: eventTime(from),
    to: to === null ? null : eventTime(to),
    override: null,
  });

  it('are those of each attempt that exposed anyone, cut to the period', () => {
    const visits = [
      visit(1, 0, 0, 10),
      visit(1, 1, 10, 20),
      visit(1, 10, 20, 30),
      visit(2, 0, 50, 60),
      visit(2, 1, 60, null),
    ];
    const span = { from: eventTime(15), to: eventTime(100) };
    expect(exposedTimes(visits, span)).toEqual([
      { since: 10, from: 15, to: 30 },
      { since: 60, from: 60, to: 100 },
    ]);
    expect(exposedTimes(visits, { from: eventTime(30), to: eventTime(60) })).toEqual([]);
  });
});
