import {
  type Flag,
  type FlagKind,
  type FlagOf,
  flagKind,
  type OneFlag,
  type SeveralFlag,
  severalNames,
} from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { commandTarget } from './command/commandTarget.ts';
import { DotenvTarget } from './dotenv/dotenvTarget.ts';
import { FilesTarget } from './files/filesTarget.ts';
import { httpTarget } from './http/httpTarget.ts';
import { SeveralTarget } from './several/severalTarget.ts';
import type { FlagGround, FlagTarget } from './target.ts';
import { unleashTarget } from './unleash/unleashTarget.ts';

/** The target of each kind of flag. */
const targets: { readonly [Kind in FlagKind]: (flag: FlagOf<Kind>, ground: FlagGround) => FlagTarget } = {
  dotenv: (flag, { root }) => new DotenvTarget(root, flag),
  files: (flag, { root }) => new FilesTarget(root, flag),
  http: httpTarget,
  command: commandTarget,
  unleash: unleashTarget,
  several: severalTarget,
};

/** The target of the plan's flag; `null` when the plan names no flag. */
export function targetOf(
  { plan, root }: Pick<LoadedPlan, 'plan' | 'root'>,
  machine: Pick<FlagGround, 'directory' | 'environment' | 'handed'>,
): FlagTarget | null {
  return plan.flag === undefined ? null : targetOfFlag(plan.flag, { ...machine, rollout: plan.id, root });
}

function targetOfFlag(flag: Flag, ground: FlagGround): FlagTarget {
  // The flag's own key has told the kind, so the maker takes this very shape: the compiler cannot see that.
  const make = targets[flagKind(flag)] as (flag: Flag, ground: FlagGround) => FlagTarget;
  return make(flag, ground);
}

function severalTarget(flag: SeveralFlag, ground: FlagGround): FlagTarget {
  const names = severalNames(flag);
  return new SeveralTarget(
    flag.several.map((each: OneFlag, index) => ({
      target: targetOfFlag(each, ground),
      isKillSwitch: each.kill_switch === true,
      names: names[index]?.names ?? {},
    })),
  );
}
