import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Daemon, startDaemon } from '../../daemon/daemon.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import { testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

const hour = 3_600_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The complete daemon, on a clock that a test moves; a real second stays a second. */
async function daemonOnClock(more = '', edited = (plan: string) => plan) {
  let daemon: Daemon | null = null;
  // The workspace ends every daemon that it still finds at its end, and this one is in this process.
  const workspace = testWorkspace(
    edited(smallPlan.replace('percent: 0 }', 'percent: 0, soak: 1h, gate: ["ok >= 90%"] }').concat(more)),
    (clean) =>
      onTestFinished(async () => {
        await daemon?.stop();
        await clean();
      }),
  );
  workspace.write('.env', flagOff);
  workspace.write('metrics.jsonl', '');
  const moved = { wall: 0, monotonic: 0 };
  const clock = {
    wall: () => wallTime(Date.now() + moved.wall),
    monotonic: () => performance.now() + moved.monotonic,
  };
  const { folder: root, directory } = workspace;
  const start = () => startDaemon({ root, directory, plans: [], idle: null, log: silent, clock });
  daemon = await start();
  const client = await connectClient(directory, { waitFor: 240_000 });
  const rollout = (): RolloutView => {
    const [first] = daemon?.view().rollouts ?? [];
    if (first === undefined) throw new Error('no rollout');
    return first;
  };
  const upload = (at: number): void => {
    const record = { timestamp: new Date(at).toISOString(), arm: 'new', ok: true };
    appendFileSync(join(root, 'metrics.jsonl'), `${JSON.stringify(record)}\n`);
  };
  const { attempt, revision, stage } = rollout().standing;
  const command = { kind: 'begin' as const, on: { attempt, revision, stage } };
  await client.request('command', { rollout: 'uploads', key: 'a key of begin', by: 'mia', command });
  // The stage's records are those from the flag's read-back on.
  await viewWhere(client, () => rollout().standing.soak.countingSince !== null);
  const advance = async () => {
    const { attempt, revision, stage } = rollout().standing;
    const command = { kind: 'advance' as const, on: { attempt, revision, stage }, reason: 'a drill' };
    await client.request('command', { rollout: 'uploads', key: 'a key of advance', by: 'mia', command });
  };
  /** Another daemon, after this long without one. */
  const restartAfter = async (downtime: number) => {
    await daemon?.stop();
    moved.wall += downtime;
    moved.monotonic += downtime;
    for (let count = 0; count < 6; count += 1) upload(clock.wall() - count);
    daemon = await start();
  };
  return { moved, clock, client, rollout, upload, advance, restartAfter };
}

describe('row 38: the clock', () => {
  it.each([
    ['of a suspended machine jumps', 8 * hour, 8 * hour],
    ['of the wall is set ahead', 2 * hour, 0],
    ['of the wall is set back', -2 * hour, 0],
  ])('%s: a gap, nobody’s soak, and fresh data is wanted', async (_, wall, monotonic) => {
    const { moved, clock, client, rollout, upload } = await daemonOnClock();
    for (let count = 0; count < 6; count += 1) upload(clock.wall());
    await viewWhere(client, () => rollout().standing.gateMet === 1);
    const before = clock.wall();
    moved.wall += wall;
    moved.monotonic += monotonic;
    await viewWhere(client, () => rollout().journal.some(({ body }) => body.kind === 'clock-gap'));
    const { standing } = rollout();
    expect(standing.soak.soaked).toBeLessThan(60_000);
    expect(standing.phase.kind).toBe('soaking');
    expect(standing.missing.join('; ')).toContain('no new data since the clock gap');
    // An earlier record is read after a later one.
    upload(Math.min(before, clock.wall()) - 2000);
    await viewWhere(client, () => rollout().sources[0]?.records === 7);
    expect(rollout().journal.some(({ body }) => body.kind === 'data-fresh')).toBe(false);
    upload(clock.wall() + 1000);
    await viewWhere(client, () => rollout().journal.some(({ body }) => body.kind === 'data-fresh'));
    await client.close();
  });

  it('of the wall is set ahead by little, again and again: one gap in the end, and nobody’s soak', async () => {
    const { moved, clock, client, rollout, upload } = await daemonOnClock();
    const began = performance.now();
    for (let count = 0; count < 6; count += 1) upload(clock.wall());
    await viewWhere(client, () => rollout().standing.gateMet === 1);
    for (let count = 0; count < 4; count += 1) {
      moved.wall += 2000;
      upload(clock.wall());
      const records = 7 + count;
      await viewWhere(client, () => rollout().sources[0]?.records === records);
    }
    await viewWhere(client, () => rollout().journal.some(({ body }) => body.kind === 'clock-gap'));
    const { soaked } = rollout().standing.soak;
    expect(soaked).toBeLessThan(performance.now() - began);
    await client.close();
  });

  it('without a daemon rolls nothing back for uploads that it has only not read yet', async () => {
    const quiet = 'triggers: [{ id: quiet, when: "uploads < 1", over: 10m, then: rollback }]\n';
    const { client, rollout, advance, restartAfter } = await daemonOnClock('', (plan) =>
      plan.replace(/^triggers: .*\n/m, quiet),
    );
    await advance();
    await client.close();
    for (const round of [1, 2]) {
      await restartAfter(3 * hour);
      await expect.poll(() => rollout().sources[0]?.records).toBe(6 * round);
      expect(rollout().standing.phase.kind).toMatch(/soaking|ready/);
      expect(rollout().journal.some(({ body }) => body.kind === 'firing')).toBe(false);
    }
  });

  it('that nobody watched is soaked by nobody, however soon the data come', async () => {
    const { moved, clock, client, rollout, upload, restartAfter } = await daemonOnClock('advance: { mode: auto }\n');
    for (let count = 0; count < 6; count += 1) upload(clock.wall());
    await viewWhere(client, () => rollout().standing.gateMet === 1);
    const isFresh = () => rollout().journal.filter(({ body }) => body.kind === 'data-fresh').length;
    // The new data are read before the next tick, or with it.
    for (const round of [1, 2, 3]) {
      moved.wall += 2 * hour;
      moved.monotonic += 2 * hour;
      upload(clock.wall());
      upload(clock.wall() + 500);
      await viewWhere(client, () => isFresh() === round);
      expect(rollout().standing.stage).toBe('off');
      expect(rollout().standing.soak.soaked).toBeLessThan(hour);
    }
    await client.close();
    await restartAfter(3 * hour);
    upload(clock.wall() + 500);
    await expect.poll(isFresh).toBe(4);
    expect(rollout().standing.stage).toBe('off');
    expect(rollout().standing.soak.soaked).toBeLessThan(hour);
  });
});
