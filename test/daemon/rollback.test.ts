import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { PhaseKind } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { holdFlag } from '../support/heldFlag.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

const plan = `${smallPlan}  proof: { share: treatment, within: 20s }
`;
const environmentFile =
  '# the application reads this\r\nUPLOAD_ENABLED=false\r\nOTHER="kept as it is"\r\nUPLOAD_ROLLOUT=0 # percent\r\n';

function standing(view: WorkspaceView) {
  const rollout = view.rollouts[0];
  if (rollout === undefined) throw new Error('the daemon shows no rollout');
  return rollout.standing;
}

const inPhase =
  (kind: PhaseKind, stage?: string) =>
  (view: WorkspaceView): boolean =>
    standing(view).phase.kind === kind && (stage === undefined || standing(view).stage === stage);

function workspaceAtHalf(): TestWorkspace {
  const workspace = testWorkspace(plan);
  workspace.write('.env', environmentFile);
  return workspace;
}

async function succeed(workspace: TestWorkspace, ...words: string[]): Promise<void> {
  const { code, stderr } = await workspace.run(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

describe('a rollout, by the command line and a real daemon', () => {
  it('sets the flag again when somebody undoes the rollback before the traffic proves it', async () => {
    const workspace = workspaceAtHalf();
    workspace.startDaemon();
    const client = await workspace.connect();
    await succeed(workspace, 'begin');
    await succeed(workspace, 'advance', '--reason', 'a drill');
    const file = join(workspace.folder, '.env');
    const atHalf = readFileSync(file, 'utf8');
    await succeed(workspace, 'rollback');
    for (const overwritten of [atHalf, '']) {
      writeFileSync(file, overwritten);
      const { phase } = standing(await viewWhere(client, inPhase('rollback-failed')));
      expect(phase).toHaveProperty('detail', expect.stringContaining('.env was set and then overwritten, and says'));
      await viewWhere(client, inPhase('rolling-back'));
      expect(readFileSync(file, 'utf8')).toContain('UPLOAD_ROLLOUT=0');
    }
  });

  it('goes forward on evidence, and back by itself when the treatment fails', async () => {
    const workspace = workspaceAtHalf();
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    await succeed(workspace, 'begin');
    await viewWhere(client, inPhase('ready', 'off'));
    await succeed(workspace, 'advance');
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(
      environmentFile.replace('=false', '=true').replace('ROLLOUT=0', 'ROLLOUT=50'),
    );
    const ready = await viewWhere(client, inPhase('ready', 'half'));
    expect(ready.rollouts[0]?.flag?.effect?.progress).toBe('in-force');

    uploads.failing = 0.5;
    const back = await viewWhere(client, inPhase('rolled-back'));
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(environmentFile);
    expect(standing(back).phase).toMatchObject({ cause: { kind: 'trigger', firing: { trigger: 'failing' } } });
    expect(back.rollouts[0]?.flag?.effect?.progress).toBe('in-force');
    const { code, stderr } = await workspace.run('advance');
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    await succeed(workspace, 'journal', 'verify');
    await client.request('shutdown', { force: true });
    await daemon.ended;
  });

  it('finishes after a restart a rollback that was interrupted before it was written', async () => {
    const workspace = workspaceAtHalf();
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    const first = workspace.startDaemon();
    const client = await workspace.connect();
    await succeed(workspace, 'begin');
    await viewWhere(client, inPhase('ready', 'off'));
    await succeed(workspace, 'advance');
    await viewWhere(client, inPhase('ready', 'half'));
    // Nothing can be written now, so the intent stands alone when the daemon dies.
    const held = holdFlag(join(workspace.folder, '.env'));
    uploads.heedsFlag = false;
    await workspace.run('rollback');
    await viewWhere(client, inPhase('rollback-failed'));
    await first.kill();
    held.release();
    uploads.heedsFlag = true;
    workspace.startDaemon();
    const again = await workspace.connect();
    await viewWhere(again, inPhase('rolled-back'));
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(environmentFile);
  });

  it('does not call a rollback done while the traffic goes on, and says so', async () => {
    const workspace = testWorkspace(plan.replace('within: 20s', 'within: 2s'));
    workspace.write('.env', environmentFile);
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    workspace.startDaemon();
    const client = await workspace.connect();
    await succeed(workspace, 'begin');
    await viewWhere(client, inPhase('ready', 'off'));
    await succeed(workspace, 'advance');
    await viewWhere(client, inPhase('ready', 'half'));
    uploads.heedsFlag = false;
    await workspace.run('rollback', '--reason', 'a drill');
    const failed = await viewWhere(client, inPhase('rollback-failed'));
    expect(standing(failed).health.kind).toBe('alarm');
    const status = await workspace.run('status', '--json');
    const shown = z.object({ rollouts: z.array(z.object({ sentence: z.string() })) }).parse(JSON.parse(status.stdout));
    expect(shown.rollouts[0]?.sentence).toContain('traffic');
    uploads.heedsFlag = true;
    await viewWhere(client, inPhase('rolled-back'));
  });
});
