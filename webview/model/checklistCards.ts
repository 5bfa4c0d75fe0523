import type { ChecklistView } from '../../daemon/protocol/domain/checklistView.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText, dueText as dueWords } from '../../daemon/protocol/words/clockText.ts';
import { comesAgain, isDone, isDue, isSettled, isSkipped, listsOf } from '../../daemon/protocol/words/openItems.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';
import type { Mark } from './mark.ts';

export interface ChecklistRow {
  readonly key: string;
  readonly title: string;
  readonly done: number;
  readonly total: number;
  /** Left out with a reason; none of `done`. */
  readonly skipped: number;
  readonly next: string;
  /** Due or overdue; `null` for what waits or is done. */
  readonly mark: Mark | null;
  /** When it is to be done, or comes again; empty where the plan does not say. */
  readonly due: string;
}

export function checklistRows(view: RolloutView, now: number): readonly ChecklistRow[] {
  const { timezone } = view.plan;
  return listsOf(view).map((list) => {
    const { id, title, items } = list;
    const open = items.filter((item) => !isSettled(item));
    const done = items.filter((item) => isDone(item)).length;
    const skipped = items.filter((item) => isSkipped(item)).length;
    const asked = open.find((item) => isDue(item)) ?? open[0];
    return {
      key: id,
      title: plainText(title, 120),
      done,
      total: items.length,
      skipped,
      next:
        asked === undefined
          ? skipped === 0
            ? t('all done')
            : t('nothing open')
          : t('next: {0}', plainText(asked.title, 160)),
      mark: open.length === 0 ? null : phaseMark(list),
      due: dueText(list, open.length === 0, now, timezone),
    };
  });
}

/** True when a daily review has anything to go through. */
export function somethingIsDue(view: RolloutView): boolean {
  return listsOf(view).some(({ items }) => items.some((item) => isDue(item)));
}

function phaseMark({ phase }: ChecklistView): Mark | null {
  switch (phase) {
    case 'overdue':
      return { symbol: 'warning', tone: 'caution', word: t('overdue') };
    case 'due':
      return { symbol: 'few', tone: 'active', word: t('due') };
    case 'waiting':
    case 'done':
    case undefined:
      return null;
  }
}

function dueText(list: ChecklistView, complete: boolean, now: number, zone: string): string {
  const { occurrence, phase } = list;
  if (occurrence === null || occurrence === undefined) return '';
  const { due, nextDue } = occurrence;
  if (complete) return nextDue === undefined ? '' : t('next due {0}', dueWords(nextDue, now, zone));
  if (due === null) return '';
  const when = clockText(due, now, zone);
  const again = comesAgain(list, now);
  if (again !== null) return t('next due {0}', dueWords(again, now, zone));
  switch (phase) {
    case 'overdue':
      return t('was due {0}', when);
    case 'due':
      return due <= now ? t('since {0}', when) : dueWords(due, now, zone);
    case 'waiting':
    case 'done':
    case undefined:
      return t('due {0}', dueWords(due, now, zone));
  }
}
