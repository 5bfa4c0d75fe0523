import type { Memento } from 'vscode';
import type { RolloutStanding } from '../connection/standing.ts';

const seenKey = 'rampwatch.seenRollbacks';
const mostSeen = 200;

/**
 * Rollbacks that nobody has looked at. One that a trigger or another person caused stays an alarm, in every window of the
 * workspace and across reloads, until its reasons were shown.
 */
export class UnseenRollbacks {
  readonly #memory: Memento;
  readonly #actor: string;

  /** `actor`: the reader, whose own rollbacks are no news. */
  constructor(memory: Memento, actor: string) {
    this.#memory = memory;
    this.#actor = actor;
  }

  has(shown: RolloutStanding): boolean {
    const key = this.#keyOf(shown);
    return key !== null && !this.#seen.includes(key);
  }

  /** Somebody has looked at the reasons of the rollout's rollback. */
  looked(shown: RolloutStanding): void {
    const key = this.#keyOf(shown);
    if (key === null || this.#seen.includes(key)) return;
    void this.#memory.update(seenKey, [...this.#seen, key].slice(-mostSeen));
  }

  get #seen(): readonly string[] {
    return this.#memory.get<readonly string[]>(seenKey) ?? [];
  }

  /** One key for one rollback of one attempt. */
  #keyOf({ standing, rollout }: RolloutStanding): string | null {
    const { phase, attempt } = rollout.standing;
    if (phase.kind !== 'rolled-back') return null;
    if (phase.cause.kind === 'person' && phase.cause.by === this.#actor) return null;
    return [standing.folder, rollout.rollout, attempt].join('|');
  }
}
