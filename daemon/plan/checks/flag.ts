import { flagTexts } from '../../protocol/domain/flagKinds.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { nearest } from '../nearest.ts';
import { insteadOf } from '../problem.ts';
import type { Report } from './reportProblem.ts';

const known = ['enabled', 'percent'];

export function checkFlagValues(plan: Plan, report: Report): void {
  for (const [key, text] of Object.entries(flagTexts(plan.flag))) {
    const path = ['flag', 'set', key];
    if (/[\n\r\0]/.test(text)) report.value(path, `the value of \`${key}\` must be one line`);
    for (const match of text.matchAll(/\$\{([^}]*)\}?/g)) {
      const [whole, name = ''] = match;
      if (known.includes(name) && whole.endsWith('}')) continue;
      const meant = nearest(name, known);
      const help =
        meant === undefined
          ? ': there is `$' + '{enabled}` and `$' + '{percent}`'
          : ` — did you mean \`$\{${meant}}\`?`;
      const right = meant === undefined ? undefined : `$\{${meant}}`;
      report.value(path, `unknown \`${whole}\`${help}`, { offset: match.index, instead: insteadOf(whole, right) });
    }
  }
}

/** A flag that is the same at every stage cannot be rolled back. */
export function checkFlagChanges(plan: Plan, report: Report): void {
  if (plan.flag === undefined) return;
  const values = Object.values(flagTexts(plan.flag));
  if (values.length === 0)
    report.key(['flag', 'set'], 'the flag sets nothing: write a key with `$' + '{enabled}` or `$' + '{percent}`');
  else if (!values.some((text) => text.includes('$' + '{'))) {
    report.key(
      ['flag', 'set'],
      'the flag is the same at every stage: write `$' + '{enabled}` or `$' + '{percent}` in a value',
    );
  }
}

/** The share of an arm is of both arms together; without a control it is always all. */
export function checkProof(plan: Plan, report: Report): void {
  if (plan.flag?.proof === undefined || plan.arms.control !== undefined) return;
  report.key(
    ['flag', 'proof'],
    'the share of an arm needs both arms: describe the `control` under `arms`, or remove `proof`',
  );
}
