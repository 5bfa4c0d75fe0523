import type { ChecklistItemView, ChecklistView } from '../domain/checklistView.ts';
import type { RolloutView } from '../wire/view.ts';

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

/** One item that a daily review stops at, with its checklist. */
export interface ReviewStep {
  readonly list: ChecklistView;
  readonly item: ChecklistItemView;
}

/** What a daily review goes through: every item of each checklist that still has one to be done. */
export function reviewSteps(view: RolloutView): readonly ReviewStep[] {
  return listsOf(view).flatMap((list) =>
    list.items.some((item) => isDue(item)) ? list.items.map((item) => ({ list, item })) : [],
  );
}

/** The first step behind `after` that is still to be done; `null` when there is none. */
export function nextOpen(steps: readonly ReviewStep[], after: number): number | null {
  const next = steps.findIndex(({ item }, index) => index > after && isDue(item));
  return next === -1 ? null : next;
}

/**
 * When a list comes again whose time was over before anybody could be asked for it, as the rollout began later; `null`
 * for every other.
 */
export function comesAgain({ occurrence, phase }: ChecklistView, now: number): number | null {
  const due = occurrence?.due ?? null;
  return phase === 'waiting' && due !== null && due <= now ? (occurrence?.nextDue ?? null) : null;
}
