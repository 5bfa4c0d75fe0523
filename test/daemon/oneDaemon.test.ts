import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

/** A folder has one daemon, whatever happens to its state directory and wherever other processes look for it. */

const patient = smallPlan.replace('{ id: half, percent: 50,', '{ id: half, percent: 50, soak: 1h,');
const begun = z.object({
  rollouts: z.array(z.object({ standing: z.object({ attempt: z.number(), stage: z.string() }) })),
});

async function atHalf(finished: (clean: () => Promise<void>) => void) {
  const workspace = testWorkspace(patient, finished);
  workspace.write('.env', flagOff);
  const uploads = startUploads(workspace.folder);
  finished(async () => uploads.stop());
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  await workspace.run('advance', '--to', 'half', '--reason', 'go');
  const pid = client.view?.daemon.pid;
  return { workspace, daemon, client, pid };
}

describe.concurrent('one daemon for a folder', () => {
  it('is found from another home directory, and no second one starts', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    const elsewhere = { environment: { RAMPWATCH_STATE_DIRECTORY: join(workspace.folder, '.state-elsewhere') } };
    const { stdout, stderr } = await workspace.runIn(elsewhere, 'status', '--json');
    expect(begun.parse(JSON.parse(stdout)).rollouts[0]?.standing).toEqual({ attempt: 1, stage: 'half' });
    expect(stderr).toContain(`keeps its state in ${workspace.directory}`);
    expect(complaint(await workspace.runIn(elsewhere, 'watch'))).toMatch(
      /watches this folder already, with its state in/,
    );
    const back = await workspace.runIn(elsewhere, 'rollback', '--reason', 'emergency');
    expect(back.code).toBe(0);
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  });

  it('goes on with all that it knows when its state directory is removed', async ({ onTestFinished }) => {
    const { workspace, daemon, client, pid } = await atHalf(onTestFinished);
    const before = rolloutIn(await viewWhere(client, () => true)).journal.length;
    rmSync(workspace.directory, { recursive: true });
    // A command that comes in this moment waits for it, and starts no other.
    const status = await workspace.run('start', '--json');
    expect(z.object({ pid: z.number() }).parse(JSON.parse(status.stdout)).pid).toBe(pid);
    await workspace.run('hold', '--reason', 'still here');
    expect((await workspace.run('journal', 'verify')).code).toBe(0);
    await daemon.kill();
    workspace.startDaemon();
    const next = await workspace.connect();
    const { standing, journal } = rolloutIn(await viewWhere(next, () => true));
    expect(standing).toMatchObject({ attempt: 1, stage: 'half', phase: { kind: 'held' } });
    expect(journal.length).toBeGreaterThan(before);
  });

  it('ends, and says so, where another state lies in the place of its own', async ({ onTestFinished }) => {
    const { workspace, daemon, client } = await atHalf(onTestFinished);
    renameSync(join(workspace.directory, 'store'), join(workspace.directory, 'moved-away'));
    mkdirSync(join(workspace.directory, 'store'), { mode: 0o700 });
    writeFileSync(join(workspace.directory, 'store', 'state.sqlite'), 'of another');
    const told = viewWhere(client, ({ faults }) => faults.some((fault) => fault.includes('another lies in')));
    await told;
    expect(await daemon.ended).toBe(0);
  });
});
