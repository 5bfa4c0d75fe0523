import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

/** Longer than what the daemon takes for a suspend. */
const gap = 6500;

function gapIn(view: WorkspaceView) {
  for (const { body } of rolloutIn(view).journal) if (body.kind === 'clock-gap') return body;
  return null;
}

async function passed(milliseconds: number): Promise<void> {
  const start = Date.now();
  while (Date.now() - start < milliseconds) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe.concurrent('a clock that stood still', () => {
  it('for a stopped process: it is journalled, is nobody’s soak, and needs fresh data', async ({ onTestFinished }) => {
    const workspace = testWorkspace(
      smallPlan.replace('id: half, percent: 50,', 'id: half, percent: 50, soak: 1m,'),
      onTestFinished,
    );
    workspace.write('.env', flagOff);
    const uploads = startUploads(workspace.folder);
    onTestFinished(uploads.stop);
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
    await workspace.run('advance');
    await viewWhere(
      client,
      (view) => rolloutIn(view).standing.gateMet === 2 && rolloutIn(view).standing.soak.countingSince !== null,
    );
    uploads.stop();
    // No data is left that could arrive afterwards and pass for new.
    const written = readFileSync(join(workspace.folder, 'metrics.jsonl'), 'utf8').split('\n').length - 1;
    await viewWhere(client, (view) => rolloutIn(view).sources[0]?.records === written);
    daemon.child.kill('SIGSTOP');
    await passed(gap);
    daemon.child.kill('SIGCONT');

    const after = await viewWhere(client, (view) => gapIn(view) !== null);
    const told = gapIn(after);
    expect((told?.to ?? 0) - (told?.from ?? 0)).toBeGreaterThan(5000);
    const { soak, missing } = rolloutIn(after).standing;
    // The length of the gap does not count as soak.
    expect(soak.soaked).toBeLessThan((told?.from ?? 0) - (rolloutIn(after).stages[1]?.visit?.from ?? 0) + 1000);
    expect(soak.countingSince === null || soak.countingSince >= (told?.to ?? 0)).toBe(true);
    expect(missing.join('; ')).toMatch(/no new data since the clock gap/);
    expect(complaint(await workspace.run('advance'))).toMatch(/^not ready: .*no new data since the clock gap/);

    const more = startUploads(workspace.folder);
    onTestFinished(more.stop);
    await viewWhere(client, (view) => rolloutIn(view).journal.some(({ body }) => body.kind === 'data-fresh'));
  });

  it('because nobody ran: the time between two daemons is a gap too', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const first = workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await viewWhere(client, (view) => rolloutIn(view).standing.attempt === 1);
    await first.kill();
    await passed(gap);
    workspace.startDaemon();
    const again = await workspace.connect();
    const told = gapIn(await viewWhere(again, (view) => gapIn(view) !== null));
    expect((told?.to ?? 0) - (told?.from ?? 0)).toBeGreaterThan(5000);
  });
});
