import { parseTimestamp } from '../measure/timestamp.ts';
import { zoneNamed } from '../measure/zone.ts';
import type { Checklist, Plan } from '../protocol/domain/plan.ts';
import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import { type WallTime, wallTime } from '../protocol/domain/units.ts';
import { instantOf, type LocalMinute, localTime, plusDays } from '../protocol/domain/zonedTime.ts';

/** One round of a checklist. Rounds that recur lie end to end: one is current until the next begins. */
export interface Occurrence {
  /** Names it within its checklist, for ever: `2025-11-03`, `once`, `attempt-2`, `ten#3`. */
  readonly key: string;
  /** `null`: the round has no beginning of its own. */
  readonly from: WallTime | null;
  /** The next one begins, or the stay in the stage ended; `null` while neither is known. */
  readonly until: WallTime | null;
  /** Due from then on; `null` while its time has not come, and when it has none. */
  readonly asked: WallTime | null;
  readonly due: WallTime | null;
  /** An open item is overdue from then on. */
  readonly overdueAt: WallTime | null;
  /** When the next round is due, where one is expected. */
  readonly nextDue?: WallTime;
}

/** The inputs of rounds beside the clock. */
export interface Course {
  /** The plan's time zone. */
  readonly zone: string;
  /** The plan's first day, where it names one. */
  readonly start: string | undefined;
  readonly attempt: number;
  readonly visits: readonly StageVisit[];
}

export function courseOf({ timezone, start }: Plan, { attempt, visits }: RolloutState): Course {
  return { zone: timezone, start, attempt, visits };
}

/** A list with a time of day is overdue an hour after it; without one, when its day is over. */
const grace = 3_600_000;
const day = 86_400_000;
const evening = 18 * 60;
const endOfDay = 24 * 60;

/** The round that a tick at `now` belongs to; `null` while the checklist has none. */
export function currentOccurrence(checklist: Checklist, course: Course, now: WallTime): Occurrence | null {
  switch (checklist.every) {
    case undefined:
      return onlyOccurrence(checklist, course);
    case 'stage':
      return stageOccurrences(checklist, course).at(-1) ?? null;
    case 'day':
    case 'evening':
    case 'weekday':
    case 'week': {
      const occurrence = dated(checklist, course, firstDay(checklist, course, localTime(now, course.zone)));
      if (checklist.stage === undefined) return occurrence;
      const visit = course.visits.at(-1);
      return visit?.stage === checklist.stage && visit.to === null ? occurrence : null;
    }
  }
}

/** Up to `most` past rounds, newest first, none from before the rollout began. */
export function earlierOccurrences(
  checklist: Checklist,
  course: Course,
  now: WallTime,
  most: number,
): readonly Occurrence[] {
  const { every } = checklist;
  if (every === undefined) return [];
  if (every === 'stage') return stageOccurrences(checklist, course).slice(0, -1).toReversed().slice(0, most);
  const began = course.visits[0]?.from;
  if (began === undefined) return [];
  const found: Occurrence[] = [];
  let first = firstDay(checklist, course, localTime(now, course.zone));
  // A list of one stage skips the days of the others.
  for (let looked = 0; looked < 400 && found.length < most; looked += 1) {
    first = firstDay(checklist, course, plusDays(first, -1));
    const occurrence = dated(checklist, course, first);
    if ((occurrence.until ?? 0) <= began) break;
    if (concerns(checklist, course, occurrence)) found.push(occurrence);
  }
  return found;
}

function concerns({ stage }: Checklist, { visits }: Course, { from, until }: Occurrence): boolean {
  if (stage === undefined) return true;
  return visits.some(
    (visit) =>
      visit.stage === stage &&
      (until === null || visit.from < until) &&
      (visit.to === null || from === null || visit.to > from),
  );
}

/** The first day of the round that a day belongs to. */
function firstDay({ every }: Checklist, { start }: Course, local: LocalMinute): LocalMinute {
  const midnight = { ...local, minute: 0 };
  const { weekday } = plusDays(midnight, 0);
  if (every === 'weekday') return plusDays(midnight, weekday === 0 ? -2 : weekday === 6 ? -1 : 0);
  if (every !== 'week') return midnight;
  // The weeks of a plan are counted from its first day; without one they begin on Monday.
  const anchor = start === undefined ? undefined : writtenDay(start);
  const past = anchor === undefined ? weekday + 6 : daysBetween(anchor, midnight);
  return plusDays(midnight, -(((past % 7) + 7) % 7));
}

function dated(checklist: Checklist, { zone }: Course, first: LocalMinute): Occurrence {
  const { every } = checklist;
  const last = every === 'week' ? plusDays(first, 6) : first;
  const next = every === 'week' ? plusDays(first, 7) : plusDays(first, every === 'weekday' ? daysToNext(first) : 1);
  const from = dayStart(first, zone);
  const minute = minuteOf(checklist.at) ?? (every === 'evening' ? evening : endOfDay);
  const dueOn = (lastDay: LocalMinute) =>
    minute === endOfDay ? dayStart(plusDays(lastDay, 1), zone) : atMinute(lastDay, minute, zone);
  const due = dueOn(last);
  return {
    key: dayText(first),
    from,
    until: dayStart(next, zone),
    asked: minute === endOfDay ? from : due,
    due,
    overdueAt: minute === endOfDay ? due : wallTime(due + grace),
    nextDue: dueOn(every === 'week' ? plusDays(next, 6) : next),
  };
}

/** From Friday to Monday, else to the next day. */
function daysToNext(first: LocalMinute): number {
  return plusDays(first, 0).weekday === 5 ? 3 : 1;
}

function onlyOccurrence(checklist: Checklist, course: Course): Occurrence {
  const { zone, start, attempt, visits } = course;
  const dates = dueOf(checklist, zone);
  if (checklist.stage === undefined) {
    const first = start === undefined ? undefined : writtenDay(start);
    const from = first === undefined ? null : dayStart(first, zone);
    return { key: 'once', from, until: null, ...dates };
  }
  const visit = visits.findLast((each) => each.attempt === attempt && each.stage === checklist.stage);
  const from = visit === undefined ? null : wallTime(visit.from);
  const until = visit?.to == null ? null : wallTime(visit.to);
  const asked = from === null || dates.due !== null ? dates.asked : from;
  return { key: `attempt-${Math.max(1, attempt)}`, from, until, ...dates, asked };
}

/** One for each stay, in all attempts: the items of every change of stage. */
function stageOccurrences({ stage, at }: Checklist, { zone, visits }: Course): readonly Occurrence[] {
  return visits.flatMap((visit, index) => {
    if (stage !== undefined && visit.stage !== stage) return [];
    const from = wallTime(visit.from);
    const minute = minuteOf(at);
    const due = minute === undefined ? from : nextAt(from, minute, zone);
    return [
      {
        key: `${visit.stage}#${index + 1}`,
        from,
        until: visit.to === null ? null : wallTime(visit.to),
        asked: from,
        due,
        overdueAt: wallTime(due + (minute === undefined ? day : grace)),
      },
    ];
  });
}

function dueOf({ due, at }: Checklist, zone: string): Pick<Occurrence, 'asked' | 'due' | 'overdueAt'> {
  const first = due === undefined ? undefined : writtenDay(due);
  if (due === undefined || first === undefined) return { asked: null, due: null, overdueAt: null };
  const asked = dayStart(first, zone);
  const written = due.trim().length > 10 ? parseTimestamp(due, zoneNamed(zone)) : undefined;
  const minute = minuteOf(at);
  if (written === undefined && minute === undefined) {
    const over = dayStart(plusDays(first, 1), zone);
    return { asked, due: over, overdueAt: over };
  }
  const instant = written === undefined ? atMinute(first, minute ?? 0, zone) : wallTime(written);
  return { asked: wallTime(Math.min(asked, instant)), due: instant, overdueAt: wallTime(instant + grace) };
}

/** The first instant of a local day, also where clocks leap over midnight. */
function dayStart(local: LocalMinute, zone: string): WallTime {
  return atMinute(local, 0, zone);
}

/** A minute that exists twice is its first; a skipped minute is the one after the leap. */
function atMinute(local: LocalMinute, minute: number, zone: string): WallTime {
  const wanted = { ...local, minute };
  const earlier = instantOf(wanted, zone, 'earlier');
  const found = localTime(earlier, zone);
  const exact = found.day === local.day && found.month === local.month && found.minute === minute;
  return wallTime(exact ? earlier : instantOf(wanted, zone, 'later'));
}

function nextAt(from: WallTime, minute: number, zone: string): WallTime {
  const today = localTime(from, zone);
  const at = atMinute(today, minute, zone);
  return at >= from ? at : atMinute(plusDays(today, 1), minute, zone);
}

function minuteOf(at: string | undefined): number | undefined {
  const [hours, minutes] = at?.split(':') ?? [];
  return minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** The day that a date or an instant of the plan is written with. */
function writtenDay(text: string): LocalMinute | undefined {
  const [, year, month, dayOfMonth] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text.trim()) ?? [];
  if (dayOfMonth === undefined) return undefined;
  return { year: Number(year), month: Number(month), day: Number(dayOfMonth), minute: 0 };
}

function daysBetween(from: LocalMinute, to: LocalMinute): number {
  const count = ({ year, month, day: dayOfMonth }: LocalMinute) => Date.UTC(year, month - 1, dayOfMonth);
  return Math.round((count(to) - count(from)) / day);
}

function dayText({ year, month, day: dayOfMonth }: LocalMinute): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}
