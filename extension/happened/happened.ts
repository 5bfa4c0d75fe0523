import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Deploy, JournalledEvent, MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import { journalledEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import type { Deploys } from './deploys.ts';
import type { MarkedJournal } from './markedJournal.ts';

/** A page draws fewer; what it draws depends on how it is zoomed. */
const mostEvents = 400;

/** What happened to a rollout over time: what its journal knows, and what was deployed. */
export class Happened {
  readonly #journal: MarkedJournal;
  readonly #deploys: Deploys;

  constructor(journal: MarkedJournal, deploys: Deploys) {
    this.#journal = journal;
    this.#deploys = deploys;
  }

  /** The newest events from `from` until `to`, oldest first. Rejects when the daemon cannot be asked. */
  async between(known: ConnectedRollout, from: number, to: number): Promise<readonly MarkedEvent[]> {
    const [entries, deploys] = await Promise.all([this.#journal.since(known, from), this.deploys(known)]);
    const journalled = entries.map(journalledEvent).filter((event): event is JournalledEvent => event !== null);
    const events: readonly MarkedEvent[] = [...journalled, ...deploys];
    return events
      .filter(({ at }) => at >= from && at <= to)
      .toSorted((one, other) => one.at - other.at)
      .slice(-mostEvents);
  }

  /** Newest first. Rejects when the daemon cannot be asked. */
  async entries(known: ConnectedRollout, from: number): Promise<readonly JournalEntry[]> {
    return await this.#journal.since(known, from);
  }

  /** Newest first. */
  async deploys({ standing }: ConnectedRollout): Promise<readonly Deploy[]> {
    return await this.#deploys.of(standing.folder);
  }
}

/** In the time of some figures. Rejects when the daemon cannot be asked. */
export async function happenedIn(
  happened: Happened,
  known: ConnectedRollout,
  { times, step }: SeriesResult,
): Promise<readonly MarkedEvent[]> {
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) return [];
  return await happened.between(known, first, last + step);
}
