import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery, writeDiscovery } from '../../daemon/serve/discovery.ts';
import { type Launched, startOrJoin } from '../../daemon/serve/launch.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const program = new URL('fakeDaemon.ts', import.meta.url).pathname;

function launch(directory: string, mode = '', within = 240_000): Promise<Launched> {
  return startOrJoin({
    directory,
    command: [process.execPath, program, directory, mode],
    workingDirectory: directory,
    environment: process.env,
    within,
  });
}

/**
 * Every daemon that was started for the directory is ended before it is removed. They are not asked: on a busy machine one
 * may not answer in time, and would outlive the tests.
 */
function daemonDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(async () => {
    const started = existsSync(join(directory, 'starts.log'))
      ? readFileSync(join(directory, 'starts.log'), 'utf8')
      : '';
    for (const [, pid] of started.matchAll(/^open (\d+)$/gm)) {
      if (alive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
      await expect.poll(() => alive(Number(pid))).toBe(false);
    }
  });
  return directory;
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('of twenty starts at once one daemon comes, and all have it', async () => {
  const directory = daemonDirectory();
  const launched = await Promise.all(Array.from({ length: 20 }, () => launch(directory)));
  const pids = new Set(launched.map(({ discovery }) => discovery.pid));
  expect(pids).toHaveLength(1);
  expect(launched.filter(({ kind }) => kind === 'started')).toHaveLength(1);
  expect(readFileSync(join(directory, 'starts.log'), 'utf8').trim().split('\n')).toEqual([`open ${[...pids][0]}`]);
  expect(await launch(directory)).toEqual({ kind: 'joined', discovery: launched[0]?.discovery });
});

it('a killed daemon is replaced, its discovery file notwithstanding', async () => {
  const directory = daemonDirectory();
  const first = await launch(directory);
  process.kill(first.discovery.pid, 'SIGKILL');
  await expect.poll(() => alive(first.discovery.pid)).toBe(false);
  expect(readDiscovery(directory)).toEqual(first.discovery);
  await expect(connectClient(directory)).rejects.toMatchObject({ code: 'no-daemon' });
  const second = await launch(directory);
  expect(second.kind).toBe('started');
  expect(second.discovery.instance).not.toBe(first.discovery.instance);
});

it('a start while the old daemon is ending gives a new one', async () => {
  const directory = daemonDirectory();
  const first = await launch(directory);
  const client = await connectClient(directory, { follow: false, waitFor: 60_000 });
  expect(await client.request('shutdown', { force: false })).toEqual({ kind: 'stopping' });
  const second = await launch(directory);
  expect(second.discovery.pid).not.toBe(first.discovery.pid);
  await client.closed;
});

it('a daemon that cannot start says why, in its own words', async () => {
  await expect(launch(daemonDirectory(), 'broken')).rejects.toMatchObject({
    name: 'UserError',
    message: 'the fake daemon is broken',
  });
  await expect(launch(daemonDirectory(), 'crash')).rejects.toMatchObject({
    code: 'daemon-failed',
    message: expect.stringMatching(/something is very wrong.*daemon\.out/),
  });
  const directory = daemonDirectory();
  const missing = startOrJoin({
    directory,
    command: [join(directory, 'no-such-program')],
    workingDirectory: directory,
    environment: {},
  });
  await expect(missing).rejects.toMatchObject({ code: 'daemon-failed', message: expect.stringContaining('ENOENT') });
});

it('a stopped daemon is neither killed nor doubled, and named', async () => {
  const directory = daemonDirectory();
  const { discovery } = await launch(directory);
  process.kill(discovery.pid, 'SIGSTOP');
  try {
    await expect(launch(directory, '', 100)).rejects.toMatchObject({
      code: 'daemon-silent',
      message: expect.stringContaining(`process ${discovery.pid}`),
    });
    expect(readDiscovery(directory)).toEqual(discovery);
  } finally {
    process.kill(discovery.pid, 'SIGCONT');
  }
  expect((await launch(directory)).discovery).toEqual(discovery);
});

it('a stranger who holds the port of a dead daemon does not stand in the way', async () => {
  const directory = daemonDirectory();
  const stranger = createServer(() => undefined);
  const port = await new Promise<number>((resolve) =>
    stranger.listen(0, '127.0.0.1', () => resolve((stranger.address() as { port: number }).port)),
  );
  const dead = { pid: 1, instance: 'dead', port, token: 'x', protocol: 1, version: '0', root: directory, startedAt: 0 };
  writeDiscovery(directory, dead);
  const launched = await launch(directory);
  stranger.close();
  expect(launched.kind).toBe('started');
});
