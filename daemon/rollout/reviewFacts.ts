import type {
  RejectedReview,
  ReviewFacts,
  ReviewSources,
  ReviewStay,
  TriggerReview,
} from '../protocol/domain/dailyReview.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { sourceName } from '../protocol/domain/sourceKinds.ts';
import { duration, eventTime, type WallTime } from '../protocol/domain/units.ts';
import type { SourceFreshness } from '../protocol/domain/verdict.ts';
import type { SourceCounters } from './counters.ts';
import type { Execution } from './execution.ts';
import { itemTopics } from './itemTopics.ts';
import { journalReview } from './reviewEvents.ts';
import { exposedTimes, lastReview, night, type Reviewed, reviewPeriod, spanBefore, staysIn } from './reviewPeriod.ts';

/** The longest silence of a source without a `fresh`, as freshness judges it. */
const defaultLimit = duration(15 * 60_000);

/**
 * The facts of a review, as counts and journal tell them at `now`. A long period is summed step by step: the caller
 * continues when it has time.
 *
 *
 * @param entries the rollout's whole journal, oldest first
 * @param since where to begin; `null` for the last review
 */
export function* reviewFacts(
  execution: Execution,
  entries: readonly JournalEntry[],
  since: WallTime | null,
  now: WallTime,
): Generator<void, ReviewFacts> {
  const { plan, judge, state } = execution;
  const { review } = judge;
  const period = reviewPeriod(entries, since, now);
  const span = { from: eventTime(period.from), to: eventTime(now) };
  const before = spanBefore(period);
  const [last, earlier] = [night(now, plan.timezone), night(now, plan.timezone, 1)];
  const journal = journalReview(
    entries.filter(({ at }) => at >= period.from),
    { stages: plan.stages, triggers: execution.judgement?.triggers ?? [] },
  );
  const triggers: TriggerReview[] = [];
  for (const trigger of plan.triggers) {
    const found = yield* review.nearMisses(trigger, exposedTimes(state.visits, span, trigger.stages));
    const named = trigger.title === undefined ? {} : { title: trigger.title };
    triggers.push({ ...found, ...named, fired: journal.fired(trigger.id) });
  }
  const stays: ReviewStay[] = [];
  for (const { visit, from, to } of staysIn(state.visits, span)) {
    const { attempt, stage, percent } = visit;
    stays.push({ attempt, stage, percent, figures: yield* review.figures(from, to) });
  }
  return {
    rollout: plan.id,
    name: plan.name ?? plan.id,
    zone: plan.timezone,
    period,
    figures: yield* review.figures(span.from, span.to),
    figuresBefore: yield* review.figures(before.from, before.to),
    overnight: yield* review.figures(last.from, last.to),
    overnightBefore: yield* review.figures(earlier.from, earlier.to),
    stays,
    errors: {
      ...review.errors(before.from, span.from, span.to),
      rejected: rejectedSince(execution, lastReview(entries)?.body ?? null),
    },
    triggers,
    sources: sourcesOf(execution, span, journal.losses),
    events: journal.events,
    eventsLeftOut: journal.eventsLeftOut,
    unticked: journal.unticked,
    topics: itemTopics(plan),
    log: reviewLogName(execution),
  };
}

/** The number of rejected lines of each source ever, by its glob. */
export function rejectedSoFar({ plan, counters }: Execution): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const [index, source] of plan.sources.entries()) {
    const name = sourceName(source);
    totals[name] = (totals[name] ?? 0) + rejectedOf(counters[index]);
  }
  return totals;
}

/** Relative to the plan's folder. */
function reviewLogName({ plan }: Pick<Execution, 'plan'>): string {
  return plan.review_log ?? `${plan.id}.review.md`;
}

function rejectedOf(counters: SourceCounters | undefined): number {
  return Object.values(counters?.rejected ?? {}).reduce((sum, n) => sum + n, 0);
}

function rejectedSince(execution: Execution, last: Reviewed | null): readonly RejectedReview[] {
  return Object.entries(rejectedSoFar(execution)).flatMap(([glob, n]): RejectedReview[] => {
    const counted = last?.rejected[glob];
    // After a second reading from the start, the fewer lines are all there are.
    const known = counted === undefined || counted > n ? null : counted;
    const found: RejectedReview =
      known === null ? { glob, n, since: 'ever' } : { glob, n: n - known, since: 'last-review' };
    return found.n === 0 ? [] : [found];
  });
}

function sourcesOf(
  { plan, judge, judgement }: Execution,
  span: { readonly from: ReturnType<typeof eventTime>; readonly to: ReturnType<typeof eventTime> },
  losses: ReviewSources['losses'],
): ReviewSources {
  const limits = plan.sources.flatMap((source) => (holdsLines(source) ? [] : [source.fresh ?? defaultLimit]));
  const limit = limits.length === 0 ? null : duration(Math.min(...limits));
  return {
    now: (judgement?.freshness ?? []).map(({ glob, fresh, needed, arrived }: SourceFreshness) => ({
      glob,
      fresh,
      needed,
      arrived,
    })),
    silences: limit === null ? [] : judge.review.silences(span.from, span.to, Math.max(limit, 60_000)),
    limit,
    losses,
  };
}
