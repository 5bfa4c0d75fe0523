import { approve } from '../../daemon/approval/approvals.ts';
import { boundUse } from '../../daemon/approval/useApproval.ts';
import { useOfSource } from '../../daemon/protocol/domain/plannedUses.ts';
import type { Source } from '../../daemon/protocol/domain/sourceKinds.ts';
import type { OutsideTerms } from '../../daemon/sources/source.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

/** Terms under which nothing is approved yet. */
export function noApprovals(environment: NodeJS.ProcessEnv = process.env): OutsideTerms {
  return { rollout: 'test', directory: temporaryDirectory(), environment, secrets: [] };
}

/** Approves what a source would run or connect to, as a person does. */
export function approveUse(source: Source, index: number, root: string, terms: OutsideTerms): void {
  const use = useOfSource(source, index);
  if (use === null) throw new Error('the source needs no approval');
  const { sha256 } = boundUse(terms.rollout, use, root, terms.environment);
  approve(terms.directory, { sha256, rollout: terms.rollout, argv: [], by: 'test', at: 0 });
}
