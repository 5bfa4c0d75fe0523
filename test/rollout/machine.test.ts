import { describe, expect, it } from 'vitest';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import {
  conditionOf,
  firing,
  gateTexts,
  goodJudgement,
  hour,
  kinds,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from './world.ts';

describe('going forward', () => {
  it('goes from planned to completed, a stage at a time, by hand', () => {
    const world = new World();
    expect(world.begin().outcome).toMatchObject({ kind: 'done' });
    expect(world.wishes.at(-1)).toMatchObject({ purpose: 'begin', percent: 0, enabled: false });
    const percents = [];
    for (const stage of ['off', 'one', 'ten', 'full']) {
      world.settle();
      expect(world.on.stage).toBe(stage);
      expect(world.kind).toBe('soaking');
      world.tick(2 * hour);
      expect(world.kind).toBe('ready');
      percents.push(world.state.effect?.percent);
      expect(world.advance().outcome).toMatchObject({ kind: 'done' });
    }
    expect(world.kind).toBe('completed');
    expect(percents).toEqual([0, 1, 10, 100]);
    expect(world.state.visits.map(({ override }) => override)).toEqual([null, null, null, null]);
  });

  it('goes by itself in auto mode, one stage a tick', () => {
    const world = new World(planOf({ mode: 'auto' }));
    world.begin();
    for (let step = 0; step < 4; step += 1) {
      world.settle();
      world.tick(2 * hour);
    }
    expect(world.kind).toBe('completed');
    expect(world.journal.flatMap(({ event }) => (event.kind === 'stage-entered' ? [event.cause] : []))).toEqual([
      'begin',
      'auto',
      'auto',
      'auto',
    ]);
  });

  it('needs no effect where the plan has no flag', () => {
    const world = new World(planOf({ flag: 'none' }));
    world.begin();
    world.tick(hour);
    expect(world.advance().outcome).toMatchObject({ kind: 'done' });
    expect(world.wishes).toEqual([]);
    expect(world.on.stage).toBe('one');
  });

  it.each([
    ['unmet', { gate: [conditionOf(gateTexts[0], 'unmet'), conditionOf(gateTexts[1], 'met')] }],
    ['no-data', { gate: [conditionOf(gateTexts[0], 'met'), conditionOf(gateTexts[1], 'no-data')] }],
    ['insufficient', { gate: gateTexts.map((text) => conditionOf(text, 'insufficient')) }],
    ['error', { gate: gateTexts.map((text) => conditionOf(text, 'error')) }],
    ['a gate that was not judged', { gate: [] }],
    ['the verdicts of another gate', { gate: [conditionOf('success_rate >= 90%', 'met')] }],
    ['a stale source', { freshness: [sourceOf(0, false)] }],
    ['a source never heard', { freshness: [sourceOf(null, false)] }],
    ['no sources at all', { freshness: [] }],
    ['a firing trigger', { triggers: [triggerOf('sagging', { kind: 'firing', since: eventTime(0) })] }],
  ])('does not pass on %s', (_, said) => {
    const world = new World().enter('one');
    world.said = (now) => ({ ...goodJudgement(now), ...said });
    world.tick(9 * hour);
    expect(world.kind).toBe('soaking');
    const { outcome } = world.advance();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'gate-not-met' });
    expect(world.on.stage).toBe('one');
  });

  it('takes no notice of a silent source that nothing rests on', () => {
    const world = new World().enter('one');
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(now, true), sourceOf(0, false, false)] });
    world.tick(2 * hour);
    expect(world.kind).toBe('ready');
  });

  it('loses its readiness with the evidence', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(now - hour, false)] });
    world.tick(1000);
    expect(world.kind).toBe('soaking');
    expect(world.journal.at(-1)?.event).toEqual({
      kind: 'gate-lost',
      conditions: ['no data from metrics.jsonl since 14:00 (limit 15 m)'],
    });
  });

  it('names what is missing, and takes a reason for an override that shows for ever', () => {
    const world = new World().enter('one');
    expect(world.advance().outcome).toEqual({
      kind: 'refused',
      code: 'gate-not-met',
      revision: world.state.revision,
      message: 'not ready: soak ends 15:00; a reason overrides it',
    });
    expect(world.advance('the customer waits').outcome).toMatchObject({ kind: 'done' });
    expect(world.state.visits.at(-2)?.override).toEqual({
      by: 'marta',
      reason: 'the customer waits',
      unmet: ['soak ends 15:00'],
    });
    expect(world.journal.at(-2)?.event).toMatchObject({ kind: 'stage-entered', cause: 'override' });
  });

  it('does not pass while held, however well all is, unless a reason is given', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.command({ kind: 'hold', on: world.on });
    expect(world.advance().outcome).toMatchObject({
      code: 'gate-not-met',
      message: 'not ready: held: resume it first; a reason overrides it',
    });
    expect(world.advance('go').outcome).toMatchObject({ kind: 'done' });
    expect(world.state).toMatchObject({ phase: { kind: 'soaking' }, stage: 2 });
  });

  it('does not pass at 0 % once the traffic shows users exposed, though the soak is over', () => {
    const world = new World();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    world.begin();
    world.settle();
    world.tick(hour);
    expect(world.kind).toBe('ready');
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.tick(1000);
    expect(world.kind).toBe('soaking');
    expect(world.advance().outcome).toMatchObject({ kind: 'refused', code: 'flag-not-in-force' });
  });

  it('completes the last stage past an unmet gate only with a reason', () => {
    const world = new World().enter('full');
    expect(world.advance().outcome).toMatchObject({ kind: 'refused', code: 'gate-not-met' });
    expect(world.advance('enough').outcome).toMatchObject({ kind: 'done' });
    expect(world.kind).toBe('completed');
    expect(world.state.visits.at(-1)?.override?.reason).toBe('enough');
  });

  it('waits for the flag: in force by the traffic, or read back when the plan names no proof', () => {
    const world = new World();
    world.enter('one');
    const proven = new World();
    proven.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    proven.begin();
    proven.settle();
    proven.tick(hour);
    expect(proven.kind, 'at 0 % no traffic can prove anything').toBe('ready');
    proven.advance();
    proven.settle();
    proven.tick(3 * hour);
    expect(proven.kind).toBe('soaking');
    expect(proven.advance().outcome).toMatchObject({ kind: 'refused', code: 'flag-not-in-force' });
    const plain = new World(planOf({ flag: 'plain' })).enter('one');
    plain.tick(2 * hour);
    expect(plain.kind).toBe('ready');
  });

  it('keeps writing a flag that was not read back, and soaks nothing meanwhile', () => {
    const world = new World().enter('off');
    world.tick(hour);
    world.advance();
    const wished = world.wishes.at(-1);
    expect(world.tick(1000).wish, 'as after a restart').toEqual(wished);
    world.report('failed', 'EACCES: .env');
    expect(world.tick(500).wish).toBeNull();
    expect(world.tick(600).wish).toMatchObject({ id: wished?.id, percent: 1 });
    world.report('failed', 'EACCES: .env');
    expect(world.tick(1500).wish).toBeNull();
    expect(world.tick(600).wish).not.toBeNull();
    world.tick(5 * hour);
    world.settle();
    expect(world.state).toMatchObject({ soaked: 0, countingSince: world.now });
  });

  it.each([
    ['warn', 'soaking'],
    ['hold', 'held'],
    ['rollback', 'rolling-back'],
  ] as const)('on a share that contradicts the flag does what the plan says of it: %s', (exposure, kind) => {
    const world = new World(planOf({ exposure })).enter('off');
    world.tick(hour);
    world.advance();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.settle();
    world.tick(10 * minute);
    expect(world.kind, 'not before `within` is over').toBe('soaking');
    world.tick(1);
    expect(world.kind).toBe(kind);
    expect(world.state.effect?.percent).toBe(exposure === 'rollback' ? 0 : 1);
    const { revision } = world.state;
    world.tick(1000);
    expect(world.state.revision, 'said once').toBe(revision);
  });

  it('stops soaking while the traffic contradicts the flag', () => {
    const world = new World().enter('off');
    world.tick(hour);
    world.advance();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.settle();
    world.tick(10 * minute);
    expect(world.state.countingSince, 'not before `within` is over').not.toBeNull();
    world.tick(1);
    expect(world.state).toMatchObject({ countingSince: null, soaked: 10 * minute + 1 });
    expect(world.state.effect?.detail).toContain('the traffic shows otherwise');
    const { revision } = world.state;
    world.tick(hour);
    expect(world.state.revision).toBe(revision);
    world.said = goodJudgement;
    world.tick(1);
    expect(world.state.effect).toMatchObject({ progress: 'in-force', detail: null });
    expect(world.state.countingSince).toBe(world.now);
  });
});

describe('the soak', () => {
  it('stands still while held and in review, and counts on afterwards', () => {
    const world = new World().enter('one');
    world.tick(hour);
    world.command({ kind: 'hold', on: world.on, reason: 'lunch' });
    world.tick(5 * hour);
    world.command({ kind: 'resume', on: world.on });
    expect(world.state).toMatchObject({ soaked: hour, countingSince: world.now });
    world.said = firing('sagging');
    world.tick(10 * minute);
    world.said = goodJudgement;
    world.tick(5 * hour);
    world.command({ kind: 'acknowledge', on: world.on, reason: 'a known client' });
    world.tick(50 * minute - 1);
    expect(world.kind).toBe('soaking');
    world.tick(1);
    expect(world.kind).toBe('ready');
  });

  it('does not count a gap of the clock, and wants new data after it', () => {
    const world = new World().enter('one');
    world.tick(hour);
    world.gap(8 * hour);
    const gapEnd = world.now;
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(gapEnd, true)] });
    world.tick(2 * hour);
    expect(world.kind, 'what arrived before the gap ended is not new').toBe('soaking');
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(gapEnd + 1, true)] });
    world.tick(0);
    expect(world.kind).toBe('ready');
    expect(kinds(world)).toContain('data-fresh');

    const early = new World().enter('one');
    early.tick(hour);
    early.gap(8 * hour);
    early.tick(hour - 1);
    expect(early.kind, 'the gap itself is not soaked').toBe('soaking');
    early.tick(1);
    expect(early.kind).toBe('ready');
  });

  it('wants a full window of new data after a gap, though the soak is over: a few good records are none', () => {
    const world = new World().enter('one');
    world.tick(2 * hour - minute);
    world.gap(8 * hour);
    world.tick(minute);
    expect(world.kind).toBe('soaking');
    world.tick(4 * minute - 1);
    expect(world.kind).toBe('soaking');
    world.tick(1);
    expect(world.kind, 'five minutes, the longest window of a trigger that rolls back').toBe('ready');
  });

  it('takes nothing away when the clock is set back', () => {
    const world = new World().enter('one');
    world.tick(hour);
    world.now -= 3 * hour;
    world.command({ kind: 'hold', on: world.on });
    expect(world.state.soaked).toBe(0);
  });
});

describe('an edited plan', () => {
  it('keeps the stage by its id, and refuses to go on when it is gone', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    const plan = planOf();
    const [, one, ten, full] = plan.stages;
    if (one === undefined || ten === undefined || full === undefined) throw new Error('the plan has four stages');
    const shorter = new World({ ...plan, stages: [one, ten, full] });
    shorter.now = world.now;
    shorter.state = world.state;
    shorter.input({ kind: 'plan-changed', now: wallTime(world.now), planHash: 'hash-2' });
    expect(shorter.state).toMatchObject({ stage: 0, planHash: 'hash-2' });
    shorter.advance();
    expect(shorter.on.stage).toBe('ten');

    const without = new World({ ...plan, stages: [ten, full] });
    without.now = world.now;
    without.state = world.state;
    without.input({ kind: 'plan-changed', now: wallTime(world.now), planHash: 'hash-3' });
    expect(without.advance('go').outcome).toMatchObject({ kind: 'refused', code: 'plan-changed' });
    expect(without.rollback().wish).toMatchObject({ purpose: 'rollback', stage: 'off', percent: 0 });
  });
});

describe('a source that drives the stage', () => {
  const observe = (world: World, percent: number) =>
    world.input({ kind: 'stage-observed', now: wallTime(world.now), at: eventTime(world.now), percent });

  it('begins, enters each stage it tells of, and counts it as in force', () => {
    const world = new World();
    observe(world, 1);
    expect(kinds(world)).toEqual(['begun', 'stage-entered']);
    observe(world, 1);
    observe(world, 37);
    expect(world.journal).toHaveLength(2);
    observe(world, 10);
    expect(world.on.stage).toBe('ten');
    world.tick(2 * hour);
    expect(world.kind).toBe('ready');
    expect(world.wishes).toEqual([]);
    observe(world, 0);
    expect(world.on.stage).toBe('off');
  });

  it('is not heeded once the attempt has ended', () => {
    const world = new World(planOf({ flag: 'none' }));
    observe(world, 10);
    world.said = firing('low-success');
    world.tick(1000);
    observe(world, 100);
    expect(world.kind).toBe('rolled-back');
  });

  it('takes the place of an effect of ours, and never leads a rollback to a higher percentage', () => {
    const world = new World(planOf({ rollback: 'previous' })).enter('ten');
    observe(world, 1);
    expect(world.state.effect).toBeNull();
    expect(world.rollback().wish).toMatchObject({ percent: 0, enabled: false });
  });

  it('does not end the hold of a person, whose soak stays paused', () => {
    const world = new World(planOf({ flag: 'none' }));
    observe(world, 1);
    world.command({ kind: 'hold', on: world.on });
    observe(world, 10);
    expect([world.kind, world.on.stage]).toEqual(['held', 'ten']);
    world.tick(3 * hour);
    expect(world.state.soaked).toBe(0);
    world.command({ kind: 'resume', on: world.on });
    expect(world.kind).toBe('soaking');
  });

  it('does not end a review', () => {
    const world = new World(planOf({ flag: 'none' }));
    observe(world, 1);
    world.said = firing('sagging');
    world.tick(1000);
    observe(world, 10);
    expect(world.kind).toBe('review');
    expect(world.on.stage).toBe('ten');
  });
});
