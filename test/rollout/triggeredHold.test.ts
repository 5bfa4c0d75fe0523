import { describe, expect, it } from 'vitest';
import { firing, goodJudgement, hour, planOf, World } from './world.ts';

const held = (...triggers: string[]) => ({
  kind: 'held',
  cause: { kind: 'trigger', firings: triggers.map((trigger) => ({ trigger })) },
});

describe('a hold by a trigger', () => {
  it('keeps the exposure, pauses the soak and passes nothing until a person resumes, also where the plan advances by itself', () => {
    const world = new World(planOf({ mode: 'auto' })).enter('one');
    world.tick(hour);
    world.said = firing('creeping');
    world.tick(1000);
    expect(world.state.phase).toMatchObject(held('creeping'));
    world.said = goodJudgement;
    const { soaked, effect } = world.state;
    world.tick(9 * hour);
    expect(world.state).toMatchObject({ soaked, effect: { percent: 1 } });
    expect(world.on.stage).toBe('one');
    expect(world.state.effect?.id).toBe(effect?.id);
    expect(world.command({ kind: 'resume', on: world.on }).outcome).toMatchObject({ kind: 'done' });
    expect(world.kind).toBe('soaking');
    world.tick(2 * hour);
    expect(world.on.stage).toBe('ten');
  });

  it('is one with the next trigger that fires, and a rollback is never kept back by it', () => {
    const world = new World().enter('one');
    world.said = firing('creeping');
    world.tick(1000);
    world.tick(1000);
    expect(world.state.phase).toMatchObject(held('creeping'));
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.kind).toBe('rolling-back');
  });

  it('stands beside the hold of a person, so that a resume passes over neither', () => {
    const world = new World().enter('one');
    world.command({ kind: 'hold', on: world.on, reason: 'legal' });
    world.said = firing('creeping');
    world.tick(1000);
    expect(world.state.phase).toMatchObject({
      cause: { kind: 'trigger', beside: { kind: 'person', reason: 'legal' } },
    });
    world.said = goodJudgement;
    world.command({ kind: 'resume', on: world.on });
    expect(world.kind).toBe('soaking');
  });

  it('waits behind a review: the acknowledgement leads to it', () => {
    const world = new World().enter('one');
    world.said = firing('sagging');
    world.tick(1000);
    world.said = firing('creeping');
    world.tick(1000);
    expect(world.kind).toBe('review');
    world.said = goodJudgement;
    world.command({ kind: 'acknowledge', on: world.on, reason: 'seen' });
    expect(world.state.phase).toMatchObject(held('creeping'));
    expect(world.restored()).toEqual(world.state);
  });

  it('changes nothing once the rollout is completed', () => {
    const world = new World().enter('full');
    world.tick(3 * hour);
    world.advance();
    world.said = firing('creeping');
    world.tick(1000);
    expect(world.kind).toBe('completed');
  });
});
