import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { journalledEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { ConnectedRollout } from '../connection/connections.ts';

/** As many as a view carries: a shorter list is the whole journal. */
const viewHolds = 50;
const page = 250;
/** How much of a journal is ever read for its marks. */
const mostPages = 40;

interface Read {
  /** Newest first, of the kinds that charts mark. */
  readonly marked: readonly JournalEntry[];
  /** Of the newest and of the oldest entry that was read. */
  readonly newest: number;
  readonly oldest: number;
  readonly oldestAt: number;
  readonly pages: number;
  readonly isWhole: boolean;
}

/** The marked entries of each rollout's journal: what was read once is kept, because a journal only grows. */
export class MarkedJournal {
  readonly #read = new Map<string, Read>();
  readonly #turns = new Map<string, Promise<Read>>();

  /** Newest first; everything since `from`, and maybe some from before it. Rejects when the daemon cannot be asked. */
  async since(known: ConnectedRollout, from: number): Promise<readonly JournalEntry[]> {
    const key = `${known.standing.folder}|${known.rollout.rollout}`;
    const before = this.#turns.get(key)?.catch(() => undefined) ?? Promise.resolve();
    const turn = before.then(() => this.#readBack(key, known, from));
    this.#turns.set(key, turn);
    return (await turn).marked;
  }

  async #readBack(key: string, { connection, rollout }: ConnectedRollout, from: number): Promise<Read> {
    let read = joined(rollout.journal, this.#read.get(key));
    while (!read.isWhole && read.oldestAt >= from && read.pages < mostPages) {
      const asked = { rollout: rollout.rollout, before: read.oldest, limit: page };
      const { entries } = await connection.ask('journal', asked);
      const last = entries.at(-1);
      read = {
        ...read,
        marked: [...read.marked, ...entries.filter(isMarked)],
        oldest: last?.seq ?? read.oldest,
        oldestAt: last?.at ?? read.oldestAt,
        pages: read.pages + 1,
        isWhole: entries.length < page,
      };
      this.#read.set(key, read);
    }
    this.#read.set(key, read);
    return read;
  }
}

/** Begins anew when so much has happened since that there may be a hole between the two. */
function joined(newest: readonly JournalEntry[], before: Read | undefined): Read {
  const fresh = before === undefined ? newest : newest.filter(({ seq }) => seq > before.newest);
  if (before !== undefined && fresh.length < newest.length) {
    const marked = fresh.length === 0 ? before.marked : [...fresh.filter(isMarked), ...before.marked];
    return { ...before, marked, newest: fresh[0]?.seq ?? before.newest };
  }
  const last = newest.at(-1);
  return {
    marked: newest.filter(isMarked),
    newest: newest[0]?.seq ?? -1,
    oldest: last?.seq ?? 0,
    oldestAt: last?.at ?? 0,
    pages: 0,
    isWhole: newest.length < viewHolds,
  };
}

function isMarked(entry: JournalEntry): boolean {
  return journalledEvent(entry) !== null;
}
