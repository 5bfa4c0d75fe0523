import * as z from 'zod';

/** The method `report`: the results of a rollout, as a text to keep, with the evidence for it. */

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date is `2025-11-03`');

/** `day` and `week` are of the plan's time zone; the week is the ISO week, Monday to Sunday, that holds the date. */
const reportPeriod = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('whole') }),
  z.strictObject({ kind: z.literal('day'), date }),
  z.strictObject({ kind: z.literal('week'), date }),
]);
export type ReportPeriod = z.output<typeof reportPeriod>;

const reportFormat = z.enum(['markdown', 'html']);
export type ReportFormat = z.output<typeof reportFormat>;

export const reportParams = z.strictObject({
  rollout: z.string().min(1).max(200),
  format: reportFormat,
  period: reportPeriod,
});

export type ReportParams = z.output<typeof reportParams>;

export const reportResult = z.object({
  text: z.string(),
  format: reportFormat,
  /** A file name without folder or ending: `async-upload-report-2025-11-03`. */
  name: z.string(),
  /** The instant of all its facts; `null` while the journal has no entry of the rollout. */
  asOf: z.number().nullable(),
  /** The journal's entry that the report rests on: the rollout's last one by then. */
  head: z.object({ seq: z.number().int(), hash: z.string() }).nullable(),
});
export type ReportResult = z.output<typeof reportResult>;
