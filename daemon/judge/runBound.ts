import type { OutcomeCounts } from '../measure/outcomeCounts.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { ArmRun, RowRun } from '../measure/rowRun.ts';
import { nearestRank, representative, type Sketch } from '../measure/sketch.ts';
import { type Comparison, type Condition, thresholdValue } from '../protocol/domain/condition.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { holds, ratioHolds } from './comparison.ts';
import type { Scope } from './scope.ts';

/** The window of a trigger, ending where one asks for it. The same object each time. */
export interface RunWindow {
  /** It ends at the newest record before the run. */
  before(): Scope;
  /** It ends at the newest record of the run, whose own records are not in it yet. */
  after(): Scope;
}

/**
 * True where a condition is certainly not met at any record of a run, in whatever order its records come: a window moves over
 * them, so that at each of them it holds at most what it held before and all of the run, and at least what it still holds
 * when it has moved on. Where this does not tell, each record must be judged by itself.
 */
export function isNeverMet(condition: Condition, measure: ResolvedMeasure, window: RunWindow, run: RowRun): boolean {
  const { comparison } = condition;
  if (condition.against === 'baseline' || comparison === '==' || comparison === '!=') return false;
  switch (measure.kind) {
    case 'share':
      return isShareNeverMet(condition, measure, window, run.arms[measure.arm]);
    case 'count':
      return isCountNeverMet(condition, measure.arm, window, run);
    case 'quantile':
      return isQuantileNeverMet(condition, measure, window, run.arms[measure.arm]);
    case 'gauge':
    case 'lines':
    case 'signal':
      return false;
  }
}

/** Records on both sides of a share. */
interface Sides {
  readonly matching: number;
  readonly others: number;
}

function sidesOf(counts: OutcomeCounts, { bit, complement }: { bit: number; complement: boolean }): Sides {
  const n = counts.countedIn(bit);
  const satisfied = counts.good[bit] ?? 0;
  return complement ? { matching: n - satisfied, others: satisfied } : { matching: satisfied, others: n - satisfied };
}

function isShareNeverMet(
  { comparison, threshold: { coefficient, scale } }: Condition,
  measure: Extract<ResolvedMeasure, { kind: 'share' }>,
  window: RunWindow,
  run: ArmRun,
): boolean {
  const before = sidesOf(window.before().counts(measure.arm), measure);
  const after = sidesOf(window.after().counts(measure.arm), measure);
  const satisfied = run.good[measure.bit] ?? 0;
  const matching = measure.complement ? run.length - satisfied : satisfied;
  const isMore = comparison === '>' || comparison === '>=';
  const most = isMore ? before.matching + matching : after.matching;
  const n = most + (isMore ? after.others : before.others + run.length - matching);
  return n > 0 && !ratioHolds(most, n, comparison, coefficient, scale);
}

function isCountNeverMet(
  { comparison, threshold }: Condition,
  arm: Arm | 'any',
  window: RunWindow,
  run: RowRun,
): boolean {
  const arms: readonly Arm[] = arm === 'any' ? ['treatment', 'control'] : [arm];
  const numberIn = (scope: Scope) => arms.reduce((sum, of) => sum + scope.counts(of).n, 0);
  const isMore = comparison === '>' || comparison === '>=';
  const added = arms.reduce((sum, of) => sum + run.arms[of].length, 0);
  const n = isMore ? numberIn(window.before()) + added : numberIn(window.after());
  return !holds(n, comparison, thresholdValue(threshold));
}

function isQuantileNeverMet(
  { comparison, threshold }: Condition,
  { arm, field, quantile }: Extract<ResolvedMeasure, { kind: 'quantile' }>,
  window: RunWindow,
  run: ArmRun,
): boolean {
  const limit = thresholdValue(threshold);
  const counts = window.before().counts(arm);
  const column = counts.layout.sketched.indexOf(field);
  const beyond = numberBeyond(counts.sketchOf(field), comparison, limit) + numberOfRun(run, column, comparison, limit);
  const least = window.after().counts(arm).sketchOf(field).count;
  if (least <= 0) return false;
  const rank = nearestRank(quantile, least);
  // The value of the rank is beyond the limit where fewer values than that are not. One is left for what rounding does.
  return comparison === '>' || comparison === '>=' ? beyond + 1 < least - rank : beyond + 1 < rank;
}

function numberBeyond(sketch: Sketch, comparison: Comparison, limit: number): number {
  let beyond = 0;
  sketch.eachBucket((bucket, count) => {
    if (holds(representative(bucket), comparison, limit)) beyond += count;
  });
  return beyond;
}

function numberOfRun(run: ArmRun, column: number, comparison: Comparison, limit: number): number {
  const values = run.buckets[column];
  if (values === undefined) return run.length;
  let beyond = 0;
  for (let index = 0; index < values.held; index += 1) {
    if (holds(representative(values.of[index] ?? 0), comparison, limit)) beyond += 1;
  }
  return beyond;
}
