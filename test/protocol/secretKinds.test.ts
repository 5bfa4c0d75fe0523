import { describe, expect, it } from 'vitest';
import { redactRecord } from '../../daemon/protocol/secrets/redactRecord.ts';
import { redactSecrets } from '../../daemon/protocol/secrets/secrets.ts';
import { credential, credentialKinds } from '../support/credentials.ts';

const seeds = Array.from({ length: 25 }, (_, index) => 1000 + index * 37);

/** The ways in which a credential gets into a log. */
const placed: Readonly<Record<string, (text: string) => string>> = {
  plainly: (text) => `2026-11-30T02:30:34Z CRITICAL client refused for ${text}`,
  'before more words': (text) => `upstream said no: ${text} after 3 tries`,
  'in quotes': (text) => `could not use "${text}" again`,
  'in single quotes': (text) => `could not use '${text}', again`,
  'in JSON': (text) => JSON.stringify({ level: 'error', message: `refused ${text}`, duration_ms: 12 }),
  'in JSON behind a line break': (text) => JSON.stringify({ message: `refused:\n${text}\nend` }),
  'in JSON within JSON': (text) => JSON.stringify({ message: JSON.stringify({ inner: text }) }),
  'in an address': (text) => `GET /callback?state=1&next=${encodeURIComponent(text)} HTTP/1.1 401`,
  'in an address within one': (text) => `GET /x?next=${encodeURIComponent(encodeURIComponent(text))} HTTP/1.1 401`,
  'in a stack trace': (text) =>
    `Error: refused ${text}\n    at Client.send (/srv/app/client.js:10:7)\n    at main (/srv/app/index.js:3:1)`,
  'in colours': (text) => {
    const middle = Math.floor(text.length / 2);
    return `\u001b[31mrefused\u001b[0m for \u001b[33m${text.slice(0, middle)}\u001b[0m\u001b[1m${text.slice(middle)}\u001b[0m`;
  },
  'in colours that were written out': (text) => {
    const middle = text.length - 6;
    return `\\u001b[31mrefused ${text.slice(0, middle)}\\x1b[0m${text.slice(middle)}\\u001b[0m`;
  },
};

describe.each(Object.keys(credentialKinds))('a credential of the kind %s', (kind) => {
  it.each(Object.entries(placed))('gets out of no text: %s', (_, place) => {
    const left = seeds.flatMap((seed) => {
      const { text, secret } = credential(kind, seed);
      const line = place(text);
      const answers = [redactSecrets(line).text, redactSecrets(line, { random: true }).text, redactRecord(line).text];
      return answers.flatMap((answer) =>
        answer.includes(secret) || answer.includes(encodeURIComponent(secret)) ? [{ seed, line, answer }] : [],
      );
    });
    expect(left.slice(0, 2)).toEqual([]);
  });
});

it('at least sixty kinds are tried', () => {
  expect(Object.keys(credentialKinds).length).toBeGreaterThanOrEqual(60);
});

describe('what is no credential', () => {
  const ordinary = [
    '{"timestamp":"2025-11-04T09:00:00.123Z","execution_type":"async","success":false,"duration_ms":812.4}',
    '2025-11-04 09:00:00,123 ERROR upload failed for user 4711: TimeoutError after 30 s',
    'request 7f9c24e8-3b1a-4d5e-9f60-1a2b3c4d5e6f took 31 ms; trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7',
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'deployed 9fceb02d0ae598e95dc970b74767f19372d61af8 to eu-central-1',
    'HEAD is now at 9fceb02 fix: retry uploads',
    'checked out 9fceb02d0ae598e95dc970b74767f19372d61af8, tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    'image registry.example.com/team/app:9fceb02d0ae598e95dc970b74767f19372d61af8 pulled',
    'image app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 pulled',
    'integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
    'GET /assets/index-4bf92f3577b34da6a3ce929d0e0e4736.js 200',
    'GET /api/v1/uploads/2025-11-04/status?limit=100&offset=20 HTTP/1.1 200',
    'GET /search?q=hello%20world&page=2 HTTP/1.1 200',
    'x-request-id: 01ARZ3NDEKTSV4RRFFQ69G5FAV; x-amzn-trace-id: Root=1-67891233-abcdef012345678912345678',
    'charge ch_3MtwBwLkdIwHu7ix28a3tqPa of cus_NffrFeUfNV2Hib done, event evt_1NG8Du2eZvKYlo2CUI79vXWy',
    'chatcmpl-9xYzAbCdEfGhIjKlMnOpQrStUvWx finished, msg_01XFDUDYJgAACzvnptvVoYEL sent',
    'img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="',
    'at com.example.uploads.AsyncUploadExecutorServiceImplV2.runInBackgroundThread(AsyncUploadExecutorServiceImplV2.java:212)',
    '  File "/srv/app/uploads/async_executor.py", line 212, in _run_in_background_thread',
    'loaded /usr/lib/node_modules/@scope/some-package-name/dist/esm/internal/helpers/index.mjs',
    'installed sk-learn-contrib-pipeline-step-two and scikit-learn 1.5.2',
    'wrote sdk-integration-tests-for-uploads and api-gateway-configuration-values',
    'mob-programming-session-notes and secret-santa-drawing-for-the-team were published',
    'key-value-store-with-replication is up; pub-sub-emulator-for-tests is down',
    'token expired; token=expired, session: closed, token: missing or invalid; bearer of bad news',
    '{"max_tokens":4096,"prompt_tokens":311,"token_count":12,"password_reset":true,"token_type":"bearer"}',
    'default:development.config was read; user:admin signed in; host:8080.local',
    'docker run -u 1000:1000 app; GET http://localhost:8080/users/@me',
    'pod uploads-7d9c5b8f6d-x2x4k on node ip-10-0-12-34.eu-central-1.compute.internal restarted',
    'arn:aws:lambda:eu-central-1:123456789012:function:async-upload-executor-production',
    'took 12.345678901234567 s, at 1730710800123456789, seq 18446744073709551615',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
    'If-None-Match: "33a64df551425fcc55e4d42a148795d9f25f89d4" etag W/"67ab43-5f3c"',
    'feature flag new-checkout-flow-with-wallets evaluated to treatment-b for segment beta-testers-eu',
    'SELECT id, created_at FROM uploads WHERE tenant = $1 AND created_at > $2 ORDER BY created_at LIMIT 100',
    'kafka partition uploads-events-v2-17 offset 1234567890 leader 3 isr [1,2,3]',
    '\u001b[32mINFO\u001b[0m all good \u001b[1mhere\u001b[0m',
    'see https://example.org/docs/rollout#stage-10 and mail ops@example.org',
    '2026-10-25T02:30:00+01:00 2026-10-25T02:30:00.123456789Z 20261025T023000Z',
    'ETA 00:12:31, PR #1234, CVE-2024-12345, RFC 9110, ISO-8859-1, TLS_AES_256_GCM_SHA384',
    'job 8f14e45f-ceea-467f-9575-9b2c5a1e0c11 enqueued as bull:uploads:4711 by worker-12',
  ];

  it.each(ordinary)('stays as it is: %s', (line) => {
    expect(redactSecrets(line)).toEqual({ text: line, count: 0 });
    expect(redactSecrets(line, { random: true })).toEqual({ text: line, count: 0 });
    expect(redactRecord(line)).toEqual({ text: line, count: 0 });
  });
});
