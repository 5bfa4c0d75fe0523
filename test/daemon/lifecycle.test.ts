import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { type DaemonProcess, type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

const started = z.object({ kind: z.string(), pid: z.number() });

describe.concurrent('the daemon’s life', () => {
  it('refuses a port that is in use', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const [plain, json] = [
      await workspace.run('watch', '--port', port),
      await workspace.run('watch', '--port', port, '--json'),
    ];
    expect(complaint(plain)).toBe(
      `port ${port} on 127.0.0.1 is in use; stop what uses it, or choose another port or none`,
    );
    expect(complaintDocument(json).code).toBe('port-busy');
  });

  it('is one: a second in the foreground is refused, a second start joins', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const [one, other] = await Promise.all([workspace.run('start', '--json'), workspace.run('start', '--json')]);
    const [first, second] = [one, other].map(({ stdout }) => started.parse(JSON.parse(stdout)));
    expect(second?.pid).toBe(first?.pid);
    expect(complaint(await workspace.run('watch'))).toMatch(
      /^another Rampwatch daemon watches this folder \(process \d+\); .*rampwatch stop/,
    );
    expect((await workspace.run('start')).stdout).toBe(`The daemon already runs (pid ${first?.pid}).\n`);
    expect((await workspace.run('stop')).stdout).toBe('The daemon has ended.\n');
    expect((await workspace.run('stop')).stdout).toBe('No daemon runs for this folder.\n');
  });

  it('is not stopped while users are exposed, unless by force', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a drill');
    expect(complaint(await workspace.run('stop'))).toBe(
      'uploads exposes users in stage half: without the daemon no trigger can roll it back. End it all the same, in a script too, with `rampwatch stop --force`; `rampwatch rollback` takes the users off first.',
    );
    expect(complaintDocument(await workspace.run('stop', '--json')).code).toBe('daemon-needed');
    expect(await workspace.run('stop', '--force')).toMatchObject({ code: 0, stdout: 'The daemon has ended.\n' });
  });

  it('is not stopped while a rollback is not finished, and says that', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a drill');
    rmSync(join(workspace.folder, '.env'));
    mkdirSync(join(workspace.folder, '.env'));
    expect((await workspace.run('rollback')).code).toBe(1);
    expect(complaint(await workspace.run('stop'))).toBe(
      'the rollback of uploads from stage half is not finished: without the daemon nobody finishes it. End it all the same, in a script too, with `rampwatch stop --force`; `rampwatch rollback` takes the users off first.',
    );
  });

  it('killed, is said to be gone to who follows, and is started again by who asks', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const { pid } = started.parse(JSON.parse((await workspace.run('start', '--json')).stdout));
    const following = workspace.start('status', '--follow');
    await following.shows('Not begun.');
    process.kill(pid, 'SIGKILL');
    expect(await following.ended).toBe(1);
    expect(following.output).toMatch(/\nrampwatch: the daemon is gone .*`rampwatch start` starts it\n$/);
    const asked = await workspace.run('status');
    expect(asked.code).toBe(0);
    expect(readDiscovery(workspace.directory)?.pid).not.toBe(pid);
  });

  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly by %s', async (signal, { onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();
    daemon.child.kill(signal);
    expect(await daemon.ended).toBe(0);
    expect(await client.closed).toContain('stopping');
    expect(readDiscovery(workspace.directory)).toBeNull();
    expect((await workspace.run('logs')).stdout).toMatch(/ended\n$/);
  });

  it('ends by itself when nobody needs it, and not while an attempt is under way', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const idle = workspace.startDaemon('--idle', '1s');
    expect(await idle.ended).toBe(0);
    expect((await workspace.run('logs')).stdout).toContain('no client and nobody exposed: ending');

    const { needed, client } = await connectedInTime(workspace);
    // Who is connected keeps it while the command comes.
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    await client.close();
    const clock = (): string => readFileSync(join(workspace.directory, 'store', 'state.sqlite-wal')).toString('base64');
    // The daemon stores its clock each second: it has lived on for several idle times without a client.
    for (let second = 0; second < 4; second += 1) {
      const before = clock();
      await until(() => clock() !== before);
    }
    expect(needed.child.exitCode).toBeNull();
  });

  it('in the foreground says what it leaves behind', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const watching = workspace.run('watch');
    const client = await workspace.connect();
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a drill');
    process.kill(client.discovery.pid, 'SIGINT');
    const { code, stdout, stderr } = await watching;
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'rampwatch: uploads is left at 50 %: no trigger rolls it back until `rampwatch start`\n',
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.every((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z uploads /.test(line))).toBe(true);
  });
});

/** A daemon that ends after an idle second may have ended before a busy machine has connected: then another one. */
async function connectedInTime(workspace: TestWorkspace): Promise<{ needed: DaemonProcess; client: Client }> {
  for (;;) {
    const needed = workspace.startDaemon('--idle', '1s');
    while (needed.child.exitCode === null) {
      const client = await connectClient(workspace.directory).catch(() => null);
      if (client !== null) return { needed, client };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
