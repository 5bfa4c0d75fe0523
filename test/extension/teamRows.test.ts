import { expect, it } from 'vitest';
import type { RolloutView, TeamView } from '../../daemon/protocol/wire/view.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { gateLines } from '../../extension/commands/decisionPage.ts';
import type { Row } from '../../extension/views/row.ts';
import { stageRows } from '../../extension/views/stageRows.ts';
import { lookedAt, sampleWorkspace, withPhase } from './sampleViews.ts';

const team: TeamView = { role: 'follows', self: 'bert@desk', holder: 'anna@laptop', epoch: 3, trouble: null };

function rowsOf(rollout: RolloutView): readonly Row[] {
  const standing = { folder: '/app', planFiles: [], heardAt: lookedAt, link: { kind: 'live' } as const };
  return stageRows([{ ...standing, view: sampleWorkspace([rollout]) }], lookedAt, english);
}

it('says above the stages who judges a shared rollout, and what is wrong', () => {
  const soaking = withPhase({ kind: 'soaking' });
  const first = (shared: TeamView) => rowsOf({ ...soaking, team: shared })[0];
  expect(first(team)).toMatchObject({ label: 'Followed from anna@laptop', description: '' });
  expect(first({ ...team, role: 'holds', holder: 'bert@desk' })).toMatchObject({ label: 'Held here, by bert@desk' });
  const nobody = { ...team, holder: null, trouble: 'nobody judges: anna@laptop no longer holds the lease' };
  expect(first(nobody)).toMatchObject({
    label: 'Nobody judges it',
    description: nobody.trouble,
    icon: { id: 'warning' },
  });
  expect(rowsOf(soaking)[0]?.id).not.toContain('team');
});

it('shows who has approved an advance in the tree, in the sentence and on the page that asks', () => {
  const ready = withPhase({ kind: 'ready' });
  const approvals = { needed: 2, by: ['anna'] };
  const rollout = { ...ready, standing: { ...ready.standing, approvals } };
  const words = '1 of 2 approvals, by anna';
  const rows = rowsOf(rollout).flatMap(({ children }) => children);
  expect(rows.find(({ id }) => id.endsWith('|approvals'))).toMatchObject({ label: 'Approvals', description: words });
  expect(sentence(rollout, lookedAt)).toContain(words);
  expect(gateLines(rollout, lookedAt, english)).toContain(`… ${words}`);
  const none = { ...ready, standing: { ...ready.standing, approvals: { needed: 2, by: [] } } };
  expect(sentence(none, lookedAt)).toContain('2 people must approve the advance');
});
