import type { PageMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';

type WhyAbout = Extract<PageMessage, { type: 'show-why' }>['about'];

/** An event, drawn through every chart at its moment. */
export interface ChartMark {
  /** Event time in milliseconds. */
  readonly at: number;
  readonly kind: 'stage' | 'rollback' | 'firing' | 'note';
  readonly text: string;
  /** The question that a click on it asks; `null` where there is nothing to explain. */
  readonly why: WhyAbout | null;
}

/** More of them than this would hide the figures: the newest are drawn. */
const mostNotes = 20;

/**
 * Stage changes and rollbacks, firings, and what people said of them: of the stages' own visits, and of earlier attempts
 * as far as the journal shown reaches.
 */
export function chartMarks({ stages, journal }: RolloutView): readonly ChartMark[] {
  const marks = new Map<string, ChartMark>();
  const add = (mark: ChartMark) =>
    marks.set(`${mark.kind} ${mark.why === null ? '' : mark.text} ${Math.round(mark.at / 1000)}`, mark);
  let notes = 0;
  for (const { at, body } of journal) {
    if (body.kind === 'stage-entered') add({ at: body.at, kind: 'stage', text: percentText(body.percent), why: null });
    if (body.kind === 'rollback-started') {
      add({ at: body.at, kind: 'rollback', text: t('rollback'), why: { kind: 'rollback' } });
    }
    if (notes >= mostNotes) continue;
    if (body.kind === 'firing') {
      const { trigger } = body.firing;
      notes += 1;
      add({ at: body.firing.at, kind: 'firing', text: plainText(trigger, 40), why: { kind: 'trigger', trigger } });
    }
    if (body.kind === 'acknowledged') {
      notes += 1;
      add({ at, kind: 'note', text: t('acknowledged'), why: null });
    }
    if (body.kind === 'signal') {
      notes += 1;
      add({ at, kind: 'note', text: plainText(body.name, 40), why: null });
    }
  }
  for (const { visit } of stages) {
    if (visit !== null) add({ at: visit.from, kind: 'stage', text: percentText(visit.percent), why: null });
  }
  return [...marks.values()].toSorted((one, other) => one.at - other.at);
}
