import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checklist } from '../../daemon/protocol/domain/plan.ts';
import type { StageVisit } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { localTime, plusDays } from '../../daemon/protocol/domain/zonedTime.ts';
import {
  type Course,
  currentOccurrence,
  earlierOccurrences,
  type Occurrence,
} from '../../daemon/rollout/checklistOccurrences.ts';

const day = 86_400_000;
/** Half-hour steps, leaps over midnight (Cairo, Beirut, Santiago), a half-hour leap (Lord Howe), no change (UTC, Kolkata). */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'America/Havana',
];

function listOf(rest: Partial<Checklist>): Checklist {
  return { id: 'list', title: 'List', items: ['It'], ...rest };
}
function courseOf(rest: Partial<Course> = {}): Course {
  return { zone: 'UTC', start: undefined, attempt: 0, visits: [], ...rest };
}
function visitOf(stage: string, from: number, to: number | null, attempt = 1): StageVisit {
  return {
    attempt,
    stage,
    percent: percent(1),
    from: eventTime(from),
    to: to === null ? null : eventTime(to),
    override: null,
  };
}
function occurrenceAt(list: Checklist, course: Course, now: number): Occurrence {
  const occurrence = currentOccurrence(list, course, wallTime(now));
  if (occurrence === null) throw new Error('no occurrence');
  return occurrence;
}
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

const moments = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 11, 31) });
const recurring = fc.record({
  every: fc.constantFrom('day' as const, 'evening' as const, 'weekday' as const, 'week' as const),
  at: fc.option(
    fc.integer({ min: 0, max: 1439 }).map((minute) => {
      const two = (value: number) => String(value).padStart(2, '0');
      return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    }),
    { nil: undefined },
  ),
  zone: fc.constantFrom(...zones),
  start: fc.option(fc.constantFrom('2025-10-29', '2024-02-29', '2026-03-29T09:00'), { nil: undefined }),
});

describe('rounds that recur', () => {
  it('lie end to end: every instant is in one round, and the next begins where it ends', () => {
    fc.assert(
      fc.property(recurring, moments, ({ every, at, zone, start }, now) => {
        const list = listOf({ every, ...(at !== undefined && { at }) });
        const course = courseOf({ zone, start });
        const occurrence = occurrenceAt(list, course, now);
        const { from, until, due, overdueAt, asked } = occurrence;
        if (from === null || until === null || due === null || overdueAt === null || asked === null) throw new Error();
        expect(from).toBeLessThanOrEqual(now);
        expect(until).toBeGreaterThan(now);
        expect(occurrenceAt(list, course, from)).toEqual(occurrence);
        expect(occurrenceAt(list, course, until - 1)).toEqual(occurrence);
        const next = occurrenceAt(list, course, until);
        expect(next.from).toBe(until);
        expect(next.key > occurrence.key).toBe(true);
        expect(due).toBeGreaterThanOrEqual(from);
        expect(due).toBeLessThanOrEqual(until);
        expect(overdueAt).toBeGreaterThanOrEqual(due);
        expect(asked).toBeLessThanOrEqual(due);
      }),
      { numRuns: 400 },
    );
  });

  it('a day is the calendar day of the zone, and its time of day what its clocks show', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), moments, fc.integer({ min: 0, max: 23 }), (zone, now, hour) => {
        const list = listOf({ every: 'day', at: `${String(hour).padStart(2, '0')}:30` });
        const { key, due } = occurrenceAt(list, courseOf({ zone }), now);
        const here = localTime(now, zone);
        expect(key).toBe(`${here.year}-${String(here.month).padStart(2, '0')}-${String(here.day).padStart(2, '0')}`);
        const there = localTime(due ?? 0, zone);
        // Where the clocks leap over the minute, it is the one after the leap.
        const leapt = there.minute !== hour * 60 + 30;
        if (leapt) expect(localTime((due ?? 0) - 1, zone).minute).toBeLessThan(hour * 60 + 30);
      }),
      { numRuns: 400 },
    );
  });

  it('no working day is lost over a year, weekend or not', () => {
    for (const zone of zones) {
      const list = listOf({ every: 'weekday' });
      const keys = new Set<string>();
      for (let now = Date.UTC(2026, 0, 1); now < Date.UTC(2027, 0, 1); now += day / 4) {
        keys.add(occurrenceAt(list, courseOf({ zone }), now).key);
      }
      const days = [...keys].map((key) => new Date(`${key}T00:00Z`).getUTCDay());
      expect(days.every((weekday) => weekday >= 1 && weekday <= 5)).toBe(true);
      expect(keys.size).toBeGreaterThanOrEqual(261);
    }
  });

  it('the spring day of Berlin has 23 hours, the autumn day 25, and 02:30 that does not exist is 03:30', () => {
    const list = listOf({ every: 'day', at: '02:30' });
    const course = courseOf({ zone: 'Europe/Berlin' });
    const spring = occurrenceAt(list, course, Date.UTC(2026, 2, 29, 10));
    expect([iso(spring.from), iso(spring.due), iso(spring.until)]).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T01:30:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    const autumn = occurrenceAt(list, course, Date.UTC(2026, 9, 25, 10));
    expect([iso(autumn.from), iso(autumn.due), iso(autumn.until)]).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('weeks are counted from the plan’s first day, across month ends', () => {
    const list = listOf({ every: 'week', at: '16:00' });
    const course = courseOf({ start: '2025-10-29' });
    const keys = [29, 30, 34, 35, 36, 42, 43].map(
      (date) => occurrenceAt(list, course, Date.UTC(2025, 9, date, 12)).key,
    );
    expect(keys).toEqual([
      '2025-10-29',
      '2025-10-29',
      '2025-10-29',
      '2025-10-29',
      '2025-11-05',
      '2025-11-05',
      '2025-11-12',
    ]);
    expect(iso(occurrenceAt(list, course, Date.UTC(2025, 9, 30)).due)).toBe('2025-11-04T16:00:00.000Z');
    expect(occurrenceAt(listOf({ every: 'week' }), courseOf(), Date.UTC(2025, 9, 30)).key).toBe('2025-10-27');
  });

  it('an evening list is asked for in the evening, and overdue an hour later', () => {
    const { asked, overdueAt } = occurrenceAt(listOf({ every: 'evening' }), courseOf(), Date.UTC(2025, 10, 3, 12));
    expect([iso(asked), iso(overdueAt)]).toEqual(['2025-11-03T18:00:00.000Z', '2025-11-03T19:00:00.000Z']);
  });

  it('a daily list of one stage has rounds only while the rollout stands in it', () => {
    const list = listOf({ every: 'day', stage: 'one' });
    const from = Date.UTC(2025, 10, 3, 10);
    const inStage = courseOf({ attempt: 1, visits: [visitOf('one', from, null)] });
    expect(currentOccurrence(list, inStage, wallTime(from))?.key).toBe('2025-11-03');
    const past = courseOf({
      attempt: 1,
      visits: [visitOf('one', from, from + 2 * day), visitOf('ten', from + 2 * day, null)],
    });
    expect(currentOccurrence(list, past, wallTime(from + 4 * day))).toBeNull();
    const earlier = earlierOccurrences(list, past, wallTime(from + 4 * day), 10).map(({ key }) => key);
    expect(earlier).toEqual(['2025-11-05', '2025-11-04', '2025-11-03']);
  });
});

describe('earlier rounds', () => {
  it('are newest first, as many as asked for, none from before the rollout began', () => {
    fc.assert(
      fc.property(recurring, moments, fc.integer({ min: 0, max: 40 }), ({ every, zone, start }, now, days) => {
        const list = listOf({ every });
        const from = now - days * day;
        const course = courseOf({ zone, start, attempt: 1, visits: [visitOf('one', from, null)] });
        const found = earlierOccurrences(list, course, wallTime(now), 7);
        expect(found.length).toBeLessThanOrEqual(7);
        let until = occurrenceAt(list, course, now).from;
        for (const each of found) {
          expect(each.until).toBe(until);
          expect(each.until ?? 0).toBeGreaterThan(from);
          until = each.from;
        }
        if (found.length < 7) expect(until ?? 0).toBeLessThanOrEqual(from);
      }),
      { numRuns: 200 },
    );
  });
});

describe('rounds that do not recur', () => {
  const from = Date.UTC(2025, 10, 3, 10);

  it('a list without `every` is done once; its date is due until its day is over', () => {
    const occurrence = occurrenceAt(listOf({ due: '2025-11-04' }), courseOf({ zone: 'Europe/Berlin' }), from);
    expect(occurrence.key).toBe('once');
    expect([iso(occurrence.asked), iso(occurrence.due)]).toEqual([
      '2025-11-03T23:00:00.000Z',
      '2025-11-04T23:00:00.000Z',
    ]);
    const timed = occurrenceAt(listOf({ due: '2025-11-04T09:00' }), courseOf({ zone: 'Europe/Berlin' }), from);
    expect([iso(timed.due), iso(timed.overdueAt)]).toEqual(['2025-11-04T08:00:00.000Z', '2025-11-04T09:00:00.000Z']);
  });

  it('a list of a stage is done once in each attempt, and asked for when the stage is entered', () => {
    const list = listOf({ stage: 'ten' });
    expect(occurrenceAt(list, courseOf(), from)).toMatchObject({ key: 'attempt-1', from: null, asked: null });
    const entered = courseOf({
      attempt: 2,
      visits: [visitOf('ten', from - day, from - 5), visitOf('ten', from, null, 2)],
    });
    expect(occurrenceAt(list, entered, from)).toMatchObject({ key: 'attempt-2', from, asked: from, overdueAt: null });
  });

  it('a list at each change of stage starts anew with every stay', () => {
    const list = listOf({ every: 'stage' });
    const visits = [visitOf('one', from, from + day), visitOf('ten', from + day, null)];
    const course = courseOf({ attempt: 1, visits });
    expect(currentOccurrence(list, courseOf(), wallTime(from))).toBeNull();
    expect(occurrenceAt(list, course, from + day)).toMatchObject({ key: 'ten#2', from: from + day });
    expect(earlierOccurrences(list, course, wallTime(from + day), 7).map(({ key }) => key)).toEqual(['one#1']);
    const at = occurrenceAt(listOf({ every: 'stage', at: '09:00' }), course, from + day);
    expect(iso(at.due)).toBe('2025-11-05T09:00:00.000Z');
    expect(plusDays(localTime(from, 'UTC'), 2).day).toBe(5);
  });
});
