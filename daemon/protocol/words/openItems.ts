import type { ChecklistItemView, ChecklistView } from '../domain/checklistView.ts';
import type { RolloutView } from '../wire/view.ts';

/** Ticked, by a person or by evidence. */
export function isDone(item: ChecklistItemView): boolean {
  return item.ticked !== null || (item.phase === 'done' && !isSkipped(item));
}

/** Left out of this round, with a reason: not done, and not asked for any more. */
export function isSkipped({ ticked, skipped }: ChecklistItemView): boolean {
  return ticked === null && (skipped ?? null) !== null;
}

/** Nothing more is to be done about it in this round. */
export function isSettled(item: ChecklistItemView): boolean {
  return isDone(item) || isSkipped(item);
}

/** The item's time has come, and it is open. */
export function isDue(item: ChecklistItemView): boolean {
  return !isSettled(item) && (item.phase === 'due' || item.phase === 'overdue');
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

/** The steps of a daily review: every item of each checklist with an item that is due. */
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

/** The next time of a list whose first time passed before the rollout began; `null` for every other list. */
export function comesAgain({ occurrence, phase }: ChecklistView, now: number): number | null {
  const due = occurrence?.due ?? null;
  return phase === 'waiting' && due !== null && due <= now ? (occurrence?.nextDue ?? null) : null;
}
