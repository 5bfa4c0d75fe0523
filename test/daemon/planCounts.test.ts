import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff } from '../support/smallPlan.ts';

/** A rollout that advances by itself as soon as its gate is met. */
const plan = `version: 1
id: uploads
sources: [{ file: metrics.jsonl, fresh: 5m }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment } }
stages:
  - { id: half, percent: 50, gate: ["ok >= 90%", "uploads >= 20"] }
  - { id: full, percent: 100, soak: 1h }
advance: { mode: auto }
flag:
  dotenv: .env
  set: { UPLOAD_ENABLED: "\${enabled}", UPLOAD_ROLLOUT: "\${percent}" }
`;
const fresher = plan.replace('fresh: 5m', 'fresh: 6m');

function replacePlan({ folder }: TestWorkspace, text: string): void {
  writeFileSync(join(folder, 'plan.draft'), text);
  renameSync(join(folder, 'plan.draft'), join(folder, 'rampwatch.yaml'));
}

function record(ok: boolean, more: object = {}): string {
  return `${JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok, ...more })}\n`;
}

const lines = (count: number, ok: boolean, more: object = {}): string => record(ok, more).repeat(count);
const condition = (view: WorkspaceView, text: string): ConditionVerdict | undefined =>
  rolloutIn(view).stages[0]?.gate.find(({ condition: of }) => of === text);
const figureOf = (view: WorkspaceView, text = 'ok >= 90%') => condition(view, text)?.figure;
const isEdited = (view: WorkspaceView): boolean =>
  rolloutIn(view).journal.some(({ body }) => body.kind === 'plan-changed');

/** At 50 %, with 30 of 100 failed records: the gate holds the rollout there. */
async function failing(onTestFinished: Parameters<typeof testWorkspace>[1], text = plan) {
  const workspace = testWorkspace(text, onTestFinished);
  workspace.write('.env', flagOff);
  workspace.write('metrics.jsonl', '');
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  expect(await workspace.run('begin')).toMatchObject({ code: 0 });
  const file = join(workspace.folder, 'metrics.jsonl');
  appendFileSync(file, lines(30, false, { fast: true }) + lines(70, true, { fast: true }));
  await viewWhere(client, (view) => figureOf(view)?.n === 100);
  return { workspace, daemon, client, file };
}

/** The log is rotated away and gone, another has begun. */
async function rotatedAway(file: string): Promise<void> {
  renameSync(file, `${file}.1`);
  writeFileSync(file, '');
  rmSync(`${file}.1`);
}

describe.concurrent('counts of a rollout whose plan is edited', () => {
  it('outlast an edit of something else, although their log is gone', async ({ onTestFinished }) => {
    const { workspace, client, file } = await failing(onTestFinished);
    await rotatedAway(file);
    replacePlan(workspace, fresher);
    await viewWhere(client, isEdited);
    appendFileSync(file, lines(50, true));
    const view = await viewWhere(client, (shown) => figureOf(shown)?.n === 150);
    expect(figureOf(view)).toMatchObject({ n: 150, good: 120 });
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagHalf);
  });

  it('are taken over from the version before, which knew of its plan by a hash only', async ({ onTestFinished }) => {
    const { workspace, client, file, daemon } = await failing(onTestFinished);
    await rotatedAway(file);
    await daemon.kill();
    await client.closed;
    const store = new DatabaseSync(join(workspace.directory, 'store', 'state.sqlite'));
    store.exec("DELETE FROM running WHERE rollout = 'uploads:counted'");
    store.close();
    replacePlan(workspace, fresher);
    workspace.startDaemon();
    const again = await workspace.connect();
    const view = await viewWhere(again, (shown) => figureOf(shown)?.n === 100 && isEdited(shown));
    expect(figureOf(view)).toMatchObject({ n: 100, good: 70 });
  });

  it('that an edit asks for and no file holds any more pass no gate: a person decides', async ({ onTestFinished }) => {
    const passing = plan.replace('"ok >= 90%", ', '"ok >= 60%", "uploads >= 200", ');
    const { workspace, client, file } = await failing(onTestFinished, passing.replace('ok >= 60%', 'ok >= 90%'));
    await rotatedAway(file);
    const asked = '"fast >= 50%"';
    replacePlan(
      workspace,
      plan
        .replace('"ok >= 90%", "uploads >= 20"', asked)
        .replace('measures: {', 'measures: { fast: { share: { fast: true } },'),
    );
    await viewWhere(client, isEdited);
    appendFileSync(file, lines(40, true, { fast: true }));
    const told = await viewWhere(
      client,
      (view) =>
        condition(view, 'fast >= 50%')?.figure.n === 40 &&
        condition(view, 'fast >= 50%')?.reason.includes('cannot be read again') === true,
    );
    expect(condition(told, 'fast >= 50%')).toMatchObject({
      verdict: 'no-data',
      reason:
        '100 records of this time cannot be read again since the plan was edited, so the measure is unknown for them',
    });
    expect(rolloutIn(told).standing.stage).toBe('half');
    expect(rolloutIn(told).journal.map(({ body }) => body.kind)).toContain('source');
    expect(await workspace.run('advance', '--reason', 'we looked at the rest')).toMatchObject({ code: 0 });
    const report = await workspace.run('report');
    expect(report.stdout).toContain('measure fast is new');
    expect(report.stdout).toContain('Left by override');
  });

  it('that are read again are exact, over a kill at any time', async ({ onTestFinished }) => {
    const { workspace, client, file, daemon } = await failing(onTestFinished);
    const many = 20_000;
    appendFileSync(file, lines(many / 2, false, { fast: false }) + lines(many / 2, true, { fast: true }));
    await viewWhere(client, (view) => figureOf(view)?.n === many + 100);
    replacePlan(
      workspace,
      plan
        .replace('"uploads >= 20"', '"uploads >= 20", "fast >= 95%", "slow <= 1s"')
        .replace(
          'measures: {',
          'measures: { fast: { share: { fast: true } }, slow: { quantile: 0.9, field: s, unit: s },',
        ),
    );
    await viewWhere(client, isEdited);
    await daemon.kill();
    workspace.startDaemon();
    const last = await workspace.connect();
    appendFileSync(file, lines(10, true, { fast: true }));
    const view = await viewWhere(last, (shown) => figureOf(shown, 'fast >= 95%')?.n === many + 110);
    expect(condition(view, 'fast >= 95%')).toMatchObject({ verdict: 'unmet', figure: { good: many / 2 + 110 } });
    expect(figureOf(view)).toMatchObject({ n: many + 110, good: many / 2 + 80 });
  });

  it('that a slip has taken away for a moment are there again, although their log is gone', async ({
    onTestFinished,
  }) => {
    const { workspace, client, file } = await failing(onTestFinished);
    await rotatedAway(file);
    replacePlan(workspace, plan.replace('treatment: { arm: new }', 'treatment: { arm: ne }'));
    await viewWhere(client, isEdited);
    appendFileSync(file, lines(20, true));
    replacePlan(workspace, plan);
    const view = await viewWhere(client, (shown) => figureOf(shown)?.n === 120);
    expect(condition(view, 'ok >= 90%')).toMatchObject({ verdict: 'unmet', figure: { n: 120, good: 90 } });
  });

  it('of people stay, and a line that nobody can date is neither of now nor of nobody', async ({ onTestFinished }) => {
    const signals = plan
      .replace('measures: {', 'measures: { complaints: { signal: complaint },')
      .replace('"ok >= 90%"', '"complaints == 0"');
    const workspace = testWorkspace(signals, onTestFinished);
    workspace.write('.env', flagOff);
    workspace.write('metrics.jsonl', '');
    workspace.write('app.log', 'CRITICAL the disk was full, long ago\nINFO all is well\n');
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await workspace.run('signal', 'complaint');
    const withLog = signals
      .replace('sources: [', 'sources: [{ file: app.log }, ')
      .replace('measures: {', 'measures: { criticals: { lines: [CRITICAL] },')
      .replace('"complaints == 0"', '"complaints == 0", "criticals == 0"')
      .replace('advance:', 'triggers: [{ id: critical, when: "criticals > 0", over: 1m, then: rollback }]\nadvance:');
    replacePlan(workspace, withLog);
    const told = await viewWhere(
      client,
      (view) => condition(view, 'criticals == 0')?.reason.includes('cannot be read again') === true,
    );
    expect(condition(told, 'complaints == 0')).toMatchObject({ verdict: 'unmet', figure: { n: 1 } });
    expect(rolloutIn(told).standing.phase.kind).toBe('soaking');
    appendFileSync(join(workspace.folder, 'app.log'), 'CRITICAL the disk is full\n');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  });

  it('complete no rollout whose later stages were gone for a moment', async ({ onTestFinished }) => {
    const passing = plan.replace('"ok >= 90%"', '"ok >= 60%"').replace('"uploads >= 20"', '"uploads >= 101"');
    const { workspace, client, file } = await failing(onTestFinished, passing.replace('ok >= 60%', 'ok >= 90%'));
    replacePlan(workspace, passing.replace(/ {2}- \{ id: full.*\n/, ''));
    await viewWhere(client, (view) => rolloutIn(view).stages.length === 1 && isEdited(view));
    appendFileSync(file, lines(20, true));
    const waits = await viewWhere(client, (view) =>
      rolloutIn(view).standing.missing.some((line) => line.includes('ok 75 %')),
    );
    expect(rolloutIn(waits).standing).toMatchObject({
      phase: { kind: 'soaking' },
      missing: [
        'the plan no longer asks for ok >= 90%, which is not met (ok 75 % (90 of 120), needs 90 %): continuing needs a reason',
        'the plan no longer has what came next (full at 100 %): put it back, or continue with a reason',
      ],
    });
    expect((await workspace.run('status')).stdout).toContain('what came next (full at 100 %)');
    replacePlan(workspace, passing);
    const back = await viewWhere(client, (view) => rolloutIn(view).stages.length === 2);
    expect(rolloutIn(back).standing.stage).toBe('half');
    expect((await workspace.run('advance')).code).toBe(1);
    expect(await workspace.run('advance', '--reason', 'the failures are known')).toMatchObject({ code: 0 });
  });
});
