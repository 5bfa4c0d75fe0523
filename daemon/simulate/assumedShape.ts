import { numberKey } from '../measure/numberField.ts';
import { thresholdValue } from '../protocol/domain/condition.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { Random } from './random.ts';
import type { TrafficShape } from './trafficShape.ts';

const drawn = 2000;
/** A healthy latency is so much of the tightest limit that the plan sets. */
const healthyPart = 0.8;

/** Traffic where nothing is recorded: even, without bursts, and with latencies below the plan's limits. */
export function assumedShape(
  plan: Plan,
  { fields }: Pick<Instrument, 'fields'>,
): Omit<TrafficShape, 'perMinute' | 'success'> {
  return { hours: new Array<number>(24).fill(1), burst: 1, numbers: fields.map((field) => latencies(plan, field)) };
}

function latencies(plan: Plan, field: string): readonly number[] {
  const conditions = [...plan.stages.flatMap(({ gate }) => gate), ...plan.triggers.map(({ when }) => when)];
  const limits = conditions.flatMap(({ measure: name, against, threshold }) => {
    const measure = plan.measures[name];
    const isOf = measure !== undefined && 'quantile' in measure && numberKey(measure) === field;
    return isOf && against === 'figure' ? [{ limit: thresholdValue(threshold), quantile: measure.quantile }] : [];
  });
  const tightest = limits.toSorted((one, other) => one.limit - other.limit)[0] ?? { limit: 100, quantile: 0.95 };
  const random = new Random(7);
  const numbers = Array.from({ length: drawn }, () => Math.exp(0.4 * normal(random)));
  const at = numbers.toSorted((one, other) => one - other)[Math.floor(drawn * tightest.quantile)] ?? 1;
  return numbers.map((number) => (number * healthyPart * tightest.limit) / at);
}

/** Box and Muller 1958. */
function normal(random: Random): number {
  return Math.sqrt(random.exponential(2)) * Math.cos(2 * Math.PI * random.uniform());
}
