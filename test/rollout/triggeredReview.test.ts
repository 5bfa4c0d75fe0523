import { describe, expect, it } from 'vitest';
import { type Duration, duration, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { evolve } from '../../daemon/rollout/evolve.ts';
import { firing, firingOf, goodJudgement, hour, triggerOf, World } from './world.ts';

describe('a review', () => {
  it('is latched, blocks every advance, and lists a trigger once that fires again meanwhile', () => {
    const world = new World().enter('one');
    world.tick(3 * hour);
    world.said = firing('sagging');
    world.tick(1000);
    world.tick(1000);
    expect(world.state.phase).toMatchObject({ kind: 'review', firings: [{ trigger: 'sagging' }] });
    world.said = goodJudgement;
    world.tick(hour);
    expect(world.kind).toBe('review');
    expect(world.advance('I insist').outcome).toMatchObject({ kind: 'refused', code: 'latched' });
    expect(world.command({ kind: 'hold', on: world.on }).outcome).toMatchObject({ code: 'latched' });
    expect(world.command({ kind: 'acknowledge', on: world.on, reason: '  ' }).outcome).toMatchObject({
      code: 'reason-needed',
    });
    world.command({ kind: 'acknowledge', on: world.on, reason: 'one slow client' });
    expect(world.journal.at(-1)?.event).toMatchObject({ kind: 'acknowledged', triggers: ['sagging'] });
    expect(world.kind).toBe('soaking');
  });

  it('takes in another trigger that fires meanwhile, and lists each once with its newest firing', () => {
    const firings = [firingOf('sagging', 0), firingOf('slow', 0), firingOf('sagging', 1)];
    const world = new World().enter('one');
    const once = evolve(world.state, { kind: 'review-opened', firings: [firingOf('sagging', 0)] }, wallTime(world.now));
    const { phase } = evolve(once, { kind: 'review-opened', firings }, wallTime(world.now));
    expect(phase).toMatchObject({
      kind: 'review',
      firings: [{ trigger: 'sagging', at: 1 }, { trigger: 'slow' }],
    });
  });

  it('does not open again for an episode that was acknowledged, but for a new one', () => {
    const world = new World().enter('one');
    world.said = firing('sagging');
    world.tick(1000);
    const still = [triggerOf('sagging', { kind: 'firing', since: eventTime(world.now) })];
    world.said = (now) => ({ ...goodJudgement(now), triggers: still });
    world.command({ kind: 'acknowledge', on: world.on, reason: 'seen' });
    world.tick(hour);
    expect(world.kind).toBe('soaking');
    world.said = firing('sagging');
    world.tick(1000);
    expect(world.kind).toBe('review');
  });

  it('opens no other for a time where a person says so, and one that rolls back acts all the same', () => {
    const world = new World().enter('one');
    const quiet = () => {
      world.said = firing('sagging');
      world.tick(60_000);
      return world.kind;
    };
    world.said = firing('sagging');
    world.tick(1000);
    const acknowledge = (length?: Duration) => {
      world.said = goodJudgement;
      return world.command({ kind: 'acknowledge', on: world.on, reason: 'known', for: length }).outcome;
    };
    expect(acknowledge(duration(hour))).toMatchObject({
      kind: 'done',
      message: expect.stringMatching(/^acknowledged until .*: sagging$/),
    });
    for (let times = 0; times < 58; times += 1) expect(quiet()).toBe('soaking');
    world.tick(2 * 60_000);
    expect(quiet()).toBe('review');
    acknowledge(duration(hour));
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.kind).toBe('rolling-back');
  });

  it('leads back to a hold, and to completion', () => {
    const held = new World().enter('one');
    held.command({ kind: 'hold', on: held.on, reason: 'lunch' });
    const before = held.state.phase;
    held.said = firing('sagging');
    held.tick(1000);
    held.said = goodJudgement;
    held.command({ kind: 'acknowledge', on: held.on, reason: 'seen' });
    expect(held.state.phase).toEqual(before);

    const completed = new World().enter('full');
    completed.tick(3 * hour);
    completed.advance();
    completed.said = firing('sagging');
    completed.tick(1000);
    completed.said = goodJudgement;
    completed.command({ kind: 'acknowledge', on: completed.on, reason: 'seen' });
    expect(completed.kind).toBe('completed');
  });
});
