import { flagKind, flagSettings } from '../../protocol/domain/flagKinds.ts';
import { templateParts } from '../../protocol/domain/flagTemplate.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { nearest } from '../nearest.ts';
import { insteadOf } from '../problem.ts';
import type { Report } from './reportProblem.ts';

const known = ['enabled', 'percent', 'rest'];

export function checkFlagValues(plan: Plan, report: Report): void {
  for (const { name: key, template, path: below } of flagSettings(plan.flag)) {
    const path = ['flag', ...below];
    if (/[\n\r\0]/.test(template)) report.value(path, `the value of \`${key}\` must be one line`);
    for (const part of templateParts(template)) {
      if (part.kind !== 'unknown') continue;
      const { text: whole, name, at: offset } = part;
      const meant = nearest(name, known);
      const help =
        meant === undefined
          ? ': there is `$' + '{enabled}` and `$' + '{percent}`'
          : ` — did you mean \`$\{${meant}}\`?`;
      const right = meant === undefined ? undefined : `$\{${meant}}`;
      report.value(path, `unknown \`${whole}\`${help}`, { offset, instead: insteadOf(whole, right) });
    }
  }
}

/** A flag that is the same at every stage cannot be rolled back. */
export function checkFlagChanges(plan: Plan, report: Report): void {
  if (plan.flag === undefined) return;
  const settings = flagSettings(plan.flag);
  // The key that holds the settings: of a kind with several places, the kind's own.
  const [top = flagKind(plan.flag)] = 'set' in plan.flag ? ['set'] : [];
  if (settings.length === 0)
    report.key(['flag', top], 'the flag sets nothing: write a key with `$' + '{enabled}` or `$' + '{percent}`');
  else if (!settings.some(({ template }) => template.includes('$' + '{'))) {
    report.key(
      ['flag', top],
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
