import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutEvent } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { evolve } from '../../daemon/rollout/evolve.ts';
import { run, runs } from './interleavings.ts';
import { firingOf, goodJudgement, hour, planOf, World } from './world.ts';

const cause = { kind: 'person', by: 'marta', reason: null } as const;
const effect = (purpose: Effect['purpose'], id = 'other'): Effect => ({
  id,
  purpose,
  stage: 'ten',
  percent: percent(10),
  enabled: true,
  progress: 'intended',
  since: wallTime(0),
  verifiedAt: null,
  detail: null,
  tries: 0,
});
const entered: RolloutEvent = {
  kind: 'stage-entered',
  stage: 2,
  id: 'ten',
  percent: percent(10),
  at: eventTime(0),
  cause: 'auto',
  by: 'rampwatch',
  reason: null,
  unmet: [],
};
const progressed = (progress: 'written' | 'verified' | 'in-force', id: string): RolloutEvent => ({
  kind: 'effect-progressed',
  id,
  progress,
  detail: null,
  took: null,
});

const events: readonly RolloutEvent[] = [
  { kind: 'begun', by: 'marta', attempt: 9, planHash: 'hash-9' },
  entered,
  { ...entered, cause: 'observed' },
  { kind: 'gate-ready' },
  { kind: 'gate-lost', conditions: [] },
  { kind: 'held', cause },
  { kind: 'resumed', by: 'marta' },
  { kind: 'clock-gap', from: wallTime(0), to: wallTime(1) },
  { kind: 'data-fresh' },
  { kind: 'review-opened', firings: [firingOf('sagging', 0)] },
  { kind: 'acknowledged', by: 'marta', reason: 'seen', triggers: ['sagging'] },
  { kind: 'rollback-started', cause, to: 0, at: eventTime(0) },
  { kind: 'effect-intended', effect: effect('advance') },
  { kind: 'effect-intended', effect: effect('rollback') },
  progressed('in-force', 'unknown'),
  { kind: 'exposure-found', by: 'flag', percent: percent(10), detail: '.env says ROLLOUT=10', since: eventTime(0) },
  { kind: 'exposure-over' },
  { kind: 'promise-broken', trigger: 'low-success', promised: duration(1), took: duration(2) },
  { kind: 'rolled-back' },
  { kind: 'rollback-failed', detail: 'EIO' },
  { kind: 'completed', by: 'marta', reason: null, unmet: [] },
  { kind: 'plan-changed', planHash: 'hash-9', stage: 0 },
];

/** The kinds of event that fit the world's state. */
function fitting(world: World): readonly string[] {
  const at = wallTime(world.now);
  return events.flatMap((event) => (evolve(world.state, event, at) === world.state ? [] : [nameOf(event)]));
}

function nameOf(event: RolloutEvent): string {
  if (event.kind === 'effect-intended') return `${event.effect.purpose}-intended`;
  return event.kind === 'stage-entered' ? `stage-${event.cause}` : event.kind;
}

describe('the fold', () => {
  it('takes only the events that fit the phase, and leaves the very same state for the others', () => {
    const world = new World();
    expect(fitting(world)).toEqual(['begun', 'rollback-started', 'exposure-found', 'plan-changed']);
    world.enter('one');
    const running = ['stage-auto', 'stage-observed'];
    const always = ['clock-gap', 'review-opened'];
    const others = ['rollback-started', 'advance-intended'];
    expect(fitting(world)).toEqual([
      ...running,
      'gate-ready',
      'held',
      ...always,
      ...others,
      'completed',
      'plan-changed',
    ]);
    world.tick(2 * hour);
    expect(fitting(world)).toEqual([
      ...running,
      'gate-lost',
      'held',
      ...always,
      ...others,
      'completed',
      'plan-changed',
    ]);
    world.command({ kind: 'hold', on: world.on });
    expect(fitting(world)).toEqual([...running, 'resumed', ...always, ...others, 'completed', 'plan-changed']);
    world.said = (now) => ({ ...goodJudgement(now), fired: [firingOf('sagging', now)] });
    world.tick();
    expect(fitting(world)).toEqual(['stage-observed', ...always, 'acknowledged', ...others, 'plan-changed']);
    world.rollback();
    expect(fitting(world)).toEqual([
      'clock-gap',
      'rollback-intended',
      'promise-broken',
      'rolled-back',
      'rollback-failed',
      'plan-changed',
    ]);
    world.report('failed', 'EIO');
    expect(fitting(world)).toEqual(['clock-gap', 'promise-broken', 'rolled-back', 'rollback-failed', 'plan-changed']);
    world.settle();
    expect(fitting(world)).toEqual(['begun', 'rollback-started', 'exposure-found', 'plan-changed']);

    const completed = new World().enter('full');
    completed.tick(2 * hour);
    completed.advance();
    expect(fitting(completed)).toEqual([...always, ...others, 'plan-changed']);
  });

  it('takes no step of the flag back, and none of another effect', () => {
    const world = new World(planOf({ flag: 'plain' })).enter('one');
    const id = world.state.effect?.id ?? '';
    const at = wallTime(world.now);
    for (const event of [progressed('written', id), progressed('verified', id), progressed('in-force', 'another')]) {
      expect(evolve(world.state, event, at)).toBe(world.state);
    }
    expect(evolve(world.state, progressed('in-force', id), at).effect?.progress).toBe('in-force');
  });

  it('leaves the state alone for what the journal keeps beside its events', () => {
    const { state } = new World().enter('one');
    const note = { kind: 'signal', name: 'complaint', by: 'marta', note: null, at: eventTime(0) } as const;
    expect(evolve(state, note, wallTime(0))).toBe(state);
  });

  it('makes one revision of any event that fits, in any state', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        const { state, now } = run(plan, steps, () => {});
        for (const event of events) {
          const next = evolve(state, event, wallTime(now));
          expect(next === state || next.revision === state.revision + 1).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
