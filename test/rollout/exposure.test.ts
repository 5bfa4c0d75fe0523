import { describe, expect, it } from 'vitest';
import type { FoundExposure } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { exposedInStages, exposedSince, exposesUsers } from '../../daemon/rollout/exposure.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import { firing, firingOf, goodJudgement, hour, kinds, minute, planOf, World } from './world.ts';

/** Exposure is what the flag and the traffic say, not what an attempt remembers. */

function found(world: World, share: number | null = 10, by: FoundExposure['by'] = 'flag'): void {
  const value = share === null ? null : percent(share);
  const exposure = { by, percent: value, detail: `.env says ROLLOUT=${share}`, since: eventTime(world.now) };
  world.input({ kind: 'exposure-seen', now: wallTime(world.now), exposure });
}

const over = (world: World) => world.input({ kind: 'exposure-seen', now: wallTime(world.now), exposure: null });
const shown = (world: World) => standing(world.plan, world.state, goodJudgement(world.now), wallTime(world.now), []);
const beginAt = (world: World, at?: string, reason?: string) =>
  world.command({ kind: 'begin', on: world.on, at, reason });

function rolledBack(world: World): World {
  world.enter('ten');
  world.now += minute;
  world.rollback();
  world.settle();
  world.now += minute;
  return world;
}

describe('users who are exposed without an attempt', () => {
  it.each([
    ['before any attempt', new World()],
    ['after a rollback', rolledBack(new World())],
    ['in a stage of 0 %', new World().enter('off')],
  ])('are an alarm, journalled once, and watched by the triggers: %s', (_, world) => {
    found(world);
    const since = world.now;
    world.now += minute;
    found(world);
    expect(kinds(world).filter((kind) => kind === 'exposure-found')).toHaveLength(1);
    expect(exposesUsers(world.state)).toBe(true);
    expect(exposedSince(world.state)).toBe(since);
    expect(shown(world)).toMatchObject({ percent: 10, exposure: { percent: 10, adopt: ['ten'] } });
    // A trigger that fired before the exposure was seen does not count against it.
    world.said = (now) => ({ ...goodJudgement(now), fired: [firingOf('low-success', since - 1000)] });
    expect(world.tick().wish).toBeNull();
    world.said = firing('low-success');
    expect(world.tick().wish).toMatchObject({ purpose: 'rollback', percent: 0, enabled: false });
    world.said = goodJudgement;
    world.settle();
    expect(world.state.phase).toMatchObject({ kind: 'rolled-back', cause: { kind: 'trigger' }, from: { percent: 10 } });
    expect(world.state.exposure).toBeNull();
    expect(world.restored()).toEqual(world.state);
  });

  it('are told once more when the percentage becomes another, and when it is over', () => {
    const world = new World();
    found(world, 10);
    found(world, 50);
    over(world);
    over(world);
    expect(kinds(world)).toEqual(['exposure-found', 'exposure-found', 'exposure-over']);
    expect(shown(world)).toMatchObject({ percent: 0, health: { kind: 'ok' } });
  });

  it('are an alarm that says what to do, in every phase without an attempt', () => {
    for (const world of [new World(), rolledBack(new World())]) {
      found(world);
      const { health, may, missing, effects } = shown(world);
      expect(health).toEqual({ kind: 'alarm', detail: 'exposed without an attempt: .env says ROLLOUT=10' });
      expect(may).toEqual(['adopt', 'rollback']);
      expect(missing[0]).toContain('adopt it, or roll back');
      expect(effects?.rollback).toMatchObject({ percent: 0 });
    }
  });

  it('are taken off by a person, with its own cause and where it came from', () => {
    const world = rolledBack(new World());
    found(world, 37);
    expect(world.rollback('90 % fail').wish).toMatchObject({ purpose: 'rollback', percent: 0, before: 37 });
    world.now += 2000;
    world.report('verified');
    expect(world.state.phase).toMatchObject({
      kind: 'rolling-back',
      cause: { reason: '90 % fail' },
      from: { stage: null, percent: 37 },
    });
    // Since this rollback was requested, not since the first.
    expect(world.journal.at(-1)?.event).toMatchObject({ progress: 'verified', took: 2000 });
  });

  it('are not found where an attempt exposes users, goes back or is on its way', () => {
    const under = new World().enter('ten');
    found(under, 50);
    const back = new World().enter('ten');
    back.rollback();
    found(back, 10);
    const previous = new World(planOf({ rollback: 'previous' })).enter('ten');
    previous.rollback();
    previous.settle();
    found(previous, 1);
    for (const { state } of [under, back, previous]) expect(state.exposure).toBeNull();
  });
});

describe('begin where users are exposed', () => {
  it('is refused with the choices, and takes users off only with a reason', () => {
    const world = new World();
    found(world);
    const { outcome } = world.begin();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'exposed' });
    expect(outcome?.message).toMatch(/ROLLOUT=10.*off would set it to 0 %.*begin --at ten.*rampwatch rollback.*reason/);
    expect(world.wishes).toEqual([]);
    expect(beginAt(world, undefined, 'the flag was left over').wish).toMatchObject({ percent: 0 });
    expect(world.journal.find(({ event }) => event.kind === 'begun')?.event).toMatchObject({
      reason: 'the flag was left over',
    });
  });

  it('takes over the stage that the flag is at, without setting another value', () => {
    const world = rolledBack(new World());
    found(world);
    const { outcome, wish } = beginAt(world, 'ten');
    expect(outcome).toMatchObject({ kind: 'done', message: expect.stringContaining('adopted ten at 10 %') });
    expect(wish).toMatchObject({ purpose: 'begin', stage: 'ten', percent: 10 });
    expect(world.state).toMatchObject({ attempt: 2, phase: { kind: 'soaking' }, exposure: null });
    expect(world.state.visits.at(-1)).toMatchObject({ stage: 'ten', percent: 10, from: world.now, to: null });
    expect(world.journal.find(({ event }) => event.kind === 'begun' && event.attempt === 2)?.event).toMatchObject({
      adopted: '.env says ROLLOUT=10',
    });
    world.rollback();
    expect(world.wishes.at(-1)).toMatchObject({ purpose: 'rollback', percent: 0 });
    const frozen = new World(planOf({ deny: ['00:00 - 24:00'] }));
    found(frozen);
    expect(beginAt(frozen, 'ten').outcome?.kind).toBe('done');
  });

  it('at another percentage than the flag says needs a reason', () => {
    for (const stage of ['one', 'full']) {
      const world = new World();
      found(world);
      expect(beginAt(world, stage).outcome).toMatchObject({ kind: 'refused', code: 'exposed' });
      expect(beginAt(world, stage, 'agreed').outcome?.kind).toBe('done');
    }
    const world = new World();
    expect(beginAt(world, 'ten').outcome).toMatchObject({ kind: 'refused', code: 'reason-needed' });
    expect(beginAt(world, 'nowhere', 'x').outcome).toMatchObject({ kind: 'refused', code: 'no-stage' });
    expect(beginAt(world, 'ten', 'moved here').outcome?.kind).toBe('done');
  });

  it('goes by a flag that says no number, and not by traffic that the flag denies', () => {
    const enabled = new World();
    found(enabled, null);
    expect(shown(enabled).exposure?.adopt).toEqual(['one', 'ten', 'full']);
    expect(beginAt(enabled, 'ten').outcome?.kind).toBe('done');
    const traffic = new World();
    found(traffic, null, 'traffic');
    expect(shown(traffic).exposure?.adopt).toEqual([]);
    expect(beginAt(traffic, 'ten').outcome).toMatchObject({ kind: 'refused' });
    expect(traffic.begin().outcome?.kind).toBe('done');
    const byHand = new World(planOf({ flag: 'none' }));
    found(byHand, null, 'traffic');
    expect(shown(byHand).may).toEqual(['begin', 'adopt', 'rollback']);
    expect(beginAt(byHand, 'ten').outcome?.kind).toBe('done');
  });

  it('tells of a start that is yet to come, and takes a reason in a freeze', () => {
    const plan = { ...planOf({ deny: ['00:00 - 24:00'] }), start: '2025-10-30' };
    const stages = plan.stages.slice(1);
    const world = new World({ ...plan, stages });
    expect(world.begin().outcome).toMatchObject({ kind: 'refused', code: 'frozen' });
    expect(beginAt(world, undefined, 'agreed with everybody').outcome).toMatchObject({
      kind: 'done',
      message: expect.stringContaining('the plan itself starts on 2025-10-30'),
    });
    const today = new World({ ...planOf(), start: '2025-10-29T09:00' });
    expect(today.begin().outcome?.message).not.toContain('starts on');
  });
});

describe('an advance', () => {
  it('that names its stage leads there or nowhere', () => {
    const world = new World().enter('one');
    world.tick(3 * hour);
    const advance = (to: string | null) => world.command({ kind: 'advance', on: world.on, to });
    for (const to of ['one', 'full', null])
      expect(advance(to).outcome).toMatchObject({ kind: 'refused', code: 'stale' });
    expect(advance('ten').outcome?.kind).toBe('done');
    const last = new World().enter('full');
    last.tick(3 * hour);
    expect(last.command({ kind: 'advance', on: last.on, to: null }).state.phase.kind).toBe('completed');
  });

  it('is refused when its stage was entered after it was asked for', () => {
    const world = new World().enter('one');
    world.tick(3 * hour);
    const asked = wallTime(world.now - 1000);
    const advance = () => world.command({ kind: 'advance', on: { ...world.on, asked }, reason: 'go' });
    expect(advance().outcome?.kind).toBe('done');
    world.settle();
    expect(advance().outcome).toMatchObject({ kind: 'refused', code: 'stale' });
    expect(world.on.stage).toBe('ten');
  });
});

describe('a trigger of some stages is judged', () => {
  it('since the first of the stays in a row in them, in no other stage, and in any exposure of which no stage is known', () => {
    const world = new World().enter('one');
    const from = world.state.visits.at(-1)?.from;
    expect(exposedInStages(world.state, ['one'])).toBe(from);
    expect(exposedInStages(world.state, ['ten', 'full'])).toBeNull();
    world.tick(3 * hour);
    world.advance();
    world.settle();
    expect(world.on.stage).toBe('ten');
    expect(exposedInStages(world.state, ['one'])).toBeNull();
    expect(exposedInStages(world.state, ['one', 'ten'])).toBe(from);
    expect(exposedInStages(world.state, ['ten'])).toBe(world.state.visits.at(-1)?.from);
    const exposed = new World();
    found(exposed);
    expect(exposedInStages(exposed.state, ['ten'])).toBe(exposedSince(exposed.state));
  });
});
