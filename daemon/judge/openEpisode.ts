import type { EventTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';

/** An episode of a firing trigger. */
export interface Episode {
  readonly firing: Firing;
}

/** One that lasts: its end moves on. */
export class OpenEpisode implements Episode {
  #firing: Firing;
  #until: EventTime;

  constructor(firing: Firing) {
    this.#firing = firing;
    this.#until = firing.until;
  }

  /** The firing as it is now: nobody else's changes. */
  get firing(): Firing {
    // Made only when somebody asks, because each record of a long episode moves its end.
    if (this.#firing.until !== this.#until) this.#firing = { ...this.#firing, until: this.#until };
    return this.#firing;
  }

  get until(): EventTime {
    return this.#until;
  }

  lastsUntil(at: EventTime): void {
    this.#until = at;
  }
}
