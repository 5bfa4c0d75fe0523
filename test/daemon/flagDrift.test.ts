import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { complaint } from '../support/complaint.ts';
import { testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

function rolloutIn(view: WorkspaceView): RolloutView {
  const [rollout] = view.rollouts;
  if (rollout === undefined) throw new Error('the daemon shows no rollout');
  return rollout;
}

const kinds = (view: WorkspaceView) => rolloutIn(view).journal.map(({ body }) => body.kind);

it('a flag that somebody else sets stops the soak and the advance until it is put back', async ({ onTestFinished }) => {
  const workspace = testWorkspace(smallPlan, onTestFinished);
  workspace.write('.env', flagOff);
  const uploads = startUploads(workspace.folder);
  onTestFinished(uploads.stop);
  workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
  await workspace.run('advance');
  await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
  workspace.write('.env', flagHalf.replace('50', '90'));
  const drifted = await viewWhere(client, (view) => kinds(view).includes('flag-drifted'));
  expect(rolloutIn(drifted).standing.soak.countingSince).toBeNull();
  expect(rolloutIn(drifted).standing.health).toMatchObject({ kind: 'alarm' });
  const said = /\.env says UPLOAD_ROLLOUT=90, which this rollout did not set: put UPLOAD_ROLLOUT=50 back, or roll back/;
  expect(complaint(await workspace.run('advance'))).toMatch(said);
  workspace.write('.env', flagHalf);
  await viewWhere(
    client,
    (view) => kinds(view).includes('flag-restored') && rolloutIn(view).standing.phase.kind === 'ready',
  );
  await workspace.run('advance');
  await viewWhere(client, (view) => rolloutIn(view).standing.stage === 'full');
  expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toContain('UPLOAD_ROLLOUT=100');
});
