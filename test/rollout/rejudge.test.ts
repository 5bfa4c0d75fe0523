import { describe, expect, it } from 'vitest';
import { firing, goodJudgement, hour, World } from './world.ts';

describe('judging a stage anew', () => {
  it('begins another stay in it: soak and gate from now on, the flag as it is, and the reason in the journal', () => {
    const world = new World().enter('one');
    world.tick(90 * 60_000);
    const [before] = world.state.visits.slice(-1);
    const asked = { kind: 'rejudge', on: world.on, reason: 'the queue was full, and is repaired' } as const;
    expect(world.command(asked).outcome).toMatchObject({ kind: 'done', message: 'one is judged anew from now' });
    expect(world.state.visits.slice(-2)).toMatchObject([
      { ...before, to: world.now },
      { stage: 'one', percent: 1, from: world.now, to: null, override: null },
    ]);
    expect(world.state).toMatchObject({ soaked: 0, phase: { kind: 'soaking' } });
    expect(world.wishes.at(-1)).toMatchObject({ stage: 'one', percent: 1 });
    expect(world.journal.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ kind: 'stage-entered', cause: 'rejudge', reason: asked.reason }),
    );
    world.report('verified');
    world.tick(hour);
    expect(world.kind).toBe('soaking');
    world.tick(2 * hour);
    expect(world.kind).toBe('ready');
    expect(world.restored()).toEqual(world.state);
  });

  it('needs a reason, lifts no hold, and is no way out of a review', () => {
    const world = new World().enter('one');
    const outcome = (reason: string) => world.command({ kind: 'rejudge', on: world.on, reason }).outcome;
    expect(outcome(' ')).toMatchObject({ code: 'reason-needed' });
    world.command({ kind: 'hold', on: world.on });
    expect(outcome('repaired')).toMatchObject({ code: 'not-held', message: 'held: resume it first' });
    world.command({ kind: 'resume', on: world.on });
    world.said = firing('sagging');
    world.tick(1000);
    world.said = goodJudgement;
    expect(outcome('repaired')).toMatchObject({ code: 'latched' });
  });
});
