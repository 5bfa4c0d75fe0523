import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';

type Finished = Parameters<typeof testWorkspace>[1];

/** A rollout at 50 %, forced there without data. */
async function atHalf(onTestFinished: Finished): Promise<{ workspace: TestWorkspace; client: Client }> {
  const workspace = testWorkspace(smallPlan, onTestFinished);
  workspace.write('.env', flagOff);
  workspace.startDaemon();
  const client = await workspace.connect();
  for (const words of [['begin'], ['advance', '--reason', 'a drill']]) {
    expect(await workspace.run(...words)).toMatchObject({ code: 0, stderr: '' });
  }
  return { workspace, client };
}

/** As an editor saves: under another name, then renamed. */
function replacePlan({ folder }: TestWorkspace, text: string): void {
  writeFileSync(join(folder, 'plan.draft'), text);
  renameSync(join(folder, 'plan.draft'), join(folder, 'rampwatch.yaml'));
}

const problemIn = (view: WorkspaceView): string => rolloutIn(view).plan.problem ?? '';
const isHalf = (view: WorkspaceView): boolean => rolloutIn(view).standing.stage === 'half';
const events = (view: WorkspaceView): readonly string[] => rolloutIn(view).journal.map(({ body }) => body.kind);

describe.concurrent('a plan that changes while its rollout exposes users', () => {
  it.for<[string, (plan: string) => string, RegExp]>([
    ['broken', () => 'stages: [', /^rampwatch\.yaml:\d+:\d+: .*bracket/],
    ['emptied', () => '', /^rampwatch\.yaml:1:1: the plan is empty/],
    [
      'without the current stage',
      (plan) => plan.replace('id: half', 'id: most'),
      /^rampwatch\.yaml: the rollout is in stage `half` at 50 %, which this plan no longer has: put the stage back, or roll back first$/,
    ],
    [
      'with another id',
      (plan) => plan.replace('id: uploads', 'id: others'),
      /^rampwatch\.yaml:\d+:1: the id was `uploads`, and that rollout is under way: put the id back/,
    ],
    [
      'with another flag',
      (plan) => plan.replace('dotenv: .env', 'dotenv: other.env'),
      /^rampwatch\.yaml:\d+:1: the flag's file and keys cannot change while the rollout is under way/,
    ],
  ])(
    '%s: it is shown, the rollout goes on, and the mended plan is taken',
    async ([, edit, told], { onTestFinished }) => {
      const { workspace, client } = await atHalf(onTestFinished);
      replacePlan(workspace, edit(smallPlan));
      const shown = await viewWhere(client, (view) => told.test(problemIn(view)));
      expect(shown.problems.map(({ message }) => message)).toEqual([problemIn(shown)]);
      expect(isHalf(shown)).toBe(true);
      // Commands still act on this rollout.
      expect(await workspace.run('hold')).toMatchObject({ code: 0 });

      replacePlan(workspace, smallPlan.replace('over: 10s', 'over: 20s'));
      const mended = await viewWhere(client, (view) => rolloutIn(view).triggers[0]?.over === 20_000);
      expect({ problem: problemIn(mended), problems: mended.problems }).toEqual({ problem: '', problems: [] });
      expect(isHalf(mended)).toBe(true);
      expect(events(mended)).toContain('plan-changed');
    },
  );

  it('removed: it goes on, over a restart too, and can be rolled back; then it is let go', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    for (const words of [['begin'], ['advance', '--reason', 'a drill']]) await workspace.run(...words);
    const first = await workspace.connect();
    rmSync(join(workspace.folder, 'rampwatch.yaml'));
    await viewWhere(first, (view) => problemIn(view).startsWith('rampwatch.yaml is gone, and the rollout continues'));
    expect(complaint(await workspace.run('stop'))).toContain('exposes users in stage half');
    process.kill(first.discovery.pid, 'SIGKILL');
    await first.closed;

    const status = await workspace.run('status');
    expect(status).toMatchObject({ code: 0, stderr: 'rampwatch: no daemon ran; it was started now\n' });
    expect(status.stdout).toContain('rampwatch.yaml is gone, and the rollout continues with its last good text');
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagHalf);
    const back = await workspace.run('rollback');
    expect(back.stdout).toMatch(/^Rolling back\.\nRoll.* off is /);
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
    const second = await workspace.connect();
    await viewWhere(second, ({ rollouts }) => rollouts.length === 0);
  });

  it('removed, and rolled back: nobody is told to roll back any more, after a restart either', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(`${smallPlan}  proof: { share: treatment, within: 1h }\n`, onTestFinished);
    workspace.write('.env', flagOff);
    for (const words of [['begin'], ['advance', '--reason', 'a drill']]) await workspace.run(...words);
    const first = await workspace.connect();
    rmSync(join(workspace.folder, 'rampwatch.yaml'));
    await viewWhere(first, (view) => problemIn(view).endsWith('put the plan back, or roll back'));
    await workspace.run('rollback');
    const told =
      'rampwatch.yaml is gone, and the rollback continues with its last good text: nothing else is needed for it';
    const back = await viewWhere(first, (view) => problemIn(view) === told);
    expect(back.problems.map(({ message }) => message)).toEqual([told]);
    process.kill(first.discovery.pid, 'SIGKILL');
    await first.closed;
    expect((await workspace.run('status')).stdout).toContain(told);
  });

  it('renamed: its rollout goes with it', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    renameSync(join(workspace.folder, 'rampwatch.yaml'), join(workspace.folder, 'new.rampwatch.yaml'));
    const moved = await viewWhere(client, (view) => rolloutIn(view).plan.file.endsWith('new.rampwatch.yaml'));
    expect({ half: isHalf(moved), problems: moved.problems }).toEqual({ half: true, problems: [] });
  });

  it('edited so that it waits for the end of the attempt: taken when that has come', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    replacePlan(workspace, smallPlan.replace('id: half', 'id: most'));
    await viewWhere(client, (view) => problemIn(view) !== '');
    await workspace.run('rollback');
    const taken = await viewWhere(client, (view) => rolloutIn(view).stages[1]?.id === 'most');
    expect(taken.problems).toEqual([]);
  });

  it('with another measure: it is counted anew from what is there, and everything else stays as it was', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    const line = (fast: boolean): string =>
      JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok: true, fast });
    workspace.write('metrics.jsonl', `${[line(true), line(false), line(true)].join('\n')}\n`);
    workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(client, (view) => rolloutIn(view).sources[0]?.records === 3);
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    replacePlan(workspace, smallPlan.replace('share: { ok: true }', 'share: { fast: true }'));
    const again = await viewWhere(
      client,
      (view) => events(view).includes('plan-changed') && rolloutIn(view).sources[0]?.records === 3,
    );
    expect(again.problems).toEqual([]);
    const logged = async () => (await workspace.run('logs', '--lines', '1000')).stdout;
    await expect.poll(logged, { timeout: 30_000 }).toContain('asks for is read again as a whole');
    expect(await logged()).toContain('the plan was edited; the data for its new parts is read again beside the rest');
  });

  it('whose flag somebody else writes: it is said, with what to put back', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    writeFileSync(join(workspace.folder, '.env'), flagHalf.replace('=50', '=100'));
    const health = (view: WorkspaceView) => rolloutIn(view).standing.health;
    const drifted = await viewWhere(client, (view) => health(view).kind === 'alarm');
    expect(health(drifted)).toMatchObject({
      detail: '.env says UPLOAD_ROLLOUT=100, which this rollout did not set: put UPLOAD_ROLLOUT=50 back, or roll back',
    });
    writeFileSync(join(workspace.folder, '.env'), flagHalf);
    await viewWhere(client, (view) => health(view).kind !== 'alarm');
    expect(await workspace.run('rollback')).toMatchObject({ code: 0 });
    writeFileSync(join(workspace.folder, '.env'), flagHalf);
    await viewWhere(client, (view) => health(view).kind === 'alarm');
    writeFileSync(join(workspace.folder, '.env'), '');
    await viewWhere(client, (view) => health(view).kind !== 'alarm');
  });

  it('that is a pipe: it is said, and holds up no rollback', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    execFileSync('mkfifo', [join(workspace.folder, 'pipe.rampwatch.yaml')]);
    const { problems } = await viewWhere(client, (view) => view.problems.length > 0);
    expect(problems.map(({ message }) => message)).toEqual([
      'pipe.rampwatch.yaml is not a regular file: a plan is a YAML file',
    ]);
    expect(await workspace.run('rollback', '--plan', 'rampwatch.yaml')).toMatchObject({ code: 0, stderr: '' });
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
  });

  it('added beside another: both are watched', async ({ onTestFinished }) => {
    const { workspace, client } = await atHalf(onTestFinished);
    workspace.write('more.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: more'));
    const both = await viewWhere(client, ({ rollouts }) => rollouts.length === 2);
    expect(both.rollouts.map(({ rollout }) => rollout)).toEqual(['uploads', 'more']);
    expect(both.problems.map(({ message }) => message)).toEqual([
      'more.rampwatch.yaml: rampwatch.yaml sets UPLOAD_ENABLED, UPLOAD_ROLLOUT of .env too, and each undoes the other: give each rollout keys of its own',
    ]);
    workspace.write('more.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: more').replaceAll('UPLOAD_', 'MORE_'));
    await viewWhere(client, ({ rollouts, problems }) => rollouts.length === 2 && problems.length === 0);
    rmSync(join(workspace.folder, 'more.rampwatch.yaml'));
    const one = await viewWhere(client, ({ rollouts }) => rollouts.length === 1);
    expect(one.problems).toEqual([]);
  });
});
