import { localTime } from '../../daemon/protocol/domain/zonedTime.ts';

/** `2025-11-08 10:53` in the zone. */
export function momentText(at: number, zone: string): string {
  const { year, month, day, minute } = localTime(at, zone);
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** `10:53`, or `8 Nov` at midnight: what a time axis says; `10:53:20` where its lines are less than a minute apart. */
export function tickTexts(splits: readonly number[], zone: string): string[] {
  const [first = 0, second = Number.POSITIVE_INFINITY] = splits;
  const isFine = second - first < 60_000;
  return splits.map((split) => {
    const { month, day, minute } = localTime(split, zone);
    const seconds = Math.floor((split % 60_000) / 1000);
    if (minute === 0 && seconds === 0) return `${day} ${months[month - 1] ?? ''}`;
    const time = `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    return isFine ? `${time}:${two(seconds)}` : time;
  });
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(value: number): string {
  return String(value).padStart(2, '0');
}
