import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Duration } from '../protocol/domain/units.ts';
import type { LeaseAnswer, LeaseQuestion } from './membership.ts';

/** The daemon that asks: its name for people, and an identity that survives its restarts. */
export interface Member {
  /** `anna@laptop`. */
  readonly name: string;
  readonly identity: string;
}

/** The rights of the URL's user in the database. */
export type TeamRole = 'operator' | 'viewer';

/** A request of a follower to the holder. */
export interface Ask {
  readonly key: string;
  /** A method of the wire, and its parameters as JSON: the holder checks both. */
  readonly method: string;
  readonly params: string;
  readonly by: string;
}

/** JSON of the outcome, or one line for people. */
export type AskAnswer =
  | { readonly kind: 'result'; readonly result: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

/** What a holder publishes, whole or not at all. */
export interface Publication {
  /** Follow the last published entry without a gap. */
  readonly entries: readonly JournalEntry[];
  /** Parts of the view by name, as JSON; `null` for a part that is gone. */
  readonly parts: Readonly<Record<string, string | null>>;
  readonly answers: readonly { readonly key: string; readonly answer: AskAnswer }[];
}

export type PublicationAnswer =
  | { readonly kind: 'published' }
  /** The lease has another epoch: nothing was written. */
  | { readonly kind: 'fenced' }
  /** The journal there has an entry at that place already: nothing was written. */
  | { readonly kind: 'diverged' };

/** The news of a rollout since a follower looked last. */
export interface News {
  /** After `journal`, oldest first; at most a page. */
  readonly entries: readonly JournalEntry[];
  /** Parts that were published after `view`. */
  readonly parts: Readonly<Record<string, string | null>>;
  /** The newest publication of a part. */
  readonly view: number;
}

/**
 * A rollout that is shared through a database: the seam of the room. Every method rejects with a `UserError` of the code
 * `team-away` when the database does not answer, and `team-refused` when it answers that it will not.
 */
export interface Team {
  readonly role: TeamRole | null;
  /** Called with a rollout's id after each change of it, and with `null` when a connection was made anew. */
  listen(heard: (rollout: string | null) => void): () => void;
  lease(
    rollout: string,
    question: LeaseQuestion,
    terms: { readonly length: Duration; readonly epoch: number },
  ): Promise<LeaseAnswer>;
  /** Gives the lease back, if it is ours in this epoch. */
  release(rollout: string, epoch: number): Promise<void>;
  publish(rollout: string, epoch: number, publication: Publication): Promise<PublicationAnswer>;
  /** The number and hash of the newest entry, or of the one with that number. */
  entryHash(rollout: string, seq: number | null): Promise<{ readonly seq: number; readonly hash: string } | null>;
  news(rollout: string, after: { readonly journal: number; readonly view: number }): Promise<News>;
  ask(rollout: string, ask: Ask): Promise<void>;
  answerOf(rollout: string, key: string): Promise<AskAnswer | null>;
  openAsks(rollout: string): Promise<readonly Ask[]>;
  close(): Promise<void>;
}
