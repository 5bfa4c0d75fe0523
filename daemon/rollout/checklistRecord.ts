import type { TickView } from '../protocol/domain/checklistView.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import type { WallTime } from '../protocol/domain/units.ts';

/** The journal's knowledge about one item in one round. */
export interface ItemRecord {
  /** Each person's tick, newest first; an untick, whoever's, takes them all back. */
  readonly ticks: readonly TickView[];
  readonly skipped: TickView | null;
  /** Newest first, also those of ticks and unticks. */
  readonly notes: readonly TickView[];
  readonly evidence: { readonly holds: boolean; readonly at: WallTime; readonly detail: string } | null;
}

/** The journal's last word on a suite of tests, and its time. */
export interface SuiteRecord {
  readonly suite: TestSuiteView;
  readonly at: WallTime;
}

/** The journal's knowledge about checklists and the facts that their evidence needs: a fold of its entries. */
export interface ChecklistRecord {
  readonly items: ReadonlyMap<string, ItemRecord>;
  /** When the newest entry of each kind was written. */
  readonly newest: ReadonlyMap<string, WallTime>;
  /** The latest time at which each trigger is known to have fired, by event time. */
  readonly fired: ReadonlyMap<string, number>;
  /** The proof of each suite of tests, by its name. */
  readonly suites: ReadonlyMap<string, SuiteRecord>;
}

export const nothingRecorded: ChecklistRecord = {
  items: new Map(),
  newest: new Map(),
  fired: new Map(),
  suites: new Map(),
};
const untouched: ItemRecord = { ticks: [], skipped: null, notes: [], evidence: null };
const mostNotes = 20;

export function recordOf(record: ChecklistRecord, item: string, occurrence: string): ItemRecord {
  return record.items.get(keyOf(item, occurrence)) ?? untouched;
}

export function foldTicks(record: ChecklistRecord, entries: readonly JournalEntry[]): ChecklistRecord {
  if (entries.length === 0) return record;
  const items = new Map(record.items);
  const newest = new Map(record.newest);
  const fired = new Map(record.fired);
  const suites = new Map(record.suites);
  for (const { body, at } of entries) {
    newest.set(body.kind, at);
    switch (body.kind) {
      case 'tick': {
        const key = keyOf(body.item, body.occurrence ?? 'once');
        items.set(key, ticked(items.get(key) ?? untouched, body, { by: body.by, at, note: body.note }));
        break;
      }
      case 'evidence': {
        const key = keyOf(body.item, body.occurrence);
        const { holds, detail } = body;
        items.set(key, { ...(items.get(key) ?? untouched), evidence: { holds, at, detail } });
        break;
      }
      case 'firing':
        fired.set(body.firing.trigger, Math.max(body.firing.until, fired.get(body.firing.trigger) ?? 0));
        break;
      case 'tests':
        suites.set(body.suite.name, { suite: body.suite, at });
        break;
      default:
    }
  }
  return { items, newest, fired, suites };
}

function ticked(
  record: ItemRecord,
  { as, ticked: done }: { readonly as?: 'skip' | 'note' | undefined; readonly ticked: boolean },
  tick: TickView,
): ItemRecord {
  const notes = tick.note === null ? record.notes : [tick, ...record.notes].slice(0, mostNotes);
  if (as === 'note') return { ...record, notes };
  if (as === 'skip') return { ...record, notes, ticks: [], skipped: tick };
  const ticks = done ? [tick, ...record.ticks.filter(({ by }) => by !== tick.by)] : [];
  return { ...record, notes, ticks, skipped: null };
}

function keyOf(item: string, occurrence: string): string {
  return `${item}@${occurrence}`;
}
