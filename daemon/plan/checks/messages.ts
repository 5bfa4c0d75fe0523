import { messageProblems } from '../../protocol/domain/messageTarget.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import type { Report } from './reportProblem.ts';

export function checkMessages(plan: Plan, report: Report): void {
  for (const [index, target] of plan.messages.entries()) {
    for (const { path, at, message } of messageProblems(target)) report[at](['messages', index, ...path], message);
  }
}
