import type { Observation } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { eventTime } from '../protocol/domain/units.ts';
import type { Random } from './random.ts';
import type { TrafficShape } from './trafficShape.ts';

const minute = 60_000;
const hour = 3_600_000;
/** Records that come together are within so many milliseconds. */
const together = 2000;

/** How one minute of traffic is to be. */
export interface MinuteOfTraffic {
  /** Milliseconds. */
  readonly from: number;
  /** Of the treatment in all records, in 0..1. */
  readonly share: number;
  readonly success: Readonly<Record<Arm, number>>;
  /** Bits of all shares. */
  readonly good: number;
  readonly valueFields: number;
}

/** The records of one minute, in the order of their time. `line`: numbers them. */
export function simulatedMinute(
  shape: TrafficShape,
  { from, share, success, good, valueFields }: MinuteOfTraffic,
  random: Random,
  line: () => number,
): readonly Observation[] {
  const { perMinute, hours, burst, numbers } = shape;
  const mean = perMinute * (hours[Math.floor(from / hour) % 24] ?? 1);
  const observations: Observation[] = [];
  for (const arm of ['treatment', 'control'] as const) {
    const own = mean * (arm === 'treatment' ? share : 1 - share);
    for (let batch = poisson(own / burst, random); batch > 0; batch -= 1) {
      const at = from + random.uniform() * minute;
      const isGood = random.uniform() < success[arm];
      for (let left = random.geometric(burst); left > 0; left -= 1) {
        observations.push({
          reading: {
            kind: 'outcome',
            at: eventTime(Math.min(from + minute - 1, Math.floor(at + random.uniform() * (burst > 1 ? together : 0)))),
            arm,
            shares: isGood ? good : 0,
            fields: numbers.map((kept) => kept[Math.floor(random.uniform() * kept.length)] ?? Number.NaN),
            values: new Array<null>(valueFields).fill(null),
          },
          place: { stream: 'simulated', line: line() },
        });
      }
    }
  }
  return observations.sort((one, other) => one.reading.at - other.reading.at);
}

/** In parts: one draw by inversion is for means of some hundred at most. */
function poisson(mean: number, random: Random): number {
  let count = 0;
  let left = mean;
  for (; left > 200; left -= 200) count += random.poisson(200);
  return count + random.poisson(left);
}
