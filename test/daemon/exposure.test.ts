import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

/** Exposure is what the flag says, not what an attempt remembers. */

const kinds = (view: WorkspaceView) => rolloutIn(view).journal.map(({ body }) => body.kind);
const isExposed = (view: WorkspaceView) => rolloutIn(view).standing.exposure !== undefined;
const patient = smallPlan.replace('{ id: half, percent: 50,', '{ id: half, percent: 50, soak: 1h,');
const inFlag = (folder: string) => readFileSync(join(folder, '.env'), 'utf8');

/** A daemon that has just started on a flag with this text, beside an application that uploads. */
async function exposed(
  onTestFinished: TestContext['onTestFinished'],
  flag: string,
  traffic: { readonly showing?: number; readonly failing?: number } = {},
) {
  const workspace = testWorkspace(patient, onTestFinished);
  workspace.write('.env', flag);
  const uploads = startUploads(workspace.folder);
  Object.assign(uploads, traffic);
  onTestFinished(uploads.stop);
  workspace.startDaemon();
  return { workspace, client: await workspace.connect() };
}

describe.concurrent('a flag that exposes users and that no attempt knows of', () => {
  it('is red at once, told once, and taken off by Roll Back, though nothing ever began', async ({ onTestFinished }) => {
    const { workspace, client } = await exposed(onTestFinished, flagHalf);
    // Already in the very first view.
    const first = client.view;
    if (first === null) throw new Error('no view has come');
    const { standing } = rolloutIn(first);
    expect(standing).toMatchObject({
      percent: 50,
      phase: { kind: 'planned' },
      health: { kind: 'alarm', detail: expect.stringContaining('.env says UPLOAD_ENABLED=true, UPLOAD_ROLLOUT=50') },
      may: ['adopt', 'rollback'],
    });
    expect((await workspace.run('status')).stdout).toMatch(
      /EXPOSED without an attempt at 50 % since .*Adopt it as half/,
    );
    expect(complaint(await workspace.run('begin'))).toMatch(/users are exposed.*rampwatch begin --at half/);
    expect(complaint(await workspace.run('stop'))).toMatch(
      /exposed without an attempt.*in a script too, with `rampwatch stop --force`/,
    );
    const back = await workspace.run('rollback', '--reason', 'whose is this');
    expect(back.code).toBe(0);
    expect(inFlag(workspace.folder)).toBe(flagOff);
    const done = await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(kinds(done).filter((kind) => kind === 'exposure-found')).toHaveLength(1);
    expect(back.stdout).toContain('from 50 % without an attempt');
  });

  it('is known by the traffic alone, where the flag says nothing: status, report and JSON tell it', async ({
    onTestFinished,
  }) => {
    const { workspace, client } = await exposed(onTestFinished, 'OTHER=1\n', { showing: 30 });
    const found = await viewWhere(client, isExposed);
    expect(rolloutIn(found).standing.exposure).toMatchObject({ by: 'traffic', percent: null, adopt: [] });
    expect(rolloutIn(found).standing.may).toEqual(expect.arrayContaining(['adopt', 'rollback']));
    const told = /EXPOSED without an attempt since .*the traffic shows the treatment/;
    expect((await workspace.run('status')).stdout).toMatch(told);
    expect((await workspace.run('report')).stdout).toMatch(told);
    expect(JSON.parse((await workspace.run('status', '--json')).stdout).rollouts[0].sentence).toMatch(told);
    expect((await workspace.run('rollback')).code).toBe(0);
    expect(inFlag(workspace.folder)).toContain(flagOff.trim());
    expect((await workspace.run('stop', '--force')).code).toBe(0);
  });

  it('is taken off by its trigger', async ({ onTestFinished }) => {
    const { workspace, client } = await exposed(onTestFinished, flagHalf, { failing: 0.5 });
    const back = await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(rolloutIn(back).standing.phase).toMatchObject({
      cause: { kind: 'trigger', firing: { trigger: 'failing' } },
    });
    expect(inFlag(workspace.folder)).toBe(flagOff);
  });

  it('is rolled back again after a rollback, when a deploy has put it back', async ({ onTestFinished }) => {
    const { workspace, client } = await exposed(onTestFinished, flagOff);
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'go', '--to', 'half');
    await workspace.run('rollback', '--reason', 'first');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    workspace.write('.env', flagHalf);
    // At once, before the daemon has noticed.
    const again = await workspace.run('rollback', '--reason', 'second');
    expect(again.code).toBe(0);
    expect(inFlag(workspace.folder)).toBe(flagOff);
    workspace.write('.env', flagHalf);
    await viewWhere(client, isExposed);
    expect((await workspace.run('rollback', '--reason', 'third')).stdout).toMatch(
      /from 50 % without an attempt.*third/,
    );
    expect(inFlag(workspace.folder)).toBe(flagOff);
  });

  it('is taken over as it is, by an attempt that starts at its stage', async ({ onTestFinished }) => {
    const { workspace, client } = await exposed(onTestFinished, flagHalf);
    const begun = await workspace.run('begin', '--at', 'half');
    expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining('Attempt 1 has adopted half at 50 %') });
    const view = await viewWhere(client, (each) => rolloutIn(each).flag?.effect?.progress === 'verified');
    expect(rolloutIn(view).standing).toMatchObject({ stage: 'half', percent: 50, phase: { kind: 'soaking' } });
    expect(inFlag(workspace.folder)).toBe(flagHalf);
    expect(isExposed(view)).toBe(false);
  });

  it('is said as it is when nobody can tell what it means', async ({ onTestFinished }) => {
    const workspace = testWorkspace(patient, onTestFinished);
    workspace.write('.env', 'UPLOAD_ROLLOUT=canary\n');
    workspace.write('metrics.jsonl', '');
    workspace.startDaemon();
    const client = await workspace.connect();
    const view = await viewWhere(client, (each) => rolloutIn(each).standing.health.kind === 'degraded');
    expect(rolloutIn(view).standing.health).toMatchObject({ detail: expect.stringContaining('UPLOAD_ROLLOUT=canary') });
    await workspace.run('rollback');
    expect(inFlag(workspace.folder)).toContain('UPLOAD_ROLLOUT=0');
  });
});

describe.concurrent('two that advance at the same moment', () => {
  it('lead one stage on, and the second is told that it came too late', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
    const both = await Promise.all(['one', 'other'].map((reason) => workspace.run('advance', '--reason', reason)));
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(rolloutIn(await viewWhere(client, () => true)).standing.stage).toBe('half');
    expect(complaint(await workspace.run('advance', '--to', 'half'))).toMatch(
      /in half, where an advance leads to full/,
    );
    expect(complaint(await workspace.run('advance', '--from', 'off'))).toMatch(/in half and not in off/);
    expect((await workspace.run('advance', '--from', 'half', '--to', 'full', '--reason', 'x')).code).toBe(0);
  });
});
