import { type Flag, type FlagKind, type FlagOf, flagKind } from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { DotenvTarget } from './dotenv/dotenvTarget.ts';
import { FilesTarget } from './files/filesTarget.ts';
import type { FlagTarget } from './target.ts';

/** The target of each kind of flag; `root` is the plan's folder. */
const targets: { readonly [Kind in FlagKind]: (root: string, flag: FlagOf<Kind>) => FlagTarget } = {
  dotenv: (root, flag) => new DotenvTarget(root, flag),
  files: (root, flag) => new FilesTarget(root, flag),
};

/** The target of the plan's flag; `null` when the plan names no flag. */
export function targetOf({ plan, root }: Pick<LoadedPlan, 'plan' | 'root'>): FlagTarget | null {
  return plan.flag === undefined ? null : targetOfFlag(root, plan.flag);
}

function targetOfFlag(root: string, flag: Flag): FlagTarget {
  // The flag's own key has told the kind, so the maker takes this very shape: the compiler cannot see that.
  const make = targets[flagKind(flag)] as (root: string, flag: Flag) => FlagTarget;
  return make(root, flag);
}
