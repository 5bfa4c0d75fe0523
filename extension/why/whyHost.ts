import type { FilePlace } from '../../daemon/protocol/domain/place.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { FailuresResult } from '../../daemon/protocol/wire/failures.ts';
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
  failures(): Promise<FailuresResult>;
  openEvidence(place: FilePlace): void;
  openPlanLine(part: string): void;
  openSource(place: SourcePlace): void;
  blame(place: SourcePlace): Promise<Blame>;
  openChange(place: SourcePlace): void;
  copyForChat(): void;
  showDashboard(): void;
  command(kind: Extract<WhyPageMessage, { type: 'command' }>['kind']): void;
  /** What the page keeps for the next window. */
  readonly kept: unknown;
  readonly language: Readonly<Record<string, string>>;
  log(detail: string): void;
}

/** Reasons move slowly; a page that shows a second ago is true enough. */
const tellEvery = 1000;

/**
 * The host of one page of reasons. It sends everything when the page says `ready`, then what has changed, a second apart,
 * and nothing more while the page has not read the last of it.
 */
export class WhyHost extends Disposables {
  readonly #post: (message: WhyHostMessage) => void;
  readonly #actions: WhyActions;
  readonly #clock: Clock;
  #isThere = false;
  #told = '';
  /** What the records were asked for: they are asked for again when the explanation comes. */
  #toldFailures = '';
  #mark = 0;
  #unread = false;
  #isBehind = false;
  #telling: { dispose(): void } | null = null;

  constructor(post: (message: WhyHostMessage) => void, actions: WhyActions, clock: Clock) {
    super();
    this.#post = post;
    this.#actions = actions;
    this.#clock = clock;
    this.add({ dispose: () => this.hidden() });
  }

  /** Something in the workspace may have changed. */
  changed(): void {
    if (!this.#isThere) return;
    if (this.#unread) {
      this.#isBehind = true;
      return;
    }
    this.#telling ??= this.#clock.after(tellEvery, () => void this.#tell());
  }

  /** The page's content is gone until it says `ready` again. */
  hidden(): void {
    this.#isThere = false;
    this.#told = '';
    this.#toldFailures = '';
    this.#unread = false;
    this.#isBehind = false;
    this.#telling?.dispose();
    this.#telling = null;
  }

  /** A message of the page, checked here. */
  async receive(data: unknown): Promise<void> {
    const checked = whyPageMessage.safeParse(data);
    if (!checked.success) {
      this.#actions.log('the page "Why" sent a message that the protocol does not know');
      return;
    }
    const message = checked.data;
    const actions = this.#actions;
    switch (message.type) {
      case 'ready':
        this.hidden();
        this.#isThere = true;
        return await this.#tell();
      case 'read':
        if (message.mark < this.#mark) return;
        this.#unread = false;
        if (this.#isBehind) this.changed();
        this.#isBehind = false;
        return;
      case 'series-wanted':
        return await this.#answerSeries(message);
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
      case 'command':
        return actions.command(message.kind);
    }
  }

  async #tell(): Promise<void> {
    this.#telling?.dispose();
    this.#telling = null;
    const { content, view, live } = await this.#actions.now();
    if (!this.#isThere) return;
    const told = JSON.stringify([content, live, view?.standing.phase, view?.standing.may, view?.stages.map(visitOf)]);
    if (told === this.#told) return;
    this.#told = told;
    const { language, kept } = this.#actions;
    this.#post({ type: 'snapshot', now: wallTime(this.#clock.now()), content, view, live, kept, language });
    this.#mark += 1;
    this.#unread = true;
    this.#post({ type: 'mark', mark: this.#mark });
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
    if (this.#isThere) this.#post({ type: 'failures', answer });
  }

  async #answerSeries({ id, params }: Extract<WhyPageMessage, { type: 'series-wanted' }>): Promise<void> {
    const answer = await this.#actions.series(params).then(
      (series) => ({ kind: 'series' as const, series }),
      (error: unknown) => ({ kind: 'refused' as const, message: messageOf(error) }),
    );
    if (this.#isThere) this.#post({ type: 'series', id, answer });
  }
}

function visitOf({ visit }: RolloutView['stages'][number]) {
  return visit;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
