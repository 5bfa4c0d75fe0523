import type { Plan } from '../../protocol/domain/plan.ts';
import type { Path } from '../problem.ts';
import type { PlanFix } from './fix.ts';

/** The finding of a rule; its place in the text is worked out afterwards. */
export interface RuleFinding {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly fix?: PlanFix | undefined;
  /** A value in quotes is not such a word. */
  readonly unquoted?: true;
}

/** A finding that is worth a look. A rule never stops a plan from being used. */
export type Rule = (plan: Plan) => readonly RuleFinding[];

/** `99.5 %`, at most as many decimals as it needs; `digits` cuts it off there, downwards. */
export function percentText(share: number, digits = 7): string {
  const scale = 10 ** digits;
  const cut = Math.floor(share * 100 * scale + 1e-6) / scale;
  return `${digits === 7 ? Number(cut.toFixed(7)) : cut.toFixed(digits)} %`;
}
