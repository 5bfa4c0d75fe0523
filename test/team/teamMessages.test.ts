import { describe, expect, it, onTestFinished } from 'vitest';
import { type FlagServer, startFlagServer } from '../support/flagServer.ts';
import { placed } from '../support/remoteFlag.ts';
import type { TestWorkspace } from '../support/runningDaemon.ts';
import { viewWhere } from '../support/runningDaemon.ts';
import {
  connected,
  following,
  holding,
  inStage,
  teamDatabase,
  teamMember,
  teamPlan,
  withoutPostgres,
} from '../support/team.ts';

const eventsAt = ({ seen }: FlagServer) => seen.map(({ body }) => JSON.parse(body).event);

async function approveAll(workspace: TestWorkspace): Promise<void> {
  const { uses } = JSON.parse((await workspace.run('approve', '--json')).stdout);
  const hashes: string[] = uses.map(({ sha256 }: { sha256: string }) => sha256);
  expect(await workspace.run('approve', ...hashes)).toMatchObject({ code: 0 });
}

describe.skipIf(withoutPostgres !== '')(`messages of a rollout that a team shares${withoutPostgres}`, () => {
  it('one daemon sends each, the one that holds the rollout, also when another has taken it over', async () => {
    const database = await teamDatabase();
    const receiver = await startFlagServer(() => ({ status: 200, body: 'ok' }), onTestFinished);
    process.env.RAMPWATCH_TEST_NEWS = `${receiver.url}/news`;
    const plan = `${teamPlan}messages:\n  - { to: webhook, url: "${placed('env:RAMPWATCH_TEST_NEWS')}", on: [begin, advance, hold] }\n`;
    const anna = teamMember(database.url('team'), 'anna', plan);
    const bert = teamMember(database.url('team'), 'bert', plan);
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    await approveAll(anna);
    await approveAll(bert);
    expect(await anna.run('begin')).toMatchObject({ code: 0, stderr: '' });
    expect(await bert.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    await viewWhere(atBert, inStage('half'));
    await expect.poll(() => eventsAt(receiver), { timeout: 60_000 }).toEqual(['begin', 'advance']);
    await first.kill();
    await viewWhere(atBert, holding);
    expect(await bert.run('hold', '--reason', 'lunch')).toMatchObject({ code: 0 });
    await expect.poll(() => eventsAt(receiver).at(-1), { timeout: 60_000 }).toBe('hold');
    // What comes last shows that nothing else came before it: each target's news go out in order.
    expect(eventsAt(receiver)).toEqual(['begin', 'advance', 'hold']);
  });
});
