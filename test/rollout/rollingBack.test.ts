import { describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { firing, firingOf, goodJudgement, hour, kinds, minute, planOf, proofOf, triggerOf, World } from './world.ts';

describe('rolling back', () => {
  it.each(['soaking', 'ready', 'held', 'review', 'completed'])('answers a rollback trigger while %s', (kind) => {
    const world = new World().enter(kind === 'completed' ? 'full' : 'ten');
    if (kind === 'ready' || kind === 'completed') world.tick(3 * hour);
    if (kind === 'completed') world.advance();
    if (kind === 'held') world.command({ kind: 'hold', on: world.on });
    world.said = firing('sagging');
    if (kind === 'review') world.tick();
    expect(world.kind).toBe(kind);
    world.said = (now) => ({ ...goodJudgement(now), fired: [firingOf('sagging', now), firingOf('low-success', now)] });
    const { wish } = world.tick(1000);
    expect(world.kind).toBe('rolling-back');
    expect(wish).toMatchObject({ purpose: 'rollback', percent: 0, enabled: false, stage: 'off' });
  });

  it('judges no trigger where nobody is exposed', () => {
    const world = new World().enter('off');
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.kind).toBe('soaking');
  });

  it('is proven by the traffic, and records how long that took', () => {
    const world = new World().enter('ten');
    world.said = firing('low-success');
    world.tick(1000);
    const evidence = world.now;
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    world.now += 2000;
    world.report('written');
    world.report('verified');
    world.tick(hour);
    expect(world.kind, 'no traffic proves nothing').toBe('rolling-back');
    world.said = goodJudgement;
    world.tick(1000);
    expect(world.kind).toBe('rolled-back');
    const took = world.journal.flatMap(({ event }) =>
      event.kind === 'effect-progressed' && event.took !== null ? [[event.progress, event.took]] : [],
    );
    expect(took).toEqual([
      ['written', 2000],
      ['verified', 2000],
      ['in-force', world.now - evidence],
    ]);
    const broken = world.journal.filter(({ event }) => event.kind === 'promise-broken');
    expect(broken.map(({ event }) => event)).toEqual([
      { kind: 'promise-broken', trigger: 'low-success', promised: 5 * minute, took: hour + 2000 },
    ]);
  });

  it('beats an advance that is on its way: a late report of it is answered with the rollback again', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.advance();
    const advance = world.wishes.at(-1);
    const { wish } = world.rollback('enough');
    expect(wish).toMatchObject({ purpose: 'rollback', percent: 0 });
    const late = world.report('verified', null, advance?.id);
    expect(late.events).toEqual([]);
    expect(late.wish).toEqual(world.state.effect);
  });

  it('is done once, however often it is asked for', () => {
    const world = new World().enter('ten');
    world.rollback();
    const { revision } = world.state;
    const again = { events: [], wish: { id: world.state.effect?.id, percent: 0 }, outcome: { kind: 'done' } };
    expect(world.rollback()).toMatchObject(again);
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.state.revision).toBe(revision);
    world.said = goodJudgement;
    world.settle();
    expect(world.kind).toBe('rolled-back');
    expect(world.rollback()).toMatchObject(again);
  });

  it('sets the flag before anything began, and is refused only where no flag is', () => {
    const world = new World();
    expect(world.rollback().wish).toMatchObject({ purpose: 'rollback', stage: 'off', percent: 0, enabled: false });
    world.settle();
    expect(world.kind).toBe('rolled-back');
    expect(world.begin().outcome?.kind).toBe('done');
    expect(world.state.attempt).toBe(1);
    const without = new World(planOf({ flag: 'none' }));
    expect(without.rollback().outcome).toMatchObject({ kind: 'refused', code: 'not-begun' });
  });

  it('fails loudly, tries again at longer and longer intervals, and may still succeed', () => {
    const world = new World(planOf({ flag: 'plain' })).enter('ten');
    world.rollback();
    world.report('failed', 'EROFS: read-only file system');
    expect(world.state.phase).toMatchObject({ kind: 'rollback-failed' });
    const pauses: number[] = [];
    let last = world.now;
    for (let second = 0; second < 200 && pauses.length < 8; second += 1) {
      if (world.tick(1000).wish === null) continue;
      pauses.push((world.now - last) / 1000);
      last = world.now;
      world.report('failed', 'EROFS: read-only file system');
    }
    expect(pauses).toEqual([1, 2, 4, 5, 5, 5, 5, 5]);
    expect(kinds(world).filter((kind) => kind === 'rollback-failed')).toHaveLength(1);
    expect(world.rollback().wish, 'a person who asks again does not wait').not.toBeNull();
    world.report('verified');
    expect(world.kind).toBe('rolled-back');
  });

  it('does not race with somebody else who sets the flag too: it waits longer and longer between two tries', () => {
    const world = new World(planOf({ flag: 'plain' })).enter('ten');
    world.rollback();
    world.report('written', 'it reads back as 10');
    const pauses: number[] = [];
    let last = world.now;
    for (let second = 0; second < 200 && pauses.length < 6; second += 1) {
      if (world.tick(1000).wish === null) continue;
      pauses.push((world.now - last) / 1000);
      last = world.now;
      world.report('written', 'it reads back as 10');
    }
    expect(pauses).toEqual([1, 2, 4, 5, 5, 5]);
    expect(kinds(world).filter((kind) => kind === 'rollback-failed')).toHaveLength(1);
    world.report('verified');
    expect(world.kind).toBe('rolled-back');
    world.report('written', 'a late answer');
    expect(world.state.effect?.progress).toBe('verified');
  });

  it('says by what it fails now', () => {
    const world = new World(planOf({ flag: 'plain' })).enter('ten');
    world.rollback();
    world.report('failed', 'EISDIR');
    const { since } = world.state;
    world.tick(1000);
    world.report('failed', 'ELOOP');
    expect(world.state).toMatchObject({
      since,
      phase: { kind: 'rollback-failed', detail: 'the flag could not be set: ELOOP' },
    });
  });

  it('fails loudly when the traffic contradicts the file, until the proof comes', () => {
    const world = new World().enter('ten');
    world.rollback();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.settle();
    world.tick(10 * minute);
    expect(world.kind).toBe('rolling-back');
    world.tick(1000);
    expect(world.state.phase).toMatchObject({ kind: 'rollback-failed' });
    world.said = goodJudgement;
    world.tick(1000);
    expect(world.kind).toBe('rolled-back');
  });

  it.each(['intended', 'written'] as const)('is carried out again for as long as it is but %s', (reached) => {
    const world = new World().enter('ten');
    const { wish } = world.rollback();
    if (reached === 'written') world.report('written');
    expect(world.state.effect?.progress).toBe(reached);
    expect(world.tick(1000).wish?.id).toBe(wish?.id);
    world.report('verified');
    expect(world.tick(1000).wish).toBeNull();
  });

  it('does not wait for a time that a clock which was set back has made the future', () => {
    const world = new World().enter('ten');
    world.rollback();
    world.report('failed', 'the disk is full');
    expect(world.tick().wish).toBeNull();
    world.now -= 24 * hour;
    expect(world.tick().wish).toMatchObject({ purpose: 'rollback', progress: 'failed' });
  });

  it('finishes after a restart what was interrupted before the flag was read back', () => {
    const world = new World().enter('ten');
    const { wish } = world.rollback();
    world.state = world.restored();
    expect(world.tick(1000).wish).toEqual(wish);
  });

  it('acts on a trigger whose beginning was told to a daemon that died', () => {
    const world = new World().enter('ten');
    world.now += minute;
    const since = eventTime(world.now - 1000);
    world.said = (now) => ({ ...goodJudgement(now), triggers: [triggerOf('low-success', { kind: 'firing', since })] });
    world.tick();
    expect(world.state.phase).toMatchObject({ kind: 'rolling-back', cause: { firing: { at: since } } });
  });

  it('does not take the firing of an earlier attempt for one of this', () => {
    const world = new World(planOf({ flag: 'none' })).enter('ten');
    const since = eventTime(world.now);
    world.said = firing('low-success');
    world.tick();
    world.said = goodJudgement;
    world.now += minute;
    world.enter('one');
    world.said = (now) => ({ ...goodJudgement(now), triggers: [triggerOf('low-success', { kind: 'firing', since })] });
    world.tick();
    expect(world.kind).toBe('soaking');
  });

  it('goes to the lower stage before when the plan says so, as it was when it was entered', () => {
    const world = new World(planOf({ rollback: 'previous' })).enter('ten');
    expect(world.rollback().wish).toMatchObject({ stage: 'one', percent: 1, enabled: true });
    const first = new World(planOf({ rollback: 'previous' })).enter('one');
    expect(first.rollback().wish).toMatchObject({ stage: 'off', percent: 0, enabled: false });
  });

  it('to a stage that exposes users goes on to nobody when that fails too, and when a person says so', () => {
    const back = () => {
      const world = new World(planOf({ rollback: 'previous' })).enter('ten');
      world.now += minute;
      world.rollback();
      world.settle();
      expect([world.kind, world.state.effect?.percent]).toEqual(['rolled-back', 1]);
      world.now += minute;
      return world;
    };
    const failing = back();
    // A trigger that fired for the stage that was left does not count against the stage after the rollback.
    const old = firingOf('low-success', failing.now - 3 * minute);
    failing.said = (now) => ({ ...goodJudgement(now), fired: [old] });
    failing.tick();
    expect(failing.kind).toBe('rolled-back');
    failing.said = firing('low-success');
    expect(failing.tick().wish).toMatchObject({ purpose: 'rollback', stage: 'off', percent: 0, before: 1 });
    failing.said = goodJudgement;
    failing.settle();
    expect([failing.kind, failing.state.effect?.percent]).toEqual(['rolled-back', 0]);
    expect(failing.rollback().outcome).toMatchObject({ message: expect.stringContaining('already rolled back') });
    expect(failing.restored()).toEqual(failing.state);

    const person = back();
    expect(person.rollback().wish).toMatchObject({ purpose: 'rollback', percent: 0 });
    expect(person.kind).toBe('rolling-back');
  });

  it('ends at once where there is no flag to set', () => {
    const world = new World(planOf({ flag: 'none' })).enter('ten');
    world.said = firing('low-success');
    expect(world.tick(1000).events.map(({ kind }) => kind)).toEqual(['rollback-started', 'rolled-back']);
  });

  it('is rolling back again once the flag that failed is read back, until the traffic proves it', () => {
    const world = new World().enter('ten');
    world.rollback();
    world.report('failed', 'EIO');
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    world.report('written', 'it reads back as 10');
    expect(world.state.phase).toMatchObject({ kind: 'rollback-failed' });
    world.report('verified');
    expect(world.kind).toBe('rolling-back');
    world.said = goodJudgement;
    world.tick(1000);
    expect(world.kind).toBe('rolled-back');
  });

  it('fails loudly when what was written does not read back', () => {
    const world = new World().enter('ten');
    world.rollback();
    world.report('written', 'it reads back as 10');
    expect(world.state.phase).toMatchObject({
      kind: 'rollback-failed',
      detail: 'the flag was written, but it reads back as 10',
    });
  });

  it('is latched until a person begins a new attempt, which starts from the first stage', () => {
    const world = new World().enter('ten');
    world.rollback();
    world.settle();
    world.tick(100 * hour);
    expect(world.kind).toBe('rolled-back');
    expect(world.begin().outcome).toMatchObject({ kind: 'done' });
    expect(world.state).toMatchObject({ attempt: 2, stage: 0, phase: { kind: 'soaking' }, soaked: 0 });
    expect(world.wishes.at(-1)).toMatchObject({ purpose: 'begin', percent: 0 });
  });

  it('is never frozen', () => {
    const world = new World(planOf({ deny: ['Mon - Sun'] })).enter('off');
    world.tick(3 * hour);
    world.advance('a reason');
    world.settle();
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.kind).toBe('rolling-back');
  });
});
