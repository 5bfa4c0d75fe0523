import type { Translate } from './factWords.ts';

/** `p99, p95 and p50`. */
export function listText(names: readonly string[], t: Translate): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : t('{0} and {1}', names.slice(0, -1).join(', '), last);
}
