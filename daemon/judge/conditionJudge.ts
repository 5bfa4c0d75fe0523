import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { type Condition, thresholdValue } from '../protocol/domain/condition.ts';
import type { ConditionVerdict, EvidenceLabel, Verdict } from '../protocol/domain/verdict.ts';
import type { CountedThing } from '../protocol/words/countedThing.ts';
import { grouped, shareText } from '../protocol/words/figureText.ts';
import { evidenceLabel } from '../statistics/evidenceLabel.ts';
import type { Trials } from '../statistics/statistics.ts';
import type { Baseline, Baselines } from './baseline.ts';
import { type Fraction, fractionHolds, holds, ratioHolds } from './comparison.ts';
import type { Doubts } from './doubts.ts';
import { type Found, figureValue, findFigure, recordsNeeded, toFigure, trialsOf } from './figure.ts';
import type { Scope } from './scope.ts';
import type { Unknown } from './unknown.ts';
import { openShare, verdictOnZero } from './zeroBaseline.ts';

/** A verdict with its figure and limit; cheap enough for every record. */
export interface Assessment {
  readonly verdict: Verdict;
  readonly found: Found;
  readonly baseline: Baseline | null;
  /** In the figure's unit; `null` without the baseline of which it is a part. */
  readonly limit: number | null;
}

/** The inputs of a condition's judgement beside its own records. */
interface JudgedBy {
  readonly baselines: Baselines;
  readonly doubts: Doubts;
  readonly thing: CountedThing;
}

/**
 * Judges one condition of the plan over any scope. In this order: without records `no-data`; with fewer than it needs,
 * or a count of few before the window is over, `insufficient`; without its baseline `no-data`; with a figure or limit
 * that is no finite number `error`; with a baseline of 0 the verdict of `zeroBaseline.ts`; else the comparison, which
 * for shares and counts is exact.
 */
export class ConditionJudge {
  readonly condition: Condition;
  readonly measure: ResolvedMeasure;
  /** How many records the figure needs. */
  readonly needed: number;
  readonly #baselines: Baselines;
  readonly #doubts: Doubts;
  readonly #thing: CountedThing;
  /** The threshold as the plan writes it, exactly. */
  readonly #factor: Fraction;
  /** Kept because each second asks again, mostly of the same records, and the records still needed take a search. */
  #lastLabel: { readonly trials: Trials; readonly label: EvidenceLabel } | null = null;

  constructor(condition: Condition, measure: ResolvedMeasure, min: number, { baselines, doubts, thing }: JudgedBy) {
    this.condition = condition;
    this.measure = measure;
    this.needed = recordsNeeded(measure, min);
    this.#baselines = baselines;
    this.#doubts = doubts;
    this.#thing = thing;
    this.#factor = { numerator: condition.threshold.coefficient, denominator: condition.threshold.scale };
  }

  /** The verdict of `assess` alone. Most triggers are of a share, whose verdict is reached at each record without an object. */
  verdict(scope: Scope): Verdict {
    const { measure, condition } = this;
    if (measure.kind !== 'share' || condition.against === 'baseline') return this.assess(scope).verdict;
    const counts = scope.counts(measure.arm);
    const n = counts.countedIn(measure.bit);
    if (n === 0) return 'no-data';
    if (n < this.needed) return 'insufficient';
    const satisfied = counts.good[measure.bit] ?? 0;
    const matching = measure.complement ? n - satisfied : satisfied;
    const { coefficient, scale } = condition.threshold;
    return ratioHolds(matching, n, condition.comparison, coefficient, scale) ? 'met' : 'unmet';
  }

  assess(scope: Scope): Assessment {
    const found = findFigure(this.measure, scope);
    const { against, threshold, measure: name } = this.condition;
    const baseline = against === 'baseline' ? this.#baselines.find(name, this.measure, scope, this.needed) : null;
    const limit =
      against === 'figure' ? thresholdValue(threshold) : baseline === null ? null : this.#limitFrom(baseline);
    const verdict = this.#verdict(found, baseline, limit);
    return {
      verdict: verdict === 'met' && this.#isTooEarly(scope, found) ? 'insufficient' : verdict,
      found,
      baseline,
      limit,
    };
  }

  /**
   * True when the condition would still be met if this many lost records were added for each record of either arm, all
   * of them against it. Without a bound (a mean, a comparison with a baseline) it would not.
   */
  isMetWithLost(scope: Scope, lostPerRecord: number): boolean {
    const { measure, condition } = this;
    const { comparison, threshold, against } = condition;
    if (against === 'baseline' || comparison === '==' || comparison === '!=' || !Number.isFinite(lostPerRecord))
      return false;
    if (measure.kind !== 'share' && measure.kind !== 'quantile') return false;
    const lost = Math.ceil((scope.counts('treatment').n + scope.counts('control').n) * lostPerRecord);
    const isMore = comparison === '>' || comparison === '>=';
    if (measure.kind === 'share') {
      const found = findFigure(measure, scope);
      if (found.kind !== 'share' || found.n < this.needed) return false;
      const matching = isMore ? found.matching : found.matching + lost;
      return ratioHolds(matching, found.n + lost, comparison, threshold.coefficient, threshold.scale);
    }
    const sketch = scope.counts(measure.arm).sketchOf(measure.field);
    if (sketch.count < this.needed) return false;
    // All lost records would lie on the other side, so the rank moves by as many.
    const rank = measure.quantile * (sketch.count + lost);
    const quantile = (isMore ? rank - lost : rank) / sketch.count;
    return quantile > 0 && quantile <= 1 && holds(sketch.quantile(quantile), comparison, thresholdValue(threshold));
  }

  /** Few of something within five minutes says nothing in the first of them; many do. */
  #isTooEarly(scope: Scope, found: Found): boolean {
    const { against, comparison } = this.condition;
    if (scope.isCut !== true || found.kind !== 'count' || against === 'baseline') return false;
    switch (comparison) {
      case '<':
      case '<=':
      case '==':
        return true;
      case '!=':
        return found.n * this.#factor.denominator < this.#factor.numerator;
      case '>':
      case '>=':
        return false;
    }
  }

  /**
   * The verdict as it is shown. `unknown` is the reason why the data may not be relied on now (a silent source): the
   * figure is shown, the verdict is `no-data`.
   */
  explain(scope: Scope, { verdict, found, baseline, limit }: Assessment, unknown: Unknown | null): ConditionVerdict {
    const { condition } = this;
    const doubt = this.#doubts.reason(this.measure, scope, baseline?.from === 'concurrent');
    const why: Unknown | null = doubt === null ? unknown : { kind: 'no-data', reason: doubt };
    return {
      condition: condition.text,
      measure: condition.measure,
      verdict: why === null ? verdict : why.kind,
      figure: toFigure(found),
      limit,
      baseline:
        baseline === null
          ? null
          : {
              ...toFigure(baseline.found),
              value: baseline.value,
              from: baseline.from,
              why: this.#baselines.describe(baseline, this.measure, scope),
            },
      window: { from: scope.from, to: scope.to },
      label: this.#label(found),
      ...this.#leftOut(found, scope),
      reason: why === null ? this.#reason({ verdict, found, baseline, limit }, scope) : why.reason,
    };
  }

  #verdict(found: Found, baseline: Baseline | null, limit: number | null): Verdict {
    if (found.kind !== 'count') {
      if (found.n === 0) return 'no-data';
      if (found.n < this.needed) return 'insufficient';
    }
    if (limit === null) return 'no-data';
    const value = figureValue(found);
    if (value === null || !Number.isFinite(limit)) return 'error';
    const { comparison } = this.condition;
    if (baseline?.value === 0 && this.condition.difference === undefined)
      return verdictOnZero(found, comparison, baseline.found.kind === 'share' ? limit : null);
    const figure = asFraction(found);
    if (figure === null) return holds(value, comparison, limit) ? 'met' : 'unmet';
    const bound = baseline === null ? this.#factor : this.#boundFrom(asFraction(baseline.found));
    const met = bound === null ? holds(value, comparison, limit) : fractionHolds(figure, comparison, bound);
    return met ? 'met' : 'unmet';
  }

  /** In the figure's unit. */
  #limitFrom(baseline: Baseline): number {
    const { threshold, difference } = this.condition;
    const amount = thresholdValue(threshold);
    if (difference === undefined) return partOf(amount, baseline);
    return difference === 'above' ? baseline.value + amount : baseline.value - amount;
  }

  /** The same, exactly; `null` where the baseline is no fraction, or the numbers are too large. */
  #boundFrom(baseline: Fraction | null): Fraction | null {
    if (baseline === null) return null;
    const { difference } = this.condition;
    if (difference === undefined) return product(this.#factor, baseline);
    const { numerator, denominator } = this.#factor;
    const amount = difference === 'above' ? numerator : -numerator;
    return safe(baseline.numerator * denominator + amount * baseline.denominator, baseline.denominator * denominator);
  }

  #leftOut(found: Found, scope: Scope): Pick<ConditionVerdict, 'leftOut'> {
    const { measure } = this;
    if (measure.kind !== 'quantile') return {};
    const counts = scope.counts(measure.arm);
    const leftOut = counts.n - found.n - counts.missingIn(counts.sketchColumn(measure.field));
    return leftOut > 0 ? { leftOut } : {};
  }

  #label(found: Found): EvidenceLabel | null {
    const { against, comparison, threshold } = this.condition;
    if (found.kind !== 'share' || against === 'baseline' || comparison === '==' || comparison === '!=') return null;
    const side = comparison === '>=' || comparison === '>' ? 'above' : 'below';
    const trials = trialsOf(found);
    const last = this.#lastLabel;
    if (last?.trials.successes === trials.successes && last.trials.failures === trials.failures) return last.label;
    const label = evidenceLabel(trials, { side, p0: thresholdValue(threshold) });
    this.#lastLabel = { trials, label };
    return label;
  }

  #reason({ verdict, found, baseline, limit }: Assessment, scope: Scope): string {
    const isJudged = found.kind === 'count' || found.n >= Math.max(1, this.needed);
    if (isJudged && baseline?.value === 0 && this.condition.difference === undefined && verdict !== 'error')
      return this.#zeroText(baseline, limit);
    switch (verdict) {
      case 'met':
      case 'unmet':
        return '';
      case 'error':
        return 'the figure is not a number';
      case 'insufficient':
        if (found.kind === 'count') return 'users have not been exposed for the whole window yet';
        return `needs ${this.needed} ${this.#thing(this.needed)}, has ${found.n}`;
      case 'no-data':
        if (found.kind !== 'count' && found.n === 0)
          return `no ${this.#thing(0)} ${scope.to === null ? 'yet' : 'in this time'}`;
        return this.#baselines.whyNone(this.measure, scope, this.needed);
    }
  }

  #zeroText({ found }: Baseline, limit: number | null): string {
    if (found.kind !== 'share' || limit === null)
      return 'baseline is 0: there is no ratio to it; write a fixed threshold';
    const part = shareText(thresholdValue(this.condition.threshold));
    return `baseline is 0 (none of ${grouped(found.n)}): compared with ${part} of the share that this leaves open, ${shareText(limit)}`;
  }
}

/** In the figure's unit; for a share of 0, the part of it that its records leave open. */
function partOf(factor: number, { value, found }: Baseline): number {
  return factor * (value === 0 && found.kind === 'share' ? openShare(found.n) : value);
}

/** `null` for a figure that is not a fraction of whole numbers. */
function asFraction(found: Found): Fraction | null {
  switch (found.kind) {
    case 'share':
      return { numerator: found.matching, denominator: found.n };
    case 'count':
      return { numerator: found.n, denominator: 1 };
    case 'value':
      return null;
  }
}

function product(one: Fraction, other: Fraction): Fraction | null {
  return safe(one.numerator * other.numerator, one.denominator * other.denominator);
}

function safe(numerator: number, denominator: number): Fraction | null {
  return Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) ? { numerator, denominator } : null;
}
