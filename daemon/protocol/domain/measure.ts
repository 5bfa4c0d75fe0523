import * as z from 'zod';
import { arm, matcher, name } from './planTexts.ts';

/** The measures of a plan: what is counted, and of whom. A kind of measure is one of the schemas of `measure`. */

export const measureName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a measure name is letters, digits and `_`, and starts with a letter');

/** A share of anything is always 100 %. */
const goodness = matcher.refine(
  (fields) => Object.keys(fields).length > 0,
  'a share says which records are good, for example `{ success: true }`',
);
const shareMeasure = z.strictObject({ share: goodness, of: arm.default('treatment') });
const shareNotMeasure = z.strictObject({ share_not: measureName });
const countMeasure = z.strictObject({ count: z.enum(['treatment', 'control', 'any']) });
const quantileMeasure = z.strictObject({
  quantile: z.number().gt(0).lt(1),
  /** A field, or the difference of two: `end_time - start_time`. */
  field: z.string().min(1),
  of: arm.default('treatment'),
  unit: z.string().optional(),
  /** The unit of the field's numbers, where it is another. */
  field_unit: z.string().optional(),
  /** Only of these records. */
  where: matcher.optional(),
  /** The field counts those up to the bound that this one says (`le`), or both are lists. */
  histogram: z.string().min(1).optional(),
});
const gaugeMeasure = z.strictObject({
  /** A record's field, or `rss` together with `process`. */
  gauge: z.string().min(1),
  /** Only the records of one arm; by default all records. */
  of: arm.optional(),
  where: matcher.optional(),
  field_unit: z.string().optional(),
  process: z.strictObject({ pid_file: z.string().min(1) }).optional(),
  take: z.enum(['max', 'mean', 'last']).default('max'),
  unit: z.string().optional(),
});
const linesMeasure = z.strictObject({
  /** Literals, matched as whole words; or `/…/`, a pattern in RE2 syntax. */
  lines: z.array(z.string().min(1)).min(1),
  source: z.string().optional(),
});
const signalMeasure = z.strictObject({ signal: name });
export const measure = z.union([
  shareMeasure,
  shareNotMeasure,
  countMeasure,
  quantileMeasure,
  gaugeMeasure,
  linesMeasure,
  signalMeasure,
]);
export type Measure = z.output<typeof measure>;
