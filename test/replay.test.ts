import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sketchRelativeError } from '../daemon/measure/sketch.ts';
import { loadPlan } from '../daemon/plan/load.ts';
import { type ReplayReport, replay } from '../daemon/replayRecording.ts';

const recorded = join(import.meta.dirname, 'fixtures', 'recorded');
const plan = join(import.meta.dirname, 'fixtures', 'plans', 'async-upload.rampwatch.yaml');

const counts = z.object({ n: z.number(), good: z.number() });
const answerKey = z.object({
  records: z.number(),
  events: z.array(z.object({ at: z.string(), percent: z.number() })),
  by_execution_type: z.record(z.string(), z.number()),
  treatment: counts,
  control: counts,
  stages: z.array(
    z.object({
      percent: z.optional(z.number()),
      stage: z.number(),
      treatment_n: z.number(),
      treatment_good: z.number(),
      control_n: z.number(),
      control_good: z.number(),
      treatment_p50_ms: z.number(),
      treatment_p95_ms: z.number(),
    }),
  ),
  literal_rollback_trigger: z.object({
    first_fires: z.object({ at: z.string(), n: z.number(), good: z.number() }).nullable(),
    episodes: z.number(),
  }),
  sequential_rollback_trigger: z.object({ alarms: z.array(z.string()), count: z.number() }),
});

function run(file: string, observe: boolean): Promise<ReplayReport> {
  return replay({ loaded: loadPlan(plan), files: [{ file, name: 'metrics.jsonl.gz' }], observe });
}

describe.each(['healthy', 'incident', 'masked'])('the recording %s', (name) => {
  const file = join(recorded, name, 'metrics.jsonl.gz');
  const key = answerKey.parse(JSON.parse(readFileSync(join(recorded, name, 'answer-key.json'), 'utf8')));
  let report: ReplayReport;
  beforeAll(async () => {
    report = await run(file, true);
  });

  it('has the answer key’s counts', () => {
    const { treatment, control } = key;
    expect(report.records).toBe(key.records);
    expect(report.rejected).toEqual({});
    expect(report.values.execution_type).toEqual(key.by_execution_type);
    expect(report.arms).toEqual({
      treatment: { n: treatment.n, good: treatment.good },
      control: { n: control.n, good: control.good },
    });
  });

  it('has the answer key’s stages, quantiles within the sketch’s error', () => {
    const driven = report.stages.filter(({ percent }) => percent > 0);
    expect(
      driven.map(({ arms }) => [arms.treatment.n, arms.treatment.good, arms.control.n, arms.control.good]),
    ).toEqual(
      key.stages.map((stage) => [stage.treatment_n, stage.treatment_good, stage.control_n, stage.control_good]),
    );
    expect(driven.map(({ from }) => from)).toEqual(key.events.map(({ at }) => rounded(at)));
    for (const [index, stage] of key.stages.entries()) {
      const latency = driven[index]?.arms.treatment.latency;
      expect(Math.abs((latency?.p50 ?? 0) / stage.treatment_p50_ms - 1)).toBeLessThanOrEqual(
        sketchRelativeError + 1e-6,
      );
      expect(Math.abs((latency?.p95 ?? 0) / stage.treatment_p95_ms - 1)).toBeLessThanOrEqual(
        sketchRelativeError + 1e-6,
      );
    }
  });

  it('has the answer key’s episodes of the literal rule', () => {
    const firings = report.firings.filter(({ trigger, rule }) => trigger === 'low-success' && rule === 'literal');
    expect(firings).toHaveLength(key.literal_rollback_trigger.episodes);
    const [first] = firings;
    expect(first === undefined ? null : { at: first.at, n: first.n, good: first.good }).toEqual(
      key.literal_rollback_trigger.first_fires,
    );
    if (first !== undefined) expect(first.evidence).toHaveLength(first.n - (first.good ?? 0));
  });

  it('has the answer key’s sequential alarms', () => {
    const alarms = report.firings.filter(({ rule }) => rule === 'sequential').map(({ at }) => at);
    expect(alarms).toHaveLength(key.sequential_rollback_trigger.count);
    expect(alarms.slice(0, 5)).toEqual(key.sequential_rollback_trigger.alarms);
  });

  it('acts as the daemon would have: the first proof ends the attempt, and a crossing without one does not', async () => {
    const acted = await run(file, false);
    const proven = acted.firings.find(({ rule }) => rule === 'proven');
    expect(proven !== undefined).toBe(name !== 'healthy');
    const ends = acted.transitions.filter(({ to }) => to === 'rolled-back').map(({ at }) => at);
    expect(ends).toEqual(proven === undefined ? [] : [proven.at]);
    expect(acted.records).toBe(report.records);
    expect(acted.stages.at(-1)?.to ?? null).toBe(proven?.at ?? null);
  });
});

/** The answer key writes microseconds; a report writes milliseconds. */
function rounded(at: string): string {
  const [whole = '', fraction = '0'] = at.replace('Z', '').split('.');
  return new Date(Date.parse(`${whole}Z`) + Math.round(Number(`0.${fraction}`) * 1000)).toISOString();
}

describe('a recording of another shape', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rampwatch-replay-'));
    writeFileSync(
      join(folder, 'rampwatch.yaml'),
      `version: 1
id: search
sources: [{ file: "events*.csv", time: { field: ts } }, { file: "*.log" }]
arms: { treatment: { variant: new }, control: { variant: old } }
measures: { ok: { share: { status: ok } }, requests: { count: treatment }, panics: { lines: [PANIC] } }
stages:
  - { id: small, percent: 5, soak: 2m, gate: ["ok >= 90%", "requests >= 10"] }
  - { id: full, percent: 100, soak: 1h, gate: ["ok >= 90%"] }
triggers: [{ id: panic, when: "panics > 0", over: 1m, then: rollback }]
`,
    );
    const start = Date.parse('2026-01-05T10:00:00Z');
    const rows = Array.from({ length: 600 }, (_, index) => {
      const at = new Date(start + index * 1000).toISOString();
      return `${at},${index % 4 === 0 ? 'new' : 'old'},ok`;
    });
    writeFileSync(join(folder, 'events-0.csv'), `ts,variant,status\n${rows.join('\n')}\n`);
    writeFileSync(
      join(folder, 'app.log'),
      '2026-01-05T10:05:30Z all is well\n2026-01-05T10:06:00Z PANIC: out of cheese\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('goes through the stages by its gates, and files of several sources are one story', async () => {
    const files = ['app.log', 'events-0.csv'].map((name) => ({ file: join(folder, name), name }));
    const report = await replay({ loaded: loadPlan(join(folder, 'rampwatch.yaml')), files, observe: false });
    expect(report.records).toBe(600);
    expect(report.transitions.map(({ at, to }) => `${at.slice(11, 19)} ${to}`)).toEqual([
      '10:00:00 small',
      '10:02:00 ready',
      '10:02:00 full',
      '10:06:00 rolling-back',
      '10:06:00 rolled-back',
    ]);
    expect(report.firings).toMatchObject([
      {
        trigger: 'panic',
        rule: 'literal',
        at: '2026-01-05T10:06:00.000Z',
        n: 1,
        evidence: [{ file: 'app.log', line: 2 }],
      },
    ]);
  });

  it('passes no gate in a silence of the recording, as the daemon would not have', async () => {
    const start = Date.parse('2026-01-05T10:00:00Z');
    const rows = Array.from({ length: 600 }, (_, index) => {
      const at = start + (index < 60 ? index : 3600 + index) * 1000;
      return `${new Date(at).toISOString()},new,ok`;
    });
    writeFileSync(join(folder, 'events-silent.csv'), `ts,variant,status\n${rows.join('\n')}\n`);
    const patient = join(folder, 'patient.yaml');
    writeFileSync(patient, readFileSync(join(folder, 'rampwatch.yaml'), 'utf8').replace('soak: 2m', 'soak: 20m'));
    writeFileSync(join(folder, 'quiet.log'), '2026-01-05T10:00:00Z all is well\n');
    const files = ['quiet.log', 'events-silent.csv'].map((name) => ({ file: join(folder, name), name }));
    const { transitions } = await replay({ loaded: loadPlan(patient), files, observe: false });
    // The soak is over at 10:20, when nothing has come for longer than 15 minutes.
    expect(transitions.map(({ at, to }) => `${at.slice(11, 19)} ${to}`)).toEqual([
      '10:00:00 small',
      '11:02:00 ready',
      '11:02:00 full',
    ]);
  });

  it('begins in a freeze too, for what was recorded has happened, and stays where the plan forbids to go on', async () => {
    const frozen = join(folder, 'frozen.yaml');
    const plan = readFileSync(join(folder, 'rampwatch.yaml'), 'utf8');
    writeFileSync(frozen, `${plan}advance: { deny: ["Mon 00:00 - Fri 00:00"] }\n`);
    const files = ['app.log', 'events-0.csv'].map((name) => ({ file: join(folder, name), name }));
    const { transitions, stages } = await replay({ loaded: loadPlan(frozen), files, observe: false });
    expect(transitions.map(({ at, to }) => `${at.slice(11, 19)} ${to}`)).toEqual([
      '10:00:00 small',
      '10:02:00 ready',
      '10:06:00 rolling-back',
      '10:06:00 rolled-back',
    ]);
    expect(stages.map(({ arms }) => arms.treatment.n)).toEqual([90]);
  });
});

describe('an observed recording', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rampwatch-observed-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const start = Date.parse('2026-01-05T10:00:00Z');
  const record = (second: number, arm: string, ok: boolean) =>
    JSON.stringify({ timestamp: new Date(start + second * 1000).toISOString(), arm, ok });
  const stage = (second: number, to: number) =>
    JSON.stringify({ timestamp: new Date(start + second * 1000).toISOString(), event: 'stage', to });

  function observed(lines: readonly string[], rest: string): Promise<ReplayReport> {
    const file = join(folder, 'metrics.jsonl');
    writeFileSync(file, `${lines.join('\n')}\n`);
    writeFileSync(
      join(folder, 'rampwatch.yaml'),
      `version: 1
id: observed
sources: [{ file: metrics.jsonl, stage_event: { match: { event: stage }, percent: to } }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } } }
${rest}
`,
    );
    const loaded = loadPlan(join(folder, 'rampwatch.yaml'));
    return replay({ loaded, files: [{ file, name: 'metrics.jsonl' }], observe: true });
  }

  it('has one episode from its first to its last record, whatever attempt the source begins meanwhile', async () => {
    const failing = (from: number) => Array.from({ length: 50 }, (_, index) => record(from + index, 'new', false));
    const report = await observed(
      [...failing(0), stage(55, 10), ...failing(60), stage(115, 0), stage(116, 10), ...failing(120)],
      `stages: [{ id: ten, percent: 10 }]
triggers: [{ id: low, when: "ok < 50%", over: 5m, min: 10, then: rollback }]`,
    );
    const literal = report.firings.filter(({ rule }) => rule === 'literal');
    expect(literal.map(({ at, until }) => `${at.slice(11, 19)} ${until.slice(11, 19)}`)).toEqual(['10:00:09 10:02:49']);
  });

  it('knows the records of a baseline’s window to the instant, however long ago it was', async () => {
    // The control fails until 10:00:30, where the window begins.
    const lines = Array.from({ length: 60 }, (_, second) => record(second, 'old', second >= 30));
    const later = Array.from({ length: 20 }, (_, second) => record(3 * 3600 + second, 'new', true));
    const report = await observed(
      [...lines, stage(3 * 3600, 10), ...later],
      `baseline: { window: ["2026-01-05T10:00:30Z", "2026-01-05T10:01:00Z"] }
stages: [{ id: off, percent: 0 }, { id: ten, percent: 10, gate: ["ok <= 100% of baseline", "ok >= 100% of baseline"] }]`,
    );
    expect(report.stages.at(-1)?.gate.map(({ verdict }) => verdict)).toEqual(['met', 'met']);
  });
});
