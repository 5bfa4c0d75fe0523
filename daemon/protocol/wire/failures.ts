import * as z from 'zod';
import type { FieldContent } from '../domain/explanation.ts';
import { type Place, placeSchema } from '../domain/place.ts';
import { type EventTime, eventTime } from '../domain/units.ts';

/**
 * The method `failures`: the records that a firing or an unmet condition rests on, field by field, and passing ones to
 * compare them with. Secrets are masked by the daemon. Texts are of logs: to be escaped.
 */

export const failuresParams = z.strictObject({
  rollout: z.string().min(1).max(200),
  about: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('trigger'),
      trigger: z.string().min(1).max(200),
      firedAt: z.number().transform(eventTime),
    }),
    z.strictObject({
      kind: z.literal('gate'),
      stage: z.string().min(1).max(200),
      condition: z.string().min(1).max(400),
    }),
  ]),
});

/** A field of a record as it is written; texts may have several lines. */
export interface RecordField {
  /** Its path as a plan names it, `error.type`. */
  readonly path: string;
  readonly text: string;
  /** `fails`: the rule counts the record by it; `telling`: it is what explains the failures. */
  readonly mark: 'fails' | 'telling' | null;
}

export interface ShownRecord {
  /** `null` for a record that was found by its time alone. */
  readonly place: Place | null;
  readonly at: EventTime | null;
  readonly fields: readonly RecordField[];
}

/** Failing records that have one thing in common. */
export interface FailureGroup {
  /** `null`: none of what explains the failures. */
  readonly of: { readonly field: string; readonly content: FieldContent; readonly isNew: boolean } | null;
  /** Newest first. */
  readonly records: readonly ShownRecord[];
}

export interface FailuresResult {
  /** The largest first; the one without a name last. */
  readonly groups: readonly FailureGroup[];
  /** Records of the same arm and time that do not fail, newest first. */
  readonly passed: readonly ShownRecord[];
  /** Places of records that could not be read again. */
  readonly gone: readonly Place[];
}

const content = z.custom<FieldContent>((value) => typeof value === 'object' && value !== null && 'kind' in value);
const shownRecord = z.object({
  place: placeSchema.nullable(),
  at: z.number().transform(eventTime).nullable(),
  fields: z.array(z.object({ path: z.string(), text: z.string(), mark: z.enum(['fails', 'telling']).nullable() })),
});

export const failuresResult: z.ZodType<FailuresResult> = z.object({
  groups: z.array(
    z.object({
      of: z.object({ field: z.string(), content, isNew: z.boolean() }).nullable(),
      records: z.array(shownRecord),
    }),
  ),
  passed: z.array(shownRecord),
  gone: z.array(placeSchema),
});
