import { describe, expect, it } from 'vitest';
import { percent } from '../../daemon/protocol/domain/units.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import { goodJudgement, minute, planOf, proofOf, World } from './world.ts';

/** Rolled back from 10 %, the file written and read back, and the traffic says `kind` with these words. */
function goingBack(kind: 'unproven' | 'contradicted', words: () => string): World {
  const world = new World(planOf()).enter('ten');
  world.rollback('hotfix');
  world.said = (now) => ({ ...goodJudgement(now), proof: { ...proofOf(kind), detail: words() } });
  world.report('verified');
  world.tick();
  return world;
}

const begin = (world: World, reason?: string) => world.command({ kind: 'begin', on: world.on, reason });

describe('a rollback whose flag is set and that the traffic does not show yet', () => {
  it('does not block a person with a reason, and the journal keeps what it waited for', () => {
    const world = goingBack('unproven', () => '12 of about 40 records that would show it');
    expect(world.kind).toBe('rolling-back');
    expect(begin(world).outcome).toMatchObject({
      kind: 'refused',
      code: 'rolling-back',
      message: expect.stringMatching(
        /12 of about 40 records that would show it; wait for it, or begin anyway with a reason/,
      ),
    });
    const begun = begin(world, 'the fix is out');
    expect(begun.outcome).toMatchObject({ kind: 'done' });
    expect(begun.events[0]).toMatchObject({
      kind: 'begun',
      reason: 'the fix is out',
      unmet: [expect.stringMatching(/12 of about 40/)],
    });
    expect(world.state).toMatchObject({ attempt: 2, phase: { kind: 'soaking' }, effect: { purpose: 'begin' } });
    expect(world.restored()).toEqual(world.state);
  });

  it('is loud with the figures of now, and is over when the traffic shows it', () => {
    let share = 10;
    const world = goingBack('contradicted', () => `${share} % were treatment`);
    world.tick(11 * minute);
    expect(world.kind).toBe('rollback-failed');
    share = 4;
    world.tick(minute);
    const judgement = world.said(world.now);
    const shown = standing(world.plan, world.state, judgement, world.times().now, []);
    expect(shown.health).toMatchObject({ kind: 'alarm', detail: expect.stringMatching(/4 % were treatment/) });
    expect(shown.phase).toMatchObject({ kind: 'rollback-failed', detail: expect.stringMatching(/4 % were treatment/) });
    expect(begin(world, 'known').outcome?.kind).toBe('done');

    const healed = goingBack('contradicted', () => '10 % were treatment');
    healed.tick(11 * minute);
    healed.said = goodJudgement;
    healed.tick(minute);
    expect(healed.kind).toBe('rolled-back');
  });

  it('blocks where the flag itself could not be set', () => {
    const world = new World(planOf()).enter('ten');
    world.rollback();
    world.report('failed', 'the file is gone');
    expect(begin(world, 'anyway').outcome).toMatchObject({ kind: 'refused', code: 'rolling-back' });
  });
});

describe('what the traffic shows of a percentage', () => {
  const shown = { percent: percent(1), share: 0.018, n: 900 };

  it('is learnt when it is proven, kept by the journal, and forgotten by a new attempt', () => {
    const world = new World(planOf());
    world.said = (now) => ({ ...goodJudgement(now), proof: { ...proofOf('proven'), share: shown } });
    world.enter('one');
    expect(world.state.shares).toEqual([shown]);
    expect(world.restored()).toEqual(world.state);
    world.rollback();
    world.settle();
    begin(world, 'again');
    expect(world.state.shares).toEqual([]);
  });

  it('is learnt when the stage is left, where so few had proven it that nothing was to be seen yet', () => {
    for (const mode of ['manual', 'auto'] as const) {
      const world = new World(planOf({ mode }));
      world.begin();
      world.settle();
      world.tick(2 * 60 * minute);
      if (mode === 'manual') world.advance();
      world.settle();
      expect(world.state.shares).toEqual([]);
      world.said = (now) => ({ ...goodJudgement(now), proof: { ...proofOf('proven'), share: shown } });
      world.tick(3 * 60 * minute);
      if (mode === 'manual') world.advance();
      expect(world.on.stage).toBe('ten');
      expect(world.state.shares).toEqual([shown]);
    }
  });

  it('is taken for what is to be expected, when a person goes on from a share that is not as intended', () => {
    const strange = { percent: percent(1), share: 0.2, n: 900 };
    const world = new World(planOf());
    world.begin();
    world.settle();
    world.tick(2 * 60 * minute);
    world.advance();
    world.report('verified');
    world.said = (now) => ({ ...goodJudgement(now), proof: { ...proofOf('contradicted'), share: strange } });
    world.tick(11 * minute);
    expect(world.advance().outcome).toMatchObject({ kind: 'refused', code: 'gate-not-met' });
    world.advance('shares are by request here');
    expect(world.state.shares).toEqual([strange]);
    expect(world.restored()).toEqual(world.state);
  });
});
