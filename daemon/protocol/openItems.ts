import type { ChecklistItemView, ChecklistView } from './checklistView.ts';
import type { RolloutView } from './view.ts';

/** Ticked, by a person or by evidence, or skipped with a reason. */
export function isDone({ ticked, skipped, phase }: ChecklistItemView): boolean {
  return ticked !== null || (skipped ?? null) !== null || phase === 'done';
}

/** Its time has come, and nobody has done it. */
export function isDue(item: ChecklistItemView): boolean {
  return !isDone(item) && (item.phase === 'due' || item.phase === 'overdue');
}

/** The checklists with the deliverables, whose items are ticked alike. */
export function listsOf({ checklists, deliverables }: RolloutView): readonly ChecklistView[] {
  return deliverables === undefined ? checklists : [...checklists, deliverables];
}
