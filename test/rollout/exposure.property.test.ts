import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { mayFindExposure } from '../../daemon/rollout/exposure.ts';
import type { Decision } from '../../daemon/rollout/machine.ts';
import { firing as fires, goodJudgement, hour, minute, planOf, World } from './world.ts';

/**
 * A rollout and a flag that is a number, beside people who set it by hand, deploys that put an old value back, a state that
 * is lost and daemons that are started anew. What the flag says is looked at before each tick and command, as the daemon does.
 */
class FlagWorld extends World {
  flag = 0;
  /** Wishes that are not carried out yet: the daemon may die before. */
  pending: Effect[] = [];
  /** Why the flag may go up: by the wish. */
  readonly ups: { readonly wish: Effect; readonly by: string }[] = [];
  readonly #plan = this.plan;

  look(): void {
    const { effect, phase } = this.state;
    const isWritten = effect === null || effect.progress === 'verified' || effect.progress === 'in-force';
    if (!mayFindExposure(this.state) || !isWritten) return;
    const exposure =
      this.flag === 0
        ? null
        : {
            by: 'flag' as const,
            percent: percent(this.flag),
            detail: `ROLLOUT=${this.flag}`,
            since: eventTime(this.now),
          };
    if (exposure === null && this.state.exposure === null) return;
    if (phase.kind !== 'completed') this.input({ kind: 'exposure-seen', now: wallTime(this.now), exposure });
  }

  take(decision: Decision, by: string): void {
    const { wish } = decision;
    if (wish === null) return;
    if (wish.percent > this.flag) this.ups.push({ wish, by });
    this.pending.push(wish);
  }

  /** Writes the wishes in their order; the newest counts, and each is read back. */
  carryOut(): void {
    for (const wish of this.pending.splice(0)) {
      if (this.state.effect?.id !== wish.id) continue;
      this.flag = wish.percent;
      this.report('verified', null, wish.id);
    }
  }

  /** The same journal in another process. */
  restart(): void {
    this.pending = [];
    expect(this.restored()).toEqual(this.state);
  }

  loseState(): void {
    this.pending = [];
    this.journal.length = 0;
    this.state = initialState(this.#plan.id, 'hash-1', wallTime(this.now));
    // The fold of an empty journal begins now.
    this.startedAt = this.now;
  }
}

const reason = fc.constantFrom(undefined, undefined, 'a reason');
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      at: fc.constantFrom(undefined, 'one', 'ten', 'full'),
      reason,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      to: fc.constantFrom(undefined, 'one', 'ten', 'full', null),
      reason,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const), reason }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      wait: fc.constantFrom(1000, minute, 3 * hour),
      fires: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'carry-out' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('others' as const), flag: fc.constantFrom(0, 1, 7, 10, 100) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'loss' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
const plan = fc
  .record({
    flag: fc.constantFrom('plain' as const, 'proof' as const),
    mode: fc.constantFrom('manual' as const, 'auto' as const),
  })
  .map(planOf);

function run(world: FlagWorld, each: Step): void {
  switch (each.kind) {
    case 'begin':
      world.look();
      world.take(world.command({ kind: 'begin', on: world.on, at: each.at, reason: each.reason }), 'person');
      return;
    case 'advance':
      world.look();
      world.take(world.command({ kind: 'advance', on: world.on, to: each.to, reason: each.reason }), 'person');
      return;
    case 'rollback':
      world.look();
      world.take(world.rollback(each.reason), 'rollback');
      return;
    case 'tick': {
      world.now += each.wait;
      world.look();
      world.said = each.fires ? fires('low-success') : goodJudgement;
      const before = world.state;
      const decision = world.tick();
      world.said = goodJudgement;
      world.take(decision, causeOf(before, decision));
      return;
    }
    case 'carry-out':
      world.carryOut();
      return;
    case 'others':
      world.flag = each.flag;
      return;
    case 'restart':
      world.restart();
      return;
    case 'loss':
      world.loseState();
      return;
  }
}

/** A tick raises the flag where a gate was met in an automatic plan, or repeats what a person had decided. */
function causeOf(before: RolloutState, { wish, events }: Decision): string {
  if (wish !== null && wish.id === before.effect?.id) return 'repeated';
  return events.some((event) => event.kind === 'stage-entered' && event.cause === 'auto') ? 'gate' : 'nobody';
}

const runs = fc.tuple(plan, fc.array(step, { minLength: 1, maxLength: 40 }));

describe('whatever people, deploys and lost states do', () => {
  it('Roll Back ends with the flag off, from every state', () => {
    fc.assert(
      fc.property(runs, ([chosen, steps]) => {
        const world = new FlagWorld(chosen);
        for (const each of steps) run(world, each);
        run(world, { kind: 'rollback', reason: undefined });
        world.carryOut();
        expect(world.flag).toBe(0);
        // The same again, when a deploy restores the old value.
        world.settle();
        world.flag = 10;
        run(world, { kind: 'rollback', reason: undefined });
        world.carryOut();
        expect(world.flag).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });

  it('nothing goes up without a person or a gate', () => {
    fc.assert(
      fc.property(runs, ([chosen, steps]) => {
        const world = new FlagWorld(chosen);
        for (const each of steps) run(world, each);
        expect(world.ups.filter(({ by }) => by === 'nobody' || by === 'rollback')).toEqual([]);
        expect(chosen.advance.mode === 'auto' || world.ups.every(({ by }) => by !== 'gate')).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('a begin without a reason takes nobody off', () => {
    fc.assert(
      fc.property(runs, ([chosen, steps]) => {
        const world = new FlagWorld(chosen);
        for (const each of steps) {
          const exposed = world.flag;
          const before = world.state;
          run(world, each);
          if (each.kind !== 'begin' || each.reason !== undefined || world.state.attempt === before.attempt) continue;
          if (mayFindExposure(before)) expect(world.state.effect?.percent ?? 0).toBeGreaterThanOrEqual(exposed);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('an exposure without an attempt is known at the next tick, and a trigger that fires takes it off', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(1, 7, 10, 100), ([chosen, steps], others) => {
        const world = new FlagWorld(chosen);
        for (const each of steps) run(world, each);
        if (!mayFindExposure(world.state) || world.pending.length > 0) return;
        world.settle();
        if (!mayFindExposure(world.state)) return;
        world.flag = others;
        run(world, { kind: 'tick', wait: 1000, fires: false });
        if (!mayFindExposure(world.state)) return;
        expect(world.state.exposure).toMatchObject({ percent: others });
        run(world, { kind: 'tick', wait: 1000, fires: true });
        world.carryOut();
        expect(world.flag).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });
});
