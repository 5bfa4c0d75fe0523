import { instantOf, type LocalMinute, localTime, plusDays } from '../protocol/domain/zonedTime.ts';

/** Instants as a report writes them: whole dates, in the plan's time zone, never relative to whoever reads it. */

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** `2025-11-03 14:03`; in the hour that clocks go back over, with its offset from UTC. */
export function momentText(at: number, zone: string): string {
  const local = localTime(at, zone);
  return `${dateText(local)} ${timeText(local)}${offsetText(at, local, zone)}`;
}

/** `2025-11-03 14:03:27`. */
export function exactText(at: number, zone: string): string {
  const local = localTime(at, zone);
  return `${dateText(local)} ${timeText(local)}:${two(secondOf(at))}${offsetText(at, local, zone)}`;
}

/** `14:03` on a chart's axis that spans less than two days, else `11-03`. */
export function tickText(at: number, zone: string, unit: 'time' | 'day'): string {
  const local = localTime(at, zone);
  return unit === 'time' ? timeText(local) : `${two(local.month)}-${two(local.day)}`;
}

/** `Mon 2025-11-03`. */
export function weekdayText(local: LocalMinute): string {
  return `${weekdays[plusDays(local, 0).weekday] ?? ''} ${dateText(local)}`;
}

function dateText({ year, month, day }: LocalMinute): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

function timeText({ minute }: LocalMinute): string {
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function secondOf(at: number): number {
  return ((Math.floor(at / 1000) % 60) + 60) % 60;
}

/** Empty where the local minute exists once. */
function offsetText(at: number, local: LocalMinute, zone: string): string {
  if (instantOf(local, zone, 'earlier') === instantOf(local, zone, 'later')) return '';
  const asUtc = Date.UTC(local.year, local.month - 1, local.day) + local.minute * 60_000;
  const minutes = Math.round((asUtc - Math.floor(at / 60_000) * 60_000) / 60_000);
  const size = Math.abs(minutes);
  return ` ${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
