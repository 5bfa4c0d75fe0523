import type { PlanFinding } from '../../daemon/protocol/wire/planReading.ts';
import { faultOf, type Standing } from '../connection/standing.ts';
import type { Subject } from '../views/row.ts';

/** A text of a plan that its running rollout does not use: it continues with the last good one. */
export interface RefusedPlan {
  readonly file: string;
  /** As the daemon says it. */
  readonly message: string;
  readonly finding: PlanFinding;
  readonly subject: Subject;
  /** The edit of the line that puts the rollout's id back; `null` where something else is at fault. */
  putBack(line: string, number: number): PlanFinding['fixes'][number]['edits'][number] | null;
}

export const refusedRule = 'refused';
const longestLine = 1000;

export function refusedPlans(standings: readonly Standing[]): readonly RefusedPlan[] {
  return standings.flatMap(({ folder, view }) =>
    (view?.rollouts ?? []).flatMap(({ rollout, plan }): RefusedPlan[] => {
      if (plan.problem === null) return [];
      const { file, line, column, message } = faultOf(plan.file, plan.problem);
      const range = { line, column, endLine: line, endColumn: longestLine };
      const text = message.replace(/^[^:]+:(?:\d+:\d+:)? /, '');
      return [
        {
          file,
          message,
          finding: { severity: 'error', rule: refusedRule, path: '', message: text, range, fixes: [] },
          subject: { folder, rollout, planPart: null },
          putBack: (written, number) => idPutBack(written, number, rollout),
        },
      ];
    }),
  );
}

function idPutBack(written: string, line: number, id: string) {
  const found = /^(\s*id:\s*)([^\s#]+)/.exec(written);
  if (found === null) return null;
  const [whole = '', before = ''] = found;
  return { line, column: before.length + 1, endLine: line, endColumn: whole.length + 1, text: id };
}
