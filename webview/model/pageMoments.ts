import { localTime } from '../../daemon/protocol/domain/zonedTime.ts';

/** `2025-11-08 10:53` in the zone. */
export function momentText(at: number, zone: string): string {
  const { year, month, day, minute } = localTime(at, zone);
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** `10:53`, or `8 Nov` at midnight: what a time axis says. */
export function tickText(at: number, zone: string): string {
  const { month, day, minute } = localTime(at, zone);
  if (minute === 0) return `${day} ${months[month - 1] ?? ''}`;
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(value: number): string {
  return String(value).padStart(2, '0');
}
