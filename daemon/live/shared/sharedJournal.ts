import type { JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import type { Store } from '../../store/store.ts';
import { entryHash, genesisHash } from '../../store/verify.ts';

/** The place of this store's journal of a rollout in the team's. */
export type Agreement =
  /** The team's journal begins with all of ours; what follows there is missing here. */
  | { readonly kind: 'behind' }
  /** Ours begins with all of the team's; what follows here is not published. */
  | { readonly kind: 'ahead' }
  /** Ours has entries that the team's has not, at a place where the team's goes on differently. */
  | { readonly kind: 'apart' };

/**
 * A rollout's journal in this store, as the chain that a team shares: entries are numbered by rollout, and hashed by the
 * same rule. Two chains that have the same hash at a number are the same up to it.
 */
export class SharedJournal {
  readonly #store: Store;
  readonly #rollout: string;
  /** Of entry 1, 2, … */
  readonly #hashes: string[] = [];
  /** Keys of the commands in it. */
  readonly #keys = new Map<string, Extract<JournalEntry['body'], { kind: 'command' }>>();
  /** The number in the store of entry 1, 2, … */
  readonly #places: number[] = [];
  #last = 0;

  constructor(store: Store, rollout: string) {
    this.#store = store;
    this.#rollout = rollout;
    this.read();
  }

  get length(): number {
    return this.#hashes.length;
  }

  hashAt(seq: number): string {
    return seq === 0 ? genesisHash : (this.#hashes[seq - 1] ?? '');
  }

  /** The command that was carried out under a key. */
  commandOf(key: string, kind: string) {
    return this.#keys.get(`${key} ${kind}`) ?? null;
  }

  /** Takes in what the store has got since. */
  read(): void {
    for (const entry of this.#store.events(this.#rollout, this.#last)) {
      this.#hashes.push(this.#shared(entry, this.length + 1).hash);
      this.#places.push(entry.seq);
      this.#last = entry.seq;
      const { body } = entry;
      if (body.kind === 'command') this.#keys.set(`${body.key} ${body.command.kind}`, body);
    }
  }

  /** At most `limit` entries after number `seq`, as the team's journal has them. */
  after(seq: number, limit: number): readonly JournalEntry[] {
    const found: JournalEntry[] = [];
    let number = seq;
    for (const entry of this.#store.events(this.#rollout, seq === 0 ? 0 : this.#places[seq - 1])) {
      number += 1;
      if (found.length === limit || number > this.length) break;
      found.push(this.#shared(entry, number));
    }
    return found;
  }

  /** @param theirs the entry of the team's journal at `min(its length, ours)`; `null` when it is empty. */
  agreement(theirs: { readonly seq: number; readonly hash: string } | null, theirLength: number): Agreement {
    if (theirs === null) return { kind: 'ahead' };
    if (this.hashAt(theirs.seq) !== theirs.hash) return { kind: 'apart' };
    return { kind: theirLength > this.length ? 'behind' : 'ahead' };
  }

  /** Entries of the team that follow ours. @throws UserError of the store, and when an entry's hash does not hold */
  take(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return;
    this.#store.commit({ rollout: this.#rollout, journal: entries.map(unnumbered), durable: true });
    this.read();
  }

  /** Marks that the team's journal begins here anew; `apart` entries before the mark are kept. */
  replace(at: WallTime, apart: number): void {
    const { attempt } = [...this.#store.journal(this.#rollout, null, 1)][0] ?? { attempt: 0 };
    const body = { kind: 'journal-replaced', unpublished: apart } as const;
    const [mark] = this.#store.commit({ rollout: this.#rollout, journal: [{ at, attempt, body }], durable: true });
    this.#hashes.length = 0;
    this.#places.length = 0;
    this.#keys.clear();
    this.#last = mark?.seq ?? this.#last;
  }

  /** The team's chain holds from our end on: each entry follows the one before it, and has its own hash. */
  follows(entries: readonly JournalEntry[]): boolean {
    let previous = this.hashAt(this.length);
    let seq = this.length;
    for (const entry of entries) {
      seq += 1;
      if (entry.seq !== seq || entry.previous !== previous || entryHash(entry) !== entry.hash) return false;
      previous = entry.hash;
    }
    return true;
  }

  #shared({ rollout, attempt, at, body }: JournalEntry, seq: number): JournalEntry {
    const unsealed = { seq, rollout, attempt, at, body, previous: this.hashAt(seq - 1) };
    return { ...unsealed, hash: this.#hashes[seq - 1] ?? entryHash(unsealed) };
  }
}

function unnumbered({ at, attempt, body }: JournalEntry) {
  return { at, attempt, body };
}
