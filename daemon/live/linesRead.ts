import type { SourceCounters } from '../rollout/counters.ts';

/** All lines that were read, counted or not. */
export function linesOf(counters: readonly (SourceCounters | undefined)[]): number {
  const read = counters.reduce((sum, of) => (of === undefined ? sum : sum + of.records + of.ignored), 0);
  return read + rejectedOf(counters);
}

/** The lines of them that nothing could be made of. */
export function rejectedOf(counters: readonly (SourceCounters | undefined)[]): number {
  return counters.reduce((sum, of) => Object.values(of?.rejected ?? {}).reduce((all, count) => all + count, sum), 0);
}
