import type { Arm, Plan } from '../domain/plan.ts';

/** The name of the counted things, for a number of them: `1 upload`, `7 uploads`. */
export type CountedThing = (count: number) => string;

/**
 * The plan's own word for the records of an arm: the name of the measure that counts them, `uploads: { count: treatment }`,
 * and `records` where no measure does.
 */
export function countedThing({ measures }: Pick<Plan, 'measures'>, arm: Arm): CountedThing {
  const counting = Object.entries(measures).filter(([, measure]) => 'count' in measure);
  const named =
    counting.find(([, measure]) => 'count' in measure && measure.count === arm) ??
    counting.find(([, measure]) => 'count' in measure && measure.count === 'any');
  return thing(named?.[0].replaceAll('_', ' ') ?? 'records');
}

/** A gauge is read, not counted. */
export const gaugeReadings: CountedThing = thing('readings');

function thing(plural: string): CountedThing {
  const singular = /[^s]s$/.test(plural) ? plural.slice(0, -1) : plural;
  return (count) => (count === 1 ? singular : plural);
}
