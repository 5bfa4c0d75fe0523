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
