import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../../daemon/flag/target.ts';
import type { Flag } from '../../../daemon/protocol/domain/flagKinds.ts';
import { type FlagServer, type SeenRequest, ServedFlag, startFlagServer } from '../../support/flagServer.ts';
import { approveFlag, groundedFlag, placed, unapprovedFlag } from '../../support/remoteFlag.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const token = 'tok-3f9a77c1b2d84e60';
const environment = { FLAGS_TOKEN: token };
const half: Wanted = { enabled: true, percent: 50 };
const off: Wanted = { enabled: false, percent: 0 };
const forward = { direction: 'forward' } as const;
const back = { direction: 'back' } as const;

type Http = Extract<Flag, { http: unknown }>['http'];

function flagAt(url: string, other: Partial<Http> = {}): Flag {
  const address = `${url}/flags/new-upload`;
  return {
    http: {
      headers: { Authorization: `Bearer ${placed('env:FLAGS_TOKEN')}` },
      set: { method: 'PUT', url: address, body: { enabled: placed('enabled'), percent: placed('percent') } },
      get: { url: address, read: { '/enabled': placed('enabled'), '/percent': placed('percent') } },
      ...other,
    },
  };
}

function targetWith(flag: Flag, given: NodeJS.ProcessEnv = environment) {
  return groundedFlag(flag, given);
}

async function served(
  finished: (clean: () => Promise<void>) => void,
): Promise<{ server: FlagServer; flag: ServedFlag }> {
  const flag = new ServedFlag(token);
  return { server: await startFlagServer(flag.answer, finished), flag };
}

const methods = (seen: readonly SeenRequest[]) => seen.map(({ method }) => method);

describe('a flag behind HTTP', () => {
  it('is set to absolute values and read back', async ({ onTestFinished }) => {
    const { server, flag } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    expect(await target.set(half, forward)).toEqual({ kind: 'verified' });
    expect(flag.value).toEqual({ enabled: true, percent: 50 });
    expect(methods(server.seen)).toEqual(['GET', 'PUT', 'GET']);
    expect(target.lastSeen).toMatchObject({
      values: { '/enabled': 'true', '/percent': '50' },
      reading: { kind: 'exposing', percent: 50 },
    });
    expect(target.deed?.(half)).toBe(`PUT ${server.url}/flags/new-upload → 50 %`);
    // A second time there is nothing to send.
    expect(await target.set(half, forward)).toEqual({ kind: 'verified' });
    expect(methods(server.seen)).toEqual(['GET', 'PUT', 'GET', 'GET']);
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
    expect(target.lastSeen?.reading.kind).toBe('off');
  });

  it('is not reached before a person approved exactly its content', async ({ onTestFinished }) => {
    const { server } = await served(onTestFinished);
    const directory = temporaryDirectory();
    const target = unapprovedFlag(flagAt(server.url), environment, directory);
    expect(target.obstacle?.()).toMatch(/was not approved on this machine: `rampwatch approve`/);
    expect(await target.set(half, forward)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/not approved/),
    });
    expect(await target.look()).toMatchObject({ fault: expect.stringMatching(/not approved/) });
    expect(server.seen).toEqual([]);
    approveFlag(directory, target);
    expect(target.obstacle?.()).toBeNull();
    const others: Partial<Http>[] = [
      { set: { method: 'PUT', url: `${server.url}/flags/other`, body: { percent: placed('percent') } } },
      { headers: { Authorization: placed('env:OTHER_TOKEN') } },
      { get: { url: `${server.url}/flags/new-upload`, read: { '/percent': placed('rest') } } },
      { expect: [201] },
    ];
    for (const other of others) {
      const changed = unapprovedFlag(flagAt(server.url, other), environment, directory);
      expect(changed.obstacle?.(), JSON.stringify(other)).toMatch(/not approved/);
    }
  });

  it('says at once that it is down, goes no further forward, and tells the way by hand on the way back', async ({
    onTestFinished,
  }) => {
    const { server, flag } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    await server.down();
    expect(await target.set(half, forward)).toEqual({
      kind: 'failed',
      detail: expect.stringMatching(/^127\.0\.0\.1:\d+ refuses the connection \(ECONNREFUSED\)$/),
    });
    const report = await target.set(off, back);
    expect(report).toMatchObject({ kind: 'failed' });
    expect('detail' in report ? report.detail : '').toMatch(
      /ECONNREFUSED.*; by hand: curl -X PUT -H 'content-type: application\/json' -H 'Authorization: Bearer '"\$FLAGS_TOKEN" --data '\{"enabled":false,"percent":0\}' http:/,
    );
    flag.value = { enabled: true, percent: 50 };
    await server.up();
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
  });

  it('sends a PUT on the way back without a reading first, and believes only a reading', async ({ onTestFinished }) => {
    const { server, flag } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    flag.value = { enabled: true, percent: 50 };
    // The connection is cut after the flag was set: a reading shows that it arrived.
    server.answer((request) => {
      const answer = flag.answer(request);
      return request.method === 'PUT' ? 'cut' : answer;
    });
    expect(await target.set(off, back)).toEqual({ kind: 'verified' });
    expect(methods(server.seen)).toEqual(['PUT', 'GET']);
    // The system says 200 and sets nothing.
    flag.value = { enabled: true, percent: 50 };
    server.answer((request) => (request.method === 'PUT' ? { status: 200, body: {} } : flag.answer(request)));
    expect(await target.set(off, back)).toMatchObject({
      kind: 'written',
      detail: expect.stringMatching(/says \/enabled=true, \/percent=50: another program writes it too/),
    });
  });

  it('sends a POST again only after a reading showed that it has not arrived', async ({ onTestFinished }) => {
    const flag = new ServedFlag(token);
    const server = await startFlagServer(flag.answer, onTestFinished);
    const post = flagAt(server.url);
    if (!('http' in post)) throw new Error('no http');
    const { target } = targetWith({ http: { ...post.http, set: { ...post.http.set, method: 'POST' } } });
    flag.value = { enabled: true, percent: 50 };
    let isDown = true;
    server.answer((request) => {
      if (request.method === 'POST') return 'cut';
      return isDown ? { status: 503 } : flag.answer(request);
    });
    await target.set(off, back);
    await target.set(off, back);
    await target.set(off, back);
    expect(methods(server.seen).filter((method) => method === 'POST')).toHaveLength(1);
    expect(await target.set(off, back)).toMatchObject({ detail: expect.stringMatching(/may not be sent twice/) });
    isDown = false;
    await target.set(off, back);
    expect(methods(server.seen).filter((method) => method === 'POST')).toHaveLength(2);
  });

  it('follows no redirect to another host, and sends the credential nowhere else', async ({ onTestFinished }) => {
    const other = await startFlagServer(() => ({ status: 200, body: { enabled: false, percent: 0 } }), onTestFinished);
    const { server } = await served(onTestFinished);
    for (const status of [301, 302, 303, 307, 308]) {
      server.answer(() => ({ status, headers: { location: `${other.url}/flags/new-upload` } }));
      const { target } = targetWith(flagAt(server.url));
      const seen = await target.look();
      expect(seen.fault).toMatch(/redirects to http:\/\/127.*credentials are not sent on/);
      expect(await target.set(off, back)).toMatchObject({ kind: 'failed' });
    }
    expect(other.seen).toEqual([]);
    // On the same host a reading is followed, and a write only where it stays a write.
    const flag = new ServedFlag(token);
    server.answer((request) =>
      request.path.startsWith('/moved') ? flag.answer(request) : { status: 307, headers: { location: '/moved' } },
    );
    expect(await targetWith(flagAt(server.url)).target.set(half, forward)).toEqual({ kind: 'verified' });
    server.answer((request) =>
      request.method === 'PUT' ? { status: 302, headers: { location: '/moved' } } : flag.answer(request),
    );
    expect(await targetWith(flagAt(server.url)).target.set(off, back)).toMatchObject({
      detail: expect.stringMatching(/answers PUT with a redirect \(302\)/),
    });
  });

  it('gives up an answer that does not come, or is too long, or is none', async ({ onTestFinished }) => {
    const { server } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url, { timeout: 300 as never }));
    const faults: [Parameters<FlagServer['answer']>[0], RegExp][] = [
      [() => 'silent', /does not answer within 300 ms/],
      [() => ({ status: 200, body: 'x'.repeat(5 * 1024 * 1024) }), /answers more than 4 MiB/],
      [() => ({ status: 200, body: '<html>' }), /answers something that is not JSON/],
      [() => ({ status: 200, body: '' }), /answers nothing/],
      [() => ({ status: 500, body: 'oh no' }), /answers GET with 500: oh no/],
      [() => ({ status: 401 }), /answers GET with 401 \(the credential is not accepted\)/],
      [() => ({ status: 404 }), /404 \(no such flag there\)/],
      [() => 'cut', /cut the connection/],
    ];
    for (const [answer, said] of faults) {
      server.answer(answer);
      expect((await target.look()).fault).toMatch(said);
    }
    server.answer(() => ({ status: 200, body: '\uFEFF{"enabled":true,"percent":50}' }));
    expect(await target.look()).toMatchObject({ reading: { kind: 'exposing', percent: 50 } });
    // An answer without the place says nothing of it, and is not taken for off.
    server.answer(() => ({ status: 200, body: { enabled: true } }));
    expect(await target.look()).toMatchObject({
      values: { '/percent': null },
      reading: { kind: 'exposing', percent: null },
    });
  });

  it('leaves a hanging move forward when a rollback waits', async ({ onTestFinished }) => {
    const { server } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    server.answer(() => 'silent');
    const interrupt = new AbortController();
    const moving = target.set(half, { ...forward, signal: interrupt.signal });
    interrupt.abort();
    expect(await moving).toMatchObject({ kind: 'failed', detail: expect.stringMatching(/something more urgent/) });
    // The same when it is the write that hangs.
    const flag = new ServedFlag(token);
    const writing = new AbortController();
    server.answer((request) => {
      if (request.method !== 'PUT') return flag.answer(request);
      writing.abort();
      return 'silent';
    });
    expect(await target.set(half, { ...forward, signal: writing.signal })).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/something more urgent/),
    });
  });

  it('does not take an answer from before a write for a drift', async ({ onTestFinished }) => {
    const { server, flag } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    await target.look();
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The answer to this look is made before the write, and waits on the way until after it.
    server.answer(async (request) => {
      const answer = flag.answer(request);
      server.answer(flag.answer);
      isAsked();
      await released;
      return answer;
    });
    const looking = target.look();
    await asked;
    await target.set(half, forward);
    release();
    await looking;
    expect(flag.value.percent).toBe(50);
    expect(target.lastSeen?.values).toEqual({ '/enabled': 'true', '/percent': '50' });
  });
});

describe('the credential of a flag', () => {
  it('comes from the environment or from a file that nobody else may read', async ({ onTestFinished }) => {
    const { server } = await served(onTestFinished);
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'keys'));
    const file = join(folder, 'keys', 'token');
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    const headers = { Authorization: `Bearer ${placed(`file:${file}`)}` };
    expect(await targetWith(flagAt(server.url, { headers }), {}).target.set(half, forward)).toEqual({
      kind: 'verified',
    });
    chmodSync(file, 0o640);
    const read = async (flag: Flag, given: NodeJS.ProcessEnv = {}) =>
      (await targetWith(flag, given).target.look()).fault;
    expect(await read(flagAt(server.url, { headers }))).toMatch(/others may read .*token.*chmod 600/);
    expect(await read(flagAt(server.url))).toMatch(
      /the credential FLAGS_TOKEN is missing: set that variable where .*, or store it in the editor/,
    );
    expect(await read(flagAt(server.url), { FLAGS_TOKEN: 'a\r\nHost: other' })).toMatch(/more than one line/);
  });

  it('is in nothing that people are told, even when the system says it back', async ({ onTestFinished }) => {
    const { server } = await served(onTestFinished);
    const { target } = targetWith(flagAt(server.url));
    const told: string[] = [];
    const echoes = [token, encodeURIComponent(token), Buffer.from(token).toString('base64'), `Bearer ${token}`];
    for (const echo of echoes) {
      for (const status of [200, 401]) {
        server.answer(() => ({ status, body: { enabled: echo, percent: echo, error: `bad token ${echo}` } }));
        told.push(JSON.stringify([await target.look(), await target.set(off, back), await target.set(half, forward)]));
      }
      server.answer(() => ({
        status: 302,
        headers: { location: `http://${echo.replaceAll(/[^a-z0-9-]/gi, '')}.example/${echo}` },
      }));
      told.push(JSON.stringify([await target.look(), await target.set(off, back)]));
    }
    told.push(JSON.stringify(target.approvables?.()), JSON.stringify(target.describe(half)));
    for (const text of told) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(Buffer.from(token).toString('base64').replace(/=+$/, ''));
    }
  });
});
