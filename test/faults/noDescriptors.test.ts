import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';

const mayLimit = spawnSync('prlimit', ['--version']).status === 0;

/** The process may open no more files or sockets: a new one gets the lowest free number, and the limit is that. */
function allow(pid: number, descriptors: 'none' | 'many'): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  const limit = descriptors === 'none' ? free : 1024;
  const { status } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
  if (status !== 0) throw new Error('the limit could not be set');
}

it.runIf(mayLimit)(
  'a rollback that finds no descriptor left is told as failed, tried again, and carried out once there is one',
  async () => {
    const workspace = testWorkspace(smallPlan.replace('fresh: 10s', 'fresh: 1h'));
    const flag = workspace.write('.env', flagOff);
    const metrics = workspace.write('metrics.jsonl', '');
    const record = (ok: boolean): string =>
      `${JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok })}\n`;
    appendFileSync(metrics, record(true));
    const { child } = workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(client, (view) => (rolloutIn(view).sources[0]?.records ?? 0) > 0);
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    expect(await workspace.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    expect(readFileSync(flag, 'utf8')).toBe(flagHalf);

    const pid = child.pid ?? 0;
    allow(pid, 'none');
    try {
      appendFileSync(metrics, record(false).repeat(40));
      const told = await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rollback-failed');
      expect(rolloutIn(told).standing.health.kind).toBe('alarm');
      expect(JSON.stringify(rolloutIn(told).standing)).toMatch(/EMFILE|too many open files|descriptor/i);
      expect(readFileSync(flag, 'utf8')).toBe(flagHalf);
    } finally {
      allow(pid, 'many');
    }
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(readFileSync(flag, 'utf8')).toBe(flagOff);
    await client.close();
    expect(await workspace.run('journal', 'verify')).toMatchObject({ code: 0 });
  },
);
