import { approveUse } from '../../daemon/approval/approvals.ts';
import { targetOf } from '../../daemon/flag/kinds.ts';
import type { FlagTarget } from '../../daemon/flag/target.ts';
import type { Flag } from '../../daemon/protocol/domain/flagKinds.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';
import { uploadPlan } from './uploadPlan.ts';

/** The place of a part that depends on the stage, or of a credential. */
export const placed = (name: string): string => `$\{${name}}`;

export interface GroundedFlag {
  /** The plan's folder, and where approvals are kept. */
  readonly folder: string;
  readonly target: FlagTarget;
}

/** The target of a flag on a machine of its own, approved there. */
export function groundedFlag(flag: Flag, environment: NodeJS.ProcessEnv, folder = temporaryDirectory()): GroundedFlag {
  const target = unapprovedFlag(flag, environment, folder);
  approveFlag(folder, target);
  return { folder, target };
}

export function unapprovedFlag(flag: Flag, environment: NodeJS.ProcessEnv, folder: string): FlagTarget {
  const plan = { ...uploadPlan(), flag };
  const target = targetOf({ plan, root: folder }, { directory: folder, environment });
  if (target === null) throw new Error('the plan has a flag');
  return target;
}

export function approveFlag(folder: string, target: FlagTarget): void {
  for (const use of target.approvables?.() ?? []) approveUse(folder, use, { rollout: 'uploads', by: 'a test', at: 0 });
}
