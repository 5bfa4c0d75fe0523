import type { Span } from '../measure/followedSpans.ts';
import type { Ledger } from '../measure/ledger.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { rangeScope, type Scope, scopeWithout, spanScope } from './scope.ts';

/** Requests that began earlier are of the stage before: the flag did not say the percentage of this stage yet. */
export function countedFrom({ from, set }: StageVisit): EventTime {
  return set ?? from;
}

/** The counts of the current stay, which the ledger keeps up to date: the newest requested stay is followed. */
export class FollowedStay {
  readonly #ledger: Ledger;
  #span: Span | null = null;
  /** The times of the stay at which the flag was not as its stage sets it. */
  #drifts: readonly Span[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Up to here the records are known. */
  get newest(): EventTime | null {
    return this.#ledger.watermark;
  }

  scope(visit: StageVisit | null): Scope {
    if (visit === null) return rangeScope(this.#ledger, eventTime(0), eventTime(0));
    const from = countedFrom(visit);
    if (this.#span === null || this.#span.from !== from || this.#span.to !== visit.to) {
      if (this.#span !== null) this.#ledger.unfollow(this.#span);
      this.#span = this.#ledger.follow(from, visit.to);
    }
    return spanScope(this.#span, visit.percent);
  }

  /**
   * The stay without the times at which the flag was not as its stage sets it; the very `whole` when there were none.
   */
  withoutDrifts(whole: Scope, visit: StageVisit | null): Scope {
    const drifts = visit?.drifts ?? [];
    const isFollowed =
      drifts.length === this.#drifts.length && drifts.every((drift, index) => isOf(this.#drifts[index], drift));
    if (!isFollowed) {
      for (const span of this.#drifts) this.#ledger.unfollow(span);
      this.#drifts = drifts.map(({ from, to }) => this.#ledger.follow(from, to));
    }
    return drifts.length === 0 ? whole : scopeWithout(whole, this.#drifts);
  }
}

function isOf(span: Span | undefined, { from, to }: Pick<Span, 'from' | 'to'>): boolean {
  return span !== undefined && span.from === from && span.to === to;
}
