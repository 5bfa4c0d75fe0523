import { compileLinear } from '../../protocol/domain/linearPattern.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { parseValueTest, type ValueTest } from '../../protocol/domain/valueTest.ts';
import { matcherValues } from '../planMatchers.ts';
import type { Report } from './reportProblem.ts';

/** A pattern of a matcher is RE2 syntax, and a range begins at its lower end. */
export function checkMatchers(plan: Plan, report: Report): void {
  for (const { path, value } of matcherValues(plan)) {
    const problem = problemOf(parseValueTest(value));
    if (problem !== null) report.value(path, problem);
  }
}

function problemOf(test: ValueTest): string | null {
  switch (test.kind) {
    case 'other':
      return problemOf(test.than);
    case 'range':
      return test.from.number > test.to.number ? `the range is empty: write ${test.to.text}..${test.from.text}` : null;
    case 'pattern':
      try {
        compileLinear(test.pattern);
        return null;
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return `/${test.pattern}/ is not a pattern in RE2 syntax (${detail}); { is: … } is the text itself`;
      }
    default:
      return null;
  }
}
