import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

const plan = smallPlan.replace(
  'sources: [{ file: metrics.jsonl, fresh: 10s }]',
  'sources: [{ file: metrics.jsonl, stage_event: { match: { event: stage }, percent: to } }, { file: "*.csv", time: { field: at } }, { file: app.log }]',
);
const start = Date.parse('2026-03-01T10:00:00Z');
const upload = (quarter: number, arm = 'new', ok = true): string =>
  JSON.stringify({ timestamp: new Date(start + quarter * 250).toISOString(), arm, ok });
const stage = (second: number, to: number): string =>
  JSON.stringify({ timestamp: new Date(start + second * 1000).toISOString(), event: 'stage', to });
const lines = Array.from({ length: 400 }, (_, quarter) => upload(quarter));
const reportShape = z.object({
  records: z.number(),
  rejected: z.record(z.string(), z.number()),
  stages: z.array(
    z.object({
      percent: z.number(),
      arms: z.object({ treatment: z.object({ n: z.number() }) }),
      gate: z.array(z.object({ verdict: z.string() })),
    }),
  ),
  unknownStages: z.record(z.string(), z.number()),
  firings: z.array(z.object({ at: z.string() })),
  transitions: z.array(z.object({ to: z.string() })),
});

function recorded(onTestFinished: Parameters<typeof testWorkspace>[1]): TestWorkspace {
  const workspace = testWorkspace(plan, onTestFinished);
  workspace.write('metrics.jsonl', `${lines.join('\n')}\n`);
  return workspace;
}

async function report(workspace: TestWorkspace, ...words: string[]) {
  const { code, stdout, stderr } = await workspace.run('replay', '--json', ...words);
  expect(code, stderr).toBe(0);
  return { ...reportShape.parse(JSON.parse(stdout)), stderr };
}

/** What is left of a server that was killed. */
function leaveSocket(path: string): void {
  const serve = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', serve, path]);
}

it('a symbolic link that leads in a circle is one line', async ({ onTestFinished }) => {
  const workspace = recorded(onTestFinished);
  symlinkSync('loop.jsonl', join(workspace.folder, 'loop.jsonl'));
  const { code, stderr } = await workspace.run('replay', 'loop.jsonl');
  expect(code).toBe(1);
  expect(stderr).toBe('rampwatch: loop.jsonl is a symbolic link that leads in a circle; name the file itself\n');
});

it('a generation and what it was compressed to are counted once, and that is said', async ({ onTestFinished }) => {
  const workspace = recorded(onTestFinished);
  const text = `${lines.join('\n')}\n`;
  writeFileSync(join(workspace.folder, 'metrics.jsonl.1.gz'), gzipSync(text));
  writeFileSync(join(workspace.folder, 'metrics.jsonl.2'), `${text}${upload(400)}\n`);
  const { records, stderr } = await report(workspace, 'metrics.jsonl', 'metrics.jsonl.1.gz', 'metrics.jsonl.2');
  expect(records).toBe(400 + 401);
  expect(stderr).toContain('metrics.jsonl.1.gz is a copy of metrics.jsonl and is counted once');
});

describe.concurrent('a recording that cannot be replayed', () => {
  const whole = gzipSync(`${lines.join('\n')}\n`);
  const broken = Buffer.from(whole);
  broken.fill(0xff, 60, 90);
  it.for<[string, (workspace: TestWorkspace) => void, string, RegExp]>([
    ['missing', () => undefined, 'recording-missing', /^there\.jsonl does not exist; name a recorded file$/],
    [
      'empty',
      ({ write }) => write('there.jsonl', ''),
      'recording-empty',
      /^there\.jsonl is empty; there is nothing to replay$/,
    ],
    [
      'a folder',
      ({ folder }) => mkdirSync(join(folder, 'there.jsonl')),
      'recording-not-a-file',
      /^there\.jsonl is a folder; name a recorded file in it$/,
    ],
    [
      'a pipe',
      ({ folder }) => execFileSync('mkfifo', [join(folder, 'there.jsonl')]),
      'recording-not-a-file',
      /^there\.jsonl is a pipe and not a file; let standard input read from it \(rampwatch replay - < there\.jsonl\)$/,
    ],
    [
      'a socket',
      ({ folder }) => leaveSocket(join(folder, 'there.jsonl')),
      'recording-not-a-file',
      /^there\.jsonl is a socket and not a file; name a recorded file$/,
    ],
    [
      'a dangling link',
      ({ folder }) => symlinkSync('nowhere.jsonl', join(folder, 'there.jsonl')),
      'recording-missing',
      /^there\.jsonl is a symbolic link to a file that does not exist; name a recorded file$/,
    ],
    [
      'binary',
      ({ folder }) => writeFileSync(join(folder, 'there.jsonl'), whole.subarray(12)),
      'recording-binary',
      /^there\.jsonl is not text; name a file of JSON lines/,
    ],
    [
      'a cut gzip',
      ({ folder }) => writeFileSync(join(folder, 'there.jsonl'), whole.subarray(0, 12)),
      'recording-damaged',
      /^there\.jsonl is a damaged gzip file of which nothing can be read; fetch it again/,
    ],
    [
      'a corrupt gzip',
      ({ folder }) => writeFileSync(join(folder, 'there.jsonl'), broken),
      'recording-damaged',
      /^there\.jsonl is a damaged gzip file of which nothing can be read; fetch it again/,
    ],
    [
      'UTF-16',
      ({ folder }) => writeFileSync(join(folder, 'there.jsonl'), Buffer.from('\ufeff{}\n', 'utf16le')),
      'recording-utf16',
      /^there\.jsonl is UTF-16; convert it/,
    ],
    [
      'named twice',
      ({ folder }) => linkSync(join(folder, 'metrics.jsonl'), join(folder, 'there.jsonl')),
      'recording-twice',
      /^there\.jsonl is named twice/,
    ],
  ])('%s: one line, or one document, with the others or alone', async ([, place, code, told], { onTestFinished }) => {
    const workspace = recorded(onTestFinished);
    place(workspace);
    const [plain, json] = await Promise.all([
      workspace.run('replay', 'metrics.jsonl', 'there.jsonl'),
      workspace.run('replay', '--json', 'metrics.jsonl', 'there.jsonl'),
    ]);
    expect(complaint(plain)).toMatch(told);
    expect(complaintDocument(json).code).toBe(code);
  });

  it('may not be read', async ({ onTestFinished, skip }) => {
    const workspace = recorded(onTestFinished);
    const setting = { asNobody: true, environment: { NODE_COMPILE_CACHE: '' } };
    skip((await workspace.runIn(setting, '--version')).code !== 0, 'the sources are closed to other users');
    chmodSync(join(workspace.folder, 'metrics.jsonl'), 0o000);
    const refused = await workspace.runIn(setting, 'replay', 'metrics.jsonl');
    expect(complaint(refused)).toBe('metrics.jsonl may not be read; allow your user to read it');
  });
});

describe.concurrent('what a replay makes of', () => {
  let inOne: string;
  beforeAll(() => {
    const half = lines.length / 2;
    inOne = [
      stage(-1, 50),
      ...lines.slice(0, half),
      ...lines.slice(half).map((line) => line.replace('true', 'false')),
    ].join('\n');
  });

  it('rotated files in any order: the same as of one', async ({ onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    const all = inOne.split('\n');
    workspace.write('metrics.jsonl', `${all.slice(300).join('\n')}\n`);
    workspace.write('metrics.jsonl.1', `${all.slice(100, 300).join('\n')}\n`);
    writeFileSync(join(workspace.folder, 'metrics.jsonl.2.gz'), gzipSync(`${all.slice(0, 100).join('\n')}\n`));
    workspace.write('whole.jsonl', `${inOne}\n`);
    const [apart, whole] = await Promise.all([
      report(workspace, 'metrics.jsonl', 'metrics.jsonl.2.gz', 'metrics.jsonl.1'),
      report(workspace, 'whole.jsonl'),
    ]);
    expect(apart).toEqual(whole);
    expect(whole.records).toBe(400);
    expect(whole.transitions.at(-1)?.to).toBe('rolled-back');
  });

  it('an observer: it records to the end and ends nothing', async ({ onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    workspace.write('metrics.jsonl', `${inOne}\n`);
    const observed = await report(workspace, 'metrics.jsonl', '--observe');
    expect(observed.firings).toHaveLength(1);
    expect(observed.transitions.map(({ to }) => to)).toEqual(['off', 'half']);
    expect(observed.stages.map(({ percent, arms }) => [percent, arms.treatment.n])).toEqual([
      [0, 0],
      [50, 400],
    ]);
  });

  it('a percentage that the plan has no stage for: said, and the stage stays', async ({ onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    workspace.write('metrics.jsonl', [stage(0, 50), upload(1), stage(2, 75), upload(3)].join('\n'));
    const told = await report(workspace, 'metrics.jsonl');
    expect(told.unknownStages).toEqual({ 75: 1 });
    expect(told.stages.map(({ percent, arms }) => [percent, arms.treatment.n])).toEqual([
      [0, 0],
      [50, 2],
    ]);
    expect(told.stderr).toBe(
      'rampwatch: the recording enters 75 %, for which the plan has no stage: it stayed in the stage before\n',
    );
  });

  it('records without a stage, or none that count: said', async ({ onTestFinished }) => {
    const workspace = recorded(onTestFinished);
    workspace.write('strange.jsonl', '{"time": 1}\n{"time": 2}\n');
    const [undriven, strange] = await Promise.all([
      report(workspace, 'metrics.jsonl'),
      report(workspace, 'strange.jsonl'),
    ]);
    expect(undriven.stderr).toMatch(/^rampwatch: no record names a stage .*--observe judges all\n$/);
    expect(strange.rejected).toEqual({ 'no-time': 2 });
    expect(strange.stderr).toMatch(/^rampwatch: no record counts: check the source's `format`/);
  });

  it('of neither arm: said, with what the records hold instead', async ({ onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    workspace.write('metrics.jsonl', `${upload(1, 'other')}\n${upload(2, 'fresh\u001b[31m')}\n`);
    const { stderr } = await report(workspace, 'metrics.jsonl');
    expect(stderr).toContain('no record belongs to an arm, so nothing is judged: `arm` says "other", "fresh');
    expect(stderr).not.toContain('\u001b');
    workspace.write('metrics.jsonl', `${upload(1).replace('arm', 'way')}\n`);
    expect((await report(workspace, 'metrics.jsonl')).stderr).toContain('none has `arm`');
  });

  it('an empty log beside others: nothing happened in it', async ({ onTestFinished }) => {
    const workspace = recorded(onTestFinished);
    workspace.write('app.log', '');
    expect((await report(workspace, 'metrics.jsonl', 'app.log')).records).toBe(lines.length);
  });

  it('CSV and text beside JSON, each by the plan’s source', async ({ onTestFinished }) => {
    const workspace = recorded(onTestFinished);
    const at = new Date(start).toISOString();
    workspace.write('more.csv', `at,arm,ok\n${at},new,true\n${at},old,true\nbroken\n`);
    workspace.write('app.log', `${at} all is well\n`);
    const told = await report(workspace, 'metrics.jsonl', 'more.csv', 'app.log');
    expect({ records: told.records, rejected: told.rejected }).toEqual({
      records: 402,
      rejected: { 'wrong-columns': 1 },
    });
  });

  it('a log that tells no year: the records beside it do, however new the copy is', async ({ onTestFinished }) => {
    const logged = plan
      .replace('uploads: { count: treatment }', 'uploads: { count: treatment }, critical: { lines: [CRITICAL] }')
      .replace('triggers: [', 'triggers: [{ id: critical, when: "critical > 0", over: 1m, then: review }, ');
    const workspace = testWorkspace(logged, onTestFinished);
    const of2024 = lines.map((line) => line.replace('2026-', '2024-'));
    workspace.write('metrics.jsonl', `${of2024.join('\n')}\n`);
    workspace.write('app.log', 'Mar  1 10:00:30 host app[7]: CRITICAL the disk is full\n');
    const told = await report(workspace, 'app.log', 'metrics.jsonl', '--observe');
    expect(told.rejected).toEqual({});
    expect(told.firings.map(({ at }) => at)).toEqual(['2024-03-01T10:00:30.000Z']);
  });

  it('a log without dates: said, and its silence passes no gate', async ({ onTestFinished }) => {
    const logged = plan
      .replace('uploads: { count: treatment }', 'uploads: { count: treatment }, critical: { lines: [CRITICAL] }')
      .replace('percent: 0 }', 'percent: 0, gate: ["critical == 0"] }');
    const workspace = testWorkspace(logged, onTestFinished);
    workspace.write('metrics.jsonl', `${[stage(0, 0), ...lines].join('\n')}\n`);
    workspace.write('app.log', '10:00:30.123 [main] CRITICAL the disk is full\n'.repeat(9000));
    const told = await report(workspace, 'metrics.jsonl', 'app.log');
    expect(told.rejected).toEqual({ 'no-time': 9000 });
    expect(told.stages[0]?.gate).toMatchObject([{ verdict: 'no-data' }]);
    expect(told.stderr).toContain('no line of app.log begins with a known date and time');
  });

  it('a plan that begins with users: an observer sees them from the first record', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan.replace('  - { id: off, percent: 0 }\n', ''), onTestFinished);
    workspace.write('metrics.jsonl', `${lines.join('\n')}\n`);
    const observed = await report(workspace, 'metrics.jsonl', '--observe');
    expect(observed.stages.map(({ percent, arms }) => [percent, arms.treatment.n])).toEqual([[50, 400]]);
  });

  it('a gap of years: no tick for each of its minutes', async ({ onTestFinished }) => {
    const workspace = testWorkspace(plan, onTestFinished);
    const long = JSON.stringify({ timestamp: '1970-01-01T00:00:00Z', arm: 'old', ok: true });
    workspace.write('metrics.jsonl', [long, ...lines].join('\n'));
    expect((await report(workspace, 'metrics.jsonl')).records).toBe(401);
  });
});
