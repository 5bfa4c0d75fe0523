import type { Duration, WallTime } from '../protocol/domain/units.ts';

/** The facts that the rule gets each second. */
export interface IdleFacts {
  readonly now: WallTime;
  readonly clients: number;
  /** A rollout exposes users, or a rollback is not finished: somebody must watch. */
  readonly needed: boolean;
}

/** The daemon lives while a rollout needs it or a client is connected, and for `limit` after both have ended. */
export class IdleRule {
  readonly #limit: Duration;
  #since: WallTime;
  #ticked: WallTime;

  constructor(limit: Duration, now: WallTime) {
    this.#limit = limit;
    this.#since = now;
    this.#ticked = now;
  }

  tick({ now, clients, needed }: IdleFacts): 'stay' | 'exit' {
    // While the machine slept, or when its clock was moved, no client could have come.
    const gap = now - this.#ticked;
    if (gap < 0 || gap > longestTick) this.#since = now;
    this.#ticked = now;
    if (needed || clients > 0) this.#since = now;
    return now - this.#since >= this.#limit ? 'exit' : 'stay';
  }
}

const longestTick = 30_000;
