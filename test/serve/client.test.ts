import { chmodSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { protocolVersion } from '../../daemon/protocol/wire/messages.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import { readDiscovery, removeDiscovery, writeDiscovery } from '../../daemon/serve/discovery.ts';
import type { HubHandlers } from '../../daemon/serve/hub.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { sampleStanding } from './sampleView.ts';
import { startedHub } from './startedHub.ts';

const discovery = {
  pid: 1,
  instance: 'one',
  port: 1,
  token: 'token',
  protocol: protocolVersion,
  version: '0',
  root: '/workspace',
  startedAt: 0,
};

it('a client has the view when it is connected, and follows it', async () => {
  const { directory, change, view, hub } = await startedHub();
  const client = await connectClient(directory);
  expect(client.view).toEqual(view());
  const seen = new Promise((resolve) => client.onView(resolve));
  change({ standing: sampleStanding(7) });
  expect(await seen).toEqual(view());
  expect(client.stale()).toBe(false);
  expect((await client.request('ping', {})).now).toBeGreaterThan(0);
  await hub.close();
  expect(await client.closed).toBe('the daemon is stopping');
  expect(client.stale()).toBe(true);
  await expect(client.request('ping', {})).rejects.toMatchObject({ code: 'disconnected' });
});

it('who asks for one page after the other gets them all, however fast', async () => {
  const { directory } = await startedHub(
    { limits: { requestsPerSecond: 10 } },
    { request: (() => ({ entries: [] })) as unknown as HubHandlers['request'] },
  );
  const client = await connectClient(directory, { follow: false });
  const page = { rollout: null, before: null, limit: 1 };
  const pages = await Promise.all(Array.from({ length: 25 }, () => client.request('journal', page)));
  expect(pages).toEqual(pages.map(() => ({ entries: [] })));
  await client.close();
});

it('without a daemon, or with a dead one’s file, it says what to do', async () => {
  const directory = temporaryDirectory();
  const refusal = { name: 'UserError', code: 'no-daemon', message: expect.stringContaining('`rampwatch start`') };
  await expect(connectClient(directory)).rejects.toMatchObject(refusal);
  writeDiscovery(directory, discovery);
  await expect(connectClient(directory)).rejects.toMatchObject(refusal);
  writeFileSync(join(directory, 'daemon.json'), '{ torn', { mode: 0o600 });
  await expect(connectClient(directory)).rejects.toMatchObject(refusal);
});

it('it waits for a daemon that is on its way', async () => {
  const { directory } = await startedHub();
  const [file, hidden] = [join(directory, 'daemon.json'), join(directory, 'hidden')];
  renameSync(file, hidden);
  const connecting = connectClient(directory, { waitFor: 20_000 });
  renameSync(hidden, file);
  await (await connecting).close();
});

it('a daemon of another protocol is refused with the remedy', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.send(JSON.stringify({ type: 'hello', protocol: protocolVersion + 1, version: '9', epoch: 'e', seq: 0 }));
  });
  const directory = temporaryDirectory();
  const { port } = server.address() as AddressInfo;
  writeDiscovery(directory, { ...discovery, port, protocol: protocolVersion + 1 });
  await expect(connectClient(directory)).rejects.toMatchObject({
    code: 'protocol-mismatch',
    message: expect.stringContaining('update this client'),
  });
  server.close();
});

it('the discovery file is written whole and private, and removed by its own writer only', () => {
  const directory = temporaryDirectory();
  writeDiscovery(directory, discovery);
  writeDiscovery(directory, { ...discovery, instance: 'two' });
  expect(readdirSync(directory)).toEqual(['daemon.json']);
  expect(statSync(join(directory, 'daemon.json')).mode & 0o777).toBe(0o600);
  removeDiscovery(directory, 'one');
  expect(readDiscovery(directory)?.instance).toBe('two');
  removeDiscovery(directory, 'two');
  expect(readDiscovery(directory)).toBeNull();
});

it('a discovery file that another could have written is not believed', () => {
  const directory = temporaryDirectory();
  writeDiscovery(directory, discovery);
  const file = join(directory, 'daemon.json');
  chmodSync(file, 0o644);
  expect(() => readDiscovery(directory)).toThrow(/daemon\.json is open to other users; remove it/);
  renameSync(file, join(directory, 'elsewhere'));
  symlinkSync(join(directory, 'elsewhere'), file);
  expect(() => readDiscovery(directory)).toThrow(/is a symbolic link/);
});

it('a discovery file that cannot be written is one clear line', () => {
  const missing = join(temporaryDirectory(), 'missing');
  expect(() => writeDiscovery(missing, discovery)).toThrow(/cannot write .*daemon\.json \(ENOENT\)/);
});

it('a program on the port of a dead daemon gets neither the token nor a request that it could turn around', async () => {
  const { directory, discovery: alive, hub } = await startedHub();
  await hub.close();
  const received: string[] = [];
  const thief = createServer((request, response) => {
    received.push(request.rawHeaders.join('\n'));
    // The nearest lie: an answer in the form of the daemon's, made without the token.
    response.writeHead(401, { 'WWW-Authenticate': `Rampwatch nonce="1.x.y", proof="${'A'.repeat(43)}"` }).end();
  });
  thief.on('upgrade', (request, socket) => {
    received.push(request.rawHeaders.join('\n'));
    socket.destroy();
  });
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void thief.close());
  writeDiscovery(directory, { ...alive, port: (thief.address() as AddressInfo).port });
  await expect(connectClient(directory)).rejects.toMatchObject({
    code: 'no-daemon',
    message: expect.stringContaining('another program listens'),
  });
  expect(received).toHaveLength(1);
  expect(received.join()).not.toContain(alive.token);
  expect(received.join()).not.toMatch(/authorization/i);
});
