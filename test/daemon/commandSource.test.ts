import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isoTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const record = (id: number, success = true) =>
  `${JSON.stringify({ timestamp: isoTime(wallTime(Date.now())), id, execution_type: 'async', success })}\n`;

/** A plan whose only source is a command, which tells its own process id as its first word on standard error. */
function planOf(log: string): string {
  return `version: 1
id: streamed
sources:
  - { command: [sh, -c, 'echo pid $$ >&2; exec tail -n +1 -F ${log}'] }
arms: { treatment: { execution_type: async } }
measures: { success_rate: { share: { success: true } } }
stages: [{ id: off, percent: 0 }, { id: one, percent: 1, gate: ["success_rate >= 50%"] }]
`;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a command as a source of a running daemon', () => {
  it('waits for the approval, counts once over a kill -9, and never outlives the daemon', async () => {
    const log = join(temporaryDirectory(), 'app.jsonl');
    writeFileSync(log, record(1) + record(2));
    const { run, startDaemon, connect } = testWorkspace(planOf(log));
    const daemon = startDaemon();
    const client = await connect();
    const refused = await viewWhere(client, (view) => rolloutIn(view).sources[0]?.health.state === 'error');
    expect(rolloutIn(refused).sources[0]?.health.detail).toContain('rampwatch approve');

    const shown = await run('approve');
    expect([shown.code, shown.stdout]).toEqual([1, expect.stringContaining('"sh"')]);
    const [sha256 = ''] = /[0-9a-f]{64}/.exec(shown.stdout) ?? [];
    expect(
      (
        await run(
          'approve',
          sha256.replace(/^./, (first) => (first === 'a' ? 'b' : 'a')),
        )
      ).code,
    ).toBe(1);
    const approved = await run('approve', sha256);
    expect([approved.code, approved.stdout]).toEqual([0, expect.stringContaining('Approved')]);

    const counted = await viewWhere(client, (view) => rolloutIn(view).sources[0]?.records === 2);
    expect(rolloutIn(counted).sources[0]?.rejected).toEqual({});
    const told = await viewWhere(client, (view) => /pid \d+/.test(rolloutIn(view).sources[0]?.health.detail ?? ''));
    const pid = Number(/pid (\d+)/.exec(rolloutIn(told).sources[0]?.health.detail ?? '')?.[1]);
    expect(isAlive(pid)).toBe(true);
    await client.close();
    await daemon.kill();
    // Nobody told it to end: it ends because the daemon is gone.
    await expect.poll(() => isAlive(pid)).toBe(false);

    appendFileSync(log, record(3));
    startDaemon();
    const again = await connect();
    await viewWhere(again, (view) => rolloutIn(view).sources[0]?.records === 3);
    appendFileSync(log, record(4, false));
    await viewWhere(again, (view) => rolloutIn(view).sources[0]?.records === 4);
    const { entries } = await again.request('journal', { rollout: 'streamed', before: null, limit: 100 });
    expect(entries.filter(({ body }) => body.kind === 'source' && body.detail.includes('may be lost'))).toEqual([]);
    await again.close();
  });
});
