import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorizationFor } from '../../daemon/protocol/wire/mutualProof.ts';
import { Credentials, sign } from '../../daemon/serve/credentials.ts';
import { judgeUpgrade } from '../../daemon/serve/upgradeGate.ts';
import { type StartedHub, startedHub } from './startedHub.ts';

const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
];

/** Sends exactly these bytes and gives all that came back until the other side closed, or greeted. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (received.includes('hello')) socket.destroy();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}

function request(path: string, headers: readonly string[]): string {
  return `GET ${path} HTTP/1.1\r\n${[...upgrade, ...headers].join('\r\n')}\r\n\r\n`;
}

const origins = ({ port }: StartedHub['hub']): readonly (string | null)[] => [
  null,
  'Origin: null',
  'Origin: https://evil.example',
  `Origin: http://localhost:${port}`,
  `Origin: http://127.0.0.1:${port}`,
  'Origin: vscode-webview://abc',
  'Origin:',
  'Origin: \x01\x7f%%%://[::',
  'oRiGiN: http://localhost',
];
const hosts = ({ port }: StartedHub['hub']): readonly { line: string | null; good: boolean }[] => [
  { line: `Host: 127.0.0.1:${port}`, good: true },
  { line: `Host: localhost:${port}`, good: true },
  { line: `Host: [::1]:${port}`, good: true },
  { line: null, good: false },
  { line: 'Host:', good: false },
  { line: `Host: evil.example:${port}`, good: false },
  { line: `Host: 127.0.0.1.evil.example:${port}`, good: false },
  { line: `Host: 127.0.0.1:${port + 1}`, good: false },
  { line: 'Host: 127.0.0.1', good: false },
  { line: `Host: 0.0.0.0:${port}`, good: false },
  { line: `Host: [::1`, good: false },
  { line: `Host: 127.0.0.1:${port}\r\nHost: evil.example`, good: false },
];
const tokens = (token: string): readonly { line: string | null; good: boolean }[] => [
  { line: `Authorization: Bearer ${token}`, good: true },
  { line: null, good: false },
  { line: 'Authorization:', good: false },
  { line: 'Authorization: Bearer ', good: false },
  { line: `Authorization: Bearer ${token.slice(0, -1)}`, good: false },
  { line: `Authorization: Bearer ${token}x`, good: false },
  { line: `Authorization: Basic ${token}`, good: false },
  { line: `Authorization: Bearer wrong\r\nAuthorization: Bearer ${token}`, good: false },
];

it('of all combinations of Origin, Host and token only ours is let in, and nobody else gets a byte of state', async () => {
  const started = await startedHub({ limits: { clients: 1000 } });
  const { hub, discovery } = started;
  let accepted = 0;
  let combinations = 0;
  const attempts: Promise<void>[] = [];
  for (const origin of origins(hub)) {
    for (const host of hosts(hub)) {
      for (const token of tokens(discovery.token)) {
        combinations += 1;
        const lines = [origin, host.line, token.line].filter((line) => line !== null);
        const expected = origin === null && host.good && token.good;
        attempts.push(
          exchange(hub.port, request('/rampwatch', lines)).then((answer) => {
            if (expected) {
              accepted += 1;
              expect(answer, lines.join(' | ')).toMatch(/^HTTP\/1\.1 101 .*hello/s);
            } else {
              expect(answer, lines.join(' | ')).toMatch(
                /^(HTTP\/1\.1 4\d\d [^\r\n]*\r\n([A-Za-z-]+: [^\r\n]*\r\n)*\r\n)?$/,
              );
              expect(answer).not.toMatch(/hello|epoch|1\.2\.3|workspace/);
            }
          }),
        );
      }
    }
    await Promise.all(attempts.splice(0));
  }
  expect({ combinations, accepted }).toEqual({ combinations: 864, accepted: 3 });
});

it.each(['/', '/rampwatch/', '/rampwatch?token=x', '/RAMPWATCH', '//rampwatch', 'http://127.0.0.1/rampwatch', '*'])(
  'the path %s is not ours',
  async (path) => {
    const { hub, discovery } = await startedHub();
    const headers = [`Host: 127.0.0.1:${hub.port}`, `Authorization: Bearer ${discovery.token}`];
    expect(await exchange(hub.port, request(path, headers))).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(hub.clients).toBe(0);
  },
);

it('plain HTTP is 404 on every path, without a body or a permission for other origins', async () => {
  const { hub, discovery } = await startedHub();
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const headers = `Host: 127.0.0.1:${hub.port}\r\nAuthorization: Bearer ${discovery.token}\r\nConnection: close`;
    const answer = await exchange(hub.port, `${method} /rampwatch HTTP/1.1\r\n${headers}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toMatch(/\r\n\r\n$/);
    expect(answer).not.toMatch(/access-control/i);
  }
});

it('bytes that are no HTTP, and handshakes that are none, harm nobody', async () => {
  const started = await startedHub();
  const { hub, discovery } = started;
  const ours = `Host: 127.0.0.1:${hub.port}\r\nAuthorization: Bearer ${discovery.token}`;
  const attempts = [
    '\x00\x01\x02\r\n\r\n',
    `GET /rampwatch HTTP/1.1\r\n${'X: y\r\n'.repeat(5000)}\r\n`,
    `GET /rampwatch HTTP/1.1\r\n${ours}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    `GET /rampwatch HTTP/1.1\r\n${ours}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    `GET /rampwatch HTTP/1.1\r\n${ours}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n`,
    `POST /rampwatch HTTP/1.1\r\n${ours}\r\n${upgrade.join('\r\n')}\r\n\r\n`,
  ];
  for (const attempt of attempts) expect(await exchange(hub.port, attempt)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
  expect(hub.clients).toBe(0);
  expect(await exchange(hub.port, request('/rampwatch', ours.split('\r\n')))).toContain('hello');
});

it('no header can make the gate throw, and none but the right ones opens it', () => {
  const name = fc.oneof(fc.constantFrom('Origin', 'HOST', 'authorization', 'x'), fc.string({ unit: 'binary' }));
  const value = fc.oneof(fc.constantFrom('127.0.0.1:1', 'Bearer t'), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.string(), (headers, url) => {
      const verdict = judgeUpgrade(
        { method: 'GET', url, rawHeaders: headers.flat() },
        1,
        (sent) => sent === 'Bearer t',
      );
      if (url !== '/rampwatch') expect(verdict.kind).toBe('refused');
    }),
  );
});

describe('the proof instead of the token', () => {
  const challenge = 'c'.repeat(43);
  const proofOf = async ({ hub }: StartedHub, sent = challenge) => {
    const lines = [`Host: 127.0.0.1:${hub.port}`, `Rampwatch-Challenge: ${sent}`, 'Connection: close'];
    const answer = await exchange(hub.port, `GET /rampwatch HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    return /WWW-Authenticate: ([^\r]*)/.exec(answer)?.[1] ?? answer;
  };
  const connectWith = ({ hub }: StartedHub, authorization: string) =>
    exchange(hub.port, request('/rampwatch', [`Host: 127.0.0.1:${hub.port}`, `Authorization: ${authorization}`]));

  it('lets in who answers with it, and nobody who turns the server’s own answer around', async () => {
    const started = await startedHub();
    const { token } = started.discovery;
    const answered = await proofOf(started);
    const authorization = authorizationFor(sign, token, challenge, answered);
    expect(authorization).not.toBeNull();
    expect(await connectWith(started, authorization ?? '')).toContain('hello');
    expect(await connectWith(started, answered)).toMatch(/^HTTP\/1\.1 401/);
    expect(authorizationFor(sign, `${token}x`, challenge, answered)).toBeNull();
    expect(authorizationFor(sign, token, 'd'.repeat(43), answered)).toBeNull();
  });

  it('is of this run, of this moment, and for Node processes only', async () => {
    let now = 0;
    const credentials = new Credentials(() => now);
    const proven = (of: Credentials) => {
      const answered = of.answer(challenge) ?? '';
      return authorizationFor(sign, of.token, challenge, answered) ?? '';
    };
    const authorization = proven(credentials);
    expect(credentials.accepts(authorization)).toBe(true);
    expect(credentials.accepts(proven(new Credentials(() => now)))).toBe(false);
    now = 31_000;
    expect(credentials.accepts(authorization)).toBe(false);
    const started = await startedHub();
    for (const sent of ['', 'short', 'x'.repeat(65), 'a b'.repeat(10)]) {
      expect(await proofOf(started, sent)).toMatch(/^HTTP\/1\.1 404/);
    }
    const page = `GET /rampwatch HTTP/1.1\r\nHost: 127.0.0.1:${started.hub.port}\r\nOrigin: null\r\nRampwatch-Challenge: ${challenge}\r\n\r\n`;
    expect(await exchange(started.hub.port, page)).toMatch(/^HTTP\/1\.1 404/);
  });
});
