import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rolloutIn, viewWhere } from '../support/runningDaemon.ts';
import { mayMount, smallDisk } from '../support/smallDisk.ts';
import { flagOff } from '../support/smallPlan.ts';
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
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const missing = withoutPostgres !== '' ? withoutPostgres : mayMount ? '' : ' (not run: a disk cannot be mounted here)';

describe.skipIf(missing !== '')(`a team whose database has a full disk${missing}`, () => {
  it('is told so, advances nothing, rolls back at once, and goes on when there is space', async () => {
    const folder = temporaryDirectory();
    chmodSync(folder, 0o711);
    const place = join(folder, 'small');
    const disk = smallDisk(place, `mode=700,uid=${userOf('postgres')}`);
    onTestFinished(disk.end);
    const server = await teamDatabase([...disk.through.slice(0, -1), 'cd / && exec "$@"', place]);
    // The tables lie on the small disk, and the server's own log elsewhere, as where a quota is used up.
    server.sql('postgres', `CREATE TABLESPACE small LOCATION '${place}'`);
    server.sql('postgres', 'ALTER DATABASE team SET TABLESPACE small');
    const anna = teamMember(server.url('team'), 'anna', teamPlan.replace('lease: 3s', 'lease: 60s'));
    const bert = teamMember(server.url('team'), 'bert', teamPlan.replace('lease: 3s', 'lease: 60s'));
    anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    expect(await anna.run('begin')).toMatchObject({ code: 0 });
    expect(await anna.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    await viewWhere(atBert, inStage('half'));

    server.sql('team', 'CREATE TABLE filler (text text)');
    const filled = () => server.sql('team', "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 500)");
    expect(() => {
      for (;;) filled();
    }).toThrow(/No space left on device/);
    // The pages of the tables have free space of their own, which these notes use up.
    const isFull = () => atAnna.view !== null && inTrouble('the disk of the database is full')(atAnna.view);
    for (let note = 0; !isFull() && note < 1000; note += 1) {
      const ticked = { rollout: 'uploads', key: `a-note-of-a-test-${note}`, by: 'anna', item: 'before/read-the-docs' };
      await atAnna.request('tick', { ...ticked, ticked: note % 2 === 0, note: 'x'.repeat(2000) });
      // The daemon takes twenty requests in a second.
      await pause(60);
    }
    const full = rolloutIn(await viewWhere(atAnna, inTrouble('the disk of the database is full')));
    expect(full.team?.trouble).toMatch(/it is judged here all the same, and nothing advances/);
    expect(await anna.run('advance', '--reason', 'all the same')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /the disk of the database is full\): nothing goes forward that it cannot hear of; a rollback works/,
      ),
    });
    expect(await anna.run('rollback', '--reason', 'not on my watch')).toMatchObject({ code: 0 });
    expect(flagOf(anna)).toBe(flagOff);
    server.sql('team', 'DROP TABLE filler');
    await viewWhere(atAnna, holding);
    await viewWhere(atBert, inPhase('rolled-back'));
    expect(await anna.run('journal', 'verify', '--team')).toMatchObject({ code: 0 });
  });
});

function userOf(name: string): string {
  return spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout.trim();
}
