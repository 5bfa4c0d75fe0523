import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { type Sketch, sketchRelativeError } from '../measure/sketch.ts';
import type { Arm, Target } from '../protocol/domain/plan.ts';
import { type WantedRatio, wantedRatio } from '../protocol/domain/targetChange.ts';
import type { TargetFigure, TargetView } from '../protocol/domain/targetView.ts';
import { shareText, valueText } from '../protocol/words/figureText.ts';
import { lnBetaIncomplete } from '../statistics/specialFunctions.ts';
import { confidenceSequence, type Interval } from '../statistics/statistics.ts';
import type { Baselines } from './baseline.ts';
import { figureValue, findFigure, recordsNeeded, trialsOf } from './figure.ts';
import type { Scope } from './scope.ts';

/** The current scope of a target. */
export interface TargetScope {
  /** The stay in the newest stage that exposes anyone. */
  readonly scope: Scope;
  /** How long it is so far, in hours. */
  readonly hours: number;
  readonly percent: number;
}

type Measured =
  | { readonly kind: 'figure'; readonly figure: TargetFigure }
  | { readonly kind: 'not'; readonly why: string };
type Reference = {
  readonly from: 'concurrent' | 'window' | 'figure';
  readonly measured: Measured;
};

/** For each of the two figures; together they hold with 95 % (Bonferroni). */
const alpha = 0.025;
/** The normal quantile of 1 − alpha / 2. */
const z = 2.2414;
const hour = 3_600_000;

/**
 * The result of an expected improvement: the ratio of the current figure to the baseline's, with the interval that the
 * data leave for it. The target is achieved when the whole interval lies beyond the weaker end of the wanted range,
 * missed when no part of it does, and not measurable while it reaches across.
 */
export function judgeTarget(
  target: Target,
  measure: ResolvedMeasure,
  current: TargetScope | null,
  baselines: Baselines,
): TargetView {
  const wanted = wantedRatio(target);
  const unit = unitOf(measure);
  const nothing = {
    measure: target.measure,
    wanted: wanted?.text ?? '',
    unit,
    baseline: null,
    current: null,
    ratio: null,
  };
  const not = (detail: string): TargetView => ({ ...nothing, outcome: 'not-measurable', detail });
  if (wanted === null) return not('the change is none that can be measured');
  if (current === null) return not('nobody has the new behaviour yet');
  const own = measuredOf(measure, current.scope, current.hours, undefined);
  const reference = referenceOf(target.measure, measure, current, baselines);
  if (reference === null) return not(withoutBaseline(measure));
  const shown: TargetView = {
    ...nothing,
    outcome: 'not-measurable',
    detail: '',
    current: own.kind === 'figure' ? own.figure : null,
    baseline: reference.measured.kind === 'figure' ? { ...reference.measured.figure, from: reference.from } : null,
  };
  if (own.kind === 'not') return { ...shown, detail: own.why };
  if (reference.measured.kind === 'not') return { ...shown, detail: `the baseline: ${reference.measured.why}` };
  const partial = partialTraffic(measure, current.percent);
  if (partial !== null) return { ...shown, detail: partial };
  return compared(shown, wanted, own.figure, reference.measured.figure);
}

function compared(shown: TargetView, wanted: WantedRatio, own: TargetFigure, base: TargetFigure): TargetView {
  if (base.value === 0 || base.upper === 0)
    return { ...shown, detail: 'the baseline is zero: there is no ratio to it' };
  const ratio = {
    value: own.value / base.value,
    lower: own.lower / base.upper,
    upper: base.lower === 0 ? Number.MAX_VALUE : own.upper / base.lower,
  };
  const reached = (value: number) => (wanted.direction === 'down' ? value <= wanted.least : value >= wanted.least);
  const [best, worst] = wanted.direction === 'down' ? [ratio.lower, ratio.upper] : [ratio.upper, ratio.lower];
  const outcome = reached(worst) ? 'achieved' : reached(best) ? 'not-measurable' : 'missed';
  const figures = `${valueText(own.value, shown.unit, base.value)}, ${ratioText(ratio.value)} of the baseline’s ${valueText(base.value, shown.unit, own.value)}`;
  const interval = `${ratioText(ratio.lower)} to ${ratio.upper === Number.MAX_VALUE ? 'any' : ratioText(ratio.upper)}`;
  const needs = `${wanted.direction === 'down' ? 'at most' : 'at least'} ${ratioText(wanted.least)}`;
  const detail =
    outcome === 'not-measurable'
      ? `${figures}; ${needs} is wanted, and the data leave ${interval} open`
      : `${figures} (${interval}); ${needs} is wanted`;
  return { ...shown, outcome, detail, ratio };
}

/** 0.61 → `61 %`; from twice on, `5.2 ×`. */
function ratioText(ratio: number): string {
  return ratio >= 2 ? `${Number(ratio.toPrecision(3))} ×` : shareText(Number(ratio.toPrecision(3)));
}

/** A count of exposed users grows with the exposure: only at 100 % does it equal the traffic's own. */
function partialTraffic(measure: ResolvedMeasure, percent: number): string | null {
  if (measure.kind !== 'count' || measure.arm === 'any' || percent >= 100) return null;
  return `a count of the ${measure.arm} at ${percent} % says nothing of all traffic: it is measured at 100 %`;
}

function withoutBaseline(measure: ResolvedMeasure): string {
  switch (measure.kind) {
    case 'count':
    case 'lines':
    case 'signal':
      return 'a rate needs the baseline’s recorded window: give the plan `baseline.window`';
    case 'gauge':
      return 'there is no recorded window and no figure to compare with';
    case 'share':
    case 'quantile':
      return 'no baseline yet: neither enough control records nor a recorded window nor a fixed figure';
  }
}

function referenceOf(
  name: string,
  measure: ResolvedMeasure,
  { scope }: TargetScope,
  baselines: Baselines,
): Reference | null {
  const needed = recordsNeeded(measure, 1);
  const records = baselines.records(measure, scope, needed);
  if (records !== null) {
    const { from, scope: of, arm } = records;
    // Before the rollout all traffic took one way, whichever arm counts it.
    const then: ResolvedMeasure = measure.kind === 'count' ? { ...measure, arm: 'any' } : measure;
    return { from, measured: measuredOf(then, of, hoursOf(of), arm) };
  }
  const value = baselines.figureOf(name);
  if (value === null) return null;
  return { from: 'figure', measured: { kind: 'figure', figure: { value, lower: value, upper: value, n: 0 } } };
}

function measuredOf(measure: ResolvedMeasure, scope: Scope, hours: number, arm: Arm | undefined): Measured {
  const found = findFigure(measure, scope, arm);
  const value = figureValue(found);
  const { n } = found;
  switch (measure.kind) {
    case 'share': {
      if (found.kind !== 'share' || value === null) return { kind: 'not', why: 'no records yet' };
      const trials = trialsOf(found);
      return { kind: 'figure', figure: { value, n, ...confidenceSequence(trials, alpha) } };
    }
    case 'quantile': {
      const interval = quantileInterval(scope.counts(arm ?? measure.arm).sketchOf(measure.field), measure.quantile);
      if (value !== null && interval !== null) return { kind: 'figure', figure: { value, n, ...interval } };
      const p = Number((measure.quantile * 100).toFixed(3));
      return { kind: 'not', why: `${n} records are too few for an interval of p${p}` };
    }
    case 'count':
    case 'lines':
    case 'signal':
      if (hours <= 0) return { kind: 'not', why: 'no time has passed yet' };
      return { kind: 'figure', figure: rate(n, hours) };
    case 'gauge':
      return { kind: 'not', why: gaugeText(value, measure.take, measure.unit) };
  }
}

function gaugeText(value: number | null, take: string, unit: string): string {
  if (value === null) return 'no reading yet';
  return `its ${take} is ${valueText(value, unit)}; readings that follow one another leave no interval to judge by`;
}

/** Events per hour, Poisson: the square root of a count has a variance of about 1/4 (Anscombe). */
function rate(n: number, hours: number): TargetFigure {
  const lower = Math.max(0, Math.sqrt(n) - z / 2) ** 2;
  const upper = (Math.sqrt(n + 1) + z / 2) ** 2;
  return { value: n / hours, lower: lower / hours, upper: upper / hours, n };
}

/** By order statistics, whatever the distribution; `null` while the quantile may lie beyond all records. */
function quantileInterval(sketch: Sketch, quantile: number): Interval | null {
  const ranks = quantileRanks(sketch.count, quantile, alpha);
  if (ranks === null) return null;
  const at = (rank: number) => sketch.quantile(rank / sketch.count);
  return {
    lower: at(ranks.lower) * (1 - sketchRelativeError),
    upper: at(ranks.upper) * (1 + sketchRelativeError),
  };
}

/**
 * Ranks between which a quantile of the population lies with 1 − alpha: the number of n records below it is binomial
 * (n, quantile). Of 100 records the median lies between the 40th and the 61st with 96.5 %.
 */
export function quantileRanks(n: number, quantile: number, level: number): { lower: number; upper: number } | null {
  /** P(B ≤ k) = I₁₋q(n − k, k + 1). */
  const atMost = (k: number) => (k < 0 ? 0 : k >= n ? 1 : Math.exp(lnBetaIncomplete(1 - quantile, n - k, k + 1)));
  const lower = firstRank(n, (rank) => atMost(rank - 1) > level / 2) - 1;
  const upper = firstRank(n, (rank) => atMost(rank - 1) >= 1 - level / 2);
  return lower < 1 || upper > n ? null : { lower, upper };
}

/** The first rank of 1 … n for which it holds, and n + 1 when it does for none. It holds for all after the first. */
function firstRank(n: number, holds: (rank: number) => boolean): number {
  let [low, high] = [1, n + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function unitOf(measure: ResolvedMeasure): string {
  switch (measure.kind) {
    case 'share':
      return '%';
    case 'quantile':
    case 'gauge':
      return measure.unit;
    case 'count':
    case 'lines':
    case 'signal':
      return '/h';
  }
}

function hoursOf({ from, to }: Scope): number {
  return from === null || to === null ? 0 : (to - from) / hour;
}
