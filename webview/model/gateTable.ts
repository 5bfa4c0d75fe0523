import { parseCondition, thresholdValue } from '../../daemon/protocol/domain/condition.ts';
import { explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import {
  countedOn,
  differenceText,
  grouped,
  isRatio,
  shareText,
  valueText,
} from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { evidenceOf, standingWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import { t } from '../translate.ts';
import type { Mark } from './mark.ts';
import { unbroken } from './unbroken.ts';

export interface GateRow {
  readonly key: string;
  readonly condition: string;
  /** The plan's own text, for "Show Why". */
  readonly written: string;
  /** Key of the plan's line, when the plan file has one. */
  readonly planPart: string | null;
  readonly figure: string;
  /** `940 ms against 870 ms`, beside a figure that is a ratio. */
  readonly detail: string;
  readonly sample: string;
  /** `null` for a stage that has not come. */
  readonly mark: Mark | null;
  readonly evidence: string;
  readonly reason: string;
  /** What explains its failures best; empty where nothing does. */
  readonly explained: string;
}

export function gateRows(view: RolloutView, stageIndex: number): readonly GateRow[] {
  const stage = view.stages[stageIndex];
  if (stage === undefined) return [];
  return stage.gate.map((verdict, index) => gateRow(view, stage, verdict, `stages.${stageIndex}.gate.${index}`));
}

function gateRow(view: RolloutView, stage: StageView, verdict: ConditionVerdict, part: string): GateRow {
  const ahead = stage.state === 'ahead';
  const judged = !ahead && verdict.figure.value !== null;
  return {
    key: part,
    condition: conditionText(verdict.condition),
    written: verdict.condition,
    planPart: view.plan.lines[part] === undefined ? null : part,
    figure: judged ? figureText(verdict) : '–',
    detail: judged ? detailText(verdict) : '',
    sample: judged ? sampleText(verdict) : '',
    mark: ahead ? null : stage.state === 'current' ? standingWords(verdict, t) : verdictWords(verdict.verdict, t),
    evidence: ahead ? '' : (evidenceOf(verdict, t)?.short ?? ''),
    explained: stage.state === 'current' && verdict.verdict === 'unmet' ? explainedText(view, stage, verdict) : '',
    reason: ahead ? '' : plainText(verdict.reason === '' ? secondBaseline(verdict) : verdict.reason),
  };
}

function explainedText({ explanations }: RolloutView, { id }: StageView, { condition }: ConditionVerdict): string {
  const explanation = explanationOf(explanations, { kind: 'gate', stage: id, condition });
  if (explanation === null) return '';
  const [first] = explanationLines(explanation, t);
  return first === undefined || first.kind === 'nothing' ? '' : first.text;
}

/** The chosen baseline and the reason for it, where the plan prefers another one. */
function secondBaseline({ baseline }: ConditionVerdict): string {
  const why = baseline?.why ?? '';
  return why.includes(', because ') ? t('Baseline: {0}', why) : '';
}

/** As the plan writes it, with the signs that people read: `≥`, `≤`, `=`, a space before the unit. */
export function conditionText(written: string): string {
  const condition = parseCondition(written);
  if (!('measure' in condition)) return plainText(written, 200);
  const signs = { '>=': '≥', '<=': '≤', '==': '=', '!=': '≠', '<': '<', '>': '>' } as const;
  if (condition.difference !== undefined)
    return unbroken(`${condition.measure} ${signs[condition.comparison]} ${differenceText(condition)}`);
  const { unit } = condition.threshold;
  const number = valueText(thresholdValue(condition.threshold), unit);
  const of = condition.against === 'baseline' ? ` ${t('of baseline')}` : '';
  return unbroken(`${condition.measure} ${signs[condition.comparison]} ${number}${of}`);
}

/** The number that the condition is about: the ratio to the baseline where it is one, else the value. */
export function figureText({ condition, figure, baseline, limit }: ConditionVerdict): string {
  if (figure.value === null) return t('no data');
  const parsed = parseCondition(condition);
  if ('measure' in parsed && isRatio(parsed) && baseline?.value != null && baseline.value > 0) {
    const ratio = shareText(figure.value / baseline.value, thresholdValue(parsed.threshold));
    return unbroken(baseline.from === 'concurrent' ? t('{0} of control', ratio) : t('{0} of baseline', ratio));
  }
  return unbroken(valueText(figure.value, figure.unit, limit));
}

function detailText({ condition, figure, baseline }: ConditionVerdict): string {
  const parsed = parseCondition(condition);
  if (!('measure' in parsed) || parsed.against !== 'baseline' || figure.value === null || baseline?.value == null) {
    return '';
  }
  return t('{0} against {1}', valueText(figure.value, figure.unit), valueText(baseline.value, baseline.unit));
}

/** A count is its own sample. */
function sampleText({ figure }: ConditionVerdict): string {
  if (figure.good === null && figure.value === figure.n) return '';
  const side = countedOn(figure);
  return side === null ? grouped(figure.n) : t('{0} of {1}', grouped(side), grouped(figure.n));
}
