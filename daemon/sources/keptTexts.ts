/** A text behind a place, by the number that tells the place. */
export interface KeptText {
  readonly key: string;
  readonly text: string;
}

/** So many characters of a text are kept. */
export const longestText = 1000;
/** So many texts outlive a restart. */
const mostLasting = 300;
/** Of the texts that are kept while the daemon runs, the newest so many characters are there, and twice as many at most. */
const leastCharacters = 1024 * 1024;

/**
 * The newest texts of records that nobody can read again: what speaks against the rollout outlives a restart, the others are
 * kept while the daemon runs. Bounded both.
 */
export class KeptTexts {
  readonly #lasting: Map<string, string>;
  /** Two halves, of which the older is let go of as a whole: taking the oldest out of a long map one by one is slow. */
  #passing = new Map<string, string>();
  #older: ReadonlyMap<string, string> = new Map();
  #characters = 0;
  #changed = false;

  constructor(lasting: readonly KeptText[] = []) {
    this.#lasting = new Map(lasting.map(({ key, text }) => [key, text]));
  }

  add({ key, text }: KeptText, lasts: boolean): void {
    const kept = text.slice(0, longestText);
    if (lasts) {
      this.#lasting.set(key, kept);
      this.#changed = true;
      for (const oldest of this.#lasting.keys()) {
        if (this.#lasting.size <= mostLasting) break;
        this.#lasting.delete(oldest);
      }
    }
    this.#passing.set(key, kept);
    this.#characters += kept.length;
    if (this.#characters <= leastCharacters) return;
    this.#older = this.#passing;
    this.#passing = new Map();
    this.#characters = 0;
  }

  get(key: string): string | null {
    return this.#passing.get(key) ?? this.#older.get(key) ?? this.#lasting.get(key) ?? null;
  }

  /** Those that are to outlive a restart, when they have changed since the last call. */
  takeChanges(): readonly KeptText[] | null {
    if (!this.#changed) return null;
    this.#changed = false;
    return [...this.#lasting].map(([key, text]) => ({ key, text }));
  }
}
