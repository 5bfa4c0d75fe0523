import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PrometheusSource } from '../../../daemon/protocol/domain/prometheusSource.ts';
import { queryRange, type RangeAnswer } from '../../../daemon/sources/prometheus/rangeQuery.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    if ('closeAllConnections' in server) (server as unknown as { closeAllConnections(): void }).closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function asked(url: string, timeout = 5000, headers: Record<string, string> = {}): Promise<RangeAnswer> {
  const source = {
    prometheus: { url, headers, arms: { treatment: { total: 'a' } } },
  } as unknown as PrometheusSource;
  const ground = { rollout: 'test', environment: { TOKEN: 's3cr3t-of-the-team' } };
  const query = { query: 'requests_total', start: 1_767_607_200, end: 1_767_607_260, step: 15 };
  return queryRange(source, query, ground, new AbortController().signal, timeout);
}

/** The fault, in one line, without the credential. */
async function faultOf(url: string, timeout?: number): Promise<string> {
  const answer = await asked(url, timeout, { authorization: '$' + '{env:TOKEN}' });
  if (answer.kind !== 'fault') throw new Error(JSON.stringify(answer));
  expect(answer.detail).not.toMatch(/\n|s3cr3t/);
  return answer.detail;
}

async function answering(answer: Answer): Promise<string> {
  return `http://127.0.0.1:${await portOf(createServer(answer))}`;
}

const series = {
  status: 'success',
  data: { resultType: 'matrix', result: [{ metric: { code: '200' }, values: [[1, '2']] }] },
};
const body = JSON.stringify(series);

describe('an engine that does not answer as it should', () => {
  it('is told from one that does', async () => {
    const url = await answering((_, response) => response.end(body));
    expect(await asked(url)).toEqual({ kind: 'series', series: [{ labels: { code: '200' }, samples: [[1000, 2]] }] });
  });

  const answers: readonly (readonly [string, Answer, RegExp])[] = [
    [
      '401',
      (_, response) => response.writeHead(401).end(body),
      /refuses the credential \(401\): look at the `headers`/,
    ],
    ['403', (_, response) => response.writeHead(403).end(), /refuses the credential \(403\)/],
    [
      '404',
      (_, response) => response.writeHead(404).end('404 page not found'),
      /answers 404, and not as Prometheus does/,
    ],
    [
      '500',
      (_, response) => response.writeHead(500).end('<html>\n<b>oops</b>'),
      /answers 500, and not as Prometheus does/,
    ],
    [
      '422',
      (_, response) =>
        response.writeHead(422).end('{"status":"error","errorType":"execution","error":"too many\\nsamples"}'),
      /refuses the query \(422\): too many.samples/,
    ],
    [
      '503',
      (_, response) =>
        response.writeHead(503).end('{"status":"error","errorType":"timeout","error":"query timed out"}'),
      /refuses the query \(503\): query timed out/,
    ],
    [
      'warnings',
      (_, response) => response.end(JSON.stringify({ ...series, warnings: ['store 1 is down'] })),
      /answers in part only, and nothing of it is counted: store 1 is down/,
    ],
    [
      'part of the data (VictoriaMetrics)',
      (_, response) => response.end(JSON.stringify({ ...series, isPartial: true })),
      /answers in part only/,
    ],
    [
      'an instant',
      (_, response) => response.end('{"status":"success","data":{"resultType":"vector","result":[]}}'),
      /does not answer with series/,
    ],
    ['half of the JSON', (_, response) => response.end(body.slice(0, 50)), /answers 200, and not as Prometheus does/],
    [
      'fewer bytes than it said',
      (_, response) => {
        response.writeHead(200, { 'content-length': String(body.length + 10) });
        response.write(body, () => response.destroy());
      },
      /cut the connection|broke the exchange off/,
    ],
    [
      'more than anybody reads',
      (_, response) => response.end(Buffer.alloc(5 * 1024 * 1024, 0x20)),
      /answers more than 4 MiB/,
    ],
    [
      'a redirect to somebody else',
      (_, response) => response.writeHead(302, { location: 'http://198.51.100.7/' }).end(),
      /redirects to http:\/\/198\.51\.100\.7, and credentials are not sent on/,
    ],
    [
      'a redirect without end',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      /redirects again and again/,
    ],
  ];
  it.each(answers)('%s', async (_, answer, fault) => {
    expect(await faultOf(await answering(answer))).toMatch(fault);
  });

  it('hangs before it answers, or within an answer', async () => {
    expect(await faultOf(await answering(() => undefined), 200)).toMatch(/does not answer within/);
    const within = await answering((_, response) => void response.write(body.slice(0, 20)));
    expect(await faultOf(within, 200)).toMatch(/does not answer within/);
    // The connection is taken, and no byte comes.
    const silent = await portOf(createPlainServer());
    expect(await faultOf(`http://127.0.0.1:${silent}`, 200)).toMatch(/does not answer within/);
    expect(await faultOf(`https://127.0.0.1:${silent}`, 200)).toMatch(/does not answer within/);
  });

  it('is not there', async () => {
    const server = createPlainServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await faultOf(`http://127.0.0.1:${port}`)).toBe(`127.0.0.1:${port} refuses the connection (ECONNREFUSED)`);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)(hasOpenssl ? 'a certificate' : 'a certificate (SKIPPED: no openssl here)', () => {
  const certified = (name: string, days: string) => {
    const [key, certificate] = ['key.pem', 'cert.pem'].map((file) => join(temporaryDirectory(), file)) as [
      string,
      string,
    ];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', days];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', [...made, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(certificate) };
  };

  it('that nobody has signed is refused, and the credential does not reach its server', async () => {
    const seen: unknown[] = [];
    const server = createTlsServer(certified('localhost', '1'), (request, response) => {
      seen.push(request.headers);
      response.end(body);
    });
    server.on('tlsClientError', () => undefined);
    const url = `https://localhost:${await portOf(server)}`;
    expect(await faultOf(url)).toMatch(
      /has a certificate that this machine does not trust \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
    // What turns the check off elsewhere does not here.
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    onTestFinished(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    });
    expect(await faultOf(url)).toMatch(/does not trust/);
    expect(seen).toEqual([]);
  });

  it('is asked for of a server that speaks without TLS', async () => {
    const plain = await answering((_, response) => response.end(body));
    expect(await faultOf(plain.replace('http:', 'https:'))).toMatch(/cannot be reached|broke the exchange off|speak/);
  });
});
