import type { Ledger, Span } from '../measure/ledger.ts';
import { after } from '../measure/ledger.ts';
import type { OutcomeCounts } from '../measure/outcomeCounts.ts';
import type { SampleTotals } from '../measure/sampleCell.ts';
import type { Arm } from '../protocol/plan.ts';
import { type Duration, type EventTime, eventTime } from '../protocol/units.ts';

/** The stretch of event time a condition is judged over, and its counts. */
export interface Scope {
  readonly from: EventTime | null;
  readonly to: EventTime | null;
  counts(arm: Arm): OutcomeCounts;
  /** Where there are samples one by one, the newest `limit` of them. */
  samples(series: string, limit: number): SampleTotals;
}

/**
 * A trigger's trailing window (t − over, t]: left-open, because a window of five minutes holds five minutes' records.
 * While it would reach back before `since` it is [since, t], and summed each time: that is so for one window's length.
 */
export function windowScope(ledger: Ledger, over: Duration, at: EventTime, since: EventTime): Scope {
  const from = eventTime(at - over);
  if (from < since) return { ...rangeScope(ledger, since, after(at)), to: at };
  return {
    from,
    to: at,
    counts: (arm) => {
      const window = ledger.window(arm, over);
      window.moveTo(at);
      return window.counts;
    },
    samples: (series, limit) => ledger.samples(series, after(from), after(at), limit),
  };
}

/** A stay in a stage, [from, to), whose counts the ledger keeps up to date. It has no samples one by one. */
export function spanScope(span: Span): Scope {
  return {
    from: span.from,
    to: span.to,
    counts: (arm) => span.arms[arm],
    samples: (series) => span.samples(series),
  };
}

/** The same, summed when asked: for a stay that is over. */
export function rangeScope(ledger: Ledger, from: EventTime | null, to: EventTime | null): Scope {
  return {
    from,
    to,
    counts: (arm) => ledger.totals(arm, from, to),
    samples: (series, limit) => ledger.samples(series, from, to, limit),
  };
}
