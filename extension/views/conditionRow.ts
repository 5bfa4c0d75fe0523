import type { ConditionVerdict, Verdict } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText, spanTexts } from '../../daemon/protocol/words/clockText.ts';
import type { FactWords } from '../../daemon/protocol/words/factWords.ts';
import { figureText, grouped, stillToCome, valueText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { baselineWords, evidenceWords, standingWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import type { Translate } from '../vscodeApi.ts';
import { markdownText } from './escapedText.ts';
import type { Row, RowIcon, Subject } from './row.ts';
import { conditionFacts, limitFact } from './verdictText.ts';

/** The time of a gate's condition: now, when the stage was left, or not judged yet. */
export type Tense = 'now' | 'then' | 'ahead' | 'last-known';

export function conditionRow(
  id: string,
  condition: ConditionVerdict,
  tense: Tense,
  rollout: RolloutView,
  subject: Subject,
  now: number,
  t: Translate,
): Row {
  const label = plainText(condition.measure, 160);
  const description =
    tense === 'ahead' ? limitFact(condition, t) : conditionFacts(condition, t, wordsOf(condition, tense, t));
  return {
    id,
    label,
    description,
    icon: tense === 'ahead' ? { id: 'circle-outline', color: 'disabledForeground' } : verdictIcon(condition, tense),
    context: [
      'condition',
      condition.verdict,
      ...(subject.why !== undefined && condition.verdict !== 'met' ? ['hasWhy'] : []),
      ...planWords(rollout, subject),
    ],
    tooltip: conditionTooltip(condition, tense, rollout.plan.timezone, now, t),
    spoken: [label, description].filter((part) => part !== '').join(', '),
    expansion: 'leaf',
    subject,
    children: [],
  };
}

/** The word that lets "Go to Plan Line" appear: the plan file says where this part stands. */
export function planWords(rollout: RolloutView, subject: Subject): readonly string[] {
  return subject.planPart !== null && rollout.plan.lines[subject.planPart] !== undefined ? ['inPlan'] : [];
}

const icons: Readonly<Record<Verdict, RowIcon>> = {
  met: { id: 'pass', color: 'testing.iconPassed' },
  unmet: { id: 'error', color: 'testing.iconFailed' },
  insufficient: { id: 'watch', color: 'testing.iconQueued' },
  'no-data': { id: 'question', color: 'disabledForeground' },
  error: { id: 'warning', color: 'list.warningForeground' },
};

function isCurrent(tense: Tense): boolean {
  return tense === 'now' || tense === 'last-known';
}

/** What is not there yet may still come in the current stage, and has failed in one that was left. */
function wordsOf(condition: ConditionVerdict, tense: Tense, t: Translate): FactWords {
  return isCurrent(tense) ? standingWords(condition, t) : verdictWords(condition.verdict, t);
}

/** Green and red need fresh evidence: a last known verdict keeps its shape and loses its colour. */
function verdictIcon(condition: ConditionVerdict, tense: Tense): RowIcon {
  const isWaited = condition.verdict === 'unmet' && isCurrent(tense) && stillToCome(condition) !== null;
  const verdict = isWaited ? 'insufficient' : condition.verdict;
  return tense === 'last-known' ? { id: icons[verdict].id, color: 'disabledForeground' } : icons[verdict];
}

function conditionTooltip(condition: ConditionVerdict, tense: Tense, zone: string, now: number, t: Translate): string {
  const { figure, limit, baseline, window, label, reason } = condition;
  const lines = [`**${markdownText(condition.condition)}**`];
  if (tense === 'ahead') return [...lines, t('Judged when the rollout reaches this stage.')].join('\n\n');
  const facts = [wordsOf(condition, tense, t).word, reason === '' ? '' : markdownText(reason)];
  lines.push(facts.filter((fact) => fact !== '').join(': '));
  const list: string[] = [];
  if (figure.value !== null) {
    const sample = figure.good === null ? ` (${t('n {0}', grouped(figure.n))})` : '';
    list.push(t('Figure: {0}', markdownText(`${figureText(figure, limit)}${sample}`)));
  }
  if (limit !== null) list.push(t('Limit: {0}', markdownText(valueText(limit, figure.unit, figure.value))));
  if (baseline !== null && baseline.value !== null) {
    const value = markdownText(valueText(baseline.value, baseline.unit));
    list.push(t('Baseline: {0} (n {1}, {2})', value, grouped(baseline.n), markdownText(baselineWords(baseline, t))));
  }
  if (window.from !== null) {
    list.push(
      window.to === null
        ? t('Since {0}', clockText(window.from, now, zone))
        : t('Window: {0} to {1}', ...spanTexts(window.from, window.to, now, zone)),
    );
  }
  if (label !== null) list.push(t('Evidence: {0}', evidenceWords(label, figure.n, t).sentence));
  lines.push(list.map((fact) => `- ${fact}`).join('\n'));
  return lines.join('\n\n');
}
