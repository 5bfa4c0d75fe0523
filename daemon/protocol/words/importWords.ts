import type { ImportProposal } from '../wire/planProposal.ts';
import type { Translate } from './factWords.ts';

type FindingKind = ImportProposal['findings'][number]['kind'];

/** The kinds of what an import has to say, what a person must look at first before the rest. */
export const findingKinds = [
  'conflict',
  'contradiction',
  'not-understood',
  'assumed',
  'repaired',
  'kept',
  'prose',
] as const satisfies readonly FindingKind[];

export function findingKindText(kind: FindingKind, t: Translate): string {
  switch (kind) {
    case 'conflict':
      return t('Lines that differ');
    case 'contradiction':
      return t('Values that do not go together');
    case 'not-understood':
      return t('Left out');
    case 'assumed':
      return t('Assumed');
    case 'repaired':
      return t('Repaired');
    case 'kept':
      return t('Kept as it is');
    case 'prose':
      return t('Prose, not part of the plan');
  }
}
