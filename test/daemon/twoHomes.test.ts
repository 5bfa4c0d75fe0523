import { expect, it } from 'vitest';
import type { PhaseKind } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { complaint } from '../support/complaint.ts';
import { type FlagServer, ServedFlag, startFlagServer } from '../support/flagServer.ts';
import { placed } from '../support/remoteFlag.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

const token = 'tok-5b1d77c0fa3c4e10';

const planFor = (url: string, proof = '') => `${smallPlan.slice(0, smallPlan.indexOf('flag:'))}flag:
  http:
    headers: { Authorization: "Bearer ${placed('env:RAMPWATCH_HOMES_TOKEN')}" }
    set: { method: PUT, url: "${url}/flags/new-upload", body: { enabled: "${placed('enabled')}", percent: "${placed('percent')}" } }
    get: { url: "${url}/flags/new-upload", read: { /enabled: "${placed('enabled')}", /percent: "${placed('percent')}" } }
    timeout: 2s
    every: 1s
${proof}`;

const phaseIs = (kind: PhaseKind) => (view: WorkspaceView) => rolloutIn(view).standing.phase.kind === kind;
const isVerified = (view: WorkspaceView) => rolloutIn(view).flag?.effect?.progress === 'verified';
const puts = ({ seen }: FlagServer) => seen.filter(({ method }) => method === 'PUT').map(({ body }) => body);

interface Home {
  readonly workspace: TestWorkspace;
  readonly client: Client;
}

/** A home of its own with its own state, which has advanced to half of the users. */
async function home(url: string, finished: (clean: () => Promise<void>) => void, proof?: string): Promise<Home> {
  const workspace = testWorkspace(planFor(url, proof), finished);
  workspace.environment.RAMPWATCH_HOMES_TOKEN = token;
  workspace.startDaemon();
  const client = await workspace.connect();
  finished(() => client.close());
  const [{ sha256 }] = JSON.parse((await workspace.run('approve', '--json')).stdout).uses;
  expect(await workspace.run('approve', sha256)).toMatchObject({ code: 0 });
  expect(await workspace.run('begin', '--reason', 'a drill')).toMatchObject({ code: 0 });
  await viewWhere(client, isVerified);
  expect(await workspace.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
  await viewWhere(client, (view) => rolloutIn(view).standing.stage === 'half' && isVerified(view));
  return { workspace, client };
}

it.each(['first', 'second'])(
  'two homes on one flag: a rollback of the %s wins and stays, and the other says it',
  async (who) => {
    const clean: (() => Promise<void>)[] = [];
    const finished = (each: () => Promise<void>) => void clean.push(each);
    try {
      const flag = new ServedFlag(token);
      const server = await startFlagServer(flag.answer, finished);
      const one = await home(server.url, finished);
      // The first sees the second begin at 0 %, and both stand at half in the end.
      const two = await home(server.url, finished);
      await viewWhere(one.client, (view) => rolloutIn(view).flag?.drift === undefined);
      const [back, other] = who === 'first' ? [one, two] : [two, one];
      expect(await back.workspace.run('rollback', '--reason', 'broken')).toMatchObject({ code: 0 });
      await viewWhere(back.client, phaseIs('rolled-back'));
      expect(flag.value).toEqual({ enabled: false, percent: 0 });

      // The other has not set it, says so, and goes nowhere by itself or by an advance.
      const drifted = await viewWhere(other.client, (view) => rolloutIn(view).flag?.drift !== undefined);
      expect(rolloutIn(drifted).flag?.drift).toEqual({ found: 0, wanted: 50 });
      expect(rolloutIn(drifted).standing.soak.countingSince).toBeNull();
      const sent = puts(server).length;
      expect(complaint(await other.workspace.run('advance'))).toMatch(
        /says \/enabled=false, \/percent=0, which this rollout did not set: put .*percent=50 back, or roll back/,
      );
      expect((await other.workspace.run('status')).stdout).toMatch(
        /says 0 %, not 50 %: somebody else has set it\. Put 50 % back, or roll back/,
      );
      expect(puts(server)).toHaveLength(sent);
      expect(flag.value).toEqual({ enabled: false, percent: 0 });

      // A person there puts it back all the same: the home that has gone back says that users are exposed.
      expect(await other.workspace.run('restore')).toMatchObject({ code: 0 });
      await viewWhere(other.client, (view) => rolloutIn(view).flag?.drift === undefined);
      expect(flag.value).toEqual({ enabled: true, percent: 50 });
      const exposed = await viewWhere(back.client, (view) => rolloutIn(view).standing.exposure !== undefined);
      expect(rolloutIn(exposed).standing.exposure).toMatchObject({ by: 'flag', percent: 50 });
      expect((await back.workspace.run('status')).stdout).toMatch(/EXPOSED without an attempt at 50 %/);
      // A rollback of that home wins too, and the first one's way back is as open as before.
      expect(await back.workspace.run('rollback', '--reason', 'again')).toMatchObject({ code: 0 });
      await viewWhere(back.client, (view) => rolloutIn(view).standing.exposure === undefined);
      expect(flag.value).toEqual({ enabled: false, percent: 0 });
    } finally {
      for (const each of clean.toReversed()) await each();
    }
  },
);

it('a rollback that another home overwrites is set again, each time after a longer pause, and says so', async ({
  onTestFinished,
}) => {
  const flag = new ServedFlag(token);
  const server = await startFlagServer(flag.answer, onTestFinished);
  const proof = '  proof: { share: treatment, within: 10m }\n';
  const { workspace, client } = await home(server.url, onTestFinished, proof);
  expect(await workspace.run('rollback', '--reason', 'broken')).toMatchObject({ code: 0 });
  // Another home sets its stage each time that the flag was set and read back.
  const tries: number[] = [];
  for (let fights = 1; fights <= 3; fights += 1) {
    await viewWhere(client, (view) => isVerified(view) && flag.value.percent === 0);
    flag.value = { enabled: true, percent: 50 };
    const lost = rolloutIn(await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'failed'));
    expect(lost.standing.phase).toMatchObject({
      kind: 'rollback-failed',
      detail: expect.stringMatching(/was set and then overwritten, and says \/enabled=true, \/percent=50/),
    });
    tries.push(lost.flag?.effect?.tries ?? 0);
    if (fights === 1) expect((await workspace.run('status')).stdout).toMatch(/was set and then overwritten/);
  }
  // The pause is 1, 2, 4 s by the number of tries: see `dueEffect`.
  expect(tries).toEqual([1, 2, 3]);
  await viewWhere(client, (view) => isVerified(view) && flag.value.percent === 0);
  expect(puts(server).filter((body) => JSON.parse(body).percent === 0).length).toBeGreaterThanOrEqual(4);
});
