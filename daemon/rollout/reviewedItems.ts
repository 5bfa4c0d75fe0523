import type { ChecklistItemView, ChecklistView } from '../protocol/domain/checklistView.ts';
import type { ReviewCounts } from '../protocol/domain/dailyReview.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { isDue, isSettled, isSkipped } from '../protocol/words/openItems.ts';

export interface ReviewedList {
  readonly title: string;
  readonly items: readonly ChecklistItemView[];
}

/** The checklists of a review: the items that were to be done, and a person's answers since it began. */
export function reviewedLists(lists: readonly ChecklistView[], since: WallTime): readonly ReviewedList[] {
  return lists.flatMap(({ title, items, occurrence }) => {
    const about = items.filter((item) => isDue(item) || wasTouched(item, since));
    if (about.length === 0) return [];
    const dated = occurrence?.due !== null && occurrence?.due !== undefined;
    return [{ title, items: dated ? items.filter((item) => isSettled(item) || about.includes(item)) : about }];
  });
}

export function reviewCounts(lists: readonly ReviewedList[]): ReviewCounts {
  const items = lists.flatMap((list) => list.items);
  const count = (holds: (item: ChecklistItemView) => boolean) => items.filter(holds).length;
  return {
    ticked: count(({ ticked, from }) => ticked !== null && from !== 'evidence'),
    proven: count(({ ticked, from }) => ticked !== null && from === 'evidence'),
    skipped: count(isSkipped),
    open: count((item) => !isSettled(item)),
  };
}

/** Set by a person; evidence is no part of a review. */
function wasTouched({ ticked, from, ticks, skipped, notes }: ChecklistItemView, since: WallTime): boolean {
  const claims = ticks ?? (ticked === null || from === 'evidence' ? [] : [ticked]);
  return [...claims, ...(skipped == null ? [] : [skipped]), ...(notes ?? [])].some(({ at }) => at >= since);
}
