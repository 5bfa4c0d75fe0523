import type * as z from 'zod';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { SeriesAnswer } from '../../daemon/protocol/wire/pageMessages.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { Clock } from '../clock.ts';
import { Disposables } from '../disposables.ts';

/** The messages that a line sends by itself. */
type LineMessage = { readonly type: 'mark'; readonly mark: number } | SeriesAnswer;

/** What is at the ends of a line. `Heard`: the messages of the page; `Question`: the one that asks for figures. */
export interface LineEnds<Heard, Question> {
  /** Of a log line: `the dashboard`. */
  readonly page: string;
  readonly schema: z.ZodType<Heard>;
  /** Several changes in this time are one message, in milliseconds. */
  readonly tellEvery: number;
  post(message: LineMessage): void;
  /** The page is there, has nothing left to read, and something may have changed. */
  tell(): void;
  /** Rejects with one line for people. */
  series(question: Question): Promise<SeriesResult>;
  /** What happened in the time of these figures; they are on the page already. */
  events(question: Question, series: SeriesResult): Promise<readonly MarkedEvent[]>;
  postEvents(question: Question, events: readonly MarkedEvent[]): void;
  log(detail: string): void;
}

/**
 * The line to one page. Nothing is said to a page that is not there; a page that does not read costs nothing: one state and
 * one answer wait for it, and then it gets the newest of all.
 */
export class PageLine<Heard, Question extends { readonly id: number }> extends Disposables {
  readonly #ends: LineEnds<Heard, Question>;
  readonly #clock: Clock;
  /** Counts the times that a page was there: what was asked for an earlier one is not told. */
  #presence = 0;
  #isThere = false;
  #telling: { dispose(): void } | null = null;
  #lastMark = 0;
  /** The mark behind the state that the page has not read yet. */
  #unread: number | null = null;
  /** Something changed while the page had a state to read. */
  #isBehind = false;
  /** The mark behind the figures that the page has not read yet, and the newest question meanwhile. */
  #unreadFigures: number | null = null;
  #question: Question | null = null;

  constructor(ends: LineEnds<Heard, Question>, clock: Clock) {
    super();
    this.#ends = ends;
    this.#clock = clock;
    this.add({ dispose: () => this.hidden() });
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** The page has said that it is there (again): it knows nothing. */
  came(): void {
    this.hidden();
    this.#isThere = true;
  }

  /** The page's content is gone until it says that it is there again. */
  hidden(): void {
    this.#presence += 1;
    this.#isThere = false;
    this.#telling?.dispose();
    this.#telling = null;
    this.#unread = null;
    this.#isBehind = false;
    this.#unreadFigures = null;
    this.#question = null;
  }

  /** Something may have changed. */
  changed(): void {
    if (!this.#isThere) return;
    if (this.#unread !== null) {
      this.#isBehind = true;
      return;
    }
    this.#telling ??= this.#clock.after(this.#ends.tellEvery, () => {
      this.#telling = null;
      this.#ends.tell();
    });
  }

  /** A state was posted: nothing more of it before the page has read it. */
  told(): void {
    this.#unread = this.#mark();
  }

  /** `null`: the data is no message of this page. */
  checked(data: unknown): Heard | null {
    const read = this.#ends.schema.safeParse(data);
    if (read.success) return read.data;
    this.#ends.log(`${this.#ends.page} sent a message that the protocol does not know`);
    return null;
  }

  /** The page has caught up to this mark. */
  read(mark: number): void {
    if (this.#unread !== null && mark >= this.#unread) {
      this.#unread = null;
      if (this.#isBehind) this.changed();
      this.#isBehind = false;
    }
    if (this.#unreadFigures !== null && mark >= this.#unreadFigures) {
      this.#unreadFigures = null;
      const question = this.#question;
      this.#question = null;
      if (question !== null) void this.#answer(question);
    }
  }

  /** The page asks for figures. */
  asked(question: Question): void {
    if (this.#unreadFigures === null) void this.#answer(question);
    else this.#question = question;
  }

  #mark(): number {
    this.#lastMark += 1;
    this.#ends.post({ type: 'mark', mark: this.#lastMark });
    return this.#lastMark;
  }

  async #answer(question: Question): Promise<void> {
    const presence = this.#presence;
    const answer = await this.#ends.series(question).then(
      (series) => ({ kind: 'series' as const, series }),
      (error: unknown) => ({ kind: 'refused' as const, message: messageOf(error) }),
    );
    if (presence !== this.#presence || !this.#isThere) return;
    this.#ends.post({ type: 'series', id: question.id, answer });
    this.#unreadFigures = this.#mark();
    if (answer.kind === 'refused') return;
    try {
      const events = await this.#ends.events(question, answer.series);
      if (presence === this.#presence) this.#ends.postEvents(question, events);
    } catch (error) {
      this.#ends.log(`what happened in this time is not known: ${messageOf(error)}`);
    }
  }
}

/** An error as a page shows it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
