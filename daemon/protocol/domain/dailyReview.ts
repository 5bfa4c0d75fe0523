import * as z from 'zod';
import type { Place } from './place.ts';
import type { Arm } from './plan.ts';
import type { TriggerConsequence } from './triggerConsequence.ts';
import type { Duration, EventTime, Percent, WallTime } from './units.ts';
import type { Figure } from './verdict.ts';

/**
 * The daily review. The method `review` answers with the facts since the last review; `closeReview` appends them, with
 * the results of the checklists' items, to the rollout's review log and to the journal.
 */

const instant = z.custom<WallTime>((value) => typeof value === 'number' && Number.isFinite(value));
const rollout = z.string().min(1).max(200);

export const reviewParams = z.strictObject({
  rollout,
  /** `null`: since the last review, else a day. */
  since: instant.nullable(),
});

export const closeReviewParams = z.strictObject({
  rollout,
  key: z.string().min(8).max(100),
  by: z.string().min(1).max(200),
  /** The start of the reviewed period. */
  since: instant,
  /** A closing word. */
  note: z.string().trim().max(2000).optional(),
});

/** The facts of a review: everything between two instants, and the comparison with the time before. */
export interface ReviewFacts {
  readonly rollout: string;
  readonly name: string;
  /** The plan's time zone. */
  readonly zone: string;
  readonly period: ReviewPeriod;
  /** The time since the last review, and as long before it. */
  readonly figures: ReviewFigures;
  readonly figuresBefore: ReviewFigures;
  /** The newest night in the plan's time zone, 18:00 to 09:00 (or so far), and the one before it. */
  readonly overnight: ReviewFigures;
  readonly overnightBefore: ReviewFigures;
  /** Stays in stages that overlap the period, oldest first, with the figures of the overlap. */
  readonly stays: readonly ReviewStay[];
  readonly errors: ReviewErrors;
  /** In the plan's order. */
  readonly triggers: readonly TriggerReview[];
  readonly sources: ReviewSources;
  /** The decisions and events, oldest first; at most the newest hundred. */
  readonly events: readonly ReviewEvent[];
  readonly eventsLeftOut: number;
  /** Items whose evidence stopped holding, newest last. */
  readonly unticked: readonly UntickedItem[];
  /** The topic of each item, so that the right figures are beside it. */
  readonly topics: Readonly<Record<string, ItemTopic>>;
  /** The review log, relative to the plan's folder. */
  readonly log: string;
}

export interface ReviewPeriod {
  readonly from: WallTime;
  readonly to: WallTime;
  /** The reason for this start. */
  readonly since: 'last-review' | 'day' | 'asked';
  readonly lastReview: { readonly by: string; readonly at: WallTime } | null;
}

/** Figures over [from, to), by event time. */
export interface ReviewFigures {
  readonly from: EventTime;
  readonly to: EventTime;
  readonly arms: Readonly<Record<Arm, ArmReview>>;
  /** The plan's measures over all of it, in the plan's order. */
  readonly measures: readonly MeasureReview[];
}

export interface ArmReview {
  readonly n: number;
  /** Good by the plan's first share of treatment; `null` where it has none. */
  readonly good: number | null;
  /** Quantiles of the field of the plan's first quantile; `null` where the plan has none. */
  readonly latency: { readonly unit: string; readonly quantiles: readonly QuantileReview[] } | null;
}

/** `value` is `null` without a record that has the field; with fewer than `needed` it says little. */
export interface QuantileReview {
  readonly at: number;
  readonly value: number | null;
  readonly n: number;
  readonly needed: number;
}

export interface MeasureReview {
  readonly name: string;
  readonly figure: Figure;
  readonly baseline: (Figure & { readonly from: 'concurrent' | 'window' | 'figure' }) | null;
  /** How reliable the figure is: with fewer records than the plan's own triggers ask for it is `insufficient`. */
  readonly state: 'known' | 'insufficient' | 'no-data';
  /** The reason why it is unknown; empty otherwise. */
  readonly reason: string;
}

export interface ReviewStay {
  readonly attempt: number;
  readonly stage: string;
  readonly percent: Percent;
  readonly figures: ReviewFigures;
}

export interface ReviewErrors {
  readonly lines: readonly LineReview[];
  readonly rejected: readonly RejectedReview[];
  /** Values of the arms' fields that were never seen before the period. */
  readonly firstSeen: readonly { readonly field: string; readonly value: string; readonly n: number }[];
}

/** Matching lines of a log-line measure. */
export interface LineReview {
  readonly measure: string;
  readonly n: number;
  readonly before: number;
  /** The newest of them, newest last. */
  readonly newest: readonly { readonly at: EventTime; readonly place: Place }[];
  /** The reason why "none" does not mean "no error": no such log was ever read. Empty otherwise. */
  readonly unread: string;
}

/** Lines of a source that could not be used. */
export interface RejectedReview {
  readonly glob: string;
  readonly n: number;
  /** `last-review`: since then; `ever`: since the source was first read, because no review has counted them. */
  readonly since: 'last-review' | 'ever';
}

/**
 * How near a trigger came to firing. Its window slides over the period in whole minutes, `window` long: the trigger's
 * own length, rounded up. Only times at which the rollout exposed anyone are judged.
 */
export interface TriggerReview {
  readonly id: string;
  /** Its name for people; left out, it is the id. */
  readonly title?: string | undefined;
  readonly when: string;
  readonly consequence: TriggerConsequence;
  readonly window: Duration;
  readonly for: Duration;
  /** `insufficient`: no window held enough records; `idle`: nobody was exposed; `no-data`: see `reason`. */
  readonly state: 'judged' | 'insufficient' | 'no-data' | 'idle';
  readonly reason: string;
  /** The worst window with enough records; `null` unless judged. */
  readonly closest: NearMiss | null;
  /** The most records that any window held, and the number that a window needs. */
  readonly most: number;
  readonly needed: number;
  /** The longest time for which the condition held without a break. */
  readonly held: Duration;
  /** When it fired, oldest first. */
  readonly fired: readonly EventTime[];
}

export interface NearMiss {
  /** The window's end. */
  readonly at: EventTime;
  readonly figure: Figure;
  readonly limit: number;
  readonly baseline: Figure | null;
  /** The condition held; with a `for`, this alone does not fire. */
  readonly holds: boolean;
  /** 0: as far from the limit as possible; 1: at the limit. `null` for a comparison without a distance. */
  readonly closeness: number | null;
}

export interface ReviewSources {
  readonly now: readonly {
    readonly glob: string;
    readonly fresh: boolean;
    readonly needed: boolean;
    readonly arrived: WallTime | null;
  }[];
  /** Times without a record from any source of records, longer than `limit`; an end of `null`: the silence lasts. */
  readonly silences: readonly { readonly from: EventTime; readonly to: EventTime | null }[];
  /** `null` when the plan has no source of records. */
  readonly limit: Duration | null;
  /** Declared losses, oldest first. */
  readonly losses: readonly { readonly at: WallTime; readonly glob: string; readonly detail: string }[];
}

export interface ReviewEvent {
  readonly at: WallTime;
  /** One line, untrusted where people or logs wrote into it. */
  readonly text: string;
  /** Gone past an unmet gate. */
  readonly override: boolean;
}

export interface UntickedItem {
  readonly item: string;
  readonly at: WallTime;
  readonly detail: string;
}

/** From its evidence, else from words of its title; `overview` without either. */
export interface ItemTopic {
  readonly from: 'evidence' | 'title' | 'overview';
  readonly measures: readonly string[];
  readonly triggers: readonly string[];
  readonly errors: boolean;
  readonly sources: boolean;
}

/** The results of the items that were to be done. */
export interface ReviewCounts {
  readonly ticked: number;
  /** Ticked by evidence alone. */
  readonly proven: number;
  readonly skipped: number;
  readonly open: number;
}

export type ClosedReview =
  | {
      readonly kind: 'done';
      /** One line for the team. */
      readonly summary: string;
      /** The review log, relative to the plan's folder. */
      readonly log: string;
      readonly counts: ReviewCounts;
    }
  | { readonly kind: 'refused'; readonly message: string };

const counts = z.object({ ticked: z.number(), proven: z.number(), skipped: z.number(), open: z.number() });

/** Only the outside of the shapes: the inside comes from our own daemon of the same protocol. */
export const reviewResult = z.custom<ReviewFacts>(
  (value) =>
    z
      .object({
        rollout: z.string(),
        period: z.object({ from: z.number(), to: z.number() }),
        figures: z.object({ measures: z.array(z.unknown()) }),
        triggers: z.array(z.unknown()),
        topics: z.record(z.string(), z.unknown()),
        log: z.string(),
      })
      .safeParse(value).success,
);
export const closedReview = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), summary: z.string(), log: z.string(), counts }),
  z.object({ kind: z.literal('refused'), message: z.string() }),
]);
