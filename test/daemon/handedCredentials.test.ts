import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { secretForms } from '../../daemon/approval/secretForms.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { type Client, connectClient } from '../../daemon/serve/client.ts';
import { complaint } from '../support/complaint.ts';
import { ServedFlag, startFlagServer } from '../support/flagServer.ts';
import { placed } from '../support/remoteFlag.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

// No shape of theirs tells that these are credentials: only who knows them can take them out of a text.
const flagCredential = 'plain words 4711 of the flag';
const laterCredential = 'plain words 4712 of the flag';
const streamCredential = 'plain words 4713 of a stream';
const flagPlace = 'env:RAMPWATCH_FLAGS_TOKEN';
const streamPlace = 'env:RAMPWATCH_STREAM_TOKEN';

/** A source that says its credential in its records and on standard error, and ends without one. */
const stream = `echo "given $RAMPWATCH_STREAM_TOKEN." >&2; [ -n "$RAMPWATCH_STREAM_TOKEN" ] || exit 3; printf '{"timestamp":"%s","arm":"new","ok":true,"note":"%s"}\\n' $(date -u +%FT%TZ) "$RAMPWATCH_STREAM_TOKEN"; exec sleep 600`;

const planFor = (url: string) =>
  `${smallPlan.slice(0, smallPlan.indexOf('flag:'))}flag:
  http:
    headers: { Authorization: "Bearer ${placed(flagPlace)}" }
    set: { method: PUT, url: "${url}/flags/new-upload", body: { enabled: "${placed('enabled')}", percent: "${placed('percent')}" } }
    get: { url: "${url}/flags/new-upload", read: { /enabled: "${placed('enabled')}", /percent: "${placed('percent')}" } }
    timeout: 2s
    every: 1s
`.replace(
    'sources: [{',
    `sources: [{ command: [sh, -c, '${stream.replaceAll("'", "''")}'], environment: [RAMPWATCH_STREAM_TOKEN], format: jsonl }, {`,
  );

const wanted = (view: WorkspaceView) =>
  (rolloutIn(view).credentials ?? []).map(({ place, want }) => `${place} ${want}`).toSorted();
const hand = (client: Client, place: string, value: string | null) =>
  client.request('handCredential', { place, value });

async function approveAll(workspace: TestWorkspace): Promise<void> {
  const { uses } = JSON.parse((await workspace.run('approve', '--json')).stdout);
  const hashes = uses.map(({ sha256 }: { readonly sha256: string }) => sha256);
  expect(await workspace.run('approve', ...hashes)).toMatchObject({ code: 0 });
}

it('a credential of the editor opens flag and source, lives in memory alone, and is in nothing that is kept or told', async ({
  onTestFinished,
}) => {
  const flag = new ServedFlag(flagCredential);
  // A system that says back what it was sent.
  const server = await startFlagServer((request) => {
    const answer = flag.answer(request);
    if (typeof answer === 'string' || answer.status === 200) return answer;
    return { ...answer, body: { message: `nobody knows ${request.headers.authorization}` } };
  }, onTestFinished);
  const workspace = testWorkspace(planFor(server.url), onTestFinished);
  const told: string[] = [];
  const noted = async (ended: ReturnType<TestWorkspace['run']>) => {
    const { stdout, stderr } = await ended;
    told.push(stdout + stderr);
    return await ended;
  };
  const connect = async () => {
    const client = await workspace.connect();
    client.onView((view) => told.push(JSON.stringify(view)));
    told.push(JSON.stringify(client.view));
    return client;
  };
  const first = workspace.startDaemon();
  const client = await connect();
  await approveAll(workspace);

  // Without an editor: which one is missing, and the three ways to give it, in one line.
  await viewWhere(client, (view) => wanted(view).length === 2);
  expect(wanted(client.view as WorkspaceView)).toEqual([`${flagPlace} missing`, `${streamPlace} missing`]);
  // The flag is looked at some time after its approval.
  await expect
    .poll(async () => (await noted(workspace.run('status'))).stdout, { timeout: 120_000, interval: 500 })
    .toMatch(
      /[Tt]he credential RAMPWATCH_FLAGS_TOKEN is missing: set that variable [^\n]*mode 0600[^\n]*store it in the editor/,
    );
  const lacking = (view: WorkspaceView) => rolloutIn(view).sources[0]?.health.detail ?? '';
  await viewWhere(client, (view) =>
    /the credential RAMPWATCH_STREAM_TOKEN is missing: .*store it in the editor/.test(lacking(view)),
  );
  expect((await client.request('credentials', {})).asked).toEqual([
    { place: flagPlace, uses: [{ rollout: 'uploads', part: 'flag' }], source: null, refused: false, fault: null },
    {
      place: streamPlace,
      uses: [{ rollout: 'uploads', part: 'sources[0]' }],
      source: null,
      refused: false,
      fault: null,
    },
  ]);

  // Who may only view hands nothing over, and what is no credential is refused without a word of it.
  const viewer = await connectClient(workspace.directory, { role: 'viewer', follow: false });
  await expect(hand(viewer, flagPlace, flagCredential)).rejects.toMatchObject({ code: 'not-permitted' });
  await expect(viewer.request('credentials', {})).rejects.toMatchObject({ code: 'not-permitted' });
  await viewer.close();
  for (const value of ['two\nlines of it', 'shortie'])
    await expect(hand(client, flagPlace, value)).rejects.toSatisfy(
      (error: Error & { code: string }) => error.code === 'bad-request' && !error.message.includes(value),
    );

  // Two windows: the newest wins.
  const other = await connectClient(workspace.directory, { follow: false });
  expect(await hand(other, flagPlace, laterCredential)).toEqual({ source: 'editor' });
  await viewWhere(client, (view) => wanted(view).includes(`${flagPlace} refused`));
  expect(await hand(client, flagPlace, flagCredential)).toEqual({ source: 'editor' });
  expect(await hand(other, streamPlace, streamCredential)).toEqual({ source: 'editor' });
  await viewWhere(client, (view) => wanted(view).length === 0 && (rolloutIn(view).sources[0]?.records ?? 0) > 0);
  await viewWhere(client, (view) => /given/.test(rolloutIn(view).sources[0]?.health.detail ?? ''));
  expect(await noted(workspace.run('begin'))).toMatchObject({ code: 0 });
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');

  // The flag's system takes another one from now on.
  const renewed = new ServedFlag(laterCredential);
  server.answer((request) => {
    const answer = renewed.answer(request);
    if (typeof answer === 'string' || answer.status === 200) return answer;
    return { status: 403, body: { message: `nobody knows ${request.headers.authorization}` } };
  });
  await viewWhere(client, (view) => wanted(view).includes(`${flagPlace} refused`));
  await noted(workspace.run('status'));
  await hand(client, flagPlace, laterCredential);
  await viewWhere(client, (view) => wanted(view).length === 0);
  expect(await noted(workspace.run('advance', '--reason', 'a drill'))).toMatchObject({ code: 0 });
  await viewWhere(client, () => renewed.value.percent === 50);

  // Another process has no credential of the editor, and does not take it for missing.
  expect((await noted(workspace.run('doctor'))).stdout).toMatch(
    /is looked at by the daemon, which has RAMPWATCH_FLAGS_TOKEN from an editor/,
  );
  // The memory of a daemon ends with it.
  await noted(workspace.run('logs'));
  await first.kill();
  workspace.startDaemon();
  const again = await connect();
  await viewWhere(again, (view) => wanted(view).includes(`${flagPlace} missing`));
  expect(complaint(await noted(workspace.run('rollback', '--reason', 'no longer')))).toMatch(/is missing/);
  expect(renewed.value.percent).toBe(50);
  await hand(again, flagPlace, laterCredential);
  await viewWhere(again, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  expect(renewed.value).toEqual({ enabled: false, percent: 0 });
  await hand(again, flagPlace, null);
  await viewWhere(again, (view) => wanted(view).includes(`${flagPlace} missing`));

  // An application that writes them into its log: its own file has them, and nothing that is made of it.
  await hand(again, streamPlace, streamCredential);
  const records = [laterCredential, streamCredential].map((note) =>
    JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok: false, note: `sent ${note} on` }),
  );
  workspace.write('metrics.jsonl', `${records.join('\n')}\n`);
  await viewWhere(again, (view) => (rolloutIn(view).sources[1]?.records ?? 0) === records.length);
  for (const words of [
    ['journal'],
    ['report'],
    ['logs'],
    ['doctor'],
    ['why'],
    ['escalate', '--yes', '--out', 'bundle'],
  ])
    await noted(workspace.run(...words));
  const made = filesBelow(workspace.folder).filter((file) => !file.endsWith('/metrics.jsonl'));
  const kept = made.map((file) => ({ file, text: readFileSync(file).toString('latin1') }));
  expect(kept.filter(({ file, text }) => /bundle/.test(file) && text.includes('sent [redacted] on'))).not.toEqual([]);
  for (const secret of [flagCredential, laterCredential, streamCredential].flatMap(secretForms)) {
    expect(told.filter((text) => text.includes(secret))).toEqual([]);
    expect(kept.flatMap(({ file, text }) => (text.includes(secret) ? [file] : []))).toEqual([]);
  }
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
