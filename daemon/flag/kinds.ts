import { type Flag, type FlagKind, type FlagOf, flagKind } from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { DotenvTarget } from './dotenv/dotenvTarget.ts';
import { FilesTarget } from './files/filesTarget.ts';
import { httpTarget } from './http/httpTarget.ts';
import type { FlagGround, FlagTarget } from './target.ts';

/** The target of each kind of flag. */
const targets: { readonly [Kind in FlagKind]: (flag: FlagOf<Kind>, ground: FlagGround) => FlagTarget } = {
  dotenv: (flag, { root }) => new DotenvTarget(root, flag),
  files: (flag, { root }) => new FilesTarget(root, flag),
  http: httpTarget,
};

/** The target of the plan's flag; `null` when the plan names no flag. */
export function targetOf(
  { plan, root }: Pick<LoadedPlan, 'plan' | 'root'>,
  machine: Pick<FlagGround, 'directory' | 'environment'>,
): FlagTarget | null {
  return plan.flag === undefined ? null : targetOfFlag(plan.flag, { ...machine, rollout: plan.id, root });
}

function targetOfFlag(flag: Flag, ground: FlagGround): FlagTarget {
  // The flag's own key has told the kind, so the maker takes this very shape: the compiler cannot see that.
  const make = targets[flagKind(flag)] as (flag: Flag, ground: FlagGround) => FlagTarget;
  return make(flag, ground);
}
