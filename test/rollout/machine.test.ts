import { describe, expect, it } from 'vitest';
import { eventTime, wallTime } from '../../daemon/protocol/units.ts';
import {
  conditionOf,
  firingOf,
  gateTexts,
  goodJudgement,
  hour,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from './world.ts';

const firing = (trigger: string) => (now: number) => ({ ...goodJudgement(now), fired: [firingOf(trigger, now)] });
const kinds = (world: World) => world.journal.map(({ event }) => event.kind);

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

  it('takes nothing away when the clock is set back', () => {
    const world = new World().enter('one');
    world.tick(hour);
    world.now -= 3 * hour;
    world.command({ kind: 'hold', on: world.on });
    expect(world.state.soaked).toBe(0);
  });
});

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
    expect(world.rollback()).toMatchObject({ events: [], wish: null, outcome: { kind: 'done' } });
    world.said = firing('low-success');
    world.tick(1000);
    expect(world.state.revision).toBe(revision);
    world.said = goodJudgement;
    world.settle();
    expect(world.kind).toBe('rolled-back');
    expect(world.rollback()).toMatchObject({ events: [], wish: null, outcome: { kind: 'done' } });
  });

  it('is refused before anything began', () => {
    expect(new World().rollback().outcome).toMatchObject({ kind: 'refused', code: 'not-begun' });
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

describe('a review', () => {
  it('is latched, blocks every advance, and takes in what fires meanwhile', () => {
    const world = new World().enter('one');
    world.tick(3 * hour);
    world.said = firing('sagging');
    world.tick(1000);
    world.tick(1000);
    expect(world.state.phase).toMatchObject({ kind: 'review', firings: [{}, {}] });
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

    const auto = new World(planOf({ deny: ['Wed 10:30 - Wed 14:00'], mode: 'auto' })).enter('off');
    auto.tick(hour);
    expect(auto.on.stage).toBe('off');
    auto.tick(3 * hour);
    expect(auto.on.stage).toBe('one');
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
