import { wallTime } from '../../daemon/protocol/domain/units.ts';
import {
  type HostMessage,
  type PageMessage,
  pageMessage,
  type RolloutName,
} from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { SeriesParams, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView, RolloutViewPart } from '../../daemon/protocol/wire/view.ts';
import type { Clock } from '../clock.ts';
import { Disposables } from '../disposables.ts';
import { PageLine } from '../pages/pageLine.ts';
import type { DashboardContent } from './dashboardContent.ts';

type Message<T extends PageMessage['type']> = Extract<PageMessage, { type: T }>;

/** The services of the extension for a dashboard. Every action asks its own question first. */
export interface DashboardActions {
  /** `wanted`: the rollout that the reader chose; `null` before a choice. */
  content(wanted: RolloutName | null): DashboardContent;
  /** Rejects with one line for people when no figures are available. */
  series(rollout: RolloutName, params: Omit<SeriesParams, 'rollout'>): Promise<SeriesResult>;
  /** What happened in the time of these figures. */
  events(rollout: RolloutName, series: SeriesResult): Promise<readonly MarkedEvent[]>;
  command(rollout: RolloutName, kind: Message<'command'>['kind']): void;
  openEvidence(rollout: RolloutName, place: Message<'open-evidence'>['place']): void;
  openPlanLine(rollout: RolloutName, part: string): void;
  /** Opens the plan at its fault; `file` is one of the files that the page was told of. */
  openFaultyPlan(file: string): void;
  showWhy(rollout: RolloutName, about: Message<'show-why'>['about']): void;
  copyForChat(rollout: RolloutName): void;
  dailyReview(rollout: RolloutName): void;
  help(topic: Message<'help'>['with']): void;
  /** The editor's translations, English → its language. */
  readonly language: Readonly<Record<string, string>>;
  log(detail: string): void;
}

/** Several changes in one moment are one message. */
const tellSoon = 50;

/** The host of one page: it sends everything when the page says `ready`, and then each change. */
export class DashboardHost extends Disposables {
  readonly #post: (message: HostMessage) => void;
  readonly #actions: DashboardActions;
  readonly #clock: Clock;
  readonly #line: PageLine<PageMessage, Message<'series-wanted'>>;
  #wanted: RolloutName | null = null;
  /** The state that the page holds. */
  #told: DashboardContent | null = null;

  constructor(post: (message: HostMessage) => void, actions: DashboardActions, clock: Clock) {
    super();
    this.#post = post;
    this.#actions = actions;
    this.#clock = clock;
    this.#line = this.add(
      new PageLine(
        {
          page: 'the dashboard',
          schema: pageMessage,
          tellEvery: tellSoon,
          post,
          tell: () => this.#tellChanges(),
          series: ({ rollout, params }) => actions.series(rollout, params),
          events: ({ rollout }, series) => actions.events(rollout, series),
          postEvents: ({ rollout }, events) => post({ type: 'events', rollout, events }),
          log: actions.log,
        },
        clock,
      ),
    );
  }

  /** Something in the workspace may have changed. */
  changed(): void {
    this.#line.changed();
  }

  /** Somebody wants to see this rollout; told at once where there is a page, else when it comes. */
  choose(rollout: RolloutName): void {
    this.#wanted = rollout;
    if (this.#line.isThere) this.#tellAll(this.#actions.content(rollout));
  }

  /** The page's content is gone until it says `ready` again. */
  hidden(): void {
    this.#line.hidden();
  }

  /** A message of the page, checked here. */
  receive(data: unknown): void {
    const message = this.#line.checked(data);
    if (message === null) return;
    const actions = this.#actions;
    switch (message.type) {
      case 'ready':
        this.#line.came();
        this.#wanted = message.shown ?? this.#wanted;
        this.#tellAll(actions.content(this.#wanted));
        return;
      case 'choose':
        this.#wanted = message.rollout;
        this.#tellAll(actions.content(this.#wanted));
        return;
      case 'read':
        this.#line.read(message.mark);
        return;
      case 'command':
        actions.command(message.rollout, message.kind);
        return;
      case 'series-wanted':
        this.#line.asked(message);
        return;
      case 'open-evidence':
        actions.openEvidence(message.rollout, message.place);
        return;
      case 'open-plan-line':
        actions.openPlanLine(message.rollout, message.part);
        return;
      case 'open-faulty-plan':
        actions.openFaultyPlan(message.file);
        return;
      case 'show-why':
        actions.showWhy(message.rollout, message.about);
        return;
      case 'copy-for-chat':
        actions.copyForChat(message.rollout);
        return;
      case 'daily-review':
        actions.dailyReview(message.rollout);
        return;
      case 'help':
        actions.help(message.with);
        return;
    }
  }

  #tellAll(content: DashboardContent): void {
    const { shown, link, frame } = content;
    this.#told = content;
    const now = wallTime(this.#clock.now());
    this.#post({ type: 'snapshot', now, shown, link, ...frame, language: this.#actions.language });
    this.#line.told();
  }

  #tellChanges(): void {
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
    if (parts !== null || !isEqual(link, told.link)) this.#line.told();
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
