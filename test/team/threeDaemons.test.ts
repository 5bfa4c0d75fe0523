import { describe, expect, it } from 'vitest';
import { rolloutIn, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff } from '../support/smallPlan.ts';
import {
  connected,
  flagOf,
  following,
  holding,
  inPhase,
  inStage,
  teamDatabase,
  teamMember,
  withoutPostgres,
} from '../support/team.ts';

describe.skipIf(withoutPostgres !== '')(`a rollout that a team shares over PostgreSQL${withoutPostgres}`, () => {
  it('is judged by one daemon, shown by all, and taken over when that one has gone', async () => {
    const server = await teamDatabase();
    const anna = teamMember(server.url('team'), 'anna');
    const bert = teamMember(server.url('team'), 'bert');
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    expect(await anna.run('begin')).toMatchObject({ code: 0, stderr: '' });
    expect(await anna.run('advance', '--reason', 'a drill')).toMatchObject({ code: 0 });
    await viewWhere(atBert, inStage('half'));
    expect(flagOf(anna)).toBe(flagHalf);
    expect(flagOf(bert)).toBe(flagOff);
    // The follower's command goes to the holder, with the name of the person and the machine.
    expect(await bert.run('hold', '--reason', 'lunch')).toMatchObject({ code: 0 });
    const held = rolloutIn(await viewWhere(atAnna, inPhase('held')));
    expect(held.standing.phase).toMatchObject({ cause: { by: expect.stringMatching(/@/), reason: 'lunch' } });
    expect(await bert.run('status')).toMatchObject({ stdout: expect.stringContaining('followed from anna@') });
    await first.kill();
    const taken = rolloutIn(await viewWhere(atBert, holding));
    expect(taken.standing).toMatchObject({ stage: 'half', attempt: 1, phase: { kind: 'held' } });
    const verified = await bert.run('journal', 'verify', '--team');
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('The journal is intact') });
    server.sql(
      'team',
      `ALTER TABLE rampwatch.journal DISABLE TRIGGER ALL;
      UPDATE rampwatch.journal SET body = replace(body, 'a drill', 'no drill')`,
    );
    expect(await bert.run('journal', 'verify', '--team')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was changed after it was written'),
    });
  });
});
