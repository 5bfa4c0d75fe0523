import { english, type Translate } from './factWords.ts';

/** `a; b; c; and 9 more`: the first of them, and the number of the others. `separator` stands between two. */
export function boundedList(names: readonly string[], most: number, separator = ', ', t: Translate = english): string {
  // "and 1 more" is no shorter than the one.
  if (names.length <= most + 1) return names.join(separator);
  return [...names.slice(0, most), t('and {0} more', names.length - most)].join(separator);
}

/** `p99, p95 and p50`. */
export function listText(names: readonly string[], t: Translate): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : t('{0} and {1}', names.slice(0, -1).join(', '), last);
}
