import * as z from 'zod';
import { arm, length, matcher, percentage } from './planTexts.ts';

const fieldName = z.string().min(1);
const fieldNames = z.union([fieldName, z.array(fieldName).min(1)]);
/** Under the names that the measures use: the columns of one arm. */
const armColumns = z.record(fieldName, fieldName);

/** Common to each kind: how its records are read and how far it is relied on. */
export const sourceCommon = {
  /** A record out of a line of text: a pattern in RE2 syntax whose named groups are its fields. */
  record: z
    .string()
    .regex(/^\/.+\/$/s, 'a pattern stands between slashes, for example `"/ (?P<status>[0-9]{3}) /"`')
    .optional(),
  /** Lines that are no records and that nobody misses. */
  skip: z.array(z.string().min(1)).min(1).optional(),
  /** The columns of a CSV file that has no header row. */
  columns: z.array(z.string()).min(1).optional(),
  /** Fields that hold a record in a text of theirs. */
  unwrap: fieldNames.optional(),
  /** Lists whose items are the records, `resourceSpans[].scopeSpans[].spans[]`. */
  each: fieldNames.optional(),
  time: z
    .strictObject({
      /** Without one, that of the format. Several are read as one text, a date and a time of day. */
      field: fieldNames.optional(),
      zone: z.string().optional(),
      pattern: z.string().min(1).optional(),
      /** The instant of a request that the time of its record is: its end, where nothing is said. */
      marks: z.enum(['start', 'end']).optional(),
    })
    .optional(),
  /** A record says the arm, another one with the same key how it went. */
  join: z
    .strictObject({
      key: fieldName,
      /** The records that say the arm; the others say how it went. */
      exposures: z.union([z.literal('all'), matcher]).optional(),
      /** How long an exposure tells the arm of its key. */
      within: length.optional(),
      /** An exposure that no outcome has followed within that time. */
      without_outcome: z.enum(['ignored', 'failed']).optional(),
    })
    .optional(),
  /** All its records are of this arm. */
  arm: arm.optional(),
  /** Each record has columns of both arms. */
  arm_columns: z.strictObject({ treatment: armColumns.optional(), control: armColumns.optional() }).optional(),
  /** Records that are an outcome each; others bring but their numbers. All, when nothing is said. */
  outcomes: matcher.optional(),
  /** A record was sampled and stands for so many. */
  weight: fieldName.optional(),
  /** The records of one request are one trial of a proof. */
  unit: fieldName.optional(),
  /** A record counts so many. */
  times: fieldName.optional(),
  /** Its counts only grow, by series: what counts is by how much. */
  cumulative: z.union([z.literal(false), z.strictObject({ series: fieldNames })]).optional(),
  ignore: matcher.optional(),
  fresh: length.optional(),
  /** The largest share of its records that may be rejected; more is an error of the source. */
  rejects: percentage.optional(),
  stage_event: z.strictObject({ match: matcher, percent: z.string().min(1) }).optional(),
};
