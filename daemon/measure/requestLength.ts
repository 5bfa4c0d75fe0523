import type { Plan } from '../protocol/domain/plan.ts';
import { numericFields } from './instrument.ts';

const unitLengths: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  seconds: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
};
/** A field of another name may be a time, but not a request's: the age of a token, a time to live. */
const lengthName = /duration|latency|elapsed|took|response_?time|time_?taken|run_?time/i;

/** @param start where the record's numbers begin. */
export type RequestLength = (fields: ArrayLike<number>, start?: number) => number | null;

/**
 * The duration of a record's request, in milliseconds, by its numeric fields in the instrument's order; `null` where no
 * field tells. Known are the fields of quantiles that are called a duration and are in a unit of time, which may be the
 * end of the field's name; of several the longest.
 */
export function requestLength(plan: Plan): RequestLength {
  const names = numericFields(plan);
  const known = Object.values(plan.measures).flatMap((measure) => {
    if (!('quantile' in measure) || !lengthName.test(measure.field)) return [];
    const unit = unitLengths[measure.unit ?? /_([a-z]+)$/.exec(measure.field)?.[1] ?? ''];
    return unit === undefined ? [] : [{ index: names.indexOf(measure.field), unit }];
  });
  return (fields, start = 0) => {
    let longest: number | null = null;
    for (const { index, unit } of known) {
      const length = (fields[start + index] ?? Number.NaN) * unit;
      if (length >= 0 && length > (longest ?? -1)) longest = length;
    }
    return longest;
  };
}
