import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { duration } from '../../daemon/protocol/domain/units.ts';
import { PostgresTeam } from '../../daemon/team/postgres/postgresTeam.ts';
import { cableTo } from '../support/cutCable.ts';
import { rolloutIn, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff } from '../support/smallPlan.ts';
import {
  connected,
  flagOf,
  following,
  holding,
  inPhase,
  inStage,
  inTrouble,
  teamDatabase,
  teamMember,
  teamPlan,
  withoutPostgres,
} from '../support/team.ts';

/** Real daemons, a real PostgreSQL and a real network between them: `npm run test:real`, because each takes a minute. */
const isAsked = (process.env.RAMPWATCH_REAL_PARTS ?? '') !== '';
const missing = isAsked ? withoutPostgres : ' (not run: `npm run test:real` runs it)';

describe.skipIf(missing !== '')(`a team when something breaks${missing}`, () => {
  it('goes on with another holder while the first is stopped, and the first sets nothing when it continues', async () => {
    const server = await teamDatabase();
    const members = ['anna', 'bert', 'carl'].map((name) => teamMember(server.url('team'), name));
    const [anna, bert, carl] = members as [(typeof members)[0], (typeof members)[0], (typeof members)[0]];
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    for (const each of [bert, carl]) each.startDaemon();
    const [atBert, atCarl] = [await connected(bert), await connected(carl)];
    await Promise.all([atBert, atCarl].map((client) => viewWhere(client, following)));
    expect(await anna.run('begin')).toMatchObject({ code: 0 });
    await viewWhere(atBert, inStage('off'));
    first.child.kill('SIGSTOP');
    const holder = await Promise.race([
      viewWhere(atBert, holding).then(() => bert),
      viewWhere(atCarl, holding).then(() => carl),
    ]);
    const other = holder === bert ? carl : bert;
    const atHolder = holder === bert ? atBert : atCarl;
    expect(await other.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    await viewWhere(atHolder, inStage('half'));
    expect([holder, other, anna].map(flagOf)).toEqual([flagHalf, flagOff, flagOff]);
    first.child.kill('SIGCONT');
    // Its own connection may have been given up meanwhile.
    const again = await connected(anna);
    await viewWhere(again, (view) => following(view) && inStage('half')(view));
    expect([holder, other, anna].map(flagOf)).toEqual([flagHalf, flagOff, flagOff]);
    const verified = await anna.run('journal', 'verify', '--team');
    expect(verified).toMatchObject({ code: 0 });
    expect(await anna.run('journal', 'verify')).toMatchObject({ code: 0 });
    expect(await anna.run('rollback')).toMatchObject({ code: 0 });
    await viewWhere(atHolder, inPhase('rolled-back'));
    expect(flagOf(holder)).toBe(flagOff);
  });

  it('judges on without the database, advances nothing, rolls back at once, and tells the team afterwards', async () => {
    const server = await teamDatabase();
    const cable = await cableTo(server.port);
    const anna = teamMember(server.url('team').replace(`:${server.port}/`, `:${cable.port}/`), 'anna');
    const bert = teamMember(server.url('team'), 'bert');
    anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    expect(await anna.run('begin')).toMatchObject({ code: 0 });
    expect(await anna.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, (view) => following(view) && inStage('half')(view));
    cable.cut('hang');
    await viewWhere(atAnna, inTrouble('the database of the team is away'));
    await viewWhere(atBert, holding);
    const refused = await anna.run('advance', '--reason', 'all the same');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/away.*a rollback works/) });
    expect(await anna.run('rollback', '--reason', 'not on my watch')).toMatchObject({ code: 0 });
    expect(flagOf(anna)).toBe(flagOff);
    cable.mend();
    // The new holder carries out what the former one had decided alone.
    const back = rolloutIn(await viewWhere(atBert, inPhase('rolled-back')));
    expect(back.standing.phase).toMatchObject({ cause: { reason: 'not on my watch' } });
    await viewWhere(atAnna, (view) => following(view) && inPhase('rolled-back')(view));
    expect(await anna.run('journal', 'verify')).toMatchObject({ code: 0 });
  });

  it('outlives a restart of the database, and one that takes no writes', async () => {
    const server = await teamDatabase();
    const anna = teamMember(server.url('team'), 'anna', teamPlan.replace('lease: 3s', 'lease: 60s'));
    const bert = teamMember(server.url('team'), 'bert', teamPlan.replace('lease: 3s', 'lease: 60s'));
    anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    server.stop();
    await Promise.all([atAnna, atBert].map((client) => viewWhere(client, inTrouble('is away'))));
    server.start('-c default_transaction_read_only=on');
    await viewWhere(atAnna, inTrouble('the database is read-only'));
    server.stop('fast');
    server.start();
    await viewWhere(atAnna, holding);
    await viewWhere(atBert, following);
    expect(await bert.run('begin')).toMatchObject({ code: 0 });
    await viewWhere(atAnna, inStage('off'));
  });

  it('says that nobody judges where the sources are missing, and rolls back from there', async () => {
    const server = await teamDatabase();
    const anna = teamMember(server.url('team'), 'anna');
    const bert = teamMember(server.url('team'), 'bert');
    rmSync(join(bert.folder, 'metrics.jsonl'));
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    expect(await anna.run('begin')).toMatchObject({ code: 0 });
    expect(await anna.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, (view) => following(view) && inStage('half')(view));
    await first.kill();
    const alone = rolloutIn(await viewWhere(atBert, inTrouble('nobody judges')));
    expect(alone.standing.health).toMatchObject({
      kind: 'alarm',
      detail: expect.stringContaining('no file here matches'),
    });
    expect(alone.standing.may).toEqual(['rollback']);
    expect(await bert.run('advance', '--reason', 'x')).toMatchObject({ code: 1 });
    bert.write('.env', flagHalf);
    const rolledBack = await bert.run('rollback', '--reason', 'to be safe');
    expect(rolledBack).toMatchObject({ code: 0, stdout: expect.stringContaining('.env is set to 0 %') });
    expect(flagOf(bert)).toBe(flagOff);
    // The next holder is told.
    anna.startDaemon();
    const again = await connected(anna);
    const back = rolloutIn(await viewWhere(again, inPhase('rolled-back')));
    expect(back.standing.phase).toMatchObject({ cause: { reason: 'to be safe' } });
  });

  it('carries each command out once, however often and from however many daemons it is sent', async () => {
    const server = await teamDatabase();
    const anna = teamMember(server.url('team'), 'anna');
    const bert = teamMember(server.url('team'), 'bert');
    const carl = teamMember(server.url('team'), 'carl');
    anna.startDaemon();
    await viewWhere(await connected(anna), holding);
    for (const each of [bert, carl]) each.startDaemon();
    const clients = [await connected(bert), await connected(carl)];
    for (const client of clients) await viewWhere(client, following);
    const send = (key: string) =>
      clients.map((client) =>
        client.request('tick', { rollout: 'uploads', key, by: 'someone', item: 'before/read-the-docs', ticked: true }),
      );
    const outcomes = await Promise.all([...send('the-same-key'), ...send('the-same-key')]);
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']));
    const ticks = server.sql('team', `SELECT count(*) FROM rampwatch.journal WHERE body LIKE '%"kind":"tick"%'`);
    expect(ticks).toBe('1');
  });

  it('lets a viewer see and ask for figures, and nothing else', async () => {
    const server = await teamDatabase();
    const anna = teamMember(server.url('team'), 'anna');
    anna.startDaemon();
    await viewWhere(await connected(anna), holding);
    server.sql('team', 'CREATE ROLE vera LOGIN IN ROLE rampwatch_viewer');
    const vera = teamMember(server.url('team', 'vera'), 'vera');
    vera.startDaemon();
    const atVera = await connected(vera);
    await viewWhere(atVera, following);
    expect(await vera.run('begin')).toMatchObject({ code: 1, stderr: expect.stringContaining('may only view') });
    expect(await vera.run('report')).toMatchObject({ code: 0 });
    const insert = `SET ROLE rampwatch_viewer; INSERT INTO rampwatch.asks (rollout, key, method, params, by) VALUES ('uploads', 'k', 'command', '{}', 'vera')`;
    expect(() => server.sql('team', insert)).toThrow(/row-level security/);
  });

  it('speaks TLS as the URL asks, and not with a server of another certificate', async () => {
    const server = await teamDatabase();
    const certificate = (name: string): string => {
      const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
      const files = ['-keyout', join(server.folder, `${name}.key`), '-out', join(server.folder, `${name}.pem`)];
      const made = spawnSync('openssl', [...words, '-addext', 'subjectAltName=IP:127.0.0.1', ...files]);
      expect(made.status).toBe(0);
      return join(server.folder, `${name}.pem`);
    };
    const [ours, another] = [certificate('ours'), certificate('another')];
    const key = join(server.folder, 'ours.key');
    const { uid } = statSync(join(server.folder, 'data'));
    chownSync(key, uid, -1);
    chmodSync(key, 0o600);
    server.stop('fast');
    server.start(`-c ssl=on -c ssl_cert_file=${ours} -c ssl_key_file=${key}`);
    const teamBy = (certificateFile: string): PostgresTeam => {
      const url = `${server.url('team')}?sslmode=verify-full&sslrootcert=${certificateFile}`;
      const team = new PostgresTeam(url, { name: 'anna@laptop', identity: 'anna' });
      onTestFinished(() => team.close());
      return team;
    };
    const terms = { length: duration(60_000), epoch: 0 };
    expect(await teamBy(ours).lease('uploads', 'take', terms)).toMatchObject({ kind: 'mine', epoch: 1 });
    const isSecured = `SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'rampwatch'`;
    expect(server.sql('team', isSecured)).toBe('t');
    await expect(teamBy(another).lease('uploads', 'look', terms)).rejects.toMatchObject({
      message: 'the connection cannot be secured (TLS)',
    });
  });
});
