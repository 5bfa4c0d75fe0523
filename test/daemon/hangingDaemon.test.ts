import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

/** The way back does not wait for a daemon that hangs, and what that was about to do does not undo it. */

const previous = `${smallPlan}rollback: { to: previous }\n`;

describe.concurrent('a rollback beside a daemon that hangs', () => {
  it.for([
    ['to nobody', smallPlan],
    ['to nobody, although the plan goes back one stage', previous],
  ] as const)('sets the flag, and is taken over when the daemon goes on: %s', async ([, plan], { onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    workspace.write('.env', flagOff);
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await workspace.run('advance', '--to', 'half', '--reason', 'go');
    await workspace.run('advance', '--to', 'full', '--reason', 'go');
    const full = await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
    const { attempt, stage, revision } = rolloutIn(full).standing;

    daemon.child.kill('SIGSTOP');
    // The earlier request waits in the daemon's socket, and is the first message that the daemon reads.
    const command: Command = { kind: 'advance', on: { attempt, stage, revision }, reason: 'go' };
    const late = client.request('command', { rollout: 'uploads', key: 'late-advance', by: 'other', command });
    const back = await workspace.run('rollback', '--reason', 'it hangs');
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('.env is set to 0 % and read back') });
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);

    daemon.child.kill('SIGCONT');
    expect(await late).toMatchObject({ kind: 'refused' });
    const view = await viewWhere(client, (each) => rolloutIn(each).standing.phase.kind === 'rolled-back');
    const { standing, journal } = rolloutIn(view);
    expect(standing).toMatchObject({ percent: 0, phase: { cause: { kind: 'person', reason: 'it hangs' } } });
    expect(journal.filter(({ body }) => body.kind === 'rollback-started')).toHaveLength(1);
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
  });

  it('is taken over by the daemon that comes after one that was killed', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    const daemon = workspace.startDaemon();
    await (await workspace.connect()).close();
    await workspace.run('begin');
    await workspace.run('advance', '--to', 'half', '--reason', 'go');
    await daemon.kill();
    expect((await workspace.run('rollback', '--direct', '--reason', 'all is dead')).code).toBe(0);
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
    workspace.startDaemon();
    const client = await workspace.connect();
    const view = await viewWhere(client, (each) => rolloutIn(each).standing.phase.kind === 'rolled-back');
    expect(rolloutIn(view).standing.phase).toMatchObject({ cause: { reason: 'all is dead' } });
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
  });
});
