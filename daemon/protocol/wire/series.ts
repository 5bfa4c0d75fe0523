import * as z from 'zod';
import type { EventTime } from '../domain/units.ts';

/**
 * The method `series`: a rollout's figures over time, in equal buckets, for charts. Counts and quantiles only; the
 * client that draws them derives shares (success, error, exposure).
 */

const mostSeriesPoints = 2000;

const instant = z.custom<EventTime>((value) => typeof value === 'number' && Number.isFinite(value));

export const seriesParams = z.strictObject({
  rollout: z.string().min(1).max(200),
  /** `null`: from the first record on. */
  from: instant.nullable(),
  /** Exclusive. `null`: up to and with the newest record. */
  to: instant.nullable(),
  /** The most buckets; the daemon chooses the step, a whole number of minutes. */
  points: z.number().int().min(1).max(mostSeriesPoints),
});
export type SeriesParams = z.output<typeof seriesParams>;

const counts = z.array(z.number().min(0));

/** One entry per bucket of `times`. */
const armSeries = z.object({
  n: counts,
  /** Good by the measure that `measures.success` names; equal to `n` where the plan has none. */
  good: counts,
  /** One for each of `shownQuantiles`, in `latencyUnit`; `null` for a bucket without a record of the arm. */
  quantiles: z.array(z.object({ at: z.number(), values: z.array(z.number().nullable()) })),
});
export type ArmSeries = z.output<typeof armSeries>;

export const seriesResult = z.object({
  /** Length of a bucket in milliseconds, a whole number of minutes. */
  step: z.number().positive(),
  /** Where each bucket starts, ascending, all a multiple of `step` apart; buckets without any record may be left out. */
  times: z.array(z.number()),
  arms: z.object({ treatment: armSeries, control: armSeries }),
  /**
   * The plan's own names of the figures, so that its conditions find their chart; `null` where the plan has no such
   * measure. `success`: the first share of treatment; `error`: its complement; `uploads`: the count of treatment;
   * `quantiles`: the measures that are those quantiles of the first quantile measure's field.
   */
  measures: z.object({
    success: z.string().nullable(),
    error: z.string().nullable(),
    uploads: z.string().nullable(),
    quantiles: z.array(z.object({ at: z.number(), measure: z.string().nullable() })),
  }),
  /** The unit of the quantiles; empty when the plan names none. */
  latencyUnit: z.string(),
});
export type SeriesResult = z.output<typeof seriesResult>;
