import { Random } from './random.ts';

/** Traffic of one simulated rollout, slot by slot. */

export const kinds = ['healthy', 'blips', 'bursts', 'batches', 'retries', 'outage'] as const;
export type Kind = (typeof kinds)[number];

export interface Traffic {
  readonly kind: Kind;
  /** The treatment's records a minute on a weekday's average. */
  readonly perMinute: number;
  /** The share of the treatment in all records. */
  readonly exposed: number;
  /** The share of successes of both arms. */
  readonly success: number;
  readonly days: number;
  /** From this minute on the treatment alone succeeds so often. */
  readonly drop?: { readonly minute: number; readonly success: number };
}

/** Whole slots of `slotSeconds`: numbers and failures of the treatment (`n`, `f`) and of the control (`m`, `g`). */
export interface Slots {
  readonly slotSeconds: number;
  readonly n: Uint16Array;
  readonly f: Uint16Array;
  readonly m: Uint16Array;
  readonly g: Uint16Array;
}

const slotSeconds = 15;
const slotsOfMinute = 60 / slotSeconds;
/** Records that come and fail together: their mean number, and the longest time between two of them, in seconds. */
const bursts = { size: 5, gap: 2 };
const batches = { size: 10, gap: 4 };

export function simulate(traffic: Traffic, seed: number): Slots {
  const { kind, days, perMinute, exposed, success, drop } = traffic;
  const count = days * 1440 * slotsOfMinute;
  const slots: Slots = {
    slotSeconds,
    n: new Uint16Array(count),
    f: new Uint16Array(count),
    m: new Uint16Array(count),
    g: new Uint16Array(count),
  };
  const random = new Random(seed, 77);
  const common = kind === 'blips' || kind === 'outage' ? commonFailures(kind, count, random) : null;
  const rates = { treatment: perMinute, control: (perMinute * (1 - exposed)) / exposed };
  for (const arm of ['treatment', 'control'] as const) {
    const [records, failures] = arm === 'treatment' ? [slots.n, slots.f] : [slots.m, slots.g];
    const batchOf = kind === 'bursts' ? bursts : kind === 'batches' ? batches : null;
    for (let slot = 0; slot < count; slot += 1) {
      const minute = slot / slotsOfMinute;
      const mean = (rates[arm] / slotsOfMinute) * wave(slot);
      const dropped = arm === 'treatment' && drop !== undefined && minute >= drop.minute;
      const fails = Math.max(1 - (dropped ? drop.success : success), common?.[slot] ?? 0);
      if (batchOf !== null) {
        const { size, gap } = batchOf;
        for (let batch = random.poisson(mean / size); batch > 0; batch -= 1) {
          const records_ = random.geometric(size);
          const failed = random.uniform() < fails;
          for (let record = 0; record < records_; record += 1) {
            const at = Math.min(count - 1, slot + Math.floor((record * random.between(0, gap)) / slotSeconds));
            add(records, failures, at, 1, failed ? 1 : 0);
          }
        }
        continue;
      }
      const n = random.poisson(mean);
      const f = random.binomial(n, fails);
      add(records, failures, slot, n, f);
      if (kind !== 'retries') continue;
      for (let failure = 0; failure < f; failure += 1) {
        let at = slot;
        for (let attempt = 0; attempt < 3; attempt += 1) {
          at += Math.ceil(random.between(1, 30) / slotSeconds);
          if (at >= count) break;
          const again = random.uniform() < 0.8;
          add(records, failures, at, 1, again ? 1 : 0);
          if (!again) break;
        }
      }
    }
  }
  return slots;
}

function add(records: Uint16Array, failures: Uint16Array, slot: number, n: number, f: number): void {
  records[slot] = (records[slot] ?? 0) + n;
  failures[slot] = (failures[slot] ?? 0) + f;
}

const slotsOfDay = 1440 * slotsOfMinute;
const day = Float64Array.from(
  { length: slotsOfDay },
  (_, slot) => 1 - 0.6 * Math.cos((2 * Math.PI * slot) / slotsOfDay),
);

/** By day ±60 %, and on two days of seven two thirds. */
function wave(slot: number): number {
  return (day[slot % slotsOfDay] ?? 1) * (Math.floor(slot / slotsOfDay) % 7 >= 5 ? 0.65 : 1);
}

/** The share of failures that both arms have in common, by slot. */
function commonFailures(kind: 'blips' | 'outage', count: number, random: Random): Float32Array {
  const failing = new Float32Array(count);
  const events = kind === 'blips' ? random.poisson((3 * count) / slotsOfMinute / 1440) : 2;
  for (let event = 0; event < events; event += 1) {
    const from = Math.floor(random.between(0, count));
    const minutes = kind === 'blips' ? random.between(1, 3) : random.between(20, 60);
    const share = random.between(0.3, 1);
    for (let slot = from; slot < Math.min(count, from + minutes * slotsOfMinute); slot += 1) failing[slot] = share;
  }
  return failing;
}
