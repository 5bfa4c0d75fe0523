import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { OutcomeCounts } from './outcomeCounts.ts';
import type { ArmRun } from './rowRun.ts';
import type { Sample, SampleTotals } from './sampleCell.ts';

/** The counts of [from, to) of both arms, kept up to date as records come. */
export interface Span {
  readonly from: EventTime | null;
  readonly to: EventTime | null;
  readonly arms: Readonly<Record<Arm, OutcomeCounts>>;
  /** Totals of the lines, gauge's readings or signals of a series; none of them one by one. */
  samples(series: string): SampleTotals;
}

interface FollowedSpan extends Span {
  readonly followed: Map<string, SampleTotals>;
  /** So many follow it. */
  followers: number;
}

/** How a span is counted from the beginning. */
export interface CountedSpans {
  totals(arm: Arm, from: EventTime | null, to: EventTime | null): OutcomeCounts;
  samples(series: string, from: EventTime | null, to: EventTime | null): SampleTotals;
}

/** The spans that somebody follows: each record is added to those that it belongs to. */
export class FollowedSpans {
  readonly #counted: CountedSpans;
  readonly #spans = new Set<FollowedSpan>();

  constructor(counted: CountedSpans) {
    this.#counted = counted;
  }

  /** All who follow the same span share its counts. */
  follow(from: EventTime | null, to: EventTime | null): Span {
    for (const known of this.#spans) {
      if (known.from !== from || known.to !== to) continue;
      known.followers += 1;
      return known;
    }
    const counted = this.#counted;
    const arms = { treatment: counted.totals('treatment', from, to), control: counted.totals('control', from, to) };
    const followed = new Map<string, SampleTotals>();
    const samples = (series: string): SampleTotals => {
      const known = followed.get(series);
      if (known !== undefined) return known;
      const totals = counted.samples(series, from, to);
      followed.set(series, totals);
      return totals;
    };
    const span: FollowedSpan = { from, to, arms, samples, followed, followers: 1 };
    this.#spans.add(span);
    return span;
  }

  unfollow(span: Span): void {
    for (const known of this.#spans) {
      if (known !== span) continue;
      known.followers -= 1;
      if (known.followers === 0) this.#spans.delete(known);
    }
  }

  addOutcome(outcome: OutcomeRecord): void {
    for (const span of this.#spans) if (isInside(span, outcome.at)) span.arms[outcome.arm].add(outcome);
  }

  /** True where no span begins or ends among outcomes of [oldest, newest]. */
  holdsWhole(oldest: number, newest: number): boolean {
    for (const span of this.#spans) if (isInside(span, oldest) !== isInside(span, newest)) return false;
    return true;
  }

  /** Adds the outcomes of a run, which is whole inside of each span or outside of it. */
  addRun(arm: Arm, run: ArmRun): void {
    for (const span of this.#spans) if (isInside(span, run.oldest)) span.arms[arm].addRun(run);
  }

  addSample(series: string, sample: Sample): void {
    for (const span of this.#spans) if (isInside(span, sample.at)) span.followed.get(series)?.add(sample);
  }

  /** The series is counted anew when somebody asks. */
  forgetSeries(series: string): void {
    for (const span of this.#spans) span.followed.delete(series);
  }

  countAnew(): void {
    for (const { from, to, arms, followed } of this.#spans) {
      for (const arm of ['treatment', 'control'] as const) {
        arms[arm].clear();
        arms[arm].merge(this.#counted.totals(arm, from, to));
      }
      followed.clear();
    }
  }
}

function isInside({ from, to }: Span, at: number): boolean {
  return (from === null || at >= from) && (to === null || at < to);
}
