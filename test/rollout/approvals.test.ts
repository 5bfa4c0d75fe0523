import { describe, expect, it } from 'vitest';
import { hour, planOf, World } from './world.ts';

function asking(approvals: number): World {
  const plan = planOf();
  const world = new World(plan).enter('one');
  world.tick(2 * hour);
  // The stages before were entered by one person.
  Object.assign(plan.advance, { approvals });
  return world;
}

const advance = (world: World, by: string, reason?: string) =>
  world.command({ kind: 'advance', on: world.on, ...(reason !== undefined && { reason }) }, by);

describe('an advance that the plan asks several people for', () => {
  it('is carried out by the second person, and refused to the same one twice', () => {
    const world = asking(2);
    expect(advance(world, 'anna').outcome).toMatchObject({
      kind: 'done',
      message: 'approved, 1 of 2: another person advances it',
    });
    expect(world.on.stage).toBe('one');
    for (const same of ['anna', 'Anna', 'anna@laptop', 'anna through Claude']) {
      expect(advance(world, same).outcome).toMatchObject({
        kind: 'refused',
        code: 'already-approved',
        message: 'you have approved this advance already: 1 more of 2 must, and each must be another person',
      });
    }
    expect(advance(world, 'bert').outcome).toMatchObject({ kind: 'done' });
    expect(world.on.stage).toBe('ten');
    expect(world.state.approvals).toBeUndefined();
    expect(world.journal.map(({ event }) => event).filter(({ kind }) => kind === 'approved')).toEqual([
      { kind: 'approved', by: 'anna', reason: null, needed: 2 },
    ]);
  });

  it('needs new approvals once the gate was lost, the stage is held, or another one is entered', () => {
    const world = asking(3);
    advance(world, 'anna');
    expect(advance(world, 'bert').outcome).toMatchObject({ message: 'approved, 2 of 3: another person advances it' });
    expect(world.state.approvals).toHaveLength(2);
    world.command({ kind: 'hold', on: world.on });
    expect(world.state.approvals).toBeUndefined();
    expect(advance(world, 'carl', 'all the same').outcome).toMatchObject({ code: 'not-held' });
    world.command({ kind: 'resume', on: world.on });
    expect(advance(world, 'carl', 'all the same').outcome).toMatchObject({
      message: expect.stringContaining('1 of 3'),
    });
  });

  it('waits for nobody on the way back, and for nobody else where the plan asks for one', () => {
    const world = asking(2);
    expect(world.rollback().outcome).toMatchObject({ kind: 'done' });
    expect(world.kind).toBe('rolling-back');
    expect(advance(asking(1), 'anna').outcome).toMatchObject({ message: expect.stringContaining('advanced to ten') });
  });
});
