import { type Comparison, parseCondition, thresholdValue } from '../../daemon/protocol/domain/condition.ts';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { ConditionVerdict, EvidenceLabel, Verdict } from '../../daemon/protocol/domain/verdict.ts';
import { grouped, shareText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Translate } from '../vscodeApi.ts';

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
function evidenceText(label: EvidenceLabel | null, t: Translate): string {
  switch (label?.kind) {
    case undefined:
      return '';
    case 'proven':
      return t('proven');
    case 'refuted':
      return t('refuted');
    case 'insufficient':
      return label.needed === null ? t('not proven') : t('{0} more to prove', grouped(label.needed));
  }
}

/**
 * What stands behind a measure's name, the most telling first, since a narrow side bar cuts the rest: figure and sample,
 * the limit, verdict word, evidence. `99.8 % of 1,204 · ≥ 99.5 % · met · 380 more to prove`.
 */
export function conditionFacts(condition: ConditionVerdict, t: Translate): string {
  const { figure, verdict, label } = condition;
  const isCount = figure.good === null && figure.unit === '';
  const sample = figure.value === null || figure.good !== null || isCount ? '' : t('n {0}', grouped(figure.n));
  const facts = [
    figureFact(condition, t),
    limitFact(condition, t),
    verdictText(verdict, t),
    evidenceText(label, t),
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
  if (!('measure' in parsed) || parsed.against === 'figure' || figure.value === null) return null;
  if (baseline === null || baseline.value === null || baseline.value <= 0) return null;
  return shareText(figure.value / baseline.value, thresholdValue(parsed.threshold));
}

/** The plan's own condition without the measure's name: `≥ 99.5 %`, `≤ 110 % of baseline`. */
export function limitFact(verdict: ConditionVerdict, t: Translate): string {
  const parsed = parseCondition(verdict.condition);
  if (!('measure' in parsed)) return plainText(verdict.condition, 120);
  const { threshold, against } = parsed;
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

/** A length of time in whole minutes once it is a minute or more, so that a row does not change every second. */
export function calmDuration(length: number): string {
  if (length < 1000) return '0 s';
  const step = length < 60_000 ? 1000 : 60_000;
  return formatDuration(Math.floor(length / step) * step);
}
