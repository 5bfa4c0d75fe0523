import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';

/** An event, drawn through every chart at its moment. */
export interface ChartMark {
  /** Event time in milliseconds. */
  readonly at: number;
  readonly kind: 'stage' | 'rollback';
  readonly text: string;
}

/** Stage changes and rollbacks: of the stages' own visits, and of earlier attempts as far as the journal shown reaches. */
export function chartMarks({ stages, journal }: RolloutView): readonly ChartMark[] {
  const marks = new Map<string, ChartMark>();
  const add = (mark: ChartMark) => marks.set(`${mark.kind} ${Math.round(mark.at / 1000)}`, mark);
  for (const { body } of journal) {
    if (body.kind === 'stage-entered') add({ at: body.at, kind: 'stage', text: percentText(body.percent) });
    if (body.kind === 'rollback-started') add({ at: body.at, kind: 'rollback', text: t('rollback') });
  }
  for (const { visit } of stages) {
    if (visit !== null) add({ at: visit.from, kind: 'stage', text: percentText(visit.percent) });
  }
  return [...marks.values()].toSorted((one, other) => one.at - other.at);
}
