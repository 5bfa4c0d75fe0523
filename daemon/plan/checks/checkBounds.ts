import type { Plan } from '../../protocol/domain/plan.ts';
import type { Path } from '../problem.ts';
import type { Report } from './reportProblem.ts';

/** All of them are looked at each second and at each record, while other rollouts wait. */
const most = { sources: 200, stages: 50, triggers: 100, checklists: 500, tests: 200 } as const;
const mostMeasures = 200;
const mostConditions = 50;
const mostWindows = 100;

/** No part of a plan is so large that the daemon could not serve another rollout beside it. */
export function checkBounds(plan: Plan, report: Report): void {
  const check = (path: Path, count: number, limit: number) => {
    if (count > limit)
      report.key(path, `${count} of them, and a plan has ${limit} at most: part the rollout, or its plan`);
  };
  for (const key of ['sources', 'stages', 'triggers', 'checklists', 'tests'] as const) {
    check([key], plan[key].length, most[key]);
  }
  check(['measures'], Object.keys(plan.measures).length, mostMeasures);
  for (const [index, { gate }] of plan.stages.entries()) check(['stages', index, 'gate'], gate.length, mostConditions);
  for (const list of ['deny', 'allow'] as const) check(['advance', list], plan.advance[list].length, mostWindows);
}
