/** A part of so many runs, with its interval at 95 % (Wilson 1927). */
export interface PartOfRuns {
  readonly n: number;
  readonly of: number;
  readonly lower: number;
  readonly upper: number;
}

/** Of lengths or counts; `null` without any. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** Half of the mean's interval at 95 %. */
  readonly within: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  /** Sorted; at most some hundred, evenly chosen: for a plot. */
  readonly sample: readonly number[];
}

/** What many simulated rollouts of one plan came to. Lengths are milliseconds. */
export interface SimulationResult {
  readonly runs: number;
  /** Fewer, when it was stopped. */
  readonly asked: number;
  readonly seed: number;
  readonly traffic: {
    readonly perMinute: number;
    readonly success: number;
    readonly burst: number;
    readonly like: string | null;
  };
  /** Conditions that simulated records cannot tell, in the plan's words. */
  readonly left: readonly string[];
  readonly healthy: {
    readonly rolledBack: PartOfRuns;
    readonly completed: PartOfRuns;
    readonly by: Readonly<Record<string, number>>;
    /** Reviews a rollout. */
    readonly reviews: number;
    readonly length: Spread | null;
  };
  readonly drop: {
    readonly success: number;
    /** Of the runs in which the treatment dropped before their end. */
    readonly found: PartOfRuns;
    readonly by: Readonly<Record<string, number>>;
    readonly delay: Spread | null;
    readonly records: Spread | null;
  };
}

const z = 1.96;
const mostSampled = 400;

export function partOf(n: number, of: number): PartOfRuns {
  if (of === 0) return { n, of, lower: 0, upper: 1 };
  const share = n / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return { n, of, lower: Math.max(0, middle - half), upper: Math.min(1, middle + half) };
}

export function spreadOf(numbers: readonly number[]): Spread | null {
  const n = numbers.length;
  if (n === 0) return null;
  const sorted = numbers.toSorted((one, other) => one - other);
  const mean = sorted.reduce((sum, number) => sum + number, 0) / n;
  const variance = sorted.reduce((sum, number) => sum + (number - mean) ** 2, 0) / Math.max(1, n - 1);
  const at = (share: number) => sorted[Math.min(n - 1, Math.floor(n * share))] ?? Number.NaN;
  const step = Math.max(1, n / mostSampled);
  const sample = Array.from({ length: Math.min(n, mostSampled) }, (_, index) => sorted[Math.floor(index * step)] ?? 0);
  return { n, mean, within: z * Math.sqrt(variance / n), median: at(0.5), p90: at(0.9), p95: at(0.95), sample };
}
