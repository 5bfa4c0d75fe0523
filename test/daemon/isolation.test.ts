import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { startDaemon } from '../../daemon/daemon.ts';
import type { Log } from '../../daemon/log.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import { testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

afterEach(() => vi.restoreAllMocks());

/** Errors of one rollout's own, in a method that the daemon calls of itself. */
function breakFor(id: string, method: 'tick' | 'observe'): { mend(): void } {
  const original = Execution.prototype[method] as (...of: unknown[]) => never;
  const spy = vi.spyOn(Execution.prototype, method).mockImplementation(function (this: Execution, ...of: unknown[]) {
    if (this.plan.id === id) throw new TypeError('cannot read properties of undefined');
    return original.apply(this, of);
  } as never);
  return { mend: () => spy.mockRestore() };
}

it('a defect in one rollout is shown there, leaves the others going on, and can be rolled back from', async () => {
  const workspace = testWorkspace(null);
  workspace.write('a.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: broken').replaceAll('.env', 'a.env'));
  workspace.write('b.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: sound').replaceAll('.env', 'b.env'));
  workspace.write('a.env', flagOff);
  workspace.write('b.env', flagOff);
  const logged: string[] = [];
  const keep = (detail: string) => logged.push(detail);
  const log: Log = { info: () => undefined, warn: keep, error: keep };
  const daemon = await startDaemon({
    root: workspace.folder,
    directory: workspace.directory,
    plans: [],
    idle: null,
    log,
  });
  try {
    const client = await connectClient(workspace.directory, { waitFor: 240_000 });
    const standingOf = (id: string) => daemon.view().rollouts.find(({ rollout }) => rollout === id)?.standing;
    const command = (id: string, kind: 'begin' | 'advance', reason?: string) => {
      const { attempt, revision, stage } = standingOf(id) ?? { attempt: 0, revision: 0, stage: 'off' };
      const on = { attempt, revision, stage };
      const asked = kind === 'begin' ? { kind, on } : { kind, on, ...(reason !== undefined && { reason }) };
      return client.request('command', { rollout: id, key: `a key ${id} ${kind}`, by: 'mia', command: asked });
    };
    for (const id of ['broken', 'sound']) {
      expect(await command(id, 'begin')).toMatchObject({ kind: 'done' });
      await viewWhere(client, () => standingOf(id)?.phase.kind !== 'planned');
      expect(await command(id, 'advance', 'a drill')).toMatchObject({ kind: 'done' });
    }
    const tick = breakFor('broken', 'tick');
    await viewWhere(client, ({ rollouts }) =>
      rollouts.some(({ rollout, standing }) => rollout === 'broken' && standing.health.kind === 'alarm'),
    );
    const { health } = standingOf('broken') ?? { health: { kind: 'ok' } };
    expect(health).toMatchObject({
      detail: expect.stringMatching(
        /^internal error in deciding \(cannot read properties of undefined\): .*a rollback is possible; `rampwatch logs`/,
      ),
    });
    expect(JSON.stringify(health)).not.toContain('at ');
    expect(standingOf('sound')?.health.kind).not.toBe('alarm');
    expect(logged.filter((line) => line.includes('internal error'))).toEqual([
      expect.stringMatching(/^broken: internal error in deciding: TypeError: .*\n\s+at /),
    ]);

    const undone = await client.request('command', {
      rollout: 'broken',
      key: 'a key for back',
      by: 'mia',
      command: { kind: 'rollback', reason: 'the daemon is broken' },
    });
    expect(undone).toMatchObject({ kind: 'done' });
    await expect.poll(() => readFileSync(join(workspace.folder, 'a.env'), 'utf8')).toBe(flagOff);
    // The other rollout continues, and so does this one when it can.
    const { revision } = standingOf('sound') ?? { revision: 0 };
    expect(
      await client.request('command', {
        rollout: 'sound',
        key: 'a key for hold',
        by: 'mia',
        command: { kind: 'hold', on: { attempt: 1, revision, stage: 'half' } },
      }),
    ).toMatchObject({ kind: 'done' });
    tick.mend();
    await viewWhere(client, () => {
      const standing = standingOf('broken');
      return standing?.phase.kind === 'rolled-back' && standing.health.kind !== 'alarm';
    });
    await client.close();
  } finally {
    await daemon.stop();
  }
});
