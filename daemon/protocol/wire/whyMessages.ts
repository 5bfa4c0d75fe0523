import * as z from 'zod';
import type { Explanation } from '../domain/explanation.ts';
import { filePlaceSchema, type Place } from '../domain/place.ts';
import type { WallTime } from '../domain/units.ts';
import type { FailuresResult } from './failures.ts';
import type { MarkedEvent } from './markedEvents.ts';
import { readMark, type SeriesAnswer, whyQuestion } from './pageMessages.ts';
import { seriesParams } from './series.ts';
import type { RolloutView } from './view.ts';

/**
 * The messages between the page "Why" and its host in the editor. The page draws what the host tells and sends a person's
 * requests; it holds no socket, reads no file and decides nothing.
 */

const sourcePlace = z.strictObject({
  file: z.string().min(1).max(1000),
  line: z.number().int().min(1).max(10_000_000),
});
/** A place in a program's source, as a stack trace names it. */
export type SourcePlace = z.output<typeof sourcePlace>;

/** Page → host; the host checks every one. */
export const whyPageMessage = z.discriminatedUnion('type', [
  /** The page is there (again), and gets everything. */
  z.strictObject({ type: z.literal('ready') }),
  readMark,
  z.strictObject({
    type: z.literal('series-wanted'),
    id: z.number().int().min(0),
    params: seriesParams.omit({ rollout: true }),
  }),
  z.strictObject({ type: z.literal('open-evidence'), place: filePlaceSchema }),
  z.strictObject({ type: z.literal('open-plan-line'), part: z.string().min(1).max(400) }),
  z.strictObject({ type: z.literal('open-source'), place: sourcePlace }),
  /** Answered by `blame` of the same place. */
  z.strictObject({ type: z.literal('blame-wanted'), place: sourcePlace }),
  z.strictObject({ type: z.literal('open-change'), place: sourcePlace }),
  z.strictObject({ type: z.literal('copy-for-chat') }),
  z.strictObject({ type: z.literal('show-dashboard') }),
  /** Another question about the same rollout, in a page of its own. */
  z.strictObject({ type: z.literal('show-why'), about: whyQuestion }),
  /** The editor's command asks its own question first. */
  z.strictObject({
    type: z.literal('command'),
    kind: z.enum(['acknowledge', 'resume', 'rollback', 'restore', 'begin']),
  }),
]);
export type WhyPageMessage = z.output<typeof whyPageMessage>;

/** The reasons of one thing, in words. Texts of logs, plans and people are masked, and are not markup. */
export interface WhyContent {
  /** The rollout's name. */
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  readonly tone: 'bad' | 'caution' | 'quiet';
  readonly rule: {
    readonly condition: string;
    /** `rampwatch.yaml:61`, and a key of `PlanView.lines`; `null` where the plan has it no more. */
    readonly line: { readonly text: string; readonly part: string } | null;
    readonly more: readonly string[];
  } | null;
  readonly sections: readonly { readonly title: string; readonly facts: readonly string[] }[];
  readonly explanation: Explanation | null;
  /**
   * The measure that is drawn over time, and when it fired; `null` where nothing is measured. `condition`: the rule whose
   * limit is drawn; `null` draws those of all.
   */
  readonly figure: {
    readonly measure: string;
    readonly condition: string | null;
    readonly firedAt: number | null;
  } | null;
  /** Newest first; `text`: of a record that nobody can read again. */
  readonly records: readonly { readonly place: Place; readonly text: string | null }[];
  /** IANA name of the time zone of all times on the page. */
  readonly zone: string;
}

/** The change that a line of a source came with. */
export type Blame =
  | {
      readonly kind: 'commit';
      readonly commit: string;
      readonly author: string;
      /** Milliseconds since 1970. */
      readonly at: number;
      readonly summary: string;
    }
  | { readonly kind: 'not-committed' }
  | { readonly kind: 'unknown'; readonly detail: string };

/** Host → page. */
export type WhyHostMessage =
  | {
      readonly type: 'snapshot';
      /** The host's clock, by which the page corrects its own. */
      readonly now: WallTime;
      /** `null`: what was explained is not so any more, and the page keeps what it has. */
      readonly content: WhyContent | null;
      /** What the chart needs of the rollout. */
      readonly view: RolloutView | null;
      readonly live: boolean;
      /** What the page keeps for its host, so that it is found again after a reload of the window. */
      readonly kept: unknown;
      readonly language: Readonly<Record<string, string>>;
    }
  | { readonly type: 'mark'; readonly mark: number }
  | SeriesAnswer
  /** What happened in the time of the newest figures, oldest first. */
  | { readonly type: 'events'; readonly events: readonly MarkedEvent[] }
  | {
      readonly type: 'failures';
      readonly answer:
        | { readonly kind: 'failures'; readonly failures: FailuresResult }
        | { readonly kind: 'refused'; readonly message: string };
    }
  | { readonly type: 'blame'; readonly place: SourcePlace; readonly blame: Blame };
