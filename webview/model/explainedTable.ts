import type { CountOf, Explanation } from '../../daemon/protocol/domain/explanation.ts';
import { contentText, explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import { grouped, shareText } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';
import { momentText } from './pageMoments.ts';
import { unbroken } from './unbroken.ts';

/** One thing that the failing records have, beside how many of the others have it. */
export interface ExplainedRow {
  readonly text: string;
  readonly isNew: boolean;
  /** `first seen 04:22`; empty where it is not known. */
  readonly seen: string;
  readonly failed: SharedCount;
  readonly passed: SharedCount | null;
  /** How many times as frequent among the failing ones; empty where nothing can be divided. */
  readonly lift: string;
  /** Of the control: its failing records with it, or of its records with it those that fail. */
  readonly control: string;
}

interface SharedCount {
  readonly text: string;
  /** 0 to 1. */
  readonly share: number;
}

export function explainedRows(explanation: Explanation, zone: string): readonly ExplainedRow[] {
  const factors = explanation.factors.map(
    ({ field, content, failed, passed, control }): ExplainedRow => ({
      text: contentText(field, content, t),
      isNew: false,
      seen: '',
      failed: counted(failed),
      passed: counted(passed),
      lift: liftText(failed, passed),
      control: control === null ? '–' : t('{0} of {1} with it fail', grouped(control.n), grouped(control.of)),
    }),
  );
  const signatures = explanation.signatures.map(
    ({ field, content, failed, control, isNew, firstSeen }): ExplainedRow => ({
      text: contentText(field, content, t),
      isNew,
      seen: t('first seen {0}', momentText(firstSeen, zone).slice(11)),
      failed: counted(failed),
      passed: null,
      lift: '',
      control: control === null ? '–' : control.of === 0 ? t('no failures') : ofText(control),
    }),
  );
  return [...signatures.filter(({ isNew }) => isNew), ...factors, ...signatures.filter(({ isNew }) => !isNew)];
}

/** What the table cannot say: the mix of records, that nothing explains them, what could not be read. */
export function explainedRemarks(explanation: Explanation): readonly string[] {
  return explanationLines(explanation, t).flatMap(({ kind, text }) =>
    kind === 'mix' || kind === 'nothing' || kind === 'left' ? [text] : [],
  );
}

function counted(count: CountOf): SharedCount {
  return { text: ofText(count), share: count.of === 0 ? 0 : count.n / count.of };
}

function ofText({ n, of }: CountOf): string {
  return of === 0 ? '–' : unbroken(t('{0} of {1} ({2})', grouped(n), grouped(of), shareText(n / of)));
}

function liftText(failed: CountOf, passed: CountOf): string {
  if (failed.of === 0 || passed.of === 0) return '';
  if (passed.n === 0) return t('only failures');
  const lift = failed.n / failed.of / (passed.n / passed.of);
  return `× ${grouped(Number(lift.toPrecision(2)))}`;
}
