import { type Comparison, parseCondition, thresholdValue } from '../../daemon/protocol/domain/condition.ts';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import type { FactWords } from '../../daemon/protocol/words/factWords.ts';
import { differenceText, grouped, isRatio, shareText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { evidenceOf, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import type { Translate } from '../vscodeApi.ts';

/**
 * The facts behind a measure's name, the most telling first, since a narrow side bar cuts the rest: figure and sample,
 * the limit, verdict word, evidence. `99.8 % of 1,204 · ≥ 99.5 % · met · 380 more to prove`.
 */
export function conditionFacts(
  condition: ConditionVerdict,
  t: Translate,
  words: Pick<FactWords, 'word'> = verdictWords(condition.verdict, t),
): string {
  const { figure } = condition;
  const isCount = figure.good === null && figure.unit === '';
  const sample = figure.value === null || figure.good !== null || isCount ? '' : t('n {0}', grouped(figure.n));
  const facts = [
    figureFact(condition, t),
    limitFact(condition, t),
    words.word,
    evidenceOf(condition, t)?.short ?? '',
    sample,
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

/** The figure with what it rests on: `99.8 % of 1,204`, `108 % of control`, `940 ms`; empty without data. */
export function figureFact(condition: ConditionVerdict, t: Translate): string {
  const { figure, limit, baseline } = condition;
  if (figure.value === null) return '';
  const ratio = ratioOf(condition);
  if (ratio !== null) return baseline?.from === 'concurrent' ? t('{0} of control', ratio) : t('{0} of baseline', ratio);
  const value = valueText(figure.value, figure.unit, limit);
  return figure.good === null ? value : t('{0} of {1}', value, grouped(figure.n));
}

/** `108 %`: the figure against its baseline, for a condition on the baseline. */
function ratioOf({ condition, figure, baseline }: ConditionVerdict): string | null {
  const parsed = parseCondition(condition);
  if (!('measure' in parsed) || !isRatio(parsed) || figure.value === null) return null;
  if (baseline === null || baseline.value === null || baseline.value <= 0) return null;
  return shareText(figure.value / baseline.value, thresholdValue(parsed.threshold));
}

/** The plan's own condition without the measure's name: `≥ 99.5 %`, `≤ 110 % of baseline`. */
export function limitFact(verdict: ConditionVerdict, t: Translate): string {
  const parsed = parseCondition(verdict.condition);
  if (!('measure' in parsed)) return plainText(verdict.condition, 120);
  const { threshold, against } = parsed;
  if (parsed.difference !== undefined) return `${comparisonSigns[parsed.comparison]} ${differenceText(parsed)}`;
  const beside = against === 'figure' ? verdict.figure.value : null;
  const value = valueText(thresholdValue(threshold), threshold.unit, beside);
  const limit = `${comparisonSigns[parsed.comparison]} ${value}`;
  if (against === 'figure' || (ratioOf(verdict) !== null && threshold.unit === '%')) return limit;
  return threshold.unit === '%' ? t('{0} of baseline', limit) : t('{0} × baseline', limit);
}

const comparisonSigns: Readonly<Record<Comparison, string>> = {
  '>=': '≥',
  '<=': '≤',
  '>': '>',
  '<': '<',
  '==': '=',
  '!=': '≠',
};
