import { isApproved } from '../approval/approvals.ts';
import { boundUse } from '../approval/useApproval.ts';
import { useOfSource } from '../protocol/domain/plannedUses.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { SourcePlace } from './source.ts';

/** In a line, the reason why a command may not run, or a connection be made, on this machine; `null` when it may. */
export async function unapproved({ root, source, index, outside }: SourcePlace): Promise<string | null> {
  const use = useOfSource(source, index);
  if (use === null) return null;
  try {
    const { sha256 } = boundUse(outside.rollout, use, root, outside.environment);
    return isApproved(outside.directory, sha256) ? null : `nobody has approved ${use.place} on this machine`;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
