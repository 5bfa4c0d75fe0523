import { drawnMeasures } from '../measure/foldSeries.ts';
import type { Ledger } from '../measure/ledger.ts';
import type { OutcomeCounts } from '../measure/outcomeCounts.ts';
import { type ResolvedMeasure, resolveMeasure } from '../measure/resolvedMeasure.ts';
import type { Condition } from '../protocol/domain/condition.ts';
import type {
  ArmReview,
  LineReview,
  MeasureReview,
  QuantileReview,
  ReviewErrors,
  ReviewFigures,
  TriggerReview,
} from '../protocol/domain/dailyReview.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Plan, Trigger } from '../protocol/domain/plan.ts';
import { shownQuantiles } from '../protocol/domain/shownQuantiles.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Baselines } from './baseline.ts';
import type { ConditionJudge } from './conditionJudge.ts';
import { findFigure, recordsNeeded, toFigure } from './figure.ts';
import { type ExposedTime, nearMisses } from './nearMiss.ts';
import { rangeScope, type Scope } from './scope.ts';

const newestLines = 5;
/** The number of steps summed without a break. */
const slice = 4 * 3_600_000;

interface Parts {
  readonly plan: Plan;
  readonly instrument: Instrument;
  readonly ledger: Ledger;
  readonly baselines: Baselines;
  conditionJudge(condition: Condition, min: number): ConditionJudge;
  /** The reason why nothing is known about the lines of a measure; `null` when they were read. */
  unread(measure: ResolvedMeasure): string | null;
}

/** The counts of past times, for a review: figures, errors, and how near each trigger came. */
export class ReviewJudge {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Over [from, to); exact where both are starts of minutes or lie in the newest hour. Yields now and then. */
  *figures(from: EventTime, to: EventTime): Generator<void, ReviewFigures> {
    const { ledger, plan } = this.#parts;
    const counts = { treatment: ledger.totals('treatment', to, to), control: ledger.totals('control', to, to) };
    for (let start = from; start < to; ) {
      const end = eventTime(Math.min(to, Math.floor((start + slice) / 60_000) * 60_000));
      for (const arm of ['treatment', 'control'] as const) counts[arm].merge(ledger.totals(arm, start, end));
      start = end;
      yield;
    }
    const scope: Scope = { ...rangeScope(ledger, from, to), counts: (arm) => counts[arm] };
    return {
      from,
      to,
      arms: { treatment: this.#arm(scope.counts('treatment')), control: this.#arm(scope.counts('control')) },
      measures: Object.keys(plan.measures).map((name) => this.#measure(name, scope)),
    };
  }

  /** The news of [from, to) against everything before; lines also against [before, from). */
  errors(before: EventTime, from: EventTime, to: EventTime): Omit<ReviewErrors, 'rejected'> {
    const { plan } = this.#parts;
    return {
      lines: Object.keys(plan.measures).flatMap((name) => {
        const measure = this.#resolved(name);
        return measure.kind === 'lines' ? [this.#lines(name, measure, before, from, to)] : [];
      }),
      firstSeen: this.#firstSeen(from, to),
    };
  }

  /** See `nearMisses`. */
  nearMisses(trigger: Trigger, exposed: readonly ExposedTime[]): Generator<void, Omit<TriggerReview, 'fired'>> {
    const { conditionJudge, ledger, unread } = this.#parts;
    const judge = conditionJudge(trigger.when, trigger.min ?? 1);
    return nearMisses(trigger, judge, ledger, exposed, unread(judge.measure));
  }

  /** Times of more than `limit` without a record in [from, to]; the last may go on. */
  silences(from: EventTime, to: EventTime, limit: number): { from: EventTime; to: EventTime | null }[] {
    const silences: { from: EventTime; to: EventTime | null }[] = [];
    let last: number = from;
    for (const cell of this.#parts.ledger.recordCells(from, eventTime(to + 1))) {
      const minute = Math.floor(cell.newest / 60_000) * 60_000;
      if (minute - last > limit) silences.push({ from: eventTime(last), to: eventTime(minute) });
      last = Math.max(last, cell.newest);
    }
    if (to - last > limit) silences.push({ from: eventTime(last), to: null });
    return silences;
  }

  #arm(counts: OutcomeCounts): ArmReview {
    const { plan, instrument } = this.#parts;
    const { success, latency } = drawnMeasures(plan);
    const bit = success === null ? -1 : instrument.shares.indexOf(success);
    return {
      n: counts.n,
      good: bit === -1 || counts.missingIn(bit) > 0 ? null : (counts.good[bit] ?? 0),
      latency:
        latency === null
          ? null
          : {
              unit: latency.unit,
              quantiles: shownQuantiles.map((at) => quantile(counts, instrument.fields.indexOf(latency.key), at)),
            },
    };
  }

  #measure(name: string, scope: Scope): MeasureReview {
    const { baselines } = this.#parts;
    const measure = this.#resolved(name);
    const found = findFigure(measure, scope);
    const needed = recordsNeeded(measure, this.#least(name));
    const counted = found.kind === 'count';
    // The number of records in another arm does not tell how many there should be.
    const baseline = counted ? null : baselines.find(name, measure, scope, needed);
    const unread = this.#parts.unread(measure);
    const common = {
      name,
      figure: toFigure(found),
      baseline: baseline === null ? null : { ...toFigure(baseline.found), value: baseline.value, from: baseline.from },
    };
    if (unread !== null && found.n === 0) return { ...common, state: 'no-data', reason: unread };
    if (!counted && found.n === 0) return { ...common, state: 'no-data', reason: 'no records in this time' };
    if (!counted && found.n < needed) {
      return { ...common, state: 'insufficient', reason: `${found.n} of ${needed} records` };
    }
    return { ...common, state: 'known', reason: '' };
  }

  /** The number of records that the plan's own triggers need before they judge the measure. */
  #least(name: string): number {
    const asked = this.#parts.plan.triggers.flatMap(({ when, min }) => (when.measure === name ? [min ?? 1] : []));
    return Math.max(1, ...asked);
  }

  #lines(
    name: string,
    measure: Extract<ResolvedMeasure, { kind: 'lines' }>,
    before: EventTime,
    from: EventTime,
    to: EventTime,
  ): LineReview {
    const { ledger } = this.#parts;
    const found = ledger.samples(measure.series, from, to, newestLines);
    return {
      measure: name,
      n: found.n,
      before: ledger.samples(measure.series, before, from, 0).n,
      newest: found.newest.flatMap(({ at, place }) => (place === null ? [] : [{ at, place }])),
      unread: found.n > 0 ? '' : (this.#parts.unread(measure) ?? ''),
    };
  }

  #firstSeen(from: EventTime, to: EventTime): ReviewErrors['firstSeen'] {
    const { ledger, instrument } = this.#parts;
    // Without a past everything is new, and nothing is reported as new.
    if (ledger.earliest === null || ledger.earliest >= from) return [];
    const seen = instrument.valueFields.map(() => new Map<string, number>());
    for (const { values } of ledger.recordCells(from, to)) {
      for (const [index, counts] of values.entries()) {
        const totals = seen[index];
        for (const [value, { n }] of counts) totals?.set(value, (totals.get(value) ?? 0) + n);
      }
    }
    const ever = ledger.values;
    return instrument.valueFields.flatMap((field, index) =>
      [...(seen[index] ?? [])].flatMap(([value, n]) => (ever[field]?.[value] === n ? [{ field, value, n }] : [])),
    );
  }

  #resolved(name: string): ResolvedMeasure {
    return resolveMeasure(this.#parts.plan, this.#parts.instrument, name);
  }
}

function quantile(counts: OutcomeCounts, field: number, share: number): QuantileReview {
  const sketch = counts.sketchOf(field);
  const value = sketch.quantile(share);
  return {
    at: share,
    value: Number.isFinite(value) ? value : null,
    n: sketch.count,
    needed: Math.ceil(1 / Math.min(share, 1 - share) - 1e-9),
  };
}
