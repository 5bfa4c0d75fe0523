import type { Firing } from '../protocol/domain/verdict.ts';
import { type Episode, OpenEpisode } from './openEpisode.ts';

/** The newest of each trigger are enough for a rollout that is watched; a replay lists all. */
export const newestOfEach = 20;

/** The episodes that have begun, oldest first, and those of them that no decision knows yet. */
export class Episodes {
  readonly #kept: number;
  readonly #begun: Episode[] = [];
  #untold: Episode[] = [];

  /** @param kept the most episodes of one trigger; the oldest are dropped, because a figure at its limit begins them for ever. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  get firings(): readonly Firing[] {
    return this.#begun.map(({ firing }) => firing);
  }

  get untold(): readonly Firing[] {
    return this.#untold.map(({ firing }) => firing);
  }

  get hasUntold(): boolean {
    return this.#untold.length > 0;
  }

  begin(episode: Episode): void {
    this.#untold.push(episode);
    this.#keep(episode);
  }

  /** @returns the firings that no decision knew; each is told once. */
  tell(): readonly Firing[] {
    const told = this.untold;
    this.#untold = [];
    return told;
  }

  forgetUntold(): void {
    this.#untold = [];
  }

  restoreUntold(firings: readonly Firing[]): void {
    for (const firing of firings) this.begin(new OpenEpisode(firing));
  }

  /** A trigger's episode that was open; the very one that is still to be told, where it is. */
  restoreOpen(trigger: string, open: Firing): OpenEpisode {
    // Late records may end and begin it anew at one instant: the open one is the last.
    const untold = this.#untold.findLast(
      ({ firing }) => firing.trigger === trigger && firing.rule === 'literal' && firing.at === open.at,
    );
    if (untold instanceof OpenEpisode) return untold;
    const episode = new OpenEpisode(open);
    this.#keep(episode);
    return episode;
  }

  #keep(episode: Episode): void {
    this.#begun.push(episode);
    if (!Number.isFinite(this.#kept)) return;
    const ofTrigger = this.#begun.filter(({ firing }) => firing.trigger === episode.firing.trigger);
    const [oldest] = ofTrigger;
    if (oldest !== undefined && ofTrigger.length > this.#kept) this.#begun.splice(this.#begun.indexOf(oldest), 1);
  }
}
