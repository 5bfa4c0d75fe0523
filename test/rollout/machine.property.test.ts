import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../daemon/protocol/plan.ts';
import type { Command, DecidedOn, Effect, RolloutEvent, RolloutState } from '../../daemon/protocol/rollout.ts';
import { eventTime, wallTime } from '../../daemon/protocol/units.ts';
import type { Judgement, Verdict } from '../../daemon/protocol/verdict.ts';
import type { Decision, RolloutInput } from '../../daemon/rollout/machine.ts';
import {
  conditionOf,
  firingOf,
  gateTexts,
  hour,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from './world.ts';

/**
 * Any interleaving of judgements, ticks, commands, gaps of the clock and reports of the flag keeps the promises of
 * design.md. What must hold is written down here a second time, from the inputs alone.
 */

const verdict = fc.constantFrom<Verdict>('met', 'met', 'met', 'met', 'unmet', 'insufficient', 'no-data', 'error');

interface SaidSource {
  readonly ago: number | null;
  readonly fresh: boolean;
  readonly needed: boolean;
}
const oddSource: fc.Arbitrary<SaidSource> = fc.record({
  ago: fc.constantFrom(0, hour, null),
  fresh: fc.boolean(),
  needed: fc.boolean(),
});

/** Mostly well, so that runs get somewhere; each part may be bad by itself. */
const said = fc.record({
  gate: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Verdict[]>(['met', 'met']) },
    { weight: 2, arbitrary: fc.array(verdict, { minLength: 2, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant<Verdict[]>([]) },
  ),
  sources: fc.oneof(
    { weight: 6, arbitrary: fc.constant<SaidSource[]>([{ ago: 0, fresh: true, needed: true }]) },
    { weight: 2, arbitrary: fc.array(oddSource, { maxLength: 2 }) },
  ),
  fired: fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray(['sagging', 'low-success', 'unknown']) },
  ),
  firing: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant('sagging') }),
  proof: fc.constantFrom('proven', 'proven', 'proven', 'unproven', 'contradicted', null),
});
type Said = typeof said extends fc.Arbitrary<infer Value> ? Value : never;

const reason = fc.option(fc.constantFrom('a reason', ' '), { nil: undefined, freq: 2 });
const wait = fc.constantFrom(0, 1000, minute, hour, 2 * hour, 5 * hour);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('tick' as const), wait, said }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      command: fc.constantFrom('begin', 'advance', 'advance', 'hold', 'resume', 'acknowledge', 'rollback'),
      reason,
      stale: fc.constantFrom(0, 0, 0, 0, 1),
      wait,
      said,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('effect' as const),
      progress: fc.constantFrom('written', 'verified', 'verified', 'verified', 'failed'),
      /** Which of the wishes so far it is about, from the newest on. */
      back: fc.constantFrom(0, 0, 0, 0, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('gap' as const), length: fc.constantFrom(6000, hour, -hour) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('observed' as const), percent: fc.constantFrom(0, 1, 10, 37, 100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('plan' as const), hash: fc.constantFrom('hash-1', 'hash-2') }),
  },
);
/** What brings a stage to its end, so that runs get far. */
const allWell: Said = {
  gate: ['met', 'met'],
  sources: [{ ago: 0, fresh: true, needed: true }],
  fired: [],
  firing: null,
  proof: 'proven',
};
const passage: Step[] = [
  { kind: 'effect', progress: 'verified', back: 0 },
  { kind: 'tick', wait: 0, said: allWell },
  { kind: 'tick', wait: 5 * hour, said: allWell },
  { kind: 'command', command: 'advance', reason: undefined, stale: 0, wait: 0, said: allWell },
];
const begin: Step = { kind: 'command', command: 'begin', reason: undefined, stale: 0, wait: 0, said: allWell };
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const plan = fc
  .record({
    flag: fc.constantFrom('proof' as const, 'plain' as const, 'none' as const),
    mode: fc.constantFrom('manual' as const, 'auto' as const),
    rollback: fc.constantFrom('off' as const, 'previous' as const),
    deny: fc.constantFrom<string[]>([], ['14:00 - 22:00']),
  })
  .map(planOf);

const steps = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: step.map((each) => [each]) },
      { weight: 1, arbitrary: fc.constant(passage) },
      { weight: 1, arbitrary: fc.constant([begin, ...passage]) },
    ),
    { minLength: 1, maxLength: 50 },
  )
  .map((parts) => parts.flat());
const runs = fc.tuple(plan, steps);
const numRuns = 1500;

function judgementOf(words: Said, now: number): Judgement {
  return {
    gate: words.gate.map((each, index) => conditionOf(gateTexts[index] ?? '', each)),
    triggers: words.firing === null ? [] : [triggerOf(words.firing, { kind: 'firing', since: eventTime(now) })],
    fired: words.fired.map((trigger) => firingOf(trigger, now)),
    freshness: words.sources.map(({ ago, fresh, needed }) => sourceOf(ago === null ? null : now - ago, fresh, needed)),
    proof: words.proof === null ? null : proofOf(words.proof),
    watermark: eventTime(now),
  };
}

function commandOf(kind: string, on: DecidedOn, text: string | undefined): Command {
  switch (kind) {
    case 'begin':
      return { kind, on };
    case 'resume':
      return { kind, on };
    case 'advance':
      return { kind, on, reason: text };
    case 'hold':
      return { kind, on, reason: text };
    case 'acknowledge':
      return { kind, on, reason: text ?? '' };
    default:
      return { kind: 'rollback', reason: text };
  }
}

interface Taken {
  readonly before: RolloutState;
  readonly input: RolloutInput;
  readonly decision: Decision;
}

/** Runs the steps; `check` sees each decision with the state before it. */
function run(plan: Plan, steps: readonly Step[], check: (taken: Taken, world: World) => void): World {
  const world = new World(plan);
  for (const each of steps) {
    const before = world.state;
    const input = inputOf(world, each);
    const decision = world.input(input);
    check({ before, input, decision }, world);
  }
  return world;
}

function inputOf(world: World, each: Step): RolloutInput {
  switch (each.kind) {
    case 'tick':
      world.now += each.wait;
      return { kind: 'tick', ...world.times(), judgement: judgementOf(each.said, world.now) };
    case 'command': {
      world.now += each.wait;
      const on = { ...world.on, revision: world.on.revision - each.stale };
      const command = commandOf(each.command, on, each.reason);
      return { kind: 'command', ...world.times(), judgement: judgementOf(each.said, world.now), by: 'marta', command };
    }
    case 'effect': {
      const wish = world.wishes.at(-1 - each.back) ?? world.wishes.at(-1);
      const detail = each.progress === 'failed' ? 'EIO' : null;
      return { kind: 'effect', now: wallTime(world.now), id: wish?.id ?? 'none', progress: each.progress, detail };
    }
    case 'gap': {
      const from = wallTime(world.now);
      world.now += each.length;
      return { kind: 'clock-gap', now: wallTime(world.now), from, to: wallTime(world.now) };
    }
    case 'observed':
      return { kind: 'stage-observed', now: wallTime(world.now), at: eventTime(world.now), percent: each.percent };
    case 'plan':
      return { kind: 'plan-changed', now: wallTime(world.now), planHash: each.hash };
  }
}

const underWay = ['soaking', 'ready', 'held', 'review', 'completed'];
const ending = ['rolling-back', 'rolled-back', 'rollback-failed'];

function exposes(state: RolloutState): boolean {
  const visit = state.visits.at(-1);
  return underWay.includes(state.phase.kind) && visit !== undefined && visit.to === null && visit.percent > 0;
}

function forward(
  events: readonly RolloutEvent[],
): Extract<RolloutEvent, { kind: 'stage-entered' | 'completed' }> | undefined {
  return events.find(
    (event) =>
      (event.kind === 'stage-entered' && event.cause !== 'begin' && event.cause !== 'observed') ||
      event.kind === 'completed',
  ) as Extract<RolloutEvent, { kind: 'stage-entered' | 'completed' }> | undefined;
}

/** The time in which the stage could have soaked at most, kept from the inputs and the phases alone. */
class Soaked {
  total = 0;
  gapEnd: number | null = null;
  #last: number | null = null;

  note({ before, input, decision }: Taken): void {
    const standsStill = !['soaking', 'ready'].includes(before.phase.kind) || input.kind === 'clock-gap';
    if (this.#last !== null && !standsStill) this.total += Math.max(0, input.now - this.#last);
    this.#last = input.now;
    if (input.kind === 'clock-gap' && underWay.includes(before.phase.kind)) this.gapEnd = input.to;
    if (decision.events.some(({ kind }) => kind === 'begun')) this.gapEnd = null;
  }

  entered(events: readonly RolloutEvent[]): void {
    if (events.some(({ kind }) => kind === 'stage-entered')) this.total = 0;
  }
}

describe('any interleaving', () => {
  it('is told wholly by its events: each makes one revision, and their fold is the state, through JSON too', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        const world = run(plan, steps, ({ before, decision }) => {
          expect(decision.state.revision).toBe(before.revision + decision.events.length);
        });
        expect(world.restored()).toEqual(world.state);
      }),
      { numRuns },
    );
  });

  it('rolls back on a rollback trigger in every state that exposes users, and on a person in every state of an attempt', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ before, input, decision }) => {
          const { kind } = decision.state.phase;
          const fired = 'judgement' in input && input.judgement.fired.some(({ trigger }) => trigger === 'low-success');
          if (fired && exposes(before)) expect(ending).toContain(kind);
          if (input.kind !== 'command' || input.command.kind !== 'rollback') return;
          if (before.phase.kind === 'planned') return;
          expect(decision.outcome).toMatchObject({ kind: 'done' });
          expect(ending).toContain(kind);
        });
      }),
      { numRuns },
    );
  });

  it('leaves a rollback only for its end, and its end only when a person begins anew', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ before, input, decision }) => {
          if (!ending.includes(before.phase.kind)) return;
          const after = decision.state.phase.kind;
          if (before.phase.kind !== 'rolled-back') expect(ending).toContain(after);
          else if (after !== 'rolled-back') {
            expect(input).toMatchObject({ kind: 'command', command: { kind: 'begin' } });
            expect(decision.state.attempt).toBe(before.attempt + 1);
          }
        });
      }),
      { numRuns },
    );
  });

  it('wishes only absolute effects, and after a rollback nothing else until a person begins anew', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        const known = new Map<string, Effect>();
        run(plan, steps, ({ decision }) => {
          const { wish, state } = decision;
          if (wish === null) return;
          if (ending.includes(state.phase.kind)) expect(wish.purpose).toBe('rollback');
          else expect(wish.purpose).not.toBe('rollback');
          expect(wish.enabled).toBe(wish.percent > 0);
          expect(wish).toEqual(state.effect);
          const first = known.get(wish.id) ?? wish;
          expect([wish.percent, wish.stage, wish.purpose]).toEqual([first.percent, first.stage, first.purpose]);
          known.set(wish.id, first);
        });
      }),
      { numRuns },
    );
  });

  it('goes forward only on positive, fresh and complete evidence, or on a reason that is kept', () => {
    let passed = 0;
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        const soaked = new Soaked();
        run(plan, steps, (taken) => {
          soaked.note(taken);
          const { before, input, decision } = taken;
          const step = forward(decision.events);
          if (step !== undefined) {
            passed += 1;
            if (!('judgement' in input)) throw new Error('only a judgement leads forward');
            expect(['soaking', 'ready', 'held']).toContain(before.phase.kind);
            if (step.unmet.length > 0) expectOverride(input, decision);
            else expectEvidence(plan, taken, soaked);
          }
          soaked.entered(decision.events);
        });
      }),
      { numRuns },
    );
    expect(passed, 'the property is about something').toBeGreaterThan(numRuns / 5);
  });

  it('soaks no longer than time has passed in the stage', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        const soaked = new Soaked();
        run(plan, steps, (taken) => {
          soaked.note(taken);
          soaked.entered(taken.decision.events);
          const { state } = taken.decision;
          const running = state.countingSince === null ? 0 : Math.max(0, taken.input.now - state.countingSince);
          expect(state.soaked + running).toBeLessThanOrEqual(soaked.total);
        });
      }),
      { numRuns },
    );
  });

  it('does at most one thing for two commands that were decided on one revision, apart from a rollback', () => {
    const two = fc.tuple(
      fc.constantFrom('begin', 'advance', 'hold', 'resume', 'acknowledge'),
      fc.constantFrom('begin', 'advance', 'hold', 'resume', 'acknowledge', 'rollback'),
    );
    fc.assert(
      fc.property(runs, two, said, ([plan, steps], [one, other], words) => {
        const world = run(plan, steps, () => {});
        const { on } = world;
        const send = (kind: string) =>
          world.input({
            kind: 'command',
            ...world.times(),
            judgement: judgementOf({ ...words, fired: [], firing: null }, world.now),
            by: 'marta',
            command: commandOf(kind, on, 'a reason'),
          });
        const first = send(one);
        const second = send(other);
        if (other === 'rollback') {
          expect(world.kind === 'planned' || ending.includes(world.kind)).toBe(true);
        } else if (first.events.length > 0) {
          expect(second.events).toEqual([]);
          expect(second.outcome).toMatchObject({ kind: 'refused', code: 'stale' });
        }
      }),
      { numRuns },
    );
  });

  it('changes nothing when it refuses, unless a trigger came with the command', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ input, decision }) => {
          if (input.kind !== 'command' || decision.outcome?.kind !== 'refused') return;
          const byTrigger = decision.events.every(({ kind }) =>
            ['rollback-started', 'effect-intended', 'rolled-back', 'review-opened'].includes(kind),
          );
          expect(byTrigger).toBe(true);
          if (input.judgement.fired.length === 0) expect(decision.events).toEqual([]);
          expect(decision.outcome.message).not.toBe('');
        });
      }),
      { numRuns },
    );
  });

  it('opens a review for a review trigger unless a rollback comes first, and closes it only with a reason', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ before, input, decision }) => {
          const { kind } = decision.state.phase;
          const fired = 'judgement' in input && input.judgement.fired.some(({ trigger }) => trigger === 'sagging');
          const acknowledged = decision.events.some((event) => event.kind === 'acknowledged' && event.reason !== '');
          if (fired && exposes(before) && !acknowledged) expect(['review', ...ending]).toContain(kind);
          if (before.phase.kind !== 'review' || kind === 'review') return;
          expect(acknowledged || ending.includes(kind)).toBe(true);
        });
      }),
      { numRuns },
    );
  });
});

function expectOverride(input: RolloutInput, { state, events }: Decision): void {
  expect(input).toMatchObject({ kind: 'command', command: { kind: 'advance', reason: 'a reason' } });
  const entered = events.some(({ kind }) => kind === 'stage-entered');
  expect(state.visits.at(entered ? -2 : -1)?.override).toMatchObject({ by: 'marta', reason: 'a reason' });
}

function expectEvidence(plan: Plan, { before, input }: Taken, soaked: Soaked): void {
  if (!('judgement' in input)) throw new Error('only a judgement leads forward');
  const { gate, freshness, triggers, proof } = input.judgement;
  const stage = plan.stages[before.stage];
  for (const condition of stage?.gate ?? []) {
    expect(gate.find((each) => each.condition === condition.text)?.verdict).toBe('met');
  }
  expect(triggers.filter(({ phase }) => phase.kind === 'firing')).toEqual([]);
  expect(freshness.length).toBeGreaterThan(0);
  expect(freshness.filter(({ needed, fresh }) => needed && !fresh)).toEqual([]);
  expect(soaked.total).toBeGreaterThanOrEqual(stage?.soak ?? 0);
  const { gapEnd } = soaked;
  const newest = Math.max(...freshness.map(({ arrived }) => arrived ?? Number.NEGATIVE_INFINITY));
  if (gapEnd !== null && before.freshDataAfter !== null) expect(newest).toBeGreaterThan(gapEnd);
  const { effect } = before;
  if (effect !== null) {
    expect(['verified', 'in-force']).toContain(effect.progress);
    const proven = effect.progress === 'in-force' || (input.kind === 'tick' && proof?.kind === 'proven');
    if (plan.flag?.proof !== undefined && effect.enabled) expect(proven).toBe(true);
  }
  const isLast = plan.stages[before.stage + 1] === undefined;
  const hourOfDay = new Date(input.now).getUTCHours();
  if (plan.advance.deny.length > 0 && !isLast) expect(hourOfDay < 14 || hourOfDay >= 22).toBe(true);
}
