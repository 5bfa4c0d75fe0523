import { plainText } from '../../daemon/protocol/plainText.ts';
import type { RolloutView } from '../../daemon/protocol/view.ts';
import { t } from '../translate.ts';

export interface ChecklistRow {
  readonly key: string;
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly next: string;
}

export function checklistRows({ checklists }: RolloutView): readonly ChecklistRow[] {
  return checklists.map(({ id, title, items }) => {
    const open = items.filter(({ ticked }) => ticked === null);
    const [first] = open;
    return {
      key: id,
      title: plainText(title, 120),
      done: items.length - open.length,
      total: items.length,
      next: first === undefined ? t('all done') : t('next: {0}', plainText(first.title, 160)),
    };
  });
}
