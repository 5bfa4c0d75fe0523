import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PhaseKind } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { complaint } from '../support/complaint.ts';
import { ServedFlag, startFlagServer } from '../support/flagServer.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

const token = 'tok-9d1e55c0aa7b4f32';
const placed = (name: string) => `$\{${name}}`;

const planFor = (url: string) => `${smallPlan.slice(0, smallPlan.indexOf('flag:'))}flag:
  http:
    headers: { Authorization: "Bearer ${placed('env:RAMPWATCH_TEST_TOKEN')}" }
    set: { method: PUT, url: "${url}/flags/new-upload", body: { enabled: "${placed('enabled')}", percent: "${placed('percent')}" } }
    get: { url: "${url}/flags/new-upload", read: { /enabled: "${placed('enabled')}", /percent: "${placed('percent')}" } }
    timeout: 2s
    every: 1s
`;

const phase = (view: WorkspaceView) => rolloutIn(view).standing.phase;
const inPhase = (kind: PhaseKind) => (view: WorkspaceView) => phase(view).kind === kind;
const kinds = (view: WorkspaceView) => rolloutIn(view).journal.map(({ body }) => body.kind);

function httpWorkspace(url: string, finished: (clean: () => Promise<void>) => void): TestWorkspace {
  process.env.RAMPWATCH_TEST_TOKEN = token;
  return testWorkspace(planFor(url), finished);
}

async function approveAll(workspace: TestWorkspace): Promise<void> {
  const shown = await workspace.run('approve', '--json');
  const [{ sha256 }] = JSON.parse(shown.stdout).uses;
  expect(await workspace.run('approve', sha256)).toMatchObject({ code: 0 });
}

it('a flag behind HTTP: approved, set, drifted, down, and set back as soon as it is up', async ({ onTestFinished }) => {
  const flag = new ServedFlag(token);
  const server = await startFlagServer(flag.answer, onTestFinished);
  const workspace = httpWorkspace(server.url, onTestFinished);
  workspace.startDaemon();
  const client = await workspace.connect();
  // Nothing is sent, and nothing begins, before a person has approved it.
  expect(complaint(await workspace.run('begin'))).toMatch(/was not approved on this machine: `rampwatch approve`/);
  expect(server.seen).toEqual([]);
  const shown = await workspace.run('approve');
  expect(shown).toMatchObject({ code: 1, stderr: expect.stringMatching(/not approved: the flag: PUT http:/) });
  expect(shown.stdout).toContain('Authorization: Bearer $' + '{env:RAMPWATCH_TEST_TOKEN}');
  await approveAll(workspace);
  expect(await workspace.run('begin')).toMatchObject({ code: 0 });
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
  expect(await workspace.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
  await viewWhere(client, () => flag.value.percent === 50);
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
  // Another home sets the same flag.
  flag.value = { enabled: true, percent: 100 };
  await viewWhere(client, (view) => kinds(view).includes('flag-drifted'));
  expect(complaint(await workspace.run('advance'))).toMatch(
    /PUT http:\S+ says \/percent=100, which this rollout did not set: put \/percent=50 back, or roll back/,
  );
  flag.value = { enabled: true, percent: 50 };
  await viewWhere(client, (view) => kinds(view).includes('flag-restored'));
  // Down: told at once, and no move forward.
  await server.down();
  await viewWhere(client, (view) => kinds(view).filter((kind) => kind === 'flag-drifted').length === 2);
  expect(complaint(await workspace.run('advance', '--reason', ''))).toMatch(
    /cannot be read, so that nobody knows.*ECONNREFUSED/,
  );
  await workspace.run('rollback', '--reason', 'down');
  const failed = phase(await viewWhere(client, inPhase('rollback-failed')));
  expect(failed).toHaveProperty(
    'detail',
    expect.stringMatching(/ECONNREFUSED.*by hand: curl -X PUT .*"enabled":false,"percent":0.*flags\/new-upload/),
  );
  const status = await workspace.run('status');
  expect(status.stdout).toMatch(/by hand: curl -X PUT/);
  // It is tried again, by itself.
  await server.up();
  await viewWhere(client, inPhase('rolled-back'));
  expect(flag.value).toEqual({ enabled: false, percent: 0 });
  // The credential is in nothing that was kept or told.
  const report = await workspace.run('report');
  const doctor = await workspace.run('doctor');
  await workspace.run('escalate', '--yes', '--out', 'bundle');
  expect(doctor.stdout).toContain('/percent=0');
  for (const { stdout, stderr } of [
    status,
    report,
    doctor,
    await workspace.run('journal'),
    await workspace.run('logs'),
  ])
    expect(stdout + stderr).not.toContain(token);
  expect(filesBelow(workspace.folder).filter((file) => readFileSync(file).includes(token))).toEqual([]);
});

it('a rollback of a flag behind HTTP that was killed half-way is finished by the next daemon', async ({
  onTestFinished,
}) => {
  const flag = new ServedFlag(token);
  const server = await startFlagServer(flag.answer, onTestFinished);
  const workspace = httpWorkspace(server.url, onTestFinished);
  const first = workspace.startDaemon();
  const client = await workspace.connect();
  await approveAll(workspace);
  await workspace.run('begin', '--at', 'off');
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
  await workspace.run('advance', '--reason', 'a drill');
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified' && flag.value.percent === 50);
  let killed: () => void = () => undefined;
  const isSent = new Promise<void>((resolve) => {
    killed = resolve;
  });
  server.answer((request) => {
    if (request.method !== 'PUT') return flag.answer(request);
    killed();
    return 'silent';
  });
  void workspace.run('rollback');
  await isSent;
  await first.kill();
  expect(flag.value.percent).toBe(50);
  server.answer(flag.answer);
  workspace.startDaemon();
  await viewWhere(await workspace.connect(), inPhase('rolled-back'));
  expect(flag.value).toEqual({ enabled: false, percent: 0 });
});

it('a rollback without the daemon sets a flag behind HTTP', async ({ onTestFinished }) => {
  const flag = new ServedFlag(token);
  const server = await startFlagServer(flag.answer, onTestFinished);
  flag.value = { enabled: true, percent: 50 };
  const workspace = httpWorkspace(server.url, onTestFinished);
  expect(complaint(await workspace.run('rollback', '--direct'))).toMatch(/was not approved on this machine/);
  await approveAll(workspace);
  const direct = await workspace.run('rollback', '--direct');
  expect(direct).toMatchObject({ code: 0, stdout: expect.stringMatching(/is set to 0 % and read back/) });
  expect(flag.value).toEqual({ enabled: false, percent: 0 });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
