import { type Duration, duration } from './units.ts';

const unitLengths: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Ten years: longer is a slip, and sums of durations stay exact. */
const longest = 3653 * 86_400_000;

/**
 * `90s`, `5m`, `48h`, `2d`, `1h30m` → milliseconds, rounded to whole ones; units from the largest down, each once.
 * `undefined` for anything else, and for more than ten years.
 */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 60 || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/.test(text)) return undefined;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, count, name] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    const length = unitLengths[name ?? ''] ?? 0;
    if (length >= previous) return undefined;
    previous = length;
    total += Number(count) * length;
  }
  return total > longest ? undefined : duration(Math.round(total));
}

/** For people: the two largest units, `1 d 4 h`, `48 s`, `250 ms`. Negative lengths are shown as zero. */
export function formatDuration(length: number): string {
  const whole = Math.max(0, Math.round(length));
  if (whole < 1000) return `${whole} ms`;
  const parts: string[] = [];
  let rest = Math.floor(whole / 1000) * 1000;
  for (const name of ['d', 'h', 'm', 's']) {
    const size = unitLengths[name] ?? 1;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}
