import { describe, expect, it } from 'vitest';
import { firing, hour, planOf, World } from './world.ts';

describe('commands', () => {
  it('does not begin anew, nor acknowledge, on what came with the command', () => {
    const world = new World(planOf({ flag: 'none' })).enter('one');
    world.said = firing('low-success');
    expect(world.begin().outcome).toMatchObject({ kind: 'refused', code: 'stale' });
    expect(world.kind).toBe('rolled-back');
    const review = new World().enter('one');
    review.said = firing('sagging');
    review.tick(1000);
    expect(review.command({ kind: 'acknowledge', on: review.on, reason: 'x' }).outcome).toMatchObject({
      code: 'stale',
    });
    expect(review.kind).toBe('review');
  });

  it('refuses one that was decided on another state, and states the present one', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    const on = world.on;
    expect(world.command({ kind: 'advance', on }).outcome).toMatchObject({ kind: 'done' });
    expect(world.command({ kind: 'advance', on }).outcome).toEqual({
      kind: 'refused',
      code: 'stale',
      revision: world.state.revision,
      message: `the rollout has moved on: it is in attempt 1, stage ten, soaking, revision ${world.state.revision}; look again`,
    });
    const right = world.on;
    for (const wrong of [{ attempt: 2 }, { stage: 'one' }, { revision: right.revision - 1 }]) {
      const { outcome, events } = world.command({ kind: 'hold', on: { ...right, ...wrong } });
      expect(outcome).toMatchObject({ code: 'stale' });
      expect(events).toEqual([]);
    }
  });

  it('heeds a trigger that comes with the command before the command', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.said = firing('low-success');
    expect(world.advance('go').outcome).toMatchObject({ kind: 'refused', code: 'stale' });
    expect(world.kind).toBe('rolling-back');
    expect(world.wishes.at(-1)).toMatchObject({ purpose: 'rollback' });
  });

  it('refuses what a phase does not allow, each by its own name', () => {
    const codeOf = (world: World, kind: 'begin' | 'advance' | 'hold' | 'resume') => {
      const { outcome } = world.command({ kind, on: world.on });
      return outcome?.kind === 'refused' ? outcome.code : 'done';
    };
    const codes = (world: World) =>
      (['begin', 'advance', 'hold', 'resume'] as const).map((kind) => codeOf(world, kind));
    const planned = new World();
    expect(['advance', 'hold', 'resume'].map((kind) => codeOf(planned, kind as 'hold'))).toEqual([
      'not-begun',
      'not-begun',
      'not-begun',
    ]);
    const soaking = new World().enter('one');
    expect([codeOf(soaking, 'begin'), codeOf(soaking, 'resume')]).toEqual(['already-begun', 'not-held']);
    const rolling = new World().enter('one');
    rolling.rollback();
    expect(codes(rolling)).toEqual(Array(4).fill('rolling-back'));
    rolling.settle();
    expect(['advance', 'hold', 'resume'].map((kind) => codeOf(rolling, kind as 'hold'))).toEqual(
      Array(3).fill('rolled-back'),
    );
    const completed = new World().enter('full');
    completed.tick(2 * hour);
    completed.advance();
    expect(codes(completed)).toEqual(Array(4).fill('completed'));
    expect(completed.command({ kind: 'acknowledge', on: completed.on, reason: 'x' }).outcome).toMatchObject({
      code: 'not-in-review',
    });
  });

  it('holds twice without doing it twice', () => {
    const world = new World().enter('one');
    world.command({ kind: 'hold', on: world.on });
    expect(world.command({ kind: 'hold', on: world.on })).toMatchObject({ events: [], outcome: { kind: 'done' } });
  });

  it('waits for the end of a freeze, unless a reason overrides it', () => {
    // Thursday 10:00; the freeze ends on Monday 08:00.
    const plan = planOf({ deny: ['Thu 10:00 - Mon 08:00'] });
    const world = new World(plan).enter('off');
    world.tick(24 * hour);
    expect(world.kind).toBe('ready');
    expect(world.advance().outcome).toEqual({
      kind: 'refused',
      code: 'frozen',
      revision: world.state.revision,
      message: 'the plan forbids an advance until Mon 08:00; a reason overrides it',
    });
    expect(world.advance('agreed with on-call').outcome).toMatchObject({ kind: 'done' });
    expect(world.state.visits.at(-2)?.override?.unmet).toEqual(['frozen until Mon 08:00']);

    const off = planOf({ deny: ['Sun 00:00 - Sun 00:00'] });
    expect(new World(off).begin().outcome).toMatchObject({ kind: 'done' });
    const exposing = new World({ ...off, stages: off.stages.slice(1) });
    expect(exposing.begin().outcome).toMatchObject({ kind: 'refused', code: 'frozen' });
    expect([exposing.kind, exposing.wishes]).toEqual(['planned', []]);

    const auto = new World(planOf({ deny: ['Wed 10:30 - Wed 14:00'], mode: 'auto' })).enter('off');
    auto.tick(hour);
    expect(auto.on.stage).toBe('off');
    auto.tick(3 * hour);
    expect(auto.on.stage).toBe('one');
  });
});
