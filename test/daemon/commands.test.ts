import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

const { DatabaseSync } = process.getBuiltinModule('node:sqlite');

async function served(onTestFinished: Parameters<typeof testWorkspace>[1]) {
  const workspace = testWorkspace(smallPlan, onTestFinished);
  workspace.write('.env', flagOff);
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  await viewWhere(client, ({ rollouts }) => rollouts.length === 1);
  return { workspace, daemon, client };
}

function on({ view }: Client) {
  const { attempt, stage, revision } = rolloutOf({ view }).standing;
  return { attempt, stage, revision };
}

function rolloutOf({ view }: Pick<Client, 'view'>): RolloutView {
  const rollout = view?.rollouts[0];
  if (rollout === undefined) throw new Error('the daemon shows no rollout');
  return rollout;
}

const asked = { rollout: 'uploads', by: 'ada' };

async function journalOf(client: Client): Promise<readonly JournalEntry[]> {
  return (await client.request('journal', { rollout: null, before: null, limit: 500 })).entries.toReversed();
}

describe.concurrent('commands of several people', () => {
  it('decided on what is no longer so: refused with what is', async ({ onTestFinished }) => {
    const { workspace, client } = await served(onTestFinished);
    const seen = on(client);
    const other = await workspace.connect();
    const first = await client.request('command', { ...asked, key: 'first-one', command: { kind: 'begin', on: seen } });
    const second = await other.request('command', {
      ...asked,
      key: 'second-one',
      command: { kind: 'begin', on: seen },
    });
    expect(first.kind).toBe('done');
    expect(second).toMatchObject({
      kind: 'refused',
      code: 'stale',
      message: expect.stringMatching(
        /^the rollout has moved on: it is in attempt 1, stage off, \w+, revision \d+; look again$/,
      ),
    });
  });

  it('with a token in a reason: nobody finds it in the journal, nor in what any command prints', async ({
    onTestFinished,
  }) => {
    const { workspace, client } = await served(onTestFinished);
    const token = 'sdk-1f0c9e2a-4b1d-4c7e-9a55-0d7f3b6c2e81';
    const begin = { kind: 'begin', on: on(client), reason: `as ${token} is new` } as const;
    expect((await client.request('command', { ...asked, key: 'begin-one', command: begin })).kind).toBe('done');
    await viewWhere(client, ({ rollouts }) => rollouts[0]?.standing.phase.kind !== 'planned');
    const hold = { kind: 'hold', on: on(client), reason: `${token} was refused` } as const;
    expect((await client.request('command', { ...asked, key: 'hold-one', command: hold })).kind).toBe('done');
    expect(JSON.stringify(await journalOf(client))).not.toContain(token);
    for (const words of [['status'], ['journal', '--json'], ['journal'], ['report']]) {
      expect((await workspace.run(...words)).stdout).not.toContain(token);
    }
    expect((await workspace.run('journal', '--json')).stdout).toContain('[redacted] was refused');
  });

  it('asked twice under one key: done once, written twice, after a restart too', async ({ onTestFinished }) => {
    const { workspace, daemon, client } = await served(onTestFinished);
    const request = { ...asked, key: 'one-and-the-same', command: { kind: 'begin', on: on(client) } as const };
    const first = await client.request('command', request);
    expect(await client.request('command', request)).toEqual(first);
    await daemon.kill();
    workspace.startDaemon();
    const again = await workspace.connect();
    expect(await again.request('command', request)).toEqual(first);
    expect((await journalOf(again)).filter(({ body }) => body.kind === 'begun')).toHaveLength(1);
  });

  it('under a key that another had: a rollback is not answered with what a begin did', async ({ onTestFinished }) => {
    const { client } = await served(onTestFinished);
    const key = 'one-key-for-all';
    const begun = await client.request('command', { ...asked, key, command: { kind: 'begin', on: on(client) } });
    expect(begun.message).toContain('has begun');
    await viewWhere(client, () => on(client).attempt === 1);
    const back = await client.request('command', { ...asked, key, command: { kind: 'rollback' } });
    expect(back).toMatchObject({ kind: 'done', message: 'rolling back' });
    await viewWhere(client, () => rolloutOf(client).standing.phase.kind === 'rolled-back');
  });

  it('a rollback needs no revision and wins over advances that are on their way', async ({ onTestFinished }) => {
    const { workspace, client } = await served(onTestFinished);
    await client.request('command', { ...asked, key: 'the-begin', command: { kind: 'begin', on: on(client) } });
    await viewWhere(client, () => on(client).attempt === 1);
    const others = await Promise.all([workspace.connect(), workspace.connect()]);
    const seen = on(client);
    const pending = others.map((one, index) =>
      one.request('command', {
        ...asked,
        key: `advance-${index}`,
        command: { kind: 'advance', on: seen, reason: 'now' },
      }),
    );
    const back = await client.request('command', { ...asked, key: 'the-rollback', command: { kind: 'rollback' } });
    expect(back.kind).toBe('done');
    const outcomes = await Promise.all(pending);
    expect(outcomes.filter(({ kind }) => kind === 'done').length).toBeLessThanOrEqual(1);
    await viewWhere(client, () => rolloutOf(client).standing.phase.kind === 'rolled-back');
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
    expect(complaintDocument(await workspace.run('advance', '--reason', 'late', '--json')).code).toBe('rolled-back');
  });

  it.for([
    ['', null],
    [' ', null],
    [` ${'long'.repeat(600)}`, 'long'.repeat(500)],
  ] as const)('a rollback is not refused for its reason (%#)', async ([reason, kept], { onTestFinished }) => {
    const { workspace, client } = await served(onTestFinished);
    await workspace.run('begin');
    await viewWhere(client, () => on(client).attempt === 1);
    expect(await workspace.run('rollback', '--reason', reason)).toMatchObject({ code: 0, stderr: '' });
    await viewWhere(client, () => rolloutOf(client).standing.phase.kind === 'rolled-back');
    expect((await journalOf(client)).find(({ body }) => body.kind === 'rollback-started')?.body).toMatchObject({
      cause: { kind: 'person', reason: kept },
    });
  });

  it('a flag that cannot be set: the command says so, and so does the rollback', async ({ onTestFinished }) => {
    const { workspace, client } = await served(onTestFinished);
    await workspace.run('begin');
    await viewWhere(client, () => on(client).attempt === 1);
    rmSync(join(workspace.folder, '.env'));
    mkdirSync(join(workspace.folder, '.env'));
    const refused = complaint(await workspace.run('advance', '--reason', 'a drill'));
    expect(refused).toMatch(/^advanced to half at 50 %, but the flag could not be set: .*\.env/);
  });
});

describe.concurrent('the journal', () => {
  async function ended(workspace: TestWorkspace): Promise<string> {
    await workspace.run('hold');
    const { stdout } = await workspace.run('journal', 'verify', '--json');
    await workspace.run('stop');
    return JSON.parse(stdout).head;
  }

  function edit(workspace: TestWorkspace, statement: string): void {
    const database = new DatabaseSync(join(workspace.directory, 'store', 'state.sqlite'));
    // The file itself refuses edits of the journal; whoever wants to edit it takes that away first.
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
      database.exec(`DROP TRIGGER ${name}`);
    }
    database.exec(statement);
    database.close();
  }

  it('is a plain line for each entry, in the time of the plan; JSON has all of it', async ({ onTestFinished }) => {
    const workspace = testWorkspace(
      smallPlan.replace('id: uploads\n', 'id: uploads\ntimezone: Asia/Kolkata\n'),
      onTestFinished,
    );
    workspace.write('.env', flagOff);
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a\u001b[2Jdrill');
    await workspace.run('rollback');
    const { entries } = JSON.parse((await workspace.run('journal', '--json')).stdout);
    const { code, stdout, stderr } = await workspace.run('journal');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.pop()).toBe('Newest first, times in Asia/Kolkata.');
    expect(lines).toHaveLength(entries.length);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}[A-Z][^{}]*[^ —]$/);
    const began = lines.at(-1);
    const inKolkata = new Date(entries.at(-1).at + 5.5 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    expect(began).toMatch(new RegExp(`^${inKolkata}  Attempt 1 begun — by `));
    expect(stdout).toMatch(/Entered half at 50 % — OVERRIDE by .*: a\\u001b\[2Jdrill\. Not met: /);
    const few = (await workspace.run('journal', '--limit', '2')).stdout.trimEnd().split('\n');
    expect(few).toEqual([...lines.slice(0, 2), 'Newest first, times in Asia/Kolkata; older ones: --limit 8.']);
  });

  it('is proven whole, and an edit of the file shows', async ({ onTestFinished }) => {
    const { workspace } = await served(onTestFinished);
    await workspace.run('begin');
    const head = await ended(workspace);
    expect(await workspace.run('journal', 'verify', '--head', head)).toMatchObject({ code: 0, stderr: '' });
    await workspace.run('stop');
    expect(complaint(await workspace.run('journal', 'verify', '--head', '0'.repeat(64)))).toMatch(
      /no entry has the expected head/,
    );
    await workspace.run('stop');
    edit(workspace, `UPDATE journal SET body = json_set(body, '$.by', 'mallory') WHERE seq = 1`);
    const [plain, json] = [
      await workspace.run('journal', 'verify'),
      await workspace.run('journal', 'verify', '--json'),
    ];
    expect(complaint(plain)).toMatch(
      /^the journal is broken at entry 1: entry 1 was changed after it was written; nothing from there on is proven$/,
    );
    expect(complaintDocument(json).code).toBe('journal-broken');
  });

  it('whose tail was cut is intact by itself, and not against a head that was kept', async ({ onTestFinished }) => {
    const { workspace } = await served(onTestFinished);
    await workspace.run('begin');
    const head = await ended(workspace);
    edit(workspace, 'DELETE FROM journal WHERE seq = (SELECT MAX(seq) FROM journal)');
    expect(await workspace.run('journal', 'verify')).toMatchObject({ code: 0 });
    expect(complaint(await workspace.run('journal', 'verify', '--head', head))).toMatch(
      /no entry has the expected head/,
    );
  });

  it('whose entry is no JSON any more: one line', async ({ onTestFinished }) => {
    const { workspace } = await served(onTestFinished);
    await workspace.run('begin');
    await ended(workspace);
    edit(workspace, "UPDATE journal SET body = '{' WHERE seq = 2");
    expect(complaint(await workspace.run('journal', 'verify'))).toMatch(/journal|damaged/);
  });
});
