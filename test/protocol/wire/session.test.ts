import { expect, it } from 'vitest';
import { protocolVersion } from '../../../daemon/protocol/wire/messages.ts';
import { firstReconnect, nextReconnect } from '../../../daemon/protocol/wire/reconnect.ts';
import { Session, type SessionEvent } from '../../../daemon/protocol/wire/session.ts';

/** A session on a wire that only records. */
function wired(options: { subscribe?: boolean; protocol?: number } = {}) {
  const clock = { now: 0 };
  const sent: { id: number; method: string; params: unknown }[] = [];
  const closes: number[] = [];
  const events: SessionEvent[] = [];
  const session = new Session({ now: () => clock.now, subscribe: options.subscribe ?? true });
  session.listen((event) => events.push(event));
  const open = () => session.open({ send: (text) => sent.push(JSON.parse(text)), close: (code) => closes.push(code) });
  const hello = { type: 'hello', protocol: options.protocol ?? protocolVersion, version: '9.9.9', epoch: 'e', seq: 0 };
  return { session, clock, sent, closes, events, open, hello };
}

const snapshot = { type: 'snapshot', epoch: 'e', seq: 3, view: { root: '/w', rollouts: [] } };

it('a session is live only once it has the view', () => {
  const { session, sent, open, hello } = wired();
  const connection = open();
  expect(session.link.kind).toBe('greeting');
  connection.receive(JSON.stringify(hello));
  expect(session.link.kind).toBe('catching-up');
  expect(sent).toEqual([{ id: 1, method: 'subscribe', params: { epoch: null, since: 0 } }]);
  connection.receive(JSON.stringify({ type: 'answer', id: 1, result: { kind: 'snapshot', seq: 3 } }));
  expect(session.link.kind).toBe('catching-up');
  connection.receive(JSON.stringify(snapshot));
  expect(session.link).toEqual({ kind: 'live', version: '9.9.9' });
  connection.closed('gone');
  expect(session.link).toEqual({ kind: 'disconnected', reason: 'gone' });
  expect(session.view).toEqual(snapshot.view);
  open().receive(JSON.stringify(hello));
  expect(sent.at(-1)?.params).toEqual({ epoch: 'e', since: 3 });
});

it('requests that wait are rejected when the connection ends, with the stack of the one who asked', async () => {
  const { session, open, hello } = wired({ subscribe: false });
  await expect(session.request('ping', {})).rejects.toMatchObject({ code: 'disconnected' });
  const connection = open();
  connection.receive(JSON.stringify(hello));
  const whoAskedForIt = () => session.request('ping', {});
  const asked = whoAskedForIt();
  connection.closed('killed');
  const error = await asked.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'disconnected', message: 'the connection to the daemon ended: killed' });
  expect((error as Error).stack).toMatch(/^UserError: the connection to the daemon ended: killed\n.*whoAskedForIt/s);
});

it('answers find their requests, whatever their order; refusals keep their code', async () => {
  const { session, sent, open, hello } = wired({ subscribe: false });
  const connection = open();
  connection.receive(JSON.stringify(hello));
  const first = session.request('ping', {});
  const second = session.request('shutdown', { force: false });
  const third = session.request('ping', {});
  const [a, b, c] = sent.map(({ id }) => id);
  connection.receive(JSON.stringify({ type: 'error', id: c, error: { code: 'rate-limited', message: 'slow down' } }));
  connection.receive(JSON.stringify({ type: 'answer', id: b, result: { kind: 'stopping' } }));
  connection.receive(JSON.stringify({ type: 'answer', id: a, result: { now: 'not a number' } }));
  connection.receive(JSON.stringify({ type: 'answer', id: 999, result: {} }));
  await expect(second).resolves.toEqual({ kind: 'stopping' });
  await expect(third).rejects.toMatchObject({ code: 'rate-limited', message: 'slow down' });
  await expect(first).rejects.toMatchObject({ code: 'bad-answer' });
});

it.each([
  { protocol: protocolVersion - 1, remedy: 'rampwatch stop' },
  { protocol: protocolVersion + 1, remedy: 'update this client' },
])('a daemon of protocol $protocol is refused: $remedy', async ({ protocol, remedy }) => {
  const { session, closes, sent, open, hello } = wired({ protocol });
  const connection = open();
  connection.receive(JSON.stringify(hello));
  expect(session.link).toMatchObject({ kind: 'incompatible', message: expect.stringContaining(remedy) });
  expect(closes).toEqual([4003]);
  expect(sent).toEqual([]);
  await expect(session.request('ping', {})).rejects.toMatchObject({ message: expect.stringContaining(remedy) });
  connection.closed('');
  expect(session.link.kind).toBe('incompatible');
});

it.each(['', 'x', '[]', '{"type":"surprise"}', '{"type":"delta","epoch":"e","seq":1.5,"rollout":"r","parts":{}}'])(
  'a message that is none ends the connection: %s',
  (text) => {
    const { closes, open, hello } = wired();
    const connection = open();
    connection.receive(JSON.stringify(hello));
    connection.receive(text);
    expect(closes).toEqual([4002]);
  },
);

it('a delta that is known already is dropped; one that is ahead, or of an unknown rollout, asks for a snapshot', () => {
  const { session, sent, events, open, hello } = wired();
  const connection = open();
  const follow = (id: number) => {
    connection.receive(JSON.stringify({ type: 'answer', id, result: { kind: 'snapshot', seq: 3 } }));
    connection.receive(JSON.stringify({ ...snapshot, view: { root: '/w', rollouts: [{ rollout: 'one' }] } }));
  };
  const delta = (seq: number, rollout = 'one') =>
    connection.receive(JSON.stringify({ type: 'delta', epoch: 'e', seq, rollout, parts: { flag: { seq } } }));
  connection.receive(JSON.stringify(hello));
  follow(1);
  const before = events.length;
  delta(2);
  delta(3);
  expect({ events: events.length, requests: sent.length }).toEqual({ events: before, requests: 1 });
  delta(4);
  expect(events.at(-1)).toMatchObject({ kind: 'view', changed: { rollout: 'one', parts: ['flag'] } });
  expect(session.view).toEqual({ root: '/w', rollouts: [{ rollout: 'one', flag: { seq: 4 } }] });
  delta(6);
  expect(sent.at(-1)).toEqual({ id: 2, method: 'subscribe', params: { epoch: null, since: 0 } });
  expect(session.link.kind).toBe('catching-up');
  delta(7);
  expect(sent).toHaveLength(2);
  follow(2);
  expect(session.link.kind).toBe('live');
  delta(4, 'two');
  expect(sent).toHaveLength(3);
});

it('nothing is believed before hello', () => {
  const { session, closes, open } = wired();
  open().receive(JSON.stringify(snapshot));
  expect(closes).toEqual([4002]);
  expect(session.view).toBeNull();
});

it('silence for more than five seconds is stale, and any message ends it', () => {
  const { session, clock, open, hello } = wired({ subscribe: false });
  expect(session.stale()).toBe(true);
  const connection = open();
  connection.receive(JSON.stringify(hello));
  clock.now = 5000;
  expect(session.stale()).toBe(false);
  clock.now = 5001;
  expect(session.stale()).toBe(true);
  expect(session.silence()).toBe(5001);
  connection.receive(JSON.stringify({ type: 'heartbeat', epoch: 'e', seq: 0, now: 0 }));
  expect(session.stale()).toBe(false);
  connection.closed('gone');
  expect(session.stale()).toBe(true);
});

it('an older connection is deaf once a newer one was opened', () => {
  const { session, events, open, hello } = wired({ subscribe: false });
  const old = open();
  const young = open();
  const before = events.length;
  old.receive(JSON.stringify(hello));
  old.closed('late news');
  expect(events).toHaveLength(before);
  young.receive(JSON.stringify(hello));
  expect(session.link.kind).toBe('live');
});

it('waits grow to ten seconds with jitter, and a stable connection resets them', () => {
  let state = firstReconnect;
  const longest: number[] = [];
  for (let loss = 0; loss < 9; loss += 1) {
    const low = nextReconnect(state, 0, 0).wait;
    const next = nextReconnect(state, 0, 0.999_999);
    expect(low).toBe(next.wait / 2);
    longest.push(next.wait);
    state = next.state;
  }
  expect(longest).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  expect(nextReconnect(state, 9_999, 0).wait).toBe(5000);
  expect(nextReconnect(state, 10_000, 0).wait).toBe(100);
  expect(nextReconnect({ failures: 5000 }, 0, 0).wait).toBe(5000);
});
