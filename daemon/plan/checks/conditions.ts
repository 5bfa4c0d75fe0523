import { type Condition, thresholdValue } from '../../protocol/domain/condition.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { convertedAmount } from '../convertedAmount.ts';
import { conditionsOf, type MeasureShape, measureShape } from '../measureShape.ts';
import { nearest } from '../nearest.ts';
import { insteadOf } from '../problem.ts';
import { type Report, suggestion } from './reportProblem.ts';

export function checkConditionMeasures(plan: Plan, report: Report): void {
  const known = Object.keys(plan.measures);
  for (const { condition, path } of conditionsOf(plan)) {
    if (Object.hasOwn(plan.measures, condition.measure)) continue;
    const meant = nearest(condition.measure, known);
    report.value(path, `unknown measure \`${condition.measure}\`${suggestion(meant, known)}`, {
      instead: insteadOf(condition.measure, meant),
    });
  }
  for (const { name, path } of figuresOf(plan)) {
    if (Object.hasOwn(plan.measures, name)) continue;
    const meant = nearest(name, known);
    report.key(path, `unknown measure \`${name}\`${suggestion(meant, known)}`, insteadOf(name, meant));
  }
}

function figuresOf({ baseline }: Plan) {
  const places = [
    { at: ['baseline', 'figures'], figures: baseline?.figures },
    { at: ['baseline', 'otherwise', 'figures'], figures: baseline?.otherwise?.figures },
  ];
  return places.flatMap(({ at, figures }) =>
    Object.entries(figures ?? {}).map(([name, figure]) => ({ name, figure, path: [...at, name] })),
  );
}

/** A threshold is in the measure's own unit; one `of baseline` is a percentage. */
export function checkConditionUnits(plan: Plan, report: Report): void {
  for (const { condition, path } of conditionsOf(plan)) {
    const shape = measureShape(plan, condition.measure);
    if (shape === undefined) continue;
    const problem = unitProblem(condition, shape);
    if (problem !== undefined) report.value(path, `\`${condition.text}\`: ${problem}`);
  }
}

/**
 * The figure of a share is a part of one: 97 in the place of 0.97 would be a limit that nothing reaches, or nothing
 * misses.
 */
export function checkBaselineFigures(plan: Plan, report: Report): void {
  for (const { name, figure, path } of figuresOf(plan)) {
    if (measureShape(plan, name)?.kind !== 'share' || (figure >= 0 && figure <= 1)) continue;
    const right = figure > 1 && figure <= 100 ? String(Number((figure / 100).toPrecision(12))) : undefined;
    const remedy = right === undefined ? '' : `: write \`${name}: ${right}\``;
    report.value(path, `\`${name}\` is a share, and its figure from 0 to 1${remedy}`, {
      instead: insteadOf(String(figure), right),
    });
  }
}

/** `of baseline` needs a baseline that has the measure. */
export function checkBaseline(plan: Plan, report: Report): void {
  const { baseline } = plan;
  if (baseline !== undefined && Object.keys(baseline).length === 0) {
    report.key(['baseline'], 'the baseline is empty: write `baseline: { control: concurrent }`');
  }
  if (baseline?.control !== undefined && plan.arms.control === undefined) {
    report.key(
      ['baseline', 'control'],
      'there is no control: describe it under `arms`, or give the baseline a `window`',
    );
  }
  for (const { condition, path } of conditionsOf(plan)) {
    if (condition.against !== 'baseline' || !Object.hasOwn(plan.measures, condition.measure)) continue;
    if (baseline === undefined) {
      report.value(path, `\`${condition.text}\`: the plan has no baseline, add \`baseline: { control: concurrent }\``);
      continue;
    }
    const { control, window, figures, otherwise } = baseline;
    const anyMeasure = control ?? window ?? otherwise?.window;
    const stated = { ...figures, ...otherwise?.figures };
    if (anyMeasure === undefined && !Object.hasOwn(stated, condition.measure)) {
      report.value(
        path,
        `\`${condition.text}\`: the baseline has no figure for \`${condition.measure}\`, add it under \`figures\``,
      );
    }
  }
}

function unitProblem(condition: Condition, shape: MeasureShape): string | undefined {
  const { unit } = condition.threshold;
  const number = String(
    thresholdValue({ ...condition.threshold, unit: '', scale: condition.threshold.scale / (unit === '%' ? 100 : 1) }),
  );
  const written = (amount: string) => `write \`${condition.measure} ${condition.comparison} ${amount}\``;
  if (condition.difference !== undefined) {
    const differs = (amount: string) => written(`baseline ${condition.difference === 'below' ? '-' : '+'} ${amount}`);
    switch (shape.kind) {
      case 'share':
        return unit === 'points' ? undefined : `a difference of shares is in points: ${differs(`${number} points`)}`;
      case 'count':
        return `\`${condition.measure}\` is a count, and a count has no difference to a baseline: write a number`;
      case 'value':
        if (unit === shape.unit || (unit === '' && shape.unit === '')) return undefined;
        return `\`${condition.measure}\` is ${shape.unit === '' ? 'without a unit' : `in ${shape.unit}`}: ${differs(`${number}${shape.unit}`)}`;
    }
  }
  if (condition.against === 'baseline') {
    if (unit === '%' || (unit === '' && Number(number) <= 10)) return undefined;
    return `a threshold of the baseline is a percentage: ${written(`${unit === '' ? number : 110}% of baseline`)}`;
  }
  switch (shape.kind) {
    case 'share': {
      if (unit !== '' && unit !== '%') return `\`${condition.measure}\` is a share: ${written('99.5%')}`;
      if (thresholdValue(condition.threshold) <= 1) return undefined;
      return unit === '%'
        ? 'a share is never more than 100 %'
        : `\`${condition.measure}\` is a share: ${written(`${number}%`)}`;
    }
    case 'count':
      if (unit === '') return undefined;
      return `\`${condition.measure}\` is a count and has no unit: ${written(number)}`;
    case 'value':
      if (unit === '' || unit === shape.unit) return undefined;
      if (unit === '%')
        return `\`${condition.measure}\` is not a share, so a percentage must be of something: ${written(`${number}% of baseline`)}`;
      if (shape.unit === '') return `\`${condition.measure}\` names no unit: give the measure \`unit: ${unit}\``;
      return `\`${condition.measure}\` is in ${shape.unit}: ${written(convertedAmount(Number(number), unit, shape.unit) ?? `${number}${shape.unit}`)}`;
  }
}
