import { parseCondition, thresholdValue } from '../../daemon/protocol/condition.ts';
import { formatDuration } from '../../daemon/protocol/duration.ts';
import { shareText, valueText } from '../../daemon/protocol/figureText.ts';
import type { ConditionVerdict, EvidenceLabel, Verdict } from '../../daemon/protocol/verdict.ts';
import type { Translate } from '../vscodeApi.ts';

const grouped = new Intl.NumberFormat('en-US');

export function countText(count: number): string {
  return grouped.format(count);
}

export function verdictText(verdict: Verdict, t: Translate): string {
  switch (verdict) {
    case 'met':
      return t('met');
    case 'unmet':
      return t('not met');
    case 'insufficient':
      return t('too few');
    case 'no-data':
      return t('no data');
    case 'error':
      return t('error');
  }
}

/** What the data can carry beside the literal verdict; empty where no statistic applies. */
export function evidenceText(label: EvidenceLabel | null, t: Translate): string {
  switch (label?.kind) {
    case undefined:
      return '';
    case 'proven':
      return t('proven');
    case 'refuted':
      return t('refuted');
    case 'insufficient':
      return label.needed === null ? t('not proven') : t('needs {0} more', countText(label.needed));
  }
}

/** `99.62 % of 1,204 · met · needs 380 more`: figure and sample, verdict word, evidence; the most telling first. */
export function conditionFacts(condition: ConditionVerdict, t: Translate): string {
  const { figure, verdict, label } = condition;
  const facts: string[] = [];
  if (figure.value !== null) {
    const ratio = baselineRatio(condition);
    if (ratio !== null) facts.push(ratio);
    const value = valueText(figure.value, figure.unit, condition.limit);
    facts.push(figure.good === null ? value : t('{0} of {1}', value, countText(figure.n)));
  }
  facts.push(verdictText(verdict, t), evidenceText(label, t));
  if (figure.value !== null && figure.good === null && figure.unit !== '') facts.push(t('n {0}', countText(figure.n)));
  return facts.filter((fact) => fact !== '').join(' · ');
}

/** `108 % of control`, for a condition on the baseline. */
function baselineRatio({ condition, figure, baseline }: ConditionVerdict): string | null {
  if (figure.value === null || baseline === null || baseline.value === null || baseline.value <= 0) return null;
  const parsed = parseCondition(condition);
  if (!('measure' in parsed) || parsed.against !== 'baseline') return null;
  return shareText(figure.value / baseline.value, thresholdValue(parsed.threshold));
}

/** A length of time in whole minutes once it is a minute or more, so that a row does not change every second. */
export function calmDuration(length: number): string {
  if (length < 1000) return '0 s';
  const step = length < 60_000 ? 1000 : 60_000;
  return formatDuration(Math.floor(length / step) * step);
}
