import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleMetrics } from '../../daemon/ingest/recorded/metricsSample.ts';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import type { InitAnswers } from '../../daemon/plan/initInterview.ts';
import { lintText } from '../../daemon/plan/lintPlan.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { proposePlan } from '../../daemon/plan/proposePlan.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { RecordSample } from '../../daemon/protocol/domain/recordSample.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';

const recorded = resolve(import.meta.dirname, '../fixtures/recorded');

function sampleOf(text: string, file = 'data/metrics.jsonl'): RecordSample {
  return readSampleRecords({ file, pieces: [new TextEncoder().encode(text)] });
}

function jsonLines(count: number, record: (index: number) => object): string {
  return Array.from({ length: count }, (_, index) => JSON.stringify(record(index))).join('\n');
}

/** Proposes, and demands that nothing in the plan is an error or worth a warning, but for the zone that a person names. */
function planOf(sample: RecordSample, answers: InitAnswers = {}): Plan {
  const { yaml } = proposePlan(sample, answers);
  const findings = lintText(yaml, 'rampwatch.yaml').filter(({ severity }) => severity !== 'hint');
  expect(findings.filter(({ rule }) => rule !== 'times-repeat')).toEqual([]);
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.loaded.plan;
}

it('words that look like booleans are proposed as words', () => {
  const records = jsonLines(400, (index) => ({
    timestamp: new Date(1.7e12 + index * 60_000).toISOString(),
    variant: index % 2 === 0 ? 'on' : 'off',
    success: index % 17 === 0 ? 'no' : 'yes',
  }));
  const plan = planOf(sampleOf(records));
  expect(plan.arms).toEqual({ treatment: { variant: 'on' }, control: { variant: 'off' } });
  expect(plan.measures.success_rate).toMatchObject({ share: { success: 'yes' } });
});

it('a new way that no record shows is asked for, with the field whose word has a counterpart first', () => {
  const text = jsonLines(400, (index) => ({
    timestamp: new Date(1.7e12 + index * 60_000).toISOString(),
    checkout: 'v1',
    app_version: '4.1.9',
    success: index % 17 !== 0,
  }));
  const { questions, choices } = proposePlan(sampleOf(text));
  expect(questions.find(({ id }) => id === 'arm')?.unclear).toBe(true);
  expect(choices.arm[0]).toMatchObject({ answer: 'checkout=v2', counts: 'v1 400' });
  expect(planOf(sampleOf(text), { arm: 'checkout=v2' }).arms).toEqual({
    treatment: { checkout: 'v2' },
    control: { checkout: 'v1' },
  });
});

describe.each([
  ['healthy', ['async', 'sync_fallback']],
  ['incident', ['async', 'sync_fallback']],
  ['masked', ['async', 'sync_fallback']],
])('the recording %s', (name, treatment) => {
  const content = gunzipSync(readFileSync(join(recorded, name, 'metrics.jsonl.gz')));
  const plan = planOf(readSampleRecords({ file: 'logs/async_upload_rollout/metrics.jsonl', pieces: [content] }));

  it('names its fields', () => {
    expect(plan).toMatchObject({
      id: 'async-upload',
      arms: { treatment: { execution_type: expect.arrayContaining(treatment) }, control: { execution_type: 'sync' } },
      measures: {
        success_rate: { share: { success: true, fallback_used: false } },
        latency: { quantile: 0.95, field: 'duration_ms', unit: 'ms' },
      },
      sources: [
        {
          time: { field: 'timestamp', zone: 'UTC' },
          ignore: { event_type: 'any' },
          stage_event: { match: { event_type: 'rollout_stage' }, percent: 'percentage' },
        },
      ],
      flag: { set: { ASYNC_UPLOAD_ENABLED: '$' + '{enabled}', ASYNC_UPLOAD_ROLLOUT: '$' + '{percent}' } },
    });
    expect(plan.stages.map(({ percent }) => percent)).toEqual([0, 1, 10, 50, 100]);
  });
});

describe('records of another shape', () => {
  const variants = jsonLines(2000, (index) => ({
    ts: 1_730_000_000.1 + index * 30,
    variant: index % 10 === 0 ? 'new' : 'old',
    ok: index % 97 !== 0,
    ms: 12.3 + (index % 50),
    user_id: `u-${index}`,
  }));

  it('seconds since 1970, variant, ok and ms', () => {
    const plan = planOf(sampleOf(variants));
    expect(plan).toMatchObject({
      arms: { treatment: { variant: 'new' }, control: { variant: 'old' } },
      measures: { success_rate: { share: { ok: true } }, latency: { field: 'ms', unit: 'ms' } },
      baseline: { control: 'concurrent', otherwise: { window: ['2024-10-27T03:00Z', '2024-10-27T21:00Z'] } },
    });
    expect(proposePlan(sampleOf(variants)).questions.map(({ id }) => id)).not.toContain('zone');
  });

  it('CSV with HTTP statuses, quoted cells and a group', () => {
    const rows = Array.from(
      { length: 500 },
      (_, index) =>
        `2026-01-05 10:${String(index % 60).padStart(2, '0')}:00,${index % 4 === 0 ? 'canary' : 'stable'},${index % 50 === 0 ? 503 : 200},"a, ""b""",0.${100 + (index % 300)}`,
    );
    const plan = planOf(sampleOf(`when,group,status,note,elapsed\r\n${rows.join('\r\n')}\r\n`, 'requests.csv'));
    expect(plan).toMatchObject({
      id: 'requests',
      sources: [{ file: 'requests.csv', format: 'csv', time: { field: 'when' } }],
      arms: { treatment: { group: 'canary' }, control: { group: 'stable' } },
      measures: { success_rate: { share: { status: '< 500' } }, latency: { field: 'elapsed', unit: 's' } },
    });
  });

  it('CSV with semicolons and decimal commas', () => {
    const rows = Array.from(
      { length: 300 },
      (_, index) =>
        `2026-01-05 10:${String(index % 60).padStart(2, '0')}:00;${index % 4 ? 'old' : 'new'};true;${index % 9},5`,
    );
    const plan = planOf(sampleOf(`zeit;variant;ok;"dauer; elapsed_ms"\n${rows.join('\n')}\n`, 'rollout.csv'));
    expect(plan).toMatchObject({
      id: 'rollout',
      sources: [{ format: 'csv', time: { field: 'zeit' } }],
      measures: { latency: { field: 'dauer; elapsed_ms', unit: 'ms' } },
      flag: { set: { ROLLOUT_ENABLED: expect.anything(), ROLLOUT_PERCENT: expect.anything() } },
    });
  });

  it('names in camel case, and a level that is no arm', () => {
    const pino = jsonLines(600, (index) => ({
      level: index % 60 ? 30 : 50,
      timeStamp: 1_770_000_000_000 + index * 1000,
      flags: { newCheckout: index % 10 === 0 },
      res: { statusCode: index % 60 ? 200 : 500 },
      responseTimeMs: 5 + (index % 9),
    }));
    expect(planOf(sampleOf(pino))).toMatchObject({
      sources: [{ time: { field: 'timeStamp' } }],
      arms: { treatment: { 'flags.newCheckout': true }, control: { 'flags.newCheckout': false } },
      measures: {
        success_rate: { share: { 'res.statusCode': '< 500' } },
        latency: { field: 'responseTimeMs', unit: 'ms' },
      },
    });
  });

  it('fields of objects, by their path', () => {
    const nested = jsonLines(300, (index) => ({
      at: { time: 1_730_000_000 + index },
      request: { variant: index % 4 ? 'old' : 'new', tags: [1] },
      result: { ok: index % 50 !== 0, timing: { duration_ms: 5 + (index % 9) } },
    }));
    expect(planOf(sampleOf(nested))).toMatchObject({
      sources: [{ time: { field: 'at.time' } }],
      arms: { treatment: { 'request.variant': 'new' }, control: { 'request.variant': 'old' } },
      measures: {
        success_rate: { share: { 'result.ok': true } },
        latency: { field: 'result.timing.duration_ms', unit: 'ms' },
      },
    });
  });

  it('only the old way seen yet: the new one is guessed, and asked for', () => {
    const text = jsonLines(300, (index) => ({
      timestamp: `2026-01-0${1 + (index % 7)}T00:00:00Z`,
      engine: 'legacy',
      failed: false,
    }));
    const result = proposePlan(sampleOf(text));
    expect(planOf(sampleOf(text)).arms).toEqual({ treatment: { engine: 'new' }, control: { engine: 'legacy' } });
    expect(result.findings).toContainEqual(
      expect.objectContaining({ kind: 'assumed', message: expect.stringContaining('not seen yet') }),
    );
    expect(planOf(sampleOf(text), { treatment: 'turbo' }).arms.treatment).toEqual({ engine: 'turbo' });
    expect(planOf(sampleOf(text)).measures.success_rate).toMatchObject({ share: { failed: false } });
  });

  it('records say what kind they are: heartbeats are no failures, errors are', () => {
    const kind = (index: number) =>
      [
        { event: 'finished', flag_on: index % 5 === 0, ok: index % 50 !== 0, took_ms: 80 + (index % 9) },
        { event: 'heartbeat', host: 'a' },
        { event: 'share_changed', percent: 10 },
        { event: 'request_error', flag_on: false, message: 'no route' },
      ][index % 40 === 7 ? 3 : index === 9 ? 2 : index % 2] ?? {};
    const text = jsonLines(800, (index) => ({ time: new Date(1.78e12 + index * 1000).toISOString(), ...kind(index) }));
    const plan = planOf(sampleOf(text));
    expect(plan.sources[0]).toMatchObject({
      ignore: { event: ['heartbeat', 'share_changed'] },
      stage_event: { match: { event: 'share_changed' }, percent: 'percent' },
    });
    expect(plan).toMatchObject({
      arms: { treatment: { flag_on: true }, control: { flag_on: false } },
      measures: { success_rate: { share: { ok: true } } },
    });
  });

  it('kinds that all tell an outcome are all observations', () => {
    const text = jsonLines(200, (index) => ({
      ts: 1.78e9 + index,
      type: index % 2 === 0 ? 'read' : 'write',
      variant: index % 3 === 0 ? 'new' : 'old',
      ok: true,
    }));
    expect(planOf(sampleOf(text)).sources[0]?.ignore).toBeUndefined();
  });

  it('columns with blanks and a unit in brackets', () => {
    const rows = Array.from(
      { length: 200 },
      (_, index) =>
        `2026-05-01 10:${String(index % 60).padStart(2, '0')}:00\t${index % 2 ? 'new' : 'old'}\t1\t${90 + index}`,
    );
    const text = `Event Time\tExperiment Group\tIs Success\tResponse Time (ms)\n${rows.join('\n')}`;
    expect(planOf(sampleOf(text, 'metrics.tsv')).measures).toMatchObject({
      success_rate: { share: { 'Is Success': 1 } },
      latency: { quantile: 0.95, field: 'Response Time (ms)', unit: 'ms' },
    });
  });

  it('a status in words, and a null error', () => {
    const status = jsonLines(50, (index) => ({
      time: 1_730_000_000_000 + index,
      status: index % 9 ? 'ok' : 'error',
      ab: index % 2 ? 'A' : 'B',
    }));
    expect(planOf(sampleOf(status))).toMatchObject({
      arms: { treatment: { ab: 'B' }, control: { ab: 'A' } },
      measures: { success_rate: { share: { status: 'ok' } } },
    });
    const errors = jsonLines(50, (index) => ({
      time: 1_730_000_000_000 + index,
      error: index % 9 ? null : 'boom',
      duration_ms: 5 + index,
    }));
    expect(planOf(sampleOf(errors)).measures.success_rate).toMatchObject({ share: { error: 'none' } });
  });

  it('the one version of a protocol is no second arm where another field tells both', () => {
    const versioned = (values: (index: number) => object) =>
      proposePlan(
        sampleOf(
          jsonLines(400, (index) => ({
            timestamp: new Date(1.7e12 + index * 60_000).toISOString(),
            ...values(index),
            ok: index % 40 !== 3,
          })),
        ),
      );
    const asks = ({ questions }: ReturnType<typeof proposePlan>) =>
      questions.filter(({ unclear }) => unclear).map(({ id }) => id);
    const told = versioned((index) => ({ variant: index % 4 ? 'stable' : 'canary', '@version': '1' }));
    expect(asks(told)).toEqual([]);
    expect(told.yaml).toContain('treatment: { variant: canary }');
    // Two versions may be what is rolled out.
    expect(
      asks(versioned((index) => ({ variant: index % 4 ? 'stable' : 'canary', version: index % 3 ? '1' : '2' }))),
    ).toEqual(['arm']);
  });

  it('a matcher that a person gives is held against the records: its share is that of the gates', () => {
    const records = jsonLines(1000, (index) => ({
      timestamp: new Date(1.7e12 + index * 60_000).toISOString(),
      variant: index % 2 ? 'old' : 'new',
      code: index % 25 === 0 ? 7 : index % 25 === 1 ? 8 : 0,
    }));
    const { yaml, findings } = proposePlan(sampleOf(records), { success: 'code=< 7' });
    expect(yaml).toContain('share: { code: < 7 }');
    expect(findings.map(({ message }) => message)).toContain('success is `code` < 7, as was said: 920 of 1,000');
    expect(findings.map(({ message }) => message).join()).toContain('success of 500 control records is 92.00 %');
    expect(() => proposePlan(sampleOf(records), { success: 'code=> 90' })).toThrow(
      'success: “> 90” matches none of 1,000 records that have code: they say 7, 8, 0',
    );
  });

  it('no field tells the arms: none is taken for the treatment, and latency is a figure', () => {
    const text = jsonLines(100, (index) => ({ timestamp: 1_730_000_000 + index, success: true, latency_ms: index }));
    const plan = planOf(sampleOf(text));
    expect(plan.arms).toEqual({ treatment: { variant: 'treatment' }, control: { variant: 'control' } });
    expect(plan.stages[1]?.gate.map(({ text: condition }) => condition)).toContain('latency <= 113ms');
  });

  it('numbers for arms, spread pieces of a long file', () => {
    const text = jsonLines(400, (index) => ({
      timestamp: 1_730_000_000 + index,
      success: 1,
      version: 1 + (index % 2),
    }));
    const bytes = new TextEncoder().encode(text);
    const pieces = [bytes.subarray(0, 5000), bytes.subarray(7007, 9009), bytes.subarray(11_011)];
    expect(planOf(readSampleRecords({ file: 'm.jsonl', pieces })).arms).toEqual({
      treatment: { version: 2 },
      control: { version: 1 },
    });
  });
});

describe('answers', () => {
  const text = jsonLines(200, (index) => ({
    timestamp: `2026-01-05T10:${String(index % 60).padStart(2, '0')}:00`,
    provider: index % 2 ? 'kimi' : 'glm',
    mode: index % 3 ? 'slow' : 'fast',
    success: true,
    request_time: 40,
  }));

  it('are taken', () => {
    const plan = planOf(sampleOf(text), {
      zone: 'Europe/Berlin',
      arm: 'mode=slow',
      stages: '5 → 25 → 100 %',
      id: 'fast-mode',
      flag: 'fast.mode.percent',
      dotenv: 'config/app.env',
    });
    expect(plan).toMatchObject({
      id: 'fast-mode',
      arms: { treatment: { mode: 'slow' }, control: { mode: 'fast' } },
      sources: [{ time: { zone: 'Europe/Berlin' } }],
      flag: { dotenv: 'config/app.env', set: { 'fast.mode.percent': '$' + '{percent}' } },
    });
    expect(plan.stages.map(({ percent }) => percent)).toEqual([0, 5, 25, 100]);
  });

  it('a person sets the flag', () => {
    const { yaml } = proposePlan(sampleOf(text), { flag: 'none' });
    expect(yaml).not.toContain('flag:');
    expect(parsePlan(yaml, 'x').kind).toBe('plan');
  });

  it.each([
    ['stages', '10, 5'],
    ['stages', 'many'],
    ['unit', 'fortnights'],
    ['zone', 'Mars/Olympus'],
    ['id', '../x'],
    ['flag', 'A B'],
    ['dotenv', '/etc/passwd'],
    ['treatment', ','],
  ])('%s: “%s” is refused in one line', (id, answer) => {
    expect(() => proposePlan(sampleOf(text), { arm: 'mode', [id]: answer })).toThrow(UserError);
  });

  it('answered with its own defaults, the plan is the same', () => {
    const { yaml, questions } = proposePlan(sampleOf(text));
    const defaults = Object.fromEntries(questions.map((question) => [question.id, question.default]));
    expect(proposePlan(sampleOf(text), defaults).yaml).toBe(yaml);
  });
});

describe('no sample', () => {
  it.each([
    ['empty', '', 'sample-empty'],
    ['binary', '\u0000\u0001', 'sample-binary'],
    ['prose', 'hello\nthere', 'sample-unreadable'],
    ['one JSON array', '[{"a":1}]', 'sample-no-time'],
    ['many metrics', 'a_total{b="c"} 1\na_total{b="d"} 2', 'sample-metrics'],
    ['no time', '{"a":1}\n{"a":2}', 'sample-no-time'],
    ['broken JSON', '{"a":\n{"b":', 'sample-unreadable'],
  ])('%s', (_name, text, code) => {
    expect(() => proposePlan(sampleOf(text))).toThrow(expect.objectContaining({ name: 'UserError', code }));
  });

  it('a file that is not there, a folder, a damaged gzip file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'init-'));
    try {
      const damaged = join(folder, 'm.gz');
      writeFileSync(damaged, gzipSync('{}').subarray(0, 10));
      for (const path of [join(folder, 'none'), folder, damaged])
        await expect(sampleMetrics(path, 'm.jsonl')).rejects.toMatchObject({ code: 'sample-unreadable' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a compressed file is sampled as its content, a cut one as far as it goes', async () => {
    const path = join(recorded, 'masked', 'metrics.jsonl.gz');
    const content = gunzipSync(readFileSync(path));
    const { pieces, damage } = await sampleMetrics(path, 'x');
    expect(Buffer.from(pieces[0] ?? []).equals(content)).toBe(true);
    expect(damage).toBe(null);
    const folder = mkdtempSync(join(tmpdir(), 'init-'));
    try {
      const cut = join(folder, 'm.zst');
      writeFileSync(cut, zstdCompressSync(content).subarray(0, -9));
      const sample = await sampleMetrics(cut, 'm.zst');
      expect(content.subarray(0, 1000).equals((sample.pieces[0] ?? []).slice(0, 1000) as Buffer)).toBe(true);
      expect(sample.damage).toMatch(/^m\.zst ends too early/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('whatever the records hold: a plan without errors, or one line', () => {
  const name = fc.constantFrom(
    'ts',
    'time',
    'success',
    'ok',
    'variant',
    'mode',
    'ms',
    'duration_s',
    'status',
    'error',
    'fallback',
    '__proto__',
    'x y',
    'memory_mb',
    'event_type',
    'percentage',
  );
  const value = fc.oneof(
    fc.constantFrom('new', 'old', 'ok', 'error', '2026-01-05T10:00:00', 'sync', 'async', '', 'a\nb: c #'),
    fc.integer({ min: -5, max: 600 }),
    fc.constantFrom(1_730_000_000, 1_730_000_000_123, 1e308),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const records = fc.array(fc.dictionary(name, value, { maxKeys: 8 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(records, (list) => {
      try {
        const { yaml } = proposePlan(
          sampleOf(list.map((record) => JSON.stringify({ timestamp: 1_730_000_000, ...record })).join('\n')),
        );
        expect(parsePlan(yaml, 'x').kind).toBe('plan');
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { numRuns: 400 },
  );
});
