import * as z from 'zod';
import type { Batch, SourceGap } from '../protocol/domain/observation.ts';

/** The counts of each source since the rollout's data began, whether or not they took part in a figure. */
export interface SourceCounters {
  readonly records: number;
  readonly ignored: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** The newest gaps; `gapCount` counts all. */
  readonly gaps: readonly SourceGap[];
  readonly gapCount: number;
}

const gapsKept = 20;
const none: SourceCounters = { records: 0, ignored: 0, rejected: {}, gaps: [], gapCount: 0 };

const stored = z.array(
  z.object({
    records: z.number(),
    ignored: z.number(),
    rejected: z.record(z.string(), z.number()),
    gaps: z.array(z.custom<SourceGap>()),
    gapCount: z.number(),
  }),
);

export function restoreCounters(text: string | null, sources: number): SourceCounters[] {
  const known = text === null ? [] : stored.parse(JSON.parse(text));
  return Array.from({ length: sources }, (_, index) => known[index] ?? none);
}

export function countBatch(counters: SourceCounters, batch: Batch): SourceCounters {
  const rejected: Record<string, number> = { ...counters.rejected };
  for (const [reason, count] of Object.entries(batch.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
  return {
    records: counters.records + batch.observations.length,
    ignored: counters.ignored + batch.ignored,
    rejected,
    gaps: [...counters.gaps, ...batch.gaps].slice(-gapsKept),
    gapCount: counters.gapCount + batch.gaps.length,
  };
}
