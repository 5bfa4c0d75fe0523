import type { WallTime } from '../protocol/domain/units.ts';
import { secretForms } from './secretForms.ts';

/** How a credential was found wanting: nobody has given it, or the other side does not accept it. */
export type CredentialWant = 'missing' | 'refused';

interface NotedWant {
  readonly want: CredentialWant;
  readonly since: WallTime;
}

/** Beyond this the oldest go: a plan asks for a handful. */
const mostHeld = 100;

/**
 * Credentials that an editor has handed to this daemon, by their place in a plan (`placeText`). They live in this memory
 * alone, and are gone with the daemon: no file, message or log gets them. Beside them stands what each rollout has found
 * wanting, so that an editor can ask for it.
 */
export class HandedCredentials {
  readonly #values = new Map<string, string>();
  /** Every form of every value that was ever held: one that was replaced may still come back in a text. */
  #secrets: readonly string[] = [];
  readonly #wants = new Map<string, NotedWant>();
  readonly #now: () => WallTime;

  constructor(now: () => WallTime) {
    this.#now = now;
  }

  /** The newest wins, whichever editor sent it. Returns false when it was held already. */
  hand(place: string, value: string): boolean {
    if (this.#values.get(place) === value) return false;
    this.#values.delete(place);
    this.#values.set(place, value);
    for (const key of this.#wants.keys()) if (key.endsWith(` ${place}`)) this.#wants.delete(key);
    this.#secrets = [...new Set([...secretForms(value), ...this.#secrets])].slice(0, 10 * mostHeld);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= mostHeld) break;
      this.#values.delete(oldest);
    }
    return true;
  }

  /** Returns false when none was held. */
  forget(place: string): boolean {
    return this.#values.delete(place);
  }

  valueAt(place: string): string | null {
    return this.#values.get(place) ?? null;
  }

  /** Texts that must not come back in a text for people. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** `null`: it is there, and as far as anybody knows it is accepted. */
  note(rollout: string, place: string, want: CredentialWant | null): void {
    const key = `${rollout} ${place}`;
    if (want === null) this.#wants.delete(key);
    else if (this.#wants.get(key)?.want !== want) this.#wants.set(key, { want, since: this.#now() });
  }

  wantOf(rollout: string, place: string): NotedWant | null {
    return this.#wants.get(`${rollout} ${place}`) ?? null;
  }
}
