import type { WindowNeeds } from '../measure/armLedger.ts';
import type { Span } from '../measure/followedSpans.ts';
import type { Ledger } from '../measure/ledger.ts';
import { after } from '../measure/ledger.ts';
import { OutcomeCounts } from '../measure/outcomeCounts.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { SampleTotals } from '../measure/sampleCell.ts';
import type { SlidingWindow } from '../measure/slidingWindow.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { type Duration, type EventTime, eventTime } from '../protocol/domain/units.ts';

/** The stretch of event time a condition is judged over, and its counts. */
export interface Scope {
  readonly from: EventTime | null;
  readonly to: EventTime | null;
  /** Shorter than the plan's window: users have not been exposed for so long. */
  readonly isCut?: boolean;
  /** The percentage of its stay; absent where the scope may reach over several. */
  readonly percent?: number;
  counts(arm: Arm): OutcomeCounts;
  /** The newest `limit` samples, where there are single ones. */
  samples(series: string, limit: number): SampleTotals;
}

/** One whose records can be named: it holds exactly those of [begin, end). */
export interface NamedScope extends Scope {
  readonly begin: number;
  readonly end: number;
}

/**
 * A trigger's trailing window (t − over, t]: left-open, because a window of five minutes holds five minutes' records. A
 * window that would reach back before `since` is [since, t]: as long as no record is later than t, these are the counts
 * of all records from `since` on, which the ledger keeps up to date once for all such windows.
 * The window is moved from record to record, because a new scope would cost each record more than its verdict.
 */
export class TrailingScope implements NamedScope {
  from: EventTime = eventTime(Number.NEGATIVE_INFINITY);
  to: EventTime = eventTime(Number.NEGATIVE_INFINITY);
  readonly #ledger: Ledger;
  readonly #over: Duration;
  readonly #needs: WindowNeeds;
  readonly #windows: Partial<Record<Arm, SlidingWindow>> = {};
  /** It begins at `since`, which belongs to it. */
  #cut = false;
  /** All records from `since` on, once somebody has asked for their counts. */
  #sinceThen: Span | null = null;

  /** @param measure what its counts are for. */
  constructor(ledger: Ledger, over: Duration, measure: ResolvedMeasure) {
    this.#ledger = ledger;
    this.#over = over;
    this.#needs = measure.kind === 'quantile' ? 'sketches' : 'counts';
  }

  get isCut(): boolean {
    return this.#cut;
  }

  get begin(): number {
    return this.#cut ? this.from : after(this.from);
  }

  get end(): number {
    return after(this.to);
  }

  /** Samples that were read before are no longer valid. */
  moveTo(at: EventTime, since: EventTime): this {
    const wasCutThere = this.#cut && this.from === since;
    this.#cut = at - this.#over < since;
    if (this.#cut && !wasCutThere) this.#ledger.splitAt(since);
    this.from = this.#cut ? since : eventTime(at - this.#over);
    this.to = at;
    if (this.#sinceThen !== null && !(this.#cut && this.#sinceThen.from === since)) {
      this.#ledger.unfollow(this.#sinceThen);
      this.#sinceThen = null;
    }
    return this;
  }

  counts(arm: Arm): OutcomeCounts {
    if (this.#cut) return this.#countsSince(arm);
    let window = this.#windows[arm];
    if (window === undefined) {
      window = this.#ledger.window(arm, this.#over, this.#needs);
      this.#windows[arm] = window;
    }
    window.moveTo(this.to);
    return window.counts;
  }

  samples(series: string, limit: number): SampleTotals {
    return this.#ledger.samples(series, this.begin, this.end, limit);
  }

  #countsSince(arm: Arm): OutcomeCounts {
    const { watermark } = this.#ledger;
    if (watermark !== null && watermark > this.to) return this.#ledger.totals(arm, this.from, after(this.to));
    this.#sinceThen ??= this.#ledger.follow(this.from, null);
    return this.#sinceThen.arms[arm];
  }
}

/** The same for one moment. */
export function windowScope(ledger: Ledger, over: Duration, measure: ResolvedMeasure, at: EventTime): Scope {
  return new TrailingScope(ledger, over, measure).moveTo(at, eventTime(Number.NEGATIVE_INFINITY));
}

/** A stay in a stage, [from, to), whose counts the ledger keeps up to date. It has no samples one by one. */
export function spanScope(span: Span, percent?: number): Scope {
  return {
    ...(percent !== undefined && { percent }),
    from: span.from,
    to: span.to,
    counts: (arm) => span.arms[arm],
    samples: (series) => span.samples(series),
  };
}

/** The same, summed on request: for a past stay. */
export function rangeScope(ledger: Ledger, from: EventTime | null, to: EventTime | null, percent?: number): NamedScope {
  return {
    ...(percent !== undefined && { percent }),
    from,
    to,
    begin: from ?? Number.NEGATIVE_INFINITY,
    end: to ?? Number.POSITIVE_INFINITY,
    counts: (arm) => ledger.totals(arm, from, to),
    samples: (series, limit) => ledger.samples(series, from, to, limit),
  };
}

/** A stay without some periods of it, as far as outcomes go; samples are those of the whole stay. */
export function scopeWithout(whole: Scope, without: readonly Span[]): Scope {
  return {
    ...(whole.percent !== undefined && { percent: whole.percent }),
    from: whole.from,
    to: whole.to,
    counts: (arm) => {
      const all = whole.counts(arm);
      const counts = new OutcomeCounts(all.layout);
      counts.merge(all);
      for (const { arms } of without) counts.subtract(arms[arm]);
      return counts;
    },
    samples: (series, limit) => whole.samples(series, limit),
  };
}
