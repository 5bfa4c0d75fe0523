import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { globPattern } from '../protocol/domain/glob.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { sourceFiles } from '../protocol/domain/sourceKinds.ts';
import type { Check } from './doctorCheck.ts';

const checkPath = "Check the path in the plan's `sources`.";

/** The logs of a plan by their names alone, where no daemon tells how it reads them; globs are left to it. */
export function logChecks({ plan, root }: LoadedPlan): readonly Check[] {
  return plan.sources.flatMap((source) =>
    sourceFiles(source).flatMap(({ path }): readonly Check[] => {
      if (globPattern(path).hasWildcards) return [];
      const file = join(root, path);
      const kind = kindOf(file);
      if (kind === 'none')
        return [{ about: 'Source', level: 'doubtful', finding: `${path}: no such file yet`, remedy: checkPath }];
      if (kind === 'other')
        return [{ about: 'Source', level: 'wrong', finding: `${path} is no regular file`, remedy: checkPath }];
      if (mayRead(file)) return [];
      const remedy = 'Give this user the right to read it.';
      return [{ about: 'Source', level: 'wrong', finding: `${path} may not be read by this user`, remedy }];
    }),
  );
}

/** The kind of what a path leads to. */
export function kindOf(path: string): 'file' | 'none' | 'other' {
  try {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return 'none';
    const led = status.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : status;
    return led === undefined || led.isFile() ? 'file' : 'other';
  } catch {
    // A folder on the way may not be entered, or links lead in a circle.
    return 'file';
  }
}

function mayRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
