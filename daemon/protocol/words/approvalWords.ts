import type { StandingView } from '../wire/view.ts';
import type { Translate } from './factWords.ts';
import { boundedList } from './listText.ts';
import { plainText } from './plainText.ts';

/** `1 of 2 approvals, by anna`; `null` where the plan asks for one person alone. */
export function approvalText({ approvals }: Pick<StandingView, 'approvals'>, t: Translate): string | null {
  if (approvals === undefined) return null;
  const { needed, by } = approvals;
  if (by.length === 0) return t('{0} people must approve the advance', needed);
  const names = by.map((name) => plainText(name, 60));
  return t('{0} of {1} approvals, by {2}', by.length, needed, boundedList(names, 5));
}
