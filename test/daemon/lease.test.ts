import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { percentInForce } from '../../examples/lease/lease.mjs';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

const placed = (name: string) => `$\{${name}}`;
const plan = `${smallPlan.slice(0, smallPlan.indexOf('flag:'))}flag:
  dotenv: .env
  set: { UPLOAD_ENABLED: "${placed('enabled')}", UPLOAD_ROLLOUT: "${placed('percent')}", UPLOAD_EXPIRES: "${placed('expires')}" }
  lease: 12s
`;

function flagIn({ folder }: TestWorkspace): { enabled: string; percent: string; expires: string } {
  const text = readFileSync(join(folder, '.env'), 'utf8');
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { enabled: value('UPLOAD_ENABLED'), percent: value('UPLOAD_ROLLOUT'), expires: value('UPLOAD_EXPIRES') };
}

it('a flag with a lease is off soon after the daemon is gone, and its renewals are no news', async ({
  onTestFinished,
}) => {
  const workspace = testWorkspace(plan, onTestFinished);
  workspace.write('.env', 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=0\nUPLOAD_EXPIRES=1970-01-01T00:00:00Z\nOTHER=kept\n');
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  await workspace.run('advance', '--reason', 'a drill');
  const isSet = (view: Parameters<typeof rolloutIn>[0]): boolean =>
    rolloutIn(view).flag?.effect?.progress === 'verified';
  const set = rolloutIn(await viewWhere(client, (view) => isSet(view) && rolloutIn(view).standing.stage === 'half'));
  expect(percentInForce(flagIn(workspace))).toBe(50);
  const ends = new Set<string>();
  await expect.poll(() => ends.add(flagIn(workspace).expires).size, { interval: 100 }).toBeGreaterThanOrEqual(4);
  expect(percentInForce(flagIn(workspace))).toBe(50);
  const now = rolloutIn(await viewWhere(client, () => true));
  expect(now.journal.map(({ body }) => body.kind).filter((kind) => /flag|effect/.test(kind))).toEqual(
    set.journal.map(({ body }) => body.kind).filter((kind) => /flag|effect/.test(kind)),
  );
  expect(now.standing.revision).toBe(set.standing.revision);
  // Nobody renews it any more.
  await daemon.kill();
  await expect.poll(() => percentInForce(flagIn(workspace)), { interval: 200 }).toBe(0);
  expect(flagIn(workspace)).toMatchObject({ enabled: 'true', percent: '50' });
  // The next daemon renews it, and a rollback ends it.
  workspace.startDaemon();
  const again = await workspace.connect();
  await expect.poll(() => percentInForce(flagIn(workspace)), { interval: 200 }).toBe(50);
  await workspace.run('rollback');
  await viewWhere(again, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  expect(flagIn(workspace)).toEqual({ enabled: 'false', percent: '0', expires: '1970-01-01T00:00:00Z' });
  expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toContain('OTHER=kept');
});

it('the lease of a completed rollout is lifted, so that nobody is taken off when the daemon ends', async ({
  onTestFinished,
}) => {
  const workspace = testWorkspace(plan, onTestFinished);
  workspace.write('.env', '');
  workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  for (let stage = 0; stage < 3; stage += 1) await workspace.run('advance', '--reason', 'a drill');
  await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'completed');
  await expect.poll(() => flagIn(workspace).expires).toBe('9999-12-31T23:59:59Z');
  expect(percentInForce(flagIn(workspace))).toBe(100);
});
