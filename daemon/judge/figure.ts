import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { SampleTotals } from '../measure/sampleCell.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import type { Figure } from '../protocol/domain/verdict.ts';
import type { Trials } from '../statistics/statistics.ts';
import type { Scope } from './scope.ts';

/** The figure of a measure over a scope, before any comparison. */
export type Found =
  /** `matching` of `n` records; `good` counts those with the share's fields, also for a complement. */
  | {
      readonly kind: 'share';
      readonly matching: number;
      readonly n: number;
      readonly good: number;
      /** The part of the records that is evidence of its own, where sampled ones stand for many; 1 without any. */
      readonly evidence?: number;
    }
  /** A count needs no records to be a figure: without any it is zero. */
  | { readonly kind: 'count'; readonly n: number }
  /** `NaN` without records. */
  | { readonly kind: 'value'; readonly value: number; readonly n: number; readonly unit: string };

/** @param arm in place of the measure's own arm, for a baseline. */
export function findFigure(measure: ResolvedMeasure, scope: Scope, arm?: Arm): Found {
  switch (measure.kind) {
    case 'share': {
      const counts = scope.counts(arm ?? measure.arm);
      const n = counts.countedIn(measure.bit);
      const satisfied = counts.good[measure.bit] ?? 0;
      const { evidence } = counts;
      return {
        kind: 'share',
        matching: measure.complement ? n - satisfied : satisfied,
        n,
        good: satisfied,
        ...(evidence === 1 ? {} : { evidence }),
      };
    }
    case 'count': {
      const of = arm ?? measure.arm;
      if (of !== 'any') return { kind: 'count', n: scope.counts(of).n };
      return { kind: 'count', n: scope.counts('treatment').n + scope.counts('control').n };
    }
    case 'quantile': {
      const sketch = scope.counts(arm ?? measure.arm).sketchOf(measure.field);
      return { kind: 'value', value: sketch.quantile(measure.quantile), n: sketch.count, unit: measure.unit };
    }
    case 'gauge': {
      const samples = scope.samples(measure.series, 0);
      return { kind: 'value', value: takeOf(measure.take, samples), n: samples.n, unit: measure.unit };
    }
    case 'lines':
    case 'signal':
      return { kind: 'count', n: scope.samples(measure.series, 0).n };
  }
}

/** The records as evidence: sampled ones count as many as their weights are worth. */
export function trialsOf({ matching, n, evidence = 1 }: Extract<Found, { kind: 'share' }>): Trials {
  return { successes: matching * evidence, failures: (n - matching) * evidence };
}

function takeOf(take: 'max' | 'mean' | 'last', samples: SampleTotals): number {
  if (samples.n === 0) return Number.NaN;
  switch (take) {
    case 'max':
      return samples.max;
    case 'mean':
      return samples.sum / samples.n;
    case 'last':
      return samples.last;
  }
}

/**
 * How many records a figure needs before it may be judged: at least the trigger's `min`, and for a quantile so many that
 * its rank is not simply the largest or smallest, ⌈1 / min(q, 1 − q)⌉. Counts need none.
 */
export function recordsNeeded(measure: ResolvedMeasure, min: number): number {
  switch (measure.kind) {
    case 'share':
    case 'gauge':
      return min;
    case 'quantile': {
      const { quantile } = measure;
      // 1 − 0.95 is a little more than 1/20 in binary; this excess must not cost another record.
      return Math.max(min, Math.ceil(1 / Math.min(quantile, 1 - quantile) - 1e-9));
    }
    case 'count':
    case 'lines':
    case 'signal':
      return 0;
  }
}

/** As a plain number: a share in 0..1, a count, a value; `null` when there is none. */
export function figureValue(found: Found): number | null {
  switch (found.kind) {
    case 'share':
      return found.n === 0 ? null : found.matching / found.n;
    case 'count':
      return found.n;
    case 'value':
      return Number.isFinite(found.value) ? found.value : null;
  }
}

export function toFigure(found: Found): Figure {
  const value = figureValue(found);
  switch (found.kind) {
    case 'share':
      return { value, unit: '%', n: found.n, good: found.good };
    case 'count':
      return { value, unit: '', n: found.n, good: null };
    case 'value':
      return { value, unit: found.unit, n: found.n, good: null };
  }
}
