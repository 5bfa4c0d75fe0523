import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

/** One process watches several folders, and each of them cannot tell. */

const started = z.object({ kind: z.string(), pid: z.number(), port: z.number(), stateDirectory: z.string() });

/** Folders below the workspace's own, each with a plan and a flag. */
function folders(workspace: TestWorkspace, ...names: readonly string[]): void {
  for (const name of names) {
    workspace.write(join(name, 'rampwatch.yaml'), smallPlan);
    workspace.write(join(name, '.env'), flagOff);
  }
}

const start = async (workspace: TestWorkspace, folder: string, ...words: string[]) =>
  started.parse(JSON.parse((await workspace.runIn({ folder }, 'start', '--json', ...words)).stdout));

const flagOf = (workspace: TestWorkspace, folder: string) =>
  readFileSync(join(workspace.folder, folder, '.env'), 'utf8');

async function twoInOne(finished: (clean: () => Promise<void>) => void) {
  const workspace = testWorkspace(null, finished);
  folders(workspace, 'shop', 'search');
  const shop = await start(workspace, 'shop');
  const search = await start(workspace, 'search', '--beside', join(workspace.folder, 'shop'));
  return { workspace, shop, search };
}

describe.concurrent('one process for several folders', () => {
  it('gives each its own state, port and discovery file', async ({ onTestFinished }) => {
    const { workspace, shop, search } = await twoInOne(onTestFinished);
    expect([shop.kind, search.kind]).toEqual(['started', 'started']);
    expect(search.pid).toBe(shop.pid);
    expect(search.port).not.toBe(shop.port);
    expect(search.stateDirectory).not.toBe(shop.stateDirectory);
    // The token of one folder opens no other.
    const [one, other] = [readDiscovery(shop.stateDirectory), readDiscovery(search.stateDirectory)];
    expect(one?.token).not.toBe(other?.token);
    expect((await start(workspace, 'search')).kind).toBe('joined');
    expect(await start(workspace, 'search', '--beside', '../shop')).toMatchObject({ kind: 'joined', pid: shop.pid });
    await workspace.runIn({ folder: 'search' }, 'begin');
    await workspace.runIn({ folder: 'search' }, 'advance', '--reason', 'a drill');
    expect(flagOf(workspace, 'search')).not.toBe(flagOff);
    expect(flagOf(workspace, 'shop')).toBe(flagOff);
    const log = (await workspace.runIn({ folder: 'search' }, 'logs')).stdout;
    expect(log).toContain(`watching ${join(workspace.folder, 'search')} on port ${search.port}`);
    expect(log).not.toContain(join(workspace.folder, 'shop'));
  });

  it('goes on with the others when one is stopped, whichever it is', async ({ onTestFinished }) => {
    const { workspace, shop } = await twoInOne(onTestFinished);
    await workspace.runIn({ folder: 'search' }, 'begin');
    await workspace.runIn({ folder: 'search' }, 'advance', '--reason', 'a drill');
    // The users of one folder keep the other's daemon from nothing.
    const { stdout } = await workspace.runIn({ folder: 'shop' }, 'stop');
    expect(stdout).toBe('The daemon has ended.\n');
    expect(readDiscovery(shop.stateDirectory)).toBeNull();
    const back = await workspace.runIn({ folder: 'search' }, 'rollback', '--reason', 'a drill');
    expect(back.code).toBe(0);
    expect(flagOf(workspace, 'search')).toBe(flagOff);
    // The first folder is free: it comes back at once, into the same process.
    const again = await start(workspace, 'shop', '--beside', '../search');
    expect(again).toMatchObject({ kind: 'started', pid: shop.pid });
    await workspace.runIn({ folder: 'search' }, 'stop');
    await workspace.runIn({ folder: 'shop' }, 'stop');
    expect(() => process.kill(shop.pid, 0)).toThrow();
  });

  it('goes on when the folder of the first is removed', async ({ onTestFinished }) => {
    const { workspace, shop, search } = await twoInOne(onTestFinished);
    await workspace.runIn({ folder: 'shop' }, 'stop');
    rmSync(join(workspace.folder, 'shop'), { recursive: true });
    expect((await workspace.runIn({ folder: 'search' }, 'begin')).code).toBe(0);
    folders(workspace, 'third');
    expect(await start(workspace, 'third', '--beside', '../search')).toMatchObject({ kind: 'started', pid: shop.pid });
    expect(readDiscovery(search.stateDirectory)?.pid).toBe(shop.pid);
  });

  it('comes back as it was after the process was killed', async ({ onTestFinished }) => {
    const { workspace, shop, search } = await twoInOne(onTestFinished);
    await workspace.runIn({ folder: 'search' }, 'begin');
    process.kill(shop.pid, 'SIGKILL');
    const [one, other] = await Promise.all([start(workspace, 'shop'), start(workspace, 'search')]);
    expect(one.pid).not.toBe(other.pid);
    const client = await connectClient(search.stateDirectory);
    const [rollout] = (await viewWhere(client, ({ rollouts }) => rollouts.length === 1)).rollouts;
    expect(rollout?.standing.attempt).toBe(1);
    await client.close();
  });

  it('is not shared with another environment, a foreground daemon, or nobody', async ({ onTestFinished }) => {
    const { workspace, shop } = await twoInOne(onTestFinished);
    folders(workspace, 'third', 'fourth', 'fifth');
    const environment = { UPLOADS_TOKEN: 'another' };
    const asked = await workspace.runIn({ folder: 'third', environment }, 'start', '--json', '--beside', '../shop');
    expect(started.parse(JSON.parse(asked.stdout))).toMatchObject({ kind: 'started' });
    expect(started.parse(JSON.parse(asked.stdout)).pid).not.toBe(shop.pid);
    workspace.start('watch', '--plan', join(workspace.folder, 'fourth', 'rampwatch.yaml'));
    const directory = stateDirectory(join(workspace.folder, 'fourth'), workspace.environment);
    await (await connectClient(directory, { waitFor: 120_000 })).close();
    const foreground = readDiscovery(directory)?.pid;
    const fifth = await start(workspace, 'fifth', '--beside', '../fourth');
    expect(fifth.pid).not.toBe(foreground);
    mkdirSync(join(workspace.folder, 'empty'));
    await workspace.runIn({ folder: 'fifth' }, 'stop');
    expect((await start(workspace, 'fifth', '--beside', '../empty')).kind).toBe('started');
  });

  it('says what is wrong with the plan of a folder that it would take in', async ({ onTestFinished }) => {
    const { workspace, shop } = await twoInOne(onTestFinished);
    workspace.write('broken/rampwatch.yaml', `${smallPlan}\nnonsense: 1\n`);
    const asked = await workspace.runIn({ folder: 'broken' }, 'start', '--beside', '../shop');
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.stderr).toContain('unknown key `nonsense`');
    expect((await start(workspace, 'shop')).pid).toBe(shop.pid);
  });
});
