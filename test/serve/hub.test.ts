import { chmodSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { protocolVersion } from '../../daemon/protocol/wire/messages.ts';
import { connectClient } from '../../daemon/serve/client.ts';
import type { HubHandlers } from '../../daemon/serve/hub.ts';
import { sampleJournal, sampleStanding } from './sampleView.ts';
import { BareClient, startedHub } from './startedHub.ts';

const rollback = { rollout: 'one', key: 'key-12345', by: 'me', command: { kind: 'rollback' } };
const done = { kind: 'done', revision: 1, message: 'done' } as const;
const answering = (answer: (method: string) => unknown): Partial<HubHandlers> => ({
  request: ((method: string) => answer(method)) as HubHandlers['request'],
});

it('hello comes first; state only after subscribing, in numbered parts', async () => {
  const { hub, discovery, change, view } = await startedHub();
  const idle = await new BareClient(discovery).greeted();
  const client = await new BareClient(discovery).greeted();
  expect(client.messages).toEqual([
    { type: 'hello', protocol: protocolVersion, version: '1.2.3', epoch: hub.instance, seq: 0 },
  ]);
  client.ask(1, 'subscribe', { epoch: null, since: 0 });
  await client.next(({ type }) => type === 'snapshot');
  change({ standing: sampleStanding(1) });
  change({ standing: sampleStanding(2), journal: sampleJournal(1, 'x') });
  hub.publish('one', {});
  hub.publishSnapshot();
  await client.next(({ seq, type }) => type === 'snapshot' && seq === 3);
  expect(client.messages.slice(1)).toEqual([
    { type: 'answer', id: 1, result: { kind: 'snapshot', seq: 0 } },
    expect.objectContaining({ type: 'snapshot', seq: 0 }),
    { type: 'delta', epoch: hub.instance, seq: 1, rollout: 'one', parts: { standing: sampleStanding(1) } },
    expect.objectContaining({ type: 'delta', seq: 2 }),
    { type: 'snapshot', epoch: hub.instance, seq: 3, view: view() },
  ]);
  idle.ask(1, 'ping', {});
  await idle.answerTo(1);
  expect(idle.messages.map(({ type }) => type)).toEqual(['hello', 'answer']);
});

it('a client that comes back gets what it missed, or a snapshot when that is too much', async () => {
  const { hub, discovery, change } = await startedHub({ limits: { messages: 3 } });
  for (let count = 1; count <= 5; count += 1) change({ standing: sampleStanding(count) });
  const resumed = async (since: number, epoch: string = hub.instance) => {
    const client = await new BareClient(discovery).greeted();
    client.ask(1, 'subscribe', { epoch, since });
    client.ask(2, 'ping', {});
    await client.answerTo(2);
    const [, answer, ...rest] = client.messages;
    return { answer: answer?.result, rest: rest.slice(0, -1).map(({ type, seq }) => `${type} ${seq}`) };
  };
  expect(await resumed(5)).toEqual({ answer: { kind: 'current', seq: 5 }, rest: [] });
  expect(await resumed(2)).toEqual({ answer: { kind: 'replay', seq: 5 }, rest: ['delta 3', 'delta 4', 'delta 5'] });
  expect(await resumed(1)).toEqual({ answer: { kind: 'snapshot', seq: 5 }, rest: ['snapshot 5'] });
  expect(await resumed(5, 'another life')).toEqual({ answer: { kind: 'snapshot', seq: 5 }, rest: ['snapshot 5'] });
});

it('requests are checked, and refused with a code and one line', async () => {
  const { discovery, log } = await startedHub(
    {},
    answering((method) => {
      if (method === 'command') throw new UserError('unknown-rollout', 'there is no rollout one; there is two');
      if (method === 'shutdown') throw new TypeError('a defect');
      return Promise.resolve(done);
    }),
  );
  const client = await new BareClient(discovery).greeted();
  const refusal = async (id: number) => (await client.answerTo(id)).error;
  client.socket.send('{');
  expect(await client.next((message) => message.id === null)).toMatchObject({ error: { code: 'bad-request' } });
  client.ask(1, 'unknown', {});
  expect(await refusal(1)).toMatchObject({ code: 'bad-request' });
  client.ask(2, 'command', { ...rollback, key: 'short' });
  expect(await refusal(2)).toMatchObject({ code: 'bad-request', message: expect.stringContaining('key') });
  client.ask(3, 'command', { ...rollback, command: { kind: 'rollback', force: true } });
  expect(await refusal(3)).toMatchObject({ code: 'bad-request' });
  client.ask(4, 'command', rollback);
  expect(await refusal(4)).toEqual({ code: 'unknown-rollout', message: 'there is no rollout one; there is two' });
  client.ask(5, 'shutdown', { force: false });
  expect(await refusal(5)).toEqual({ code: 'internal', message: 'the daemon could not answer shutdown: see its log' });
  expect(log.some((line) => line.includes('TypeError: a defect'))).toBe(true);
  client.ask(6, 'tick', { rollout: 'one', key: 'key-12345', by: 'me', item: 'a', ticked: true });
  expect(await client.answerTo(6)).toEqual({ type: 'answer', id: 6, result: done });
});

it('more than twenty requests at once are refused, a rollback never', async () => {
  const { discovery } = await startedHub(
    {},
    answering(() => done),
  );
  const client = await new BareClient(discovery).greeted();
  // More requests than a busy machine is allowed again in the seconds that it takes over them.
  const asked = 900;
  for (let id = 1; id <= asked; id += 1) {
    if (id % 3 === 0) client.ask(id, 'command', rollback);
    else client.ask(id, 'ping', {});
  }
  const answers = await Promise.all(Array.from({ length: asked }, (_, index) => client.answerTo(index + 1)));
  const refused = answers.filter(({ type }) => type === 'error');
  expect(refused.every(({ error }) => (error as { code: string }).code === 'rate-limited')).toBe(true);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ id }) => Number(id) % 3 !== 0)).toBe(true);
});

it('a message over 64 KiB, or of more than 64 fragments, ends the connection', async () => {
  const { discovery, hub } = await startedHub();
  const large = await new BareClient(discovery).greeted();
  large.socket.send('x'.repeat(64 * 1024 + 1));
  expect(await large.closed).toBe(1009);
  const fragmented = await new BareClient(discovery).greeted();
  for (let count = 0; count < 70; count += 1) fragmented.socket.send(' ', { fin: false });
  expect(await fragmented.closed).toBe(1008);
  const good = await new BareClient(discovery).greeted();
  good.ask(1, 'ping', {});
  expect(await good.answerTo(1)).toMatchObject({ type: 'answer' });
  expect(hub.clients).toBe(1);
});

it('the thirty-third client is refused, until one leaves', async () => {
  const counts: number[] = [];
  const { discovery, hub } = await startedHub({}, { idleChanged: (clients) => counts.push(clients) });
  const clients = await Promise.all(Array.from({ length: 32 }, () => new BareClient(discovery).greeted()));
  expect(hub.clients).toBe(32);
  const refused = new BareClient(discovery);
  expect(await refused.closed).toBe(1006);
  expect(refused.messages).toEqual([]);
  const [first] = clients;
  first?.socket.close();
  await first?.closed;
  await expect.poll(() => hub.clients).toBe(31);
  await new BareClient(discovery).greeted();
  expect(counts.at(-1)).toBe(32);
  expect(Math.max(...counts)).toBe(32);
});

it('a client that does not read is dropped, and the others do not notice', async () => {
  const { hub, directory, discovery, change, log } = await startedHub();
  const slow = await new BareClient(discovery).subscribed();
  const healthy = await connectClient(directory);
  slow.socket.pause();
  let seq = 0;
  const flood = async () => {
    while (!log.some((line) => line.includes('does not keep up'))) {
      seq += 1;
      change({ journal: sampleJournal(seq, 'x'.repeat(60_000)) });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await flood();
  slow.socket.resume();
  expect([4001, 1006]).toContain(await slow.closed);
  await expect.poll(() => healthy.view?.rollouts[0]?.journal[0]?.seq).toBe(seq);
  await expect.poll(() => hub.clients).toBe(1);
  const again = await new BareClient(discovery).subscribed();
  expect(again.messages.at(-1)).toMatchObject({ type: 'snapshot', seq });
  await healthy.close();
});

it('a snapshot larger than what a client may leave unread still arrives, with what follows it', async () => {
  const { discovery, change } = await startedHub();
  change({ journal: sampleJournal(1, 'x'.repeat(24_000_000)) });
  const client = await new BareClient(discovery).greeted();
  client.ask(1, 'subscribe', { epoch: null, since: 0 });
  await client.answerTo(1);
  for (let count = 0; count < 20; count += 1) change({ standing: sampleStanding(count) });
  await client.next(({ seq, type }) => type === 'delta' && seq === 21);
});

it('a heartbeat comes by itself', async () => {
  const { discovery, hub } = await startedHub();
  const client = new BareClient(discovery);
  expect(await client.next(({ type }) => type === 'heartbeat')).toMatchObject({ epoch: hub.instance, seq: 0 });
});

it('the discovery file is private, and gone after close unless it is a successor’s', async () => {
  const { hub, directory, discovery } = await startedHub();
  const file = join(directory, 'daemon.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(discovery).toMatchObject({ pid: process.pid, port: hub.port, protocol: protocolVersion, root: '/workspace' });
  expect(Buffer.from(discovery.token, 'base64url')).toHaveLength(32);
  const client = await new BareClient(discovery).greeted();
  await hub.close();
  expect(await client.closed).toBe(1001);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

it('a discovery file that is lost or spoilt while the daemon runs is written again', async () => {
  const { directory } = await startedHub();
  const file = join(directory, 'daemon.json');
  const written = readFileSync(file, 'utf8');
  const spoil = [
    () => rmSync(file),
    () => writeFileSync(file, '{'),
    () => chmodSync(file, 0o644),
    () => {
      rmSync(file);
      symlinkSync('elsewhere', file);
    },
  ];
  for (const act of spoil) {
    act();
    const asWritten = () => {
      const stat = lstatSync(file);
      return { text: readFileSync(file, 'utf8'), mode: stat.mode & 0o777, isFile: stat.isFile() };
    };
    await vi.waitFor(() => expect(asWritten()).toEqual({ text: written, mode: 0o600, isFile: true }), 20_000);
  }
});

it('after close nothing is published and nobody connects', async () => {
  const { hub, directory, change } = await startedHub();
  await hub.close();
  await hub.close();
  change({ standing: sampleStanding(1) });
  hub.publishSnapshot();
  await expect(connectClient(directory)).rejects.toMatchObject({ code: 'no-daemon' });
});

it('a busy port is one clear line', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  );
  await expect(startedHub({ port })).rejects.toMatchObject({
    name: 'UserError',
    code: 'port-busy',
    message: `port ${port} on 127.0.0.1 is in use; stop what uses it, or choose another port or none`,
  });
  other.close();
});
