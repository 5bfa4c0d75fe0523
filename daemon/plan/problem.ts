import { UserError } from '../protocol/domain/userError.ts';

/** Keys and indices from the plan's root. */
export type Path = readonly (string | number)[];

/** As `LoadedPlan.lines` is keyed: `stages.1.gate.0`. */
export function pathText(path: Path): string {
  return path.join('.');
}

/** One problem of a plan: the place, the fault, and the correct form. */
export interface PlanProblem {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** `stages.1.gate.0`; empty when it is about the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The probable meaning: `right`, as YAML text, for the first `wrong` at or behind the place. */
  readonly instead?: Instead | undefined;
}

export interface Instead {
  readonly wrong: string;
  readonly right: string;
}

/** `right` for `wrong`, where the meaning is probable. */
export function insteadOf(wrong: string, right: string | undefined): Instead | undefined {
  return right === undefined ? undefined : { wrong, right };
}

function problemLine(file: string, problem: PlanProblem): string {
  return `${file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/**
 * A plan that cannot be used. The message is one line, about the first problem; `problems` has them all. Codes:
 * `plan-not-found`, `plan-unreadable` (both without problems) and `plan-invalid`.
 */
export class PlanError extends UserError {
  readonly problems: readonly PlanProblem[];

  constructor(code: 'plan-not-found' | 'plan-unreadable', message: string);
  constructor(code: 'plan-invalid', file: string, problems: readonly PlanProblem[]);
  constructor(code: string, text: string, problems: readonly PlanProblem[] = []) {
    const [first] = problems;
    if (first === undefined) {
      super(code, text);
    } else {
      const others = problems.length - 1;
      const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'problem' : 'problems'})`;
      super(code, problemLine(text, first) + more, { file: text, line: first.line, column: first.column });
    }
    this.problems = problems;
  }
}
