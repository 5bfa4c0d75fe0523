import type { SourceHealth, SourceProgress } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';

/** The reader of one source that runs or connects to something. */
interface Tail {
  readonly progress: SourceProgress;
  health(): SourceHealth;
  textAt(place: Place): string | null;
}

/** What the tails of one kind say together: a defect in reading them is an error of each. */
export class TailsTogether {
  readonly #tails: readonly Tail[];
  readonly #onHealth: (() => void) | undefined;
  #defect: string | null = null;
  #told = '';

  constructor(tails: readonly Tail[], onHealth: (() => void) | undefined) {
    this.#tails = tails;
    this.#onHealth = onHealth;
  }

  health(): readonly SourceHealth[] {
    const health = this.#tails.map((tail) => tail.health());
    const defect = this.#defect;
    return defect === null ? health : health.map((of) => ({ ...of, state: 'error', detail: defect }));
  }

  progress(): readonly SourceProgress[] {
    return this.#tails.map(({ progress }) => progress);
  }

  textAt(place: Place): string | null {
    for (const tail of this.#tails) {
      const text = tail.textAt(place);
      if (text !== null) return text;
    }
    return null;
  }

  get hasDefect(): boolean {
    return this.#defect !== null;
  }

  /** A defect of ours must not end the reading for good, nor be silent. `null`: reading works. */
  noteDefect(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#defect = error === null ? null : `reading failed: ${reason}; tried again by itself`;
  }

  /** Tells of a state or a detail that has changed. */
  tell(): void {
    const told = JSON.stringify(this.health().map(({ state, detail }) => [state, detail]));
    if (told === this.#told) return;
    this.#told = told;
    this.#onHealth?.();
  }
}
