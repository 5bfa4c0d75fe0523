import type { FilePlace } from '../../daemon/protocol/domain/place.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { FailuresResult } from '../../daemon/protocol/wire/failures.ts';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { WhyQuestion } from '../../daemon/protocol/wire/pageMessages.ts';
import type { SeriesParams, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import {
  type Blame,
  type SourcePlace,
  type WhyContent,
  type WhyHostMessage,
  type WhyPageMessage,
  whyPageMessage,
} from '../../daemon/protocol/wire/whyMessages.ts';
import type { Clock } from '../clock.ts';
import { Disposables } from '../disposables.ts';
import { messageOf, PageLine } from '../pages/pageLine.ts';

/** The reasons as they are now. */
export interface WhyNow {
  readonly content: WhyContent | null;
  readonly view: RolloutView | null;
  readonly live: boolean;
}

/** The services of the extension for one page. */
export interface WhyActions {
  now(): Promise<WhyNow>;
  /** Rejects with one line for people. */
  series(params: Omit<SeriesParams, 'rollout'>): Promise<SeriesResult>;
  /** What happened in the time of these figures. */
  events(series: SeriesResult): Promise<readonly MarkedEvent[]>;
  failures(): Promise<FailuresResult>;
  openEvidence(place: FilePlace): void;
  openPlanLine(part: string): void;
  openSource(place: SourcePlace): void;
  blame(place: SourcePlace): Promise<Blame>;
  openChange(place: SourcePlace): void;
  copyForChat(): void;
  showDashboard(): void;
  showWhy(about: WhyQuestion): void;
  command(kind: Extract<WhyPageMessage, { type: 'command' }>['kind']): void;
  /** What the page keeps for the next window. */
  readonly kept: unknown;
  readonly language: Readonly<Record<string, string>>;
  log(detail: string): void;
}

/** Reasons move slowly; a page that shows a second ago is true enough. */
const tellEvery = 1000;

/** The host of one page of reasons: it sends everything when the page says `ready`, then what has changed. */
export class WhyHost extends Disposables {
  readonly #post: (message: WhyHostMessage) => void;
  readonly #actions: WhyActions;
  readonly #clock: Clock;
  readonly #line: PageLine<WhyPageMessage, Extract<WhyPageMessage, { type: 'series-wanted' }>>;
  #told = '';
  /** What the records were asked for: they are asked for again when the explanation comes. */
  #toldFailures = '';

  constructor(post: (message: WhyHostMessage) => void, actions: WhyActions, clock: Clock) {
    super();
    this.#post = post;
    this.#actions = actions;
    this.#clock = clock;
    this.#line = this.add(
      new PageLine(
        {
          page: 'the page "Why"',
          schema: whyPageMessage,
          tellEvery,
          post,
          tell: () => void this.#tell(),
          series: ({ params }) => actions.series(params),
          events: (_, series) => actions.events(series),
          postEvents: (_, events) => post({ type: 'events', events }),
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

  /** The page's content is gone until it says `ready` again. */
  hidden(): void {
    this.#line.hidden();
  }

  /** A message of the page, checked here. */
  async receive(data: unknown): Promise<void> {
    const message = this.#line.checked(data);
    if (message === null) return;
    const actions = this.#actions;
    switch (message.type) {
      case 'ready':
        this.#line.came();
        this.#told = '';
        this.#toldFailures = '';
        return await this.#tell();
      case 'read':
        return this.#line.read(message.mark);
      case 'series-wanted':
        return this.#line.asked(message);
      case 'open-evidence':
        return actions.openEvidence(message.place);
      case 'open-plan-line':
        return actions.openPlanLine(message.part);
      case 'open-source':
        return actions.openSource(message.place);
      case 'blame-wanted':
        return this.#post({ type: 'blame', place: message.place, blame: await actions.blame(message.place) });
      case 'open-change':
        return actions.openChange(message.place);
      case 'copy-for-chat':
        return actions.copyForChat();
      case 'show-dashboard':
        return actions.showDashboard();
      case 'show-why':
        return actions.showWhy(message.about);
      case 'command':
        return actions.command(message.kind);
    }
  }

  async #tell(): Promise<void> {
    const { content, view, live } = await this.#actions.now();
    if (!this.#line.isThere) return;
    const told = JSON.stringify([content, live, view?.standing.phase, view?.standing.may, view?.stages.map(visitOf)]);
    if (told === this.#told) return;
    this.#told = told;
    const { language, kept } = this.#actions;
    this.#post({ type: 'snapshot', now: wallTime(this.#clock.now()), content, view, live, kept, language });
    this.#line.told();
    await this.#tellFailures(content);
  }

  async #tellFailures(content: WhyContent | null): Promise<void> {
    const asked = JSON.stringify([content?.explanation, content?.records]);
    if (content === null || asked === this.#toldFailures) return;
    this.#toldFailures = asked;
    const answer = await this.#actions.failures().then(
      (failures) => ({ kind: 'failures' as const, failures }),
      (error: unknown) => ({ kind: 'refused' as const, message: messageOf(error) }),
    );
    if (answer.kind === 'refused') this.#toldFailures = '';
    if (this.#line.isThere) this.#post({ type: 'failures', answer });
  }
}

function visitOf({ visit }: RolloutView['stages'][number]) {
  return visit;
}
