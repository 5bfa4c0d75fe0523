import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactLines as lineSteps, redactText, redactValue } from '../../daemon/escalate/redact.ts';
import { formatNamed } from '../../daemon/ingest/formats/kinds.ts';
import { formatNames, type SourceFormat } from '../../daemon/protocol/domain/formatNames.ts';
import { runToEnd } from '../../daemon/protocol/domain/interruptibleSum.ts';
import { type Redacted, redactSecrets } from '../../daemon/protocol/secrets/secrets.ts';
import { planted } from '../support/plantedSecrets.ts';

/** As an excerpt of a file of the format, which begins with its first line. */
const redactLines = (text: string, format: SourceFormat, known: readonly string[]): Redacted =>
  runToEnd(lineSteps(text, formatNamed(format).lines(text.split('\n', 1)[0] ?? '').columns, known));

const noise = fc.string({ maxLength: 60 }).map((text) => text.replaceAll('\n', ' '));

describe('what looks like a credential', () => {
  it('is in no line of a log, whatever stands around it', () => {
    const plants = fc.array(planted, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(plants, noise, fc.constantFrom(...formatNames), (all, between, format) => {
        const text = all.map(({ line }) => `${between}\n${line}`).join('\n');
        const redacted = redactLines(text, format, []);
        expect(all.filter(({ secret }) => redacted.text.includes(secret))).toEqual([]);
        expect(redacted.count).toBeGreaterThan(0);
      }),
      { numRuns: 600 },
    );
  });

  it('is in no field of a record, however its JSON is written', () => {
    fc.assert(
      fc.property(planted, ({ line, secret }) => {
        const escaped = (text: string) =>
          [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
        const record = `{"message":"${escaped(line)}","pass\\u0077ord":"${escaped(secret)}"}`;
        const redacted = redactLines(record, 'jsonl', []);
        expect(redacted.text).not.toContain(secret);
        expect(JSON.stringify(JSON.parse(redacted.text))).not.toContain(secret);
      }),
    );
  });

  it('is taken out once more without a change: redacting is idempotent', () => {
    fc.assert(
      fc.property(planted, ({ line }) => {
        const once = redactLines(line, 'text', []).text;
        expect(redactLines(once, 'text', []).text).toBe(once);
      }),
    );
  });
});

describe('a known value', () => {
  it('is nowhere, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5, maxLength: 30 }), noise, (secret, around) => {
        fc.pre(!'[redacted]'.includes(secret) && !secret.includes('\n'));
        for (const text of [redactText(`${around}${secret}${around}`, [secret]).text])
          expect(text).not.toContain(secret);
        const { value } = redactValue({ [secret]: [{ deep: `${around}${secret}` }] }, [secret]);
        expect(Object.keys(value as object)[0]).not.toContain(secret);
      }),
    );
  });
});

describe('what is no credential', () => {
  it('stays as it is', () => {
    const lines = [
      '{"timestamp":"2025-11-04T09:00:00.123Z","execution_type":"async","success":false,"duration_ms":812.4}',
      '2025-11-04 09:00:00,123 ERROR upload failed for user 4711: TimeoutError after 30 s',
      '  File "/srv/app/uploads/async_executor.py", line 212, in _run_in_background_thread',
      '{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","commit":"9fceb02d0ae598e95dc970b74767f19372d61af8"}',
      '{"max_tokens":4096,"prompt_tokens":311,"token_count":12,"password_reset":true}',
      'GET /api/v1/uploads/2025-11-04/status?limit=100&offset=20 HTTP/1.1 200',
      'see https://example.org/docs/rollout#stage-10 and mail ops@example.org',
      'token expired; basic auth is off; bearer of bad news; the password is wrong',
      'docker run -u 1000:1000 app; GET http://localhost:8080/users/@me; at com.example.AsyncUploadRolloutStage1Tests',
      'the rollout of AsyncUploadExecutorServiceImplV2 by [email, name]; sig=15 in pid 4711; key: value',
    ];
    expect(redactLines(lines.join('\n'), 'text', [])).toEqual({ text: lines.join('\n'), count: 0 });
  });

  it('stays in a CSV, but for the column of secrets', () => {
    const csv =
      'timestamp,arm,api_key,ok\n2025-11-04T09:00:00Z,new,"abc,def",true\n2025-11-04T09:00:01Z,old,,true\nx,"broken\n';
    expect(redactLines(csv, 'csv', []).text).toBe(
      'timestamp,arm,api_key,ok\n2025-11-04T09:00:00Z,new,[redacted],true\n2025-11-04T09:00:01Z,old,,true\n[redacted]\n',
    );
  });

  it('stays in a CSV of semicolons or tabs, with a decimal comma in it', () => {
    const rows = [
      ['timestamp', 'api_key', 'ms'],
      ['1', '"a;b\tc"', '3,5'],
    ];
    for (const separator of [';', '\t']) {
      const redacted = rows.map((row) => row.join(separator).replace(/"a.*c"/, '[redacted]')).join('\n');
      expect(redactLines(rows.map((row) => row.join(separator)).join('\n'), 'csv', []).text).toBe(redacted);
    }
  });

  it('keeps hashes where a text is full of them', () => {
    const hash = `${'a'.repeat(31)}${'b1'.repeat(16)}3`;
    expect(redactText(`head ${hash}`, []).count).toBe(0);
  });
});

describe('a hostile line', () => {
  it('steers no terminal', () => {
    const { text } = redactLines('\u001b[2J\u202egnp.exe\r\tok\u0007', 'text', []);
    expect(text).toBe('\\u001b[2J\\u202egnp.exe\\u000d\tok\\u0007');
  });

  it('is read in linear time', () => {
    const lengths = [
      ...['a', '=', '"', '-----BEGIN PRIVATE KEY-----', 'eyJ', 'password=', 'a:', '://', '\\"', 'aB3'],
      ...[
        'token=[',
        'token=[\n',
        'token=\\"\\\\',
        '<token>',
        'name=token,value=',
        'token is ',
        'cookie:="',
        'mysql -p',
        '-u a:',
      ],
    ];
    for (const piece of lengths) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      // A quadratic pattern would take minutes.
      expect(redactSecrets(text, { random: true }).text.length).toBeLessThanOrEqual(2 * text.length);
    }
  });

  it('keeps nobody waiting: a long log is taken in steps', () => {
    const steps = lineSteps('{"a":1}\n'.repeat(1000), null, []);
    let taken = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) taken += 1;
    expect(taken).toBeGreaterThan(1000);
  });
});
