import * as z from 'zod';
import { filePlaceSchema } from '../domain/place.ts';
import type { WallTime } from '../domain/units.ts';
import type { MarkedEvent } from './markedEvents.ts';
import { readMark, type SeriesAnswer, whyQuestion } from './pageMessages.ts';
import { seriesParams } from './series.ts';
import type { PlanProblem, RolloutView } from './view.ts';

/**
 * The messages between the dashboard page and its host in the editor. The page holds no socket and decides nothing: it
 * draws the host's messages and sends a person's requests. A page that is shown anew says `ready` and gets everything;
 * messages to a hidden page count as lost.
 */

const rolloutName = z.strictObject({ folder: z.string().max(4096), rollout: z.string().min(1).max(200) });
/** A rollout of one plan folder; `folder` is the host's name for it. */
export type RolloutName = z.output<typeof rolloutName>;

const planPart = z.string().min(1).max(400);

/** Page → host. The host checks every one; none acts on a rollout without the host's own confirmation. */
export const pageMessage = z.discriminatedUnion('type', [
  /** The page is there (again). `shown`: the rollout it showed before it was hidden or reloaded. */
  z.strictObject({ type: z.literal('ready'), shown: rolloutName.nullable() }),
  z.strictObject({ type: z.literal('choose'), rollout: rolloutName }),
  readMark,
  z.strictObject({
    type: z.literal('command'),
    rollout: rolloutName,
    kind: z.enum(['begin', 'advance', 'hold', 'resume', 'acknowledge', 'rejudge', 'restore', 'rollback']),
  }),
  /** Answered by a `series` message with the same id. */
  z.strictObject({
    type: z.literal('series-wanted'),
    id: z.number().int().min(0),
    rollout: rolloutName,
    params: seriesParams.omit({ rollout: true }),
  }),
  /** The line of the log behind a figure. */
  z.strictObject({
    type: z.literal('open-evidence'),
    rollout: rolloutName,
    place: filePlaceSchema,
  }),
  /** A key of `PlanView.lines`. */
  z.strictObject({ type: z.literal('open-plan-line'), rollout: rolloutName, part: planPart }),
  /** A plan file that cannot be used, at its fault; the host has told the page about it. */
  z.strictObject({ type: z.literal('open-faulty-plan'), file: z.string().min(1).max(4096) }),
  z.strictObject({
    type: z.literal('show-why'),
    rollout: rolloutName,
    about: whyQuestion,
  }),
  /** The rollout in six lines of Markdown, into the clipboard. */
  z.strictObject({ type: z.literal('copy-for-chat'), rollout: rolloutName }),
  /** Walks through the checklists' items that are due, one after the other. */
  z.strictObject({ type: z.literal('daily-review'), rollout: rolloutName }),
  /** The actions of a page that has nothing to show. */
  z.strictObject({
    type: z.literal('help'),
    with: z.enum(['create-plan', 'start-daemon', 'show-log', 'manage-trust']),
  }),
]);
export type PageMessage = z.output<typeof pageMessage>;

/** The host's link to the daemon of the shown rollout. Only while it is `live` is the shown state current. */
export type DashboardLink =
  | { readonly kind: 'live' }
  /** Looking for the daemon, or starting it. */
  | { readonly kind: 'starting' }
  /** Connected, and nothing heard since. */
  | { readonly kind: 'stale'; readonly since: WallTime }
  /** The connection is lost; the host keeps trying. */
  | { readonly kind: 'gone'; readonly since: WallTime; readonly detail: string }
  /** Not running, and no start is under way. `detail`: one line when it could not be started. */
  | { readonly kind: 'stopped'; readonly detail: string | null };

/** One rollout of the list. */
export interface RolloutEntry extends RolloutName {
  readonly name: string;
  /** A few words: `10 %, soaking`. */
  readonly summary: string;
}

/** The reason why no rollout can be shown. */
export type Emptiness = 'looking' | 'no-plan' | 'untrusted' | 'unusable-plan' | 'daemon-stopped';

/** Host → page. */
export type HostMessage =
  /** Everything; it replaces all earlier messages. */
  | {
      readonly type: 'snapshot';
      /** The host's clock, by which the page corrects its own. */
      readonly now: WallTime;
      readonly rollouts: readonly RolloutEntry[];
      readonly shown: { readonly folder: string; readonly view: RolloutView } | null;
      /** The reason why nothing is shown; `null` when something is. */
      readonly empty: Emptiness | null;
      readonly problems: readonly PlanProblem[];
      /** The daemon's own faults, one line each. */
      readonly faults: readonly string[];
      readonly link: DashboardLink;
      /** English text → text in the editor's language; a missing text stays English. */
      readonly language: Readonly<Record<string, string>>;
    }
  /** Whole parts of the shown view, replaced. Parts of another rollout are ignored. */
  | { readonly type: 'parts'; readonly rollout: RolloutName; readonly parts: Partial<RolloutView> }
  | { readonly type: 'link'; readonly link: DashboardLink }
  /** The end of what there is to say now: the host says no more of the state until the page answers `read`. */
  | { readonly type: 'mark'; readonly mark: number }
  | SeriesAnswer
  /** What happened in the time of the newest figures, oldest first. */
  | { readonly type: 'events'; readonly rollout: RolloutName; readonly events: readonly MarkedEvent[] };
