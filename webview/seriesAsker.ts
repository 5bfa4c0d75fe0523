import type { PageMessage } from '../daemon/protocol/wire/dashboardMessages.ts';
import { type Range, refreshEvery, seriesParamsFor } from './model/chartRange.ts';
import { nameOf, type PageState } from './pageState.ts';

/** An answer that does not come is given up after this, and asked for anew. */
const patience = 10_000;
const afterRefusal = 5000;

/**
 * When to ask for figures over time: at once for another rollout, range or stage; then as data arrives, one question at
 * a time, never more often than the range needs.
 */
export class SeriesAsker {
  readonly #send: (message: PageMessage) => void;
  #nextId = 1;
  /** Answers to earlier questions belong to an old range or rollout. */
  #floor = 1;
  #asked: { readonly id: number; readonly at: number } | null = null;
  #notBefore = 0;
  #subject = '';
  #watermark: number | null = null;

  constructor(send: (message: PageMessage) => void) {
    this.#send = send;
  }

  /** Called whenever something changed, and every second. `clock`: the page's own. */
  consider({ shown, link, series, seriesRefusal }: PageState, range: Range, clock: number): void {
    if (shown === null || link.kind !== 'live') {
      this.#asked = null;
      return;
    }
    const { view } = shown;
    const subject = JSON.stringify([shown.folder, view.rollout, range, view.standing.attempt, view.standing.stage]);
    if (subject === this.#subject) {
      if (this.#asked !== null && clock - this.#asked.at < patience) return;
      const lacking = series === null && seriesRefusal === null;
      if (this.#asked === null && !lacking && view.standing.watermark === this.#watermark) return;
      if (clock < this.#notBefore) return;
    } else {
      this.#floor = this.#nextId;
    }
    this.#subject = subject;
    this.#watermark = view.standing.watermark;
    const id = this.#nextId;
    this.#nextId += 1;
    this.#asked = { id, at: clock };
    this.#notBefore = clock + refreshEvery[range];
    this.#send({ type: 'series-wanted', id, rollout: nameOf(shown), params: seriesParamsFor(range, view) });
  }

  /** True when this answer is to be shown. */
  accepts(id: number, refused: boolean, clock: number): boolean {
    if (this.#asked?.id === id) this.#asked = null;
    if (refused) {
      this.#watermark = null;
      this.#notBefore = clock + afterRefusal;
    }
    return id >= this.#floor;
  }
}
