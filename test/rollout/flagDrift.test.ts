import { describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { minute, RolloutBench, second } from '../faults/rolloutBench.ts';
import { hour, planOf, World } from './world.ts';

/** Somebody else has set the flag: the exposed users are not those of the stage. */

const told = '.env says ROLLOUT=50, which this rollout did not set: put ROLLOUT=1 back, or roll back';

function drift(world: World, detail: string | null = told): void {
  const seen = detail === null ? null : { detail, from: eventTime(world.now) };
  world.input({ kind: 'flag-seen', ...world.times(), drift: seen });
}

describe('a flag that somebody else has set', () => {
  it('soaks nothing and passes nothing until it is put back, and is then proven anew', () => {
    const world = new World().enter('one');
    world.tick(hour);
    drift(world);
    drift(world);
    expect(world.tick(5 * hour).state.soaked).toBe(hour);
    expect(world.kind).toBe('soaking');
    expect(world.advance().outcome).toMatchObject({ kind: 'refused', message: expect.stringContaining(told) });
    drift(world, null);
    expect(world.state.effect).toMatchObject({ progress: 'verified', verifiedAt: world.now });
    expect(world.state.visits.at(-1)?.drifts).toEqual([{ from: world.now - 5 * hour, to: world.now }]);
    world.tick(30 * minute);
    expect(world.state.effect?.progress).toBe('in-force');
    expect(world.kind).toBe('soaking');
    world.tick(30 * minute);
    expect(world.kind).toBe('ready');
    expect(world.journal.filter(({ event }) => event.kind === 'flag-drifted')).toHaveLength(1);
    expect(world.restored()).toEqual(world.state);
  });

  it('is no obstacle to the way back, nor to a person with a reason', () => {
    const back = new World().enter('one');
    drift(back);
    back.rollback();
    expect(back.wishes.at(-1)).toMatchObject({ purpose: 'rollback', percent: 0 });
    expect(back.state.drift).toBeNull();
    const on = new World().enter('one');
    drift(on);
    on.tick(3 * hour);
    expect(on.advance('we know').outcome?.kind).toBe('done');
    expect(on.wishes.at(-1)).toMatchObject({ purpose: 'advance', percent: 10 });
    expect(on.state.drift).toBeNull();
    expect(on.state.visits.at(-2)).toMatchObject({ override: { unmet: expect.arrayContaining([told]) } });
  });

  it('is put back by a person: the value of the stage is set once more, and proven anew', () => {
    const world = new World().enter('one');
    world.tick(hour);
    expect(world.command({ kind: 'restore', on: world.on }).outcome).toMatchObject({
      kind: 'refused',
      code: 'no-drift',
    });
    drift(world);
    const before = world.wishes.length;
    expect(world.command({ kind: 'restore', on: world.on }).outcome).toMatchObject({ message: 'putting 1 % back' });
    expect(world.wishes).toHaveLength(before + 1);
    expect(world.wishes.at(-1)).toMatchObject({ stage: 'one', percent: 1, progress: 'intended' });
    // A look at the flag before it is written does not end the drift.
    drift(world, null);
    expect(world.state).toMatchObject({ drift: told, effect: { progress: 'intended' } });
    world.report('verified');
    drift(world, null);
    expect(world.state).toMatchObject({ drift: null, effect: { progress: 'verified' } });
    expect(world.restored()).toEqual(world.state);
  });

  it('never lets an automatic rollout go on', () => {
    const world = new World(planOf({ mode: 'auto' })).enter('one');
    drift(world);
    for (let passed = 0; passed < 10; passed += 1) world.tick(hour);
    expect(world.on.stage).toBe('one');
  });
});

describe('what is counted while somebody else has set the flag', () => {
  const flagged = () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the plan's own placeholder
    const bench = new RolloutBench('begun', 'flag: { dotenv: .env, set: { ROLLOUT: "${percent}" } }\n');
    bench.quietLog();
    bench.uploads(8, true);
    bench.now += minute;
    bench.flagSeen(told);
    return bench;
  };
  const restored = (bench: RolloutBench) => {
    bench.now += second;
    bench.flagSeen(null);
    bench.now += minute;
    bench.quietLog();
  };

  it('meets no gate', () => {
    const bench = flagged();
    bench.now += minute;
    bench.uploads(30, true);
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'unmet', figure: { n: 8 } });
    restored(bench);
    bench.uploads(1, true);
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'unmet', figure: { n: 9 } });
    expect(bench.phase).toBe('soaking');
    bench.uploads(1, true);
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'met', figure: { n: 10 } });
    expect(bench.phase).toBe('ready');
  });

  it('has failed all the same when it failed', () => {
    const bench = flagged();
    bench.now += 2 * minute;
    bench.uploads(85, true, 10 * second);
    bench.uploads(15, false);
    restored(bench);
    bench.uploads(12, true);
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'met', figure: { n: 20 } });
    expect(bench.verdict('ok >= 90%')).toMatchObject({ verdict: 'unmet', figure: { n: 120 } });
  });

  it('rolls back when a trigger says so', () => {
    const bench = flagged();
    bench.now += minute;
    bench.uploads(30, false);
    expect(bench.execution.state.effect?.purpose).toBe('rollback');
  });
});
