import { type WallTime, wallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { instantOf, type LocalMinute, localTime, plusDays } from '../protocol/domain/zonedTime.ts';
import type { ReportPeriod } from '../protocol/wire/reportRequest.ts';
import { weekdayText } from './moment.ts';

/**
 * The ends of a period in the plan's time zone, `to` exclusive; a day is as long as its clocks make it.
 * @throws UserError `usage` for a date that the calendar does not have.
 */
export function spanOf(period: ReportPeriod, zone: string): { readonly from: WallTime; readonly to: WallTime } | null {
  if (period.kind === 'whole') return null;
  const first = firstDay(period);
  const last = plusDays(first, period.kind === 'week' ? 7 : 1);
  return { from: dayStart(first, zone), to: dayStart(last, zone) };
}

/** `Report`, `Daily report, Mon 2025-11-03`, `Weekly report, 2025-W45 (Mon 2025-11-03 to Sun 2025-11-09)`. */
export function periodText(period: ReportPeriod): string {
  switch (period.kind) {
    case 'whole':
      return 'Report';
    case 'day':
      return `Daily report, ${weekdayText(firstDay(period))}`;
    case 'week': {
      const first = firstDay(period);
      return `Weekly report, ${weekName(first)} (${weekdayText(first)} to ${weekdayText(plusDays(first, 6))})`;
    }
  }
}

/** `report`, `report-2025-11-03`, `report-2025-W45`. */
export function periodName(period: ReportPeriod): string {
  switch (period.kind) {
    case 'whole':
      return 'report';
    case 'day':
      return `report-${period.date}`;
    case 'week':
      return `report-${weekName(firstDay(period))}`;
  }
}

function firstDay(period: Extract<ReportPeriod, { kind: 'day' | 'week' }>): LocalMinute {
  const [year = 0, month = 0, day = 0] = period.date.split('-').map(Number);
  const written = { year, month, day, minute: 0 };
  const real = plusDays(written, 0);
  if (real.month !== month || real.day !== day || year < 1970) {
    throw new UserError('usage', `${period.date} is not a day of the calendar: write it as 2025-11-03`);
  }
  return period.kind === 'day' ? written : plusDays(written, -((real.weekday + 6) % 7));
}

/** The number of the ISO week that begins on this Monday: the year is that of its Thursday. */
function weekName(monday: LocalMinute): string {
  const thursday = plusDays(monday, 3);
  const days = (Date.UTC(thursday.year, thursday.month - 1, thursday.day) - Date.UTC(thursday.year, 0, 1)) / 86_400_000;
  return `${thursday.year}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
}

/** The first instant of a local day, also where clocks leap over midnight. */
function dayStart(local: LocalMinute, zone: string): WallTime {
  const midnight = { ...local, minute: 0 };
  const earlier = instantOf(midnight, zone, 'earlier');
  const found = localTime(earlier, zone);
  const exact = found.day === local.day && found.minute === 0;
  return wallTime(exact ? earlier : instantOf(midnight, zone, 'later'));
}
