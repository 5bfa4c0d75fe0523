import * as z from 'zod';
import { parseDuration } from './duration.ts';
import { type Duration, duration } from './units.ts';

/** Parts of a plan that several of its shapes share. */

export const length = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    'a duration is a number and a unit, for example `5m`, `48h` or `1h30m`',
  )
  .transform((text): Duration => parseDuration(text) ?? duration(0));

export const arm = z.enum(['treatment', 'control']);

export const percentage = z
  .string()
  .regex(/^(?:100|\d{1,2}(?:\.\d+)?) ?%$/, 'a share is a percentage, for example `1%`')
  .transform((text): number => Number.parseFloat(text) / 100);

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** A value, or a form of several (`valueTest.ts`): `< 500`, `200..399`, `!= 500`, `2xx`, `/pattern/`, `any`, `none`. */
export const matcherValue = z.union([scalar, z.strictObject({ is: scalar })]);
/** Field → value, or list of values. Every field must match, and one value of its list. */
export const matcher = z.record(z.string().min(1), z.union([matcherValue, z.array(matcherValue).min(1)]));

/** The words of a key of the plan in the editor. */
export interface KeyDescription {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

/** The longest id that a request may name. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,199}$/,
    'a name is letters, digits, `_` and `-`, starts with a letter, and has at most 200 characters',
  );
