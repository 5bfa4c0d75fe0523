import { wallTime } from '../../daemon/protocol/domain/units.ts';
import {
  type HostMessage,
  type PageMessage,
  pageMessage,
  type RolloutName,
} from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { SeriesParams, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView, RolloutViewPart } from '../../daemon/protocol/wire/view.ts';
import type { Clock } from '../clock.ts';
import { Disposables } from '../disposables.ts';
import type { DashboardContent } from './dashboardContent.ts';

type Message<T extends PageMessage['type']> = Extract<PageMessage, { type: T }>;

/** The services of the extension for a dashboard. Every action asks its own question first. */
export interface DashboardActions {
  /** `wanted`: the rollout that the reader chose; `null` before a choice. */
  content(wanted: RolloutName | null): DashboardContent;
  /** Rejects with one line for people when no figures are available. */
  series(rollout: RolloutName, params: Omit<SeriesParams, 'rollout'>): Promise<SeriesResult>;
  command(rollout: RolloutName, kind: Message<'command'>['kind']): void;
  openEvidence(rollout: RolloutName, place: Message<'open-evidence'>['place']): void;
  openPlanLine(rollout: RolloutName, part: string): void;
  /** Opens the plan at its fault; `file` is one of the files that the page was told of. */
  openFaultyPlan(file: string): void;
  showWhy(rollout: RolloutName, about: Message<'show-why'>['about']): void;
  dailyReview(rollout: RolloutName): void;
  help(topic: Message<'help'>['with']): void;
  /** The editor's translations, English → its language. */
  readonly language: Readonly<Record<string, string>>;
  log(detail: string): void;
}

/** Several changes in one moment are one message. */
const tellSoon = 50;

/**
 * The host of one page. It sends everything when the page says `ready`, then each change, and nothing while the page is
 * hidden: a hidden page is discarded, and returns with another `ready`. A page that does not read costs nothing: one
 * state and one answer wait for it, and then it gets the newest of all.
 */
export class DashboardHost extends Disposables {
  readonly #post: (message: HostMessage) => void;
  readonly #actions: DashboardActions;
  readonly #clock: Clock;
  #wanted: RolloutName | null = null;
  /** The state that the page holds; `null` while there is no page. */
  #told: DashboardContent | null = null;
  #telling: { dispose(): void } | null = null;
  #lastMark = 0;
  /** The mark behind the state that the page has not read yet. */
  #unread: number | null = null;
  /** Something changed while the page had a state to read. */
  #isBehind = false;
  /** The mark behind the figures that the page has not read yet, and the newest question meanwhile. */
  #unreadSeries: number | null = null;
  #question: Message<'series-wanted'> | null = null;

  constructor(post: (message: HostMessage) => void, actions: DashboardActions, clock: Clock) {
    super();
    this.#post = post;
    this.#actions = actions;
    this.#clock = clock;
    this.add({ dispose: () => this.hidden() });
  }

  /** Something in the workspace may have changed. */
  changed(): void {
    if (this.#told === null) return;
    if (this.#unread !== null) {
      this.#isBehind = true;
      return;
    }
    this.#telling ??= this.#clock.after(tellSoon, () => this.#tellChanges());
  }

  /** Somebody wants to see this rollout; told at once where there is a page, else when it comes. */
  choose(rollout: RolloutName): void {
    this.#wanted = rollout;
    if (this.#told !== null) this.#tellAll(this.#actions.content(rollout));
  }

  /** The page's content is gone until it says `ready` again. */
  hidden(): void {
    this.#told = null;
    this.#telling?.dispose();
    this.#telling = null;
    this.#unread = null;
    this.#isBehind = false;
    this.#unreadSeries = null;
    this.#question = null;
  }

  /** A message of the page, checked here. */
  receive(data: unknown): void {
    const checked = pageMessage.safeParse(data);
    if (!checked.success) {
      this.#actions.log('the dashboard sent a message that the protocol does not know');
      return;
    }
    const message = checked.data;
    switch (message.type) {
      case 'ready':
        this.hidden();
        this.#wanted = message.shown ?? this.#wanted;
        this.#tellAll(this.#actions.content(this.#wanted));
        return;
      case 'choose':
        this.#wanted = message.rollout;
        this.#tellAll(this.#actions.content(this.#wanted));
        return;
      case 'read':
        this.#read(message.mark);
        return;
      case 'command':
        this.#actions.command(message.rollout, message.kind);
        return;
      case 'series-wanted':
        if (this.#unreadSeries === null) void this.#answerSeries(message);
        else this.#question = message;
        return;
      case 'open-evidence':
        this.#actions.openEvidence(message.rollout, message.place);
        return;
      case 'open-plan-line':
        this.#actions.openPlanLine(message.rollout, message.part);
        return;
      case 'open-faulty-plan':
        this.#actions.openFaultyPlan(message.file);
        return;
      case 'show-why':
        this.#actions.showWhy(message.rollout, message.about);
        return;
      case 'daily-review':
        this.#actions.dailyReview(message.rollout);
        return;
      case 'help':
        this.#actions.help(message.with);
        return;
    }
  }

  /** The page has caught up to this mark. */
  #read(mark: number): void {
    if (this.#unread !== null && mark >= this.#unread) {
      this.#unread = null;
      if (this.#isBehind) this.changed();
      this.#isBehind = false;
    }
    if (this.#unreadSeries !== null && mark >= this.#unreadSeries) {
      this.#unreadSeries = null;
      const question = this.#question;
      this.#question = null;
      if (question !== null) void this.#answerSeries(question);
    }
  }

  #mark(): number {
    this.#lastMark += 1;
    this.#post({ type: 'mark', mark: this.#lastMark });
    return this.#lastMark;
  }

  #tellAll(content: DashboardContent): void {
    const { shown, link, frame } = content;
    this.#told = content;
    const now = wallTime(this.#clock.now());
    this.#post({ type: 'snapshot', now, shown, link, ...frame, language: this.#actions.language });
    this.#unread = this.#mark();
  }

  #tellChanges(): void {
    this.#telling = null;
    const told = this.#told;
    if (told === null) return;
    const content = this.#actions.content(this.#wanted);
    const { shown, link, frame } = content;
    const same = shown !== null && told.shown !== null && isSameRollout(shown, told.shown);
    if (!same || !isEqual(frame, told.frame)) {
      if (!isEqual(content, told)) this.#tellAll(content);
      return;
    }
    this.#told = content;
    if (!isEqual(link, told.link)) this.#post({ type: 'link', link });
    const parts = changedParts(told.shown.view, shown.view);
    const rollout = { folder: shown.folder, rollout: shown.view.rollout };
    if (parts !== null) this.#post({ type: 'parts', rollout, parts });
    if (parts !== null || !isEqual(link, told.link)) this.#unread = this.#mark();
  }

  async #answerSeries({ id, rollout, params }: Message<'series-wanted'>): Promise<void> {
    const answer = await this.#actions.series(rollout, params).then(
      (series) => ({ kind: 'series' as const, series }),
      (error: unknown) => ({
        kind: 'refused' as const,
        message: error instanceof Error ? error.message : String(error),
      }),
    );
    if (this.#told === null) return;
    this.#post({ type: 'series', id, answer });
    this.#unreadSeries = this.#mark();
  }
}

/** The session keeps an unchanged part the very same object, so that looking for what changed costs nothing. */
function changedParts(told: RolloutView, view: RolloutView): Partial<RolloutView> | null {
  const names = (Object.keys(view) as RolloutViewPart[]).filter((name) => view[name] !== told[name]);
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, view[name]]));
}

type Shown = NonNullable<DashboardContent['shown']>;

function isSameRollout(one: Shown, other: Shown): boolean {
  return one.folder === other.folder && one.view.rollout === other.view.rollout;
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
