import type { Plan } from '../../protocol/domain/plan.ts';
import { changeForm, wantedRatio } from '../../protocol/domain/targetChange.ts';
import { isProvable } from '../../protocol/domain/triggerRule.ts';
import { sequentialRates } from '../../statistics/sequentialTest.ts';
import { measureShape } from '../measureShape.ts';
import { nearest } from '../nearest.ts';
import { insteadOf, type Path } from '../problem.ts';
import { type Report, suggestion } from './reportProblem.ts';

/** Ids of stages, triggers and checklists are unique. */
export function checkIds(plan: Plan, report: Report): void {
  for (const list of ['stages', 'triggers', 'checklists'] as const) {
    refuseRepeated(
      plan[list].map(({ id }) => id),
      (index) => [list, index, 'id'],
      report,
    );
  }
  refuseRepeatedItems(plan.deliverables, ['deliverables'], report);
  plan.checklists.forEach((checklist, index) => {
    refuseRepeatedItems(checklist.items, ['checklists', index, 'items'], report);
    if (checklist.stage !== undefined && !plan.stages.some(({ id }) => id === checklist.stage)) {
      const ids = plan.stages.map(({ id }) => id);
      const meant = nearest(checklist.stage, ids);
      report.value(['checklists', index, 'stage'], `unknown stage \`${checklist.stage}\`${suggestion(meant, ids)}`, {
        instead: insteadOf(checklist.stage, meant),
      });
    }
  });
}

/** An item's id, or its title without one, is unique in its list. */
function refuseRepeatedItems(items: Plan['deliverables'], path: Path, report: Report): void {
  const ids = items.map((item) => (typeof item === 'string' ? undefined : item.id));
  refuseRepeated(ids, (at) => [...path, at, 'id'], report);
  const titles = items.map((item) =>
    typeof item === 'string' ? item : item.id === undefined ? item.title : undefined,
  );
  refuseRepeated(titles, (at) => [...path, at], report);
}

function refuseRepeated(names: readonly (string | undefined)[], path: (index: number) => Path, report: Report): void {
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    if (name === undefined) return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else report.value(path(index), `\`${name}\` is the name of item ${first + 1} already: choose another`);
  });
}

/** A trigger is judged in stages that there are, and that expose anyone. */
export function checkTriggerStages(plan: Plan, report: Report): void {
  const ids = plan.stages.map(({ id }) => id);
  plan.triggers.forEach(({ stages = [] }, index) => {
    stages.forEach((asked, at) => {
      const path = ['triggers', index, 'stages', at];
      const stage = plan.stages.find(({ id }) => id === asked);
      if (stage === undefined) {
        const meant = nearest(asked, ids);
        report.value(path, `unknown stage \`${asked}\`${suggestion(meant, ids)}`, { instead: insteadOf(asked, meant) });
      } else if (stage.percent === 0) {
        report.value(path, `\`${asked}\` exposes nobody, and a trigger is judged while users are exposed: remove it`);
      }
    });
  });
}

/** Each stage exposes more than the one before. */
export function checkLadder(plan: Plan, report: Report): void {
  plan.stages.forEach((stage, index) => {
    const before = plan.stages[index - 1];
    if (before === undefined || stage.percent > before.percent) return;
    const path = ['stages', index, 'percent'];
    const same = plan.stages.slice(0, index).find(({ percent }) => percent === stage.percent);
    const problem =
      same === undefined
        ? `\`${stage.id}\` has ${stage.percent} %, less than \`${before.id}\` before it with ${before.percent} %: stages go upwards`
        : `\`${stage.id}\` has ${stage.percent} % as \`${same.id}\` has: stages go upwards, give one of them another percentage`;
    report.value(path, problem);
  });
}

export function checkDays(plan: Plan, report: Report): void {
  plan.stages.forEach((stage, index) => {
    const [from, to] = stage.days ?? [];
    if (from === undefined || to === undefined || from <= to) return;
    report.value(['stages', index, 'days', 1], `the last day ${to} is before the first one ${from}`);
  });
}

/** `previous` of the first stage leads nowhere: that is only right when the first stage exposes nobody. */
export function checkRollback(plan: Plan, report: Report): void {
  const [first] = plan.stages;
  if (plan.rollback.to !== 'previous' || first === undefined || first.percent === 0) return;
  report.value(
    ['rollback', 'to'],
    `the first stage \`${first.id}\` exposes ${first.percent} % and has no previous one: begin with a stage of 0 %, or write \`off\``,
  );
}

/** A gate that cannot be proven is not to be promised as proven. */
export function checkRules(plan: Plan, report: Report): void {
  plan.triggers.forEach((trigger, index) => {
    if (trigger.rule !== 'proven' || isProvable(plan, trigger)) return;
    const what =
      trigger.when.difference !== undefined
        ? `\`${trigger.when.text}\`, a difference to the baseline,`
        : trigger.when.against === 'baseline'
          ? `\`${trigger.when.text}\`, of less than all of its baseline or without one,`
          : measureShape(plan, trigger.when.measure)?.kind === 'share'
            ? `\`${trigger.when.text}\``
            : `\`${trigger.when.measure}\`, which is no share,`;
    const remedy = 'write `rule: literal`';
    report.value(['triggers', index, 'rule'], `${what} cannot be proven record by record: ${remedy}`);
  });
}

/** A sequential test counts good and bad records, so it needs a share. */
export function checkSequential(plan: Plan, report: Report): void {
  plan.triggers.forEach((trigger, index) => {
    if (trigger.also === undefined) return;
    const shape = measureShape(plan, trigger.when.measure);
    if (shape !== undefined && shape.kind !== 'share') {
      report.key(
        ['triggers', index, 'also'],
        `a sequential test needs a share, and \`${trigger.when.measure}\` is none: remove \`also\``,
      );
    }
    const rates = sequentialRates(trigger);
    if (rates === null) {
      if (shape?.kind !== 'share') return;
      const { text } = trigger.when;
      report.key(
        ['triggers', index, 'also'],
        `a sequential test needs a fixed threshold between 0 and 100 %, and \`${text}\` has none: remove \`also\``,
      );
      return;
    }
    const { good, bad } = rates;
    if (good > bad || typeof trigger.also === 'string') return;
    const given = trigger.also.sequential;
    const key = given.bad === undefined ? 'good' : 'bad';
    const follows = (value: number | undefined) => (value === undefined ? ', which follows from the threshold,' : '');
    report.value(
      ['triggers', index, 'also', 'sequential', key],
      `the bad share ${shown(bad)}${follows(given.bad)} must be less than the good one ${shown(good)}${follows(given.good)}`,
    );
  });
}

export function checkTargets(plan: Plan, report: Report): void {
  const known = Object.keys(plan.measures);
  plan.targets.forEach((target, index) => {
    if (!Object.hasOwn(plan.measures, target.measure)) {
      const meant = nearest(target.measure, known);
      report.value(['targets', index, 'measure'], `unknown measure \`${target.measure}\`${suggestion(meant, known)}`, {
        instead: insteadOf(target.measure, meant),
      });
    }
    const { change, factor } = target;
    if (change === undefined && factor === undefined) {
      report.key(['targets', index], `a target needs the change that is hoped for: ${changeForm}`);
    } else if (change !== undefined && factor !== undefined) {
      report.key(['targets', index, 'factor'], 'a target has a `change` or a `factor`: remove one of them');
    } else if (wantedRatio(target) === null) {
      const key = change === undefined ? 'factor' : 'change';
      report.value(['targets', index, key], `\`${change ?? factor}\` is not a change: ${changeForm}`);
    }
  });
}

function shown(share: number): string {
  return String(Number(share.toPrecision(6)));
}
