import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { postgresPrograms, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';

const plan = `${smallPlan}team: { postgres: TEAM_URL, lease: 3s }\n`;
const missing = postgresPrograms() === null ? ' (not run: PostgreSQL is not installed, Debian: postgresql)' : '';

function member(url: string, name: string): TestWorkspace {
  const workspace = testWorkspace(plan);
  workspace.environment.TEAM_URL = url;
  workspace.environment.RAMPWATCH_TEAM_NAME = name;
  workspace.write('.env', flagOff);
  record(workspace);
  return workspace;
}

/** Something that the source can be read from. */
function record(workspace: TestWorkspace): void {
  const line = JSON.stringify({ timestamp: new Date().toISOString(), arm: 'old', ok: true });
  appendFileSync(join(workspace.folder, 'metrics.jsonl'), `${line}\n`);
}

async function database(): Promise<TestPostgres> {
  const server = await startPostgres(onTestFinished);
  server.createDatabase('team');
  return server;
}

async function connected(workspace: TestWorkspace): Promise<Client> {
  const client = await workspace.connect();
  onTestFinished(() => client.close());
  return client;
}

const heldBy = (name: string) => (view: WorkspaceView) =>
  view.rollouts[0]?.team?.holder?.startsWith(`${name}@`) === true;
const following = (view: WorkspaceView) =>
  view.rollouts[0]?.team?.role === 'follows' && view.rollouts[0].team.holder !== null;
const inStage = (stage: string) => (view: WorkspaceView) =>
  view.rollouts[0]?.standing.stage === stage && view.rollouts[0]?.standing.attempt > 0;
const flagOf = ({ folder }: TestWorkspace): string => readFileSync(join(folder, '.env'), 'utf8');

describe.skipIf(missing !== '')(`a rollout that a team shares over PostgreSQL${missing}`, () => {
  it('is judged by one daemon, shown by all, and taken over when that one has gone', async () => {
    const server = await database();
    const anna = member(server.url('team'), 'anna');
    const bert = member(server.url('team'), 'bert');
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, heldBy('anna'));
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    expect(await anna.run('begin')).toMatchObject({ code: 0, stderr: '' });
    expect(await anna.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    await viewWhere(atBert, inStage('half'));
    expect(flagOf(anna)).toBe(flagHalf);
    expect(flagOf(bert)).toBe(flagOff);
    // The follower's command goes to the holder.
    expect(await bert.run('hold', '--reason', 'lunch')).toMatchObject({ code: 0 });
    const held = rolloutIn(await viewWhere(atAnna, ({ rollouts }) => rollouts[0]?.standing.phase.kind === 'held'));
    expect(held.standing.phase).toMatchObject({ cause: { by: expect.stringMatching(/@/), reason: 'lunch' } });
    await first.kill();
    await viewWhere(atBert, heldBy('bert'));
    const taken = rolloutIn(await viewWhere(atBert, ({ rollouts }) => rollouts[0]?.team?.role === 'holds'));
    expect(taken.standing).toMatchObject({ stage: 'half', attempt: 1 });
    expect(await bert.run('rollback')).toMatchObject({ code: 0 });
  });
});
