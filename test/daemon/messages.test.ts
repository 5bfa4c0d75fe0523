import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Answer, type FlagServer, startFlagServer } from '../support/flagServer.ts';
import { placed } from '../support/remoteFlag.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

// No shape of theirs tells that these are secrets: only who knows them can take them out of a text.
const slackPath = '/services/words-of-slack-4711';
const teamsPath = '/workflows/words-of-teams-4712';

const taken = (): Answer => ({ status: 200, body: 'ok' });

async function messagesWorkspace(
  messages: (url: string) => string,
  finished: (clean: () => Promise<void>) => void,
): Promise<{ workspace: TestWorkspace; server: FlagServer }> {
  const server = await startFlagServer(taken, finished);
  process.env.RAMPWATCH_TEST_SLACK = `${server.url}${slackPath}`;
  process.env.RAMPWATCH_TEST_TEAMS = `${server.url}${teamsPath}`;
  const workspace = testWorkspace(`${smallPlan}messages:\n${messages(server.url)}`, finished);
  workspace.write('.env', flagOff);
  return { workspace, server };
}

async function approveAll(workspace: TestWorkspace): Promise<void> {
  const { uses } = JSON.parse((await workspace.run('approve', '--json')).stdout);
  const hashes: string[] = uses.map(({ sha256 }: { sha256: string }) => sha256);
  expect(await workspace.run('approve', ...hashes)).toMatchObject({ code: 0 });
}

const seenAt = (server: FlagServer, path: string) => server.seen.filter((request) => request.path === path);
const eventsAt = (server: FlagServer, path: string) => seenAt(server, path).map(({ body }) => JSON.parse(body).event);
const moved = async (workspace: TestWorkspace, ...words: string[]) =>
  expect(await workspace.run(...words)).toMatchObject({ code: 0 });

it('begin, advance and rollback are told to Slack, Teams, a webhook and a command, in order and once', async ({
  onTestFinished,
}) => {
  const { workspace, server } = await messagesWorkspace(
    (url) => `  - { to: slack, url: "${placed('env:RAMPWATCH_TEST_SLACK')}" }
  - { to: teams, url: "${placed('env:RAMPWATCH_TEST_TEAMS')}" }
  - { to: webhook, url: "${url}/news", headers: { X-Team: uploads }, on: [begin, advance, rollback] }
  - { to: command, command: [./notify, "${placed('text')}"], on: [rollback] }
`,
    onTestFinished,
  );
  chmodSync(workspace.write('notify', '#!/bin/sh\nprintf "%s\\n" "$1" >> said.txt\ncat >> given.json\n'), 0o755);
  workspace.startDaemon();
  const client = await workspace.connect();
  await approveAll(workspace);
  await moved(workspace, 'begin');
  await moved(workspace, 'advance', '--reason', 'a <!channel> & drill \u202e');
  await moved(workspace, 'rollback', '--reason', 'enough');
  await expect.poll(() => eventsAt(server, '/news'), { timeout: 60_000 }).toEqual(['begin', 'advance', 'rollback']);
  await expect.poll(() => seenAt(server, slackPath).length, { timeout: 60_000 }).toBe(3);
  await expect.poll(() => seenAt(server, teamsPath).length, { timeout: 60_000 }).toBe(3);
  const posted = seenAt(server, '/news');
  const [begun, advanced, rolledBack] = posted.map(({ body }) => JSON.parse(body));
  expect(begun).toMatchObject({ version: 1, rollout: 'uploads', stage: 'off', percent: 0, attempt: 1 });
  expect(begun.sentence).toMatch(/^Attempt 1 begun: by \S.*; Entered off at 0 %$/);
  expect(advanced).toMatchObject({ stage: 'half', percent: 50, by: begun.by, reason: 'a <!channel> & drill \\u202e' });
  expect(rolledBack).toMatchObject({
    stage: 'off',
    percent: 0,
    reason: 'enough',
    link: expect.stringMatching(/^vscode:/),
  });
  expect(rolledBack.sentence).toMatch(/^Rollback to off \(0 %\): by \S.*: enough$/);
  expect(posted.map(({ headers }) => headers['idempotency-key'])).toEqual([begun.id, advanced.id, rolledBack.id]);
  expect(posted[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-team': 'uploads' });
  const slack = JSON.parse(seenAt(server, slackPath)[1]?.body ?? '');
  expect(slack.text).toContain('Entered half at 50 %');
  expect(slack.text).toContain('a &lt;!channel&gt; &amp; drill \\u202e');
  expect(slack.blocks[1].elements[0].text).toMatch(/<vscode:\/\/rampwatch\.rampwatch\/rollout\?rollout=uploads\|/);
  const teams = JSON.parse(seenAt(server, teamsPath)[2]?.body ?? '');
  expect(teams).toMatchObject({
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } }],
  });
  expect(JSON.stringify(teams)).toContain('enough');
  const said = () => filesBelow(workspace.folder).find((file) => file.endsWith('given.json'));
  await expect.poll(said, { timeout: 60_000 }).toBeDefined();
  await expect
    .poll(() => readFileSync(join(workspace.folder, 'given.json'), 'utf8'), { timeout: 60_000 })
    .toMatch(/"event":"rollback"/);
  expect(readFileSync(join(workspace.folder, 'said.txt'), 'utf8')).toMatch(
    /^uploads: Rollback to off \(0 %\): by .*: enough\n$/,
  );
  // A restart tells nothing a second time.
  await client.close();
  await moved(workspace, 'stop', '--force');
  workspace.startDaemon();
  await viewWhere(await workspace.connect(), (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  await moved(workspace, 'begin', '--reason', 'again');
  await expect.poll(() => eventsAt(server, '/news'), { timeout: 60_000 }).toHaveLength(4);
  expect(eventsAt(server, '/news')).toEqual(['begin', 'advance', 'rollback', 'begin']);
  // The addresses are in nothing that was kept or told.
  for (const words of [['status'], ['report'], ['journal'], ['logs'], ['doctor'], ['approve']])
    expect(textOf(await workspace.run(...words))).not.toMatch(/words-of-(?:slack|teams)/);
  const holding = filesBelow(workspace.folder).filter((file) =>
    /words-of-(?:slack|teams)/.test(readFileSync(file, 'latin1')),
  );
  expect(holding).toEqual([]);
});

it('nothing is sent before a person has approved it, and everybody can see that', async ({ onTestFinished }) => {
  const { workspace, server } = await messagesWorkspace(
    () => `  - { to: slack, url: "${placed('env:RAMPWATCH_TEST_SLACK')}" }\n`,
    onTestFinished,
  );
  workspace.startDaemon();
  const client = await workspace.connect();
  const view = await viewWhere(client, (each) => rolloutIn(each).standing.health.kind === 'degraded');
  expect(rolloutIn(view).standing.health).toHaveProperty(
    'detail',
    expect.stringMatching(/^nobody has approved messages\[0\] on this machine, so no message is sent/),
  );
  await moved(workspace, 'begin');
  await expect
    .poll(async () => textOf(await workspace.run('logs')), { timeout: 60_000 })
    .toMatch(/messages\[0\] \(slack\): the message "begin" was not sent: it was not approved/);
  expect(textOf(await workspace.run('doctor'))).toMatch(/nobody has approved messages\[0\]/);
  // An approval is of what happens from now on.
  await approveAll(workspace);
  await moved(workspace, 'advance', '--reason', 'a drill');
  await expect.poll(() => server.seen.length, { timeout: 60_000 }).toBe(1);
  expect(server.seen[0]?.body).toContain('Entered half at 50 %');
});

it('a message of which nobody knows whether it arrived is sent again by the next daemon, under the same id', async ({
  onTestFinished,
}) => {
  const { workspace, server } = await messagesWorkspace(
    (url) => `  - { to: webhook, url: "${url}/news" }\n`,
    onTestFinished,
  );
  const first = workspace.startDaemon();
  await workspace.connect();
  await approveAll(workspace);
  await moved(workspace, 'begin');
  await expect.poll(() => eventsAt(server, '/news'), { timeout: 60_000 }).toEqual(['begin']);
  server.answer(() => 'silent');
  await moved(workspace, 'advance', '--reason', 'a drill');
  await expect.poll(() => server.seen.length, { timeout: 60_000 }).toBe(2);
  await first.kill();
  server.answer(taken);
  workspace.startDaemon();
  await workspace.connect();
  await moved(workspace, 'rollback');
  await expect.poll(() => eventsAt(server, '/news').at(-1), { timeout: 60_000 }).toBe('rollback');
  expect(eventsAt(server, '/news')).toEqual(['begin', 'advance', 'advance', 'rollback']);
  const ids = server.seen.map(({ headers }) => headers['idempotency-key']);
  expect(ids[1]).toBe(ids[2]);
  expect(new Set(ids).size).toBe(3);
});

it('a receiver that is busy is asked again when it says so; a rollback does not wait for it', async ({
  onTestFinished,
}) => {
  const { workspace, server } = await messagesWorkspace(
    (url) => `  - { to: webhook, url: "${url}/news" }\n`,
    onTestFinished,
  );
  workspace.startDaemon();
  const client = await workspace.connect();
  await approveAll(workspace);
  const times: number[] = [];
  server.answer(() => {
    times.push(performance.now());
    return times.length === 1 ? { status: 429, headers: { 'retry-after': '4' } } : taken();
  });
  await moved(workspace, 'begin', '--at', 'half', '--reason', 'a drill');
  await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
  await moved(workspace, 'rollback');
  await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
  await expect.poll(() => eventsAt(server, '/news'), { timeout: 60_000 }).toEqual(['begin', 'begin', 'rollback']);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(3990);
  // One that refuses for good is not asked again.
  server.answer(() => ({ status: 404 }));
  await moved(workspace, 'begin', '--reason', 'again');
  const view = await viewWhere(client, (each) => /was not sent/.test(JSON.stringify(rolloutIn(each).standing.health)));
  expect(rolloutIn(view).standing.health).toHaveProperty(
    'detail',
    'messages[0] (webhook): the message "begin" was not sent: it answers with status 404',
  );
  expect(server.seen).toHaveLength(4);
});

function textOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return stdout + stderr;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
