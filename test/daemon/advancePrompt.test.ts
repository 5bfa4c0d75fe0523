import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { hasTerminal, runOnTerminal } from '../support/terminal.ts';
import { startUploads } from '../support/uploadWriter.ts';

/** A terminal asks before an advance and says where it leads; a pipe cannot be asked, and does what it was called for. */
describe.concurrent('`advance` without `--to`', () => {
  it.skipIf(!hasTerminal)('asks on a terminal, and does nothing without a yes', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    onTestFinished(startUploads(workspace.folder).stop);
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
    const size = { columns: 160, rows: 30, colour: false };
    for (const keys of ['n\r', '\r', '\u0003']) {
      const asked = runOnTerminal(workspace, size, 'advance');
      await asked.shows('Advance from off (0 %) to half (50 %)? .env: UPLOAD_ENABLED=true, UPLOAD_ROLLOUT=50. [y/N]');
      asked.type(keys);
      expect(await asked.ended).toBe(1);
      expect(asked.output).toContain('not done: nothing was changed');
      expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
    }
    const agreed = runOnTerminal(workspace, size, 'advance');
    await agreed.shows('[y/N]');
    agreed.type('y\r');
    expect(await agreed.ended).toBe(0);
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagHalf);
  });

  it('is not asked in a pipe, nor on a terminal with `--yes`', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    onTestFinished(startUploads(workspace.folder).stop);
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
    expect(complaint(await workspace.run('advance', '--to', 'full'))).toMatch(/an advance leads to half/);
    const piped = await workspace.run('advance');
    expect(piped).toMatchObject({ code: 0, stdout: expect.stringContaining('Advanced to half at 50 %') });
    expect(piped.stdout + piped.stderr).not.toContain('[y/N]');
    if (!hasTerminal) return;
    const size = { columns: 160, rows: 30, colour: false };
    const named = runOnTerminal(workspace, size, 'advance', '--yes', '--reason', 'it is late');
    expect(await named.ended).toBe(0);
    expect(named.output).not.toContain('[y/N]');
  });
});
