import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findPlans } from '../plan/load.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { type Call, textOption } from './command.ts';

/** The plans that a command may be about. A folder is given as it really is, so that two spellings are one workspace. */
export type PlanChoice =
  | { readonly kind: 'one'; readonly folder: string; readonly file: string }
  | { readonly kind: 'several'; readonly folder: string; readonly error: UserError }
  /** There is none; `file` is what `--plan` names. */
  | { readonly kind: 'none'; readonly folder: string; readonly file: string | null; readonly error: UserError };

/** `--plan FILE`, else the plans of this folder or of the nearest one above that has any. */
export function choosePlan(call: Call): PlanChoice {
  const named = textOption(call, 'plan');
  if (named !== undefined) return namedPlan(resolve(call.folder, named), named);
  for (let folder = call.folder; ; folder = dirname(folder)) {
    const plans = findPlans(folder);
    const [only] = plans;
    if (only !== undefined && plans.length === 1) return onePlan(only);
    if (plans.length > 1) {
      const names = plans.map((plan) => basename(plan)).join(', ');
      const error = new UserError(
        'several-plans',
        `there are ${plans.length} plans in ${relative(call.folder, folder) || 'this folder'} (${names}): choose one with --plan FILE`,
      );
      return { kind: 'several', folder: realpathSync(folder), error };
    }
    if (dirname(folder) === folder) break;
  }
  const error = new UserError(
    'no-plan',
    'no rampwatch.yaml or *.rampwatch.yaml here or in a folder above: write one with `rampwatch init METRICS` or `rampwatch import GUIDE.md`, or name it with --plan FILE',
  );
  return { kind: 'none', folder: call.folder, file: null, error };
}

/** The one plan that a command is about. The folder of the plan is the rollout's workspace. */
export function planFile(call: Call): string {
  const choice = choosePlan(call);
  if (choice.kind === 'one') return choice.file;
  throw choice.error;
}

function namedPlan(file: string, named: string): PlanChoice {
  if (!existsSync(file)) {
    const error = new UserError('no-plan', `${named}: there is no such plan; check the path after --plan`);
    return { kind: 'none', folder: dirname(file), file, error };
  }
  if (statSync(file).isDirectory()) {
    const error = new UserError('no-plan', `${named} is a folder: name the plan file itself after --plan`);
    return { kind: 'none', folder: file, file: null, error };
  }
  return onePlan(file);
}

function onePlan(file: string): PlanChoice {
  const folder = realpathSync(dirname(file));
  return { kind: 'one', folder, file: join(folder, basename(file)) };
}
