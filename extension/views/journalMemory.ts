import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { isMeasurement } from '../../daemon/protocol/domain/quarterHourEntry.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import type { ActivityFilter, KnownJournal } from './activityRows.ts';

/** As many as a view carries: a shorter list is the whole journal. */
const viewHolds = 50;
/** The most entries of one rollout; a reader who wants more reads the journal itself. */
const mostEntries = 2000;

interface Remembered {
  readonly entries: readonly JournalEntry[];
  /** The daemon had nothing older. */
  readonly whole: boolean;
}

/** The entries of each rollout's journal that were read beyond the newest, and the reader's filter. */
export class JournalMemory {
  filter: ActivityFilter = 'all';
  readonly #byRollout = new Map<string, Remembered>();

  known(shown: RolloutStanding): KnownJournal {
    const newest = shown.rollout.journal;
    const before = this.#byRollout.get(keyOf(shown));
    const remembered = before === undefined ? undefined : joined(newest, before);
    if (before === undefined || remembered === undefined) {
      this.#byRollout.delete(keyOf(shown));
      return { entries: newest, more: newest.length >= viewHolds };
    }
    this.#byRollout.set(keyOf(shown), remembered);
    return { entries: remembered.entries, more: !remembered.whole && remembered.entries.length < mostEntries };
  }

  /** `asked`: how many were asked for; fewer means that there are no others. */
  add(shown: RolloutStanding, older: readonly JournalEntry[], asked: number): void {
    const { entries } = this.known(shown);
    const last = entries.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
    const below = older.filter((entry) => entry.seq < last && !isMeasurement(entry));
    this.#byRollout.set(keyOf(shown), { entries: [...entries, ...below], whole: older.length < asked });
  }
}

/** `undefined`: so much has happened since that there may be a hole between the two. */
function joined(newest: readonly JournalEntry[], before: Remembered): Remembered | undefined {
  const latest = before.entries[0]?.seq ?? -1;
  const fresh = newest.filter(({ seq }) => seq > latest);
  if (fresh.length > 0 && fresh.length === newest.length) return undefined;
  return fresh.length === 0 ? before : { ...before, entries: [...fresh, ...before.entries] };
}

function keyOf({ standing, rollout }: RolloutStanding): string {
  return `${standing.folder}|${rollout.rollout}`;
}
