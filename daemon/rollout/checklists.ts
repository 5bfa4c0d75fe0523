import type { ChecklistView } from '../protocol/checklistView.ts';
import type { Plan } from '../protocol/plan.ts';
import type { JournalEntry } from '../protocol/rollout.ts';
import type { WallTime } from '../protocol/units.ts';

type Tick = { readonly by: string; readonly at: WallTime; readonly note: string | null };

/** The newest tick of each item, by item id; an item without one is not in it. */
export type Ticks = ReadonlyMap<string, Tick>;

export function foldTicks(ticks: Ticks, entries: readonly JournalEntry[]): Ticks {
  const folded = new Map(ticks);
  for (const { body, at } of entries) {
    if (body.kind !== 'tick') continue;
    if (body.ticked) folded.set(body.item, { by: body.by, at, note: body.note });
    else folded.delete(body.item);
  }
  return folded;
}

export function checklistViews(plan: Plan, ticks: Ticks): readonly ChecklistView[] {
  return plan.checklists.map((checklist) => ({
    id: checklist.id,
    title: checklist.title,
    items: checklist.items.map((item) => {
      const title = typeof item === 'string' ? item : item.title;
      const id = `${checklist.id}/${typeof item === 'string' ? slug(title) : (item.id ?? slug(title))}`;
      return { id, title, ticked: ticks.get(id) ?? null };
    }),
  }));
}

/** The item that a person names: its whole id, or the part behind the slash when only one checklist has it. */
export function findItem(views: readonly ChecklistView[], named: string): string | null {
  const ids = views.flatMap(({ items }) => items.map(({ id }) => id));
  if (ids.includes(named)) return named;
  const matching = ids.filter((id) => id.slice(id.indexOf('/') + 1) === named);
  return matching.length === 1 ? (matching[0] ?? null) : null;
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
