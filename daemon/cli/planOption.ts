import { existsSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { findPlans } from '../plan/load.ts';
import { UserError } from '../protocol/userError.ts';
import { type Call, textOption } from './command.ts';

/**
 * The plan a command is about: `--plan FILE`, else the only plan of this folder or of the nearest one above that has
 * any. The folder of the plan is the rollout's workspace.
 */
export function planFile(call: Call): string {
  const named = textOption(call, 'plan');
  if (named !== undefined) return existingPlan(resolve(call.folder, named), named);
  for (let folder = call.folder; ; folder = dirname(folder)) {
    const plans = findPlans(folder);
    const [only] = plans;
    if (only !== undefined && plans.length === 1) return only;
    if (plans.length > 1) {
      const names = plans.map((plan) => basename(plan)).join(', ');
      throw new UserError(
        'several-plans',
        `there are ${plans.length} plans in ${relative(call.folder, folder) || 'this folder'} (${names}): choose one with --plan FILE`,
      );
    }
    if (dirname(folder) === folder) break;
  }
  throw new UserError(
    'no-plan',
    `no rampwatch.yaml or *.rampwatch.yaml here or in a folder above: write one, or name it with --plan FILE`,
  );
}

function existingPlan(file: string, named: string): string {
  if (!existsSync(file)) throw new UserError('no-plan', `${named}: there is no such plan; check the path after --plan`);
  if (statSync(file).isDirectory()) {
    throw new UserError('no-plan', `${named} is a folder: name the plan file itself after --plan`);
  }
  return file;
}
