import { describe, expect, it, onTestFinished } from 'vitest';
import { duration } from '../../daemon/protocol/domain/units.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { PostgresTeam } from '../../daemon/team/postgres/postgresTeam.ts';
import { viewWhere } from '../support/runningDaemon.ts';
import { connected, following, holding, teamDatabase, teamMember, teamPlan, withoutPostgres } from '../support/team.ts';

/** The figures of docs/team.md: printed, never asserted. */
const isAsked = (process.env.RAMPWATCH_REAL_PARTS ?? '') !== '';
const missing = isAsked ? withoutPostgres : ' (not run: `npm run test:real` runs it)';

function print(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  process.stdout.write(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, of ${sorted.length}\n`);
}

const noted =
  (note: string) =>
  ({ rollouts: [rollout] }: WorkspaceView): boolean =>
    rollout?.journal.some(({ body }) => body.kind === 'tick' && body.note === note) === true;

describe.skipIf(missing !== '')(`the figures of a team${missing}`, () => {
  it('prints how soon a command of a follower is shown by all, and how soon another takes over', async () => {
    const server = await teamDatabase();
    const plan = teamPlan.replace('lease: 3s', 'lease: 15s');
    const [anna, bert, carl] = [
      teamMember(server.url('team'), 'anna', plan),
      teamMember(server.url('team'), 'bert', plan),
      teamMember(server.url('team'), 'carl', plan),
    ];
    const first = anna.startDaemon();
    const atAnna = await connected(anna);
    await viewWhere(atAnna, holding);
    const second = bert.startDaemon();
    const atBert = await connected(bert);
    await viewWhere(atBert, following);
    carl.startDaemon();
    const atCarl = await connected(carl);
    await viewWhere(atCarl, following);
    const times: number[] = [];
    for (let count = 0; count < 100; count += 1) {
      const note = `note ${count}`;
      const seen = Promise.all([atAnna, atBert, atCarl].map((client) => viewWhere(client, noted(note))));
      const began = performance.now();
      const item = 'before/read-the-docs';
      const asked = {
        rollout: 'uploads',
        key: `figures-${count}`,
        by: 'bert',
        item,
        ticked: true,
        note,
        as: 'note' as const,
      };
      expect(await atBert.request('tick', asked)).toMatchObject({ kind: 'done' });
      await seen;
      times.push(performance.now() - began);
    }
    print('a command of a follower until all three editors show it', times);
    const killed = performance.now();
    await first.kill();
    const next = await Promise.race([
      viewWhere(atBert, holding).then(() => 'bert'),
      viewWhere(atCarl, holding).then(() => 'carl'),
    ]);
    print('the holder killed, lease of 15 s, until another judges', [performance.now() - killed]);
    if (next !== 'bert') return;
    const ended = performance.now();
    second.child.kill('SIGTERM');
    await viewWhere(atCarl, holding);
    print('the holder ended in order, until another judges', [performance.now() - ended]);
  });

  it('prints how soon 20 followers have what is published of 50 rollouts', async () => {
    const server = await teamDatabase();
    const teamOf = (name: string): PostgresTeam => {
      const team = new PostgresTeam(server.url('team'), { name, identity: name });
      onTestFinished(() => team.close());
      return team;
    };
    const holder = teamOf('holder');
    const rollouts = Array.from({ length: 50 }, (_, index) => `rollout-${index}`);
    for (const rollout of rollouts) await holder.lease(rollout, 'take', { length: duration(600_000), epoch: 0 });
    const views = new Map<string, number>();
    const wanted = new Map<string, { readonly publication: string; readonly began: number; missing: number }>();
    const times: number[] = [];
    const followers = Array.from({ length: 20 }, (_, index) => teamOf(`follower ${index}`));
    for (const [index, follower] of followers.entries()) {
      await follower.news('rollout-0', { journal: 0, view: 0 });
      follower.listen((rollout) => {
        if (rollout === null) return;
        const key = `${index} ${rollout}`;
        void follower.news(rollout, { journal: 0, view: views.get(key) ?? 0 }).then((news) => {
          views.set(key, Math.max(news.view, views.get(key) ?? 0));
          const waits = wanted.get(rollout);
          if (waits === undefined || news.parts.standing !== waits.publication) return;
          waits.missing -= 1;
          if (waits.missing === 0) times.push(performance.now() - waits.began);
        });
      });
    }
    const text = 'x'.repeat(20_000);
    for (let round = 0; round < 4; round += 1) {
      for (const rollout of rollouts) {
        const publication = JSON.stringify({ round, rollout, text });
        wanted.set(rollout, { publication, began: performance.now(), missing: followers.length });
        await holder.publish(rollout, 1, { entries: [], parts: { standing: publication }, answers: [] });
      }
      await expect.poll(() => times.length).toBe((round + 1) * rollouts.length);
    }
    print('50 rollouts published one after the other until 20 followers have each', times);
  });
});
