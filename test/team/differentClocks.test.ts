import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { movedClock } from '../support/movedClock.ts';
import { rolloutIn, viewWhere } from '../support/runningDaemon.ts';
import {
  connected,
  following,
  holding,
  inStage,
  teamDatabase,
  teamMember,
  teamPlan,
  withoutPostgres,
} from '../support/team.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const hour = 3_600_000;

describe.skipIf(withoutPostgres !== '')(`machines of a team whose clocks differ by an hour${withoutPostgres}`, () => {
  it.each([
    ['ahead', hour],
    ['behind', -hour],
  ] as const)(
    'the one %s takes nothing over while the holder lives, and does when it has gone',
    async (_, milliseconds) => {
      const server = await teamDatabase();
      const plan = teamPlan.replace('fresh: 10s', 'fresh: 2h');
      const anna = teamMember(server.url('team'), 'anna', plan);
      const bert = teamMember(server.url('team'), 'bert', plan);
      const clock = movedClock('a preloaded module', join(temporaryDirectory(), 'ahead'));
      clock.setAhead(milliseconds);
      Object.assign(bert.environment, clock.environment);
      const first = anna.startDaemon();
      const atAnna = await connected(anna);
      await viewWhere(atAnna, holding);
      bert.startDaemon();
      const atBert = await connected(bert);
      const roles: (string | undefined)[] = [];
      atBert.onView(({ rollouts: [rollout] }) => roles.push(rollout?.team?.role));
      await viewWhere(atBert, following);
      // Longer than the lease lasts: each renewal has another end, by the clock of the database.
      const ends = new Set<string>();
      await expect
        .poll(() => ends.add(server.sql('team', 'SELECT until FROM rampwatch.leases')).size, { timeout: 120_000 })
        .toBeGreaterThanOrEqual(5);
      expect(await bert.run('begin')).toMatchObject({ code: 0, stderr: '' });
      await viewWhere(atAnna, inStage('off'));
      expect(roles).not.toContain('holds');
      await first.kill();
      expect(rolloutIn(await viewWhere(atBert, holding)).standing).toMatchObject({ attempt: 1, stage: 'off' });
      expect(await bert.run('journal', 'verify', '--team')).toMatchObject({ code: 0 });
    },
  );
});
