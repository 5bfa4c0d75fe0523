import type { ExposedTime } from '../judge/nearMiss.ts';
import type { ReviewPeriod } from '../protocol/domain/dailyReview.ts';
import type { JournalEntry, JournalNote } from '../protocol/domain/journalEntry.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import { instantOf, type LocalMinute, localTime, plusDays } from '../protocol/domain/zonedTime.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
/** When people leave and come back, by the plan's own clock. */
const nightFrom = 18 * 60;
const nightTo = 9 * 60;

export type Reviewed = Extract<JournalNote, { kind: 'reviewed' }>;

export interface Span {
  readonly from: EventTime;
  readonly to: EventTime;
}

/** The newest review, when there was one. */
export function lastReview(
  entries: readonly JournalEntry[],
): { readonly body: Reviewed; readonly at: WallTime } | null {
  const entry = entries.findLast(({ body }) => body.kind === 'reviewed');
  return entry?.body.kind === 'reviewed' ? { body: entry.body, at: entry.at } : null;
}

/**
 * Since the requested instant, else since the last review, else a day, whatever of it was before the attempt. The period
 * begins with a whole minute: for times older than an hour, counts are known by the minute.
 */
export function reviewPeriod(entries: readonly JournalEntry[], asked: WallTime | null, now: WallTime): ReviewPeriod {
  const last = lastReview(entries);
  const known = { to: now, lastReview: last === null ? null : { by: last.body.by, at: last.at } };
  const from = (at: number) => wallTime(Math.floor(Math.min(at, now) / minute) * minute);
  const period: ReviewPeriod =
    last === null
      ? { ...known, from: from(now - day), since: 'day' }
      : { ...known, from: from(last.body.to), since: 'last-review' };
  return asked === null || from(asked) === period.from ? period : { ...known, from: from(asked), since: 'asked' };
}

/** The period of equal length just before. */
export function spanBefore({ from, to }: { readonly from: number; readonly to: number }): Span {
  const length = Math.ceil((to - from) / minute) * minute;
  return { from: eventTime(from - length), to: eventTime(from) };
}

/**
 * The night before the present day, from 18:00 to 09:00 by the zone's clocks, through any change of them; it ends now
 * where the morning has not come yet. `ago`: this many nights earlier, and no longer than the newest one is so far.
 */
export function night(now: WallTime, zone: string, ago = 0): Span {
  const today = localTime(now, zone);
  const morning = at(plusDays(today, -ago), nightTo, zone);
  const here = at(plusDays(today, -ago), today.minute, zone);
  const to = today.minute >= nightTo ? morning : ago === 0 ? now : here;
  return { from: eventTime(at(plusDays(today, -ago - 1), nightFrom, zone)), to: eventTime(Math.min(to, now)) };
}

/**
 * When anyone was exposed within a time, attempt by attempt: the times in which triggers are judged.
 * @param stages of a trigger that is judged in these alone: the stays in a row in them.
 */
export function exposedTimes(
  visits: readonly StageVisit[],
  { from, to }: Span,
  stages?: readonly string[],
): readonly ExposedTime[] {
  const attempts = [...new Set(visits.map(({ attempt }) => attempt))];
  return attempts
    .flatMap((attempt) =>
      runsOf(
        visits.filter((visit) => visit.attempt === attempt),
        stages,
      ),
    )
    .flatMap((stays) => {
      const since = stays.find(({ percent }) => percent > 0)?.from;
      if (since === undefined) return [];
      const time = { since, from: later(since, from), to: earlier(stays.at(-1)?.to ?? to, to) };
      return time.from < time.to ? [time] : [];
    });
}

function runsOf(
  stays: readonly StageVisit[],
  stages: readonly string[] | undefined,
): readonly (readonly StageVisit[])[] {
  if (stages === undefined) return [stays];
  const runs: StageVisit[][] = [[]];
  for (const stay of stays) {
    if (stages.includes(stay.stage)) runs.at(-1)?.push(stay);
    else runs.push([]);
  }
  return runs;
}

/** The stays in stages that a time overlaps, cut to it. */
export function staysIn(
  visits: readonly StageVisit[],
  { from, to }: Span,
): readonly { readonly visit: StageVisit; readonly from: EventTime; readonly to: EventTime }[] {
  return visits.flatMap((visit) => {
    const cut = { visit, from: later(visit.from, from), to: earlier(visit.to ?? to, to) };
    return cut.from < cut.to ? [cut] : [];
  });
}

function at(local: LocalMinute, minuteOfDay: number, zone: string): number {
  return instantOf({ ...local, minute: minuteOfDay }, zone, 'later');
}

function later(one: EventTime, other: EventTime): EventTime {
  return one > other ? one : other;
}

function earlier(one: EventTime, other: EventTime): EventTime {
  return one < other ? one : other;
}
