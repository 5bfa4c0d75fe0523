import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpAnswer } from '../../daemon/approval/httpExchange.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const exchange = join(import.meta.dirname, '../../daemon/approval/httpExchange.ts');

/** An authority of our own, and a server with a certificate that it has signed for this name. */
async function certifiedServer(name: string, authorityName: string) {
  const folder = temporaryDirectory();
  const at = (file: string) => join(folder, file);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'ignore', cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/CN=${authorityName}`, '-days', '2');
  openssl('req', '-new', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${name}`);
  writeFileSync(at('names'), `subjectAltName=DNS:${name}`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
  const server = createServer(
    { key: readFileSync(at('server.key')), cert: readFileSync(at('server.pem')) },
    (_, response) => response.end('{}'),
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, authority: at('ca.pem') };
}

/** As the daemon asks an engine, a flag's service or an address: a process reads its authorities when it starts. */
async function askedWith(authority: string | undefined, url: string): Promise<HttpAnswer> {
  const request = JSON.stringify({ method: 'GET', url, headers: {}, body: null, timeout: 60_000 });
  const script = `import { exchange } from ${JSON.stringify(exchange)};\nconsole.log(JSON.stringify(await exchange(${request})));`;
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...environment, ...(authority !== undefined && { NODE_EXTRA_CA_CERTS: authority }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output) as HttpAnswer;
}

describe.skipIf(!hasOpenssl)('an authority of the team’s own', () => {
  it('is trusted when NODE_EXTRA_CA_CERTS names it, and only it', async () => {
    const { url, authority } = await certifiedServer('localhost', 'Ours');
    const another = await certifiedServer('localhost', 'Another');
    expect(await askedWith(authority, url)).toMatchObject({ kind: 'answered', status: 200 });
    for (const wrong of [undefined, another.authority]) {
      const answer = await askedWith(wrong, url);
      expect(answer).toMatchObject({ kind: 'failed', mayHaveArrived: false });
      expect(answer.kind === 'failed' ? answer.detail : '').toMatch(
        /^localhost:\d+ has a certificate that this machine does not trust \(\w+\): name its authority's file in NODE_EXTRA_CA_CERTS, and start the daemon with it$/,
      );
    }
  });

  it('does not help a certificate of another name', async () => {
    const { url, authority } = await certifiedServer('flags.internal', 'Ours');
    const answer = await askedWith(authority, url);
    expect(answer.kind === 'failed' ? answer.detail : '').toMatch(
      /^localhost:\d+ has a certificate of another name \(ERR_TLS_CERT_ALTNAME_INVALID\): write the name that it is made for into the plan$/,
    );
  });
});
