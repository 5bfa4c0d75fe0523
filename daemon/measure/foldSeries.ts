import type { Instrument } from '../protocol/domain/observation.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { shownQuantiles } from '../protocol/domain/shownQuantiles.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { ArmSeries, SeriesParams, SeriesResult } from '../protocol/wire/series.ts';
import type { Ledger } from './ledger.ts';
import { numberKey } from './numberField.ts';

const minute = 60_000;

interface Bucket {
  readonly time: number;
  readonly arms: Readonly<Record<Arm, Figures>>;
}

interface Figures {
  readonly n: number;
  readonly good: number;
  /** In the order of `shownQuantiles`. */
  readonly quantiles: readonly (number | null)[];
}

/**
 * A rollout's figures over time, one step for each bucket, so that a chart of three weeks does not stop the daemon: the
 * caller continues when it has time. The last value is the result. `cutAt`: buckets of that step, a whole number of
 * minutes; those on the edges of the range are counted only as far as they lie in it (which is exact where
 * `Ledger.totals` is), not whole.
 */
export function* seriesOf(
  plan: Plan,
  instrument: Instrument,
  ledger: Ledger,
  { from, to, points }: Pick<SeriesParams, 'from' | 'to' | 'points'>,
  cutAt: { readonly step: number } | null = null,
): Generator<void, SeriesResult> {
  const names = drawnMeasures(plan);
  const latencyField = names.latency === null ? -1 : instrument.fields.indexOf(names.latency.key);
  const success = names.success === null ? -1 : instrument.shares.indexOf(names.success);
  // Nothing lies before the first record: a young rollout gets steps as short as its history, whatever the request.
  const start = ledger.earliest === null ? null : eventTime(Math.max(from ?? ledger.earliest, ledger.earliest));
  const end = to ?? (ledger.watermark === null ? null : eventTime(ledger.watermark + 1));
  const buckets: Bucket[] = [];
  let step = minute;
  if (start !== null && end !== null && end > start) {
    // The edges are whole steps, so that a bucket is the same in every range.
    step = cutAt?.step ?? minute * Math.max(1, Math.ceil((end - start) / minute / Math.max(1, points - 1)));
    for (let time = Math.floor(start / step) * step; time < end; time += step) {
      const first = cutAt === null ? time : Math.max(time, start);
      const after = cutAt === null ? time + step : Math.min(time + step, end);
      const arms = {
        treatment: figures(ledger, 'treatment', first, after, success, latencyField),
        control: figures(ledger, 'control', first, after, success, latencyField),
      };
      if (arms.treatment.n + arms.control.n > 0) buckets.push({ time, arms });
      yield;
    }
  }
  return {
    step,
    times: buckets.map(({ time }) => time),
    arms: { treatment: columns(buckets, 'treatment'), control: columns(buckets, 'control') },
    measures: {
      success: names.success,
      error: names.error,
      uploads: names.uploads,
      quantiles: names.quantiles,
    },
    latencyUnit: names.latency?.unit ?? '',
  };
}

function figures(ledger: Ledger, arm: Arm, first: number, after: number, success: number, field: number): Figures {
  const from: EventTime = eventTime(first);
  const counts = ledger.totals(arm, from, eventTime(after));
  const sketch = field === -1 || counts.n === 0 ? null : counts.sketchOf(field);
  const quantile = (share: number): number | null => {
    const value = sketch?.quantile(share) ?? Number.NaN;
    return Number.isFinite(value) ? value : null;
  };
  return {
    // Records from before the plan had the share say nothing about it.
    n: success === -1 ? counts.n : counts.countedIn(success),
    good: success === -1 ? counts.n : (counts.good[success] ?? 0),
    quantiles: shownQuantiles.map(quantile),
  };
}

function columns(buckets: readonly Bucket[], arm: Arm): ArmSeries {
  const column = <T>(pick: (figures: Figures) => T): T[] => buckets.map(({ arms }) => pick(arms[arm]));
  return {
    n: column(({ n }) => n),
    good: column(({ good }) => good),
    quantiles: shownQuantiles.map((at, index) => ({ at, values: column(({ quantiles }) => quantiles[index] ?? null) })),
  };
}

/** Which of the plan's measures are drawn over time. */
export function drawnMeasures({ measures }: Plan) {
  const all = Object.entries(measures);
  const success = all.find(([, measure]) => 'share' in measure && measure.of === 'treatment')?.[0] ?? null;
  const error = all.find(([, measure]) => 'share_not' in measure && measure.share_not === success)?.[0] ?? null;
  const uploads = all.find(([, measure]) => 'count' in measure && measure.count === 'treatment')?.[0] ?? null;
  const first = all.flatMap(([, measure]) => ('quantile' in measure ? [measure] : []))[0];
  const latency = first === undefined ? null : { key: numberKey(first), unit: first.unit ?? '' };
  const named = (quantile: number): string | null =>
    all.find(
      ([, measure]) => 'quantile' in measure && numberKey(measure) === latency?.key && measure.quantile === quantile,
    )?.[0] ?? null;
  const quantiles = shownQuantiles.map((at) => ({ at, measure: named(at) }));
  return { success, error, uploads, latency, quantiles };
}
