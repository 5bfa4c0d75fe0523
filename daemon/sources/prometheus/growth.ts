import type { Arm } from '../../protocol/domain/plan.ts';
import type { CountKind } from '../../protocol/domain/prometheusSource.ts';

/** One series of an answer: its labels as a text, and its samples, oldest first. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds of the event time, and the counter. */
  readonly samples: readonly (readonly [number, number])[];
}

/** The answer to one query. */
export interface Answered {
  readonly arm: Arm;
  readonly kind: CountKind;
  /**
   * What a series that is seen for the first time up to here has counted is of the time before; one that begins later counts
   * from zero, as its process does.
   */
  readonly from: number;
  readonly series: readonly Series[];
}

/** By how much the counters of an arm have grown in the step that ends at `at`. */
export interface Step {
  readonly arm: Arm;
  readonly at: number;
  readonly total: number;
  readonly bad: number;
  readonly good: number;
  /** By upper bound, in ascending order, each without those below it. */
  readonly buckets: readonly (readonly [number, number])[];
  readonly series: number;
}

/** A counter that began anew: what it counted after its last sample before is not known. */
export interface Reset {
  readonly arm: Arm;
  readonly kind: CountKind;
  readonly at: number;
  readonly before: number;
}

interface Known {
  readonly value: number;
  readonly at: number;
}

/** JSON of what is known of each series; the state between two looks. */
export interface GrowthState {
  readonly series: readonly (readonly [string, number, number])[];
  /** Counted as bad or good, and waiting for their outcomes to be counted. */
  readonly owed: readonly (readonly [string, number])[];
}

export const nothingGrown: GrowthState = { series: [], owed: [] };
/** More series than a rollout's counters have. */
export const mostSeries = 20_000;

export interface Grown {
  readonly steps: readonly Step[];
  readonly resets: readonly Reset[];
  readonly state: GrowthState;
}

interface Draft {
  total: number;
  bad: number;
  good: number;
  readonly buckets: Map<number, number>;
  series: number;
}

/**
 * Counts the growth of counters, series by series, each sample once: what was read before is known by the time and value of
 * the newest sample of each series, so that the same time may be read again. A value that falls is of a counter that began
 * anew (it counts from zero), once the time is settled: until then a slower replica may have answered.
 *
 * Growth telescopes: a sample that comes late changes when something is counted, never how much.
 */
export function grown(before: GrowthState, answers: readonly Answered[], settledUpTo: number): Grown {
  const known = new Map(before.series.map(([key, value, at]): [string, Known] => [key, { value, at }]));
  const drafts = new Map<string, Draft>();
  const resets: Reset[] = [];
  for (const { arm, kind, from, series } of answers) {
    for (const { labels, samples } of series) {
      const key = JSON.stringify([arm, kind, Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))]);
      let last = known.get(key) ?? null;
      for (const [at, value] of samples) {
        if (!Number.isFinite(value) || (last !== null && at < last.at)) continue;
        const fell = last !== null && value < last.value;
        // The samples behind it wait too.
        if (fell && at > settledUpTo) break;
        if (fell && last !== null) resets.push({ arm, kind, at, before: last.at });
        const base = last === null ? (at <= from ? value : 0) : fell ? 0 : last.value;
        note(drafts, arm, at, kind, labels, value - base);
        last = { value, at };
      }
      if (last !== null) known.set(key, last);
    }
  }
  const { steps, owed } = stepsOf(drafts, before.owed);
  return { steps, resets, state: { series: [...known].map(([key, { value, at }]) => [key, value, at]), owed } };
}

function note(
  drafts: Map<string, Draft>,
  arm: Arm,
  at: number,
  kind: CountKind,
  { le }: Readonly<Record<string, string>>,
  by: number,
): void {
  const key = `${String(at).padStart(16, '0')} ${arm}`;
  const draft = drafts.get(key) ?? { total: 0, bad: 0, good: 0, buckets: new Map(), series: 0 };
  drafts.set(key, draft);
  if (kind === 'latency') {
    const bound = le === undefined || /^\+?inf/i.test(le) ? Number.POSITIVE_INFINITY : Number(le);
    if (!Number.isNaN(bound)) draft.buckets.set(bound, (draft.buckets.get(bound) ?? 0) + by);
    return;
  }
  draft[kind] += by;
  if (kind === 'total') draft.series += 1;
}

/** In the order of time. A bad outcome whose query was answered a moment later than that of all waits for the next step. */
function stepsOf(
  drafts: ReadonlyMap<string, Draft>,
  before: GrowthState['owed'],
): { readonly steps: readonly Step[]; readonly owed: GrowthState['owed'] } {
  const owed = new Map(before);
  const steps = [...drafts.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([key, draft]): Step[] => {
      const [time = '', arm = ''] = key.split(' ');
      const part = (kind: 'bad' | 'good', total: number): number => {
        const all = draft[kind] + (owed.get(`${arm} ${kind}`) ?? 0);
        const now = Math.min(all, total);
        owed.set(`${arm} ${kind}`, all - now);
        return now;
      };
      const buckets = withoutBelow(draft.buckets);
      const { total, series } = draft;
      // Without a series of all outcomes nothing is known, and nothing is counted.
      const counts = { bad: part('bad', total), good: part('good', total) };
      if (series === 0 && buckets.length === 0) return [];
      return [{ arm: arm as Arm, at: Number(time), total, ...counts, buckets, series }];
    });
  return { steps, owed: [...owed] };
}

/** Buckets count all that lie below them too. */
function withoutBelow(buckets: ReadonlyMap<number, number>): readonly (readonly [number, number])[] {
  let below = 0;
  return [...buckets]
    .sort(([one], [other]) => one - other)
    .map(([bound, count]) => {
      const own = Math.max(0, count - below);
      below = Math.max(below, count);
      return [bound, own] as const;
    });
}
