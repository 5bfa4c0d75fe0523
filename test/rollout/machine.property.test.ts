import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutEvent } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import type { Decision, RolloutInput } from '../../daemon/rollout/machine.ts';
import { commandOf, judgementOf, numRuns, run, runs, said, type Taken } from './interleavings.ts';

/** The promises of the state machine, written down a second time, from the inputs alone. */

const underWay = ['soaking', 'ready', 'held', 'review', 'completed'];
const ending = ['rolling-back', 'rolled-back', 'rollback-failed'];

function exposes(state: RolloutState): boolean {
  if (state.phase.kind === 'rolled-back') return (state.effect?.percent ?? 0) > 0;
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
    const standsStill =
      !['soaking', 'ready'].includes(before.phase.kind) || input.kind === 'clock-gap' || before.drift !== null;
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
          // A rollback may continue from a stage that an earlier rollback led to, while users are still exposed.
          else if (after !== 'rolled-back' && !(exposes(before) && ending.includes(after))) {
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
            judgement: judgementOf({ ...words, fired: [], firing: null, pending: null }, world.now),
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
            ['rollback-started', 'effect-intended', 'rolled-back', 'review-opened', 'held'].includes(kind),
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

  it('holds for a hold trigger, behind a review too, keeps the exposure, and goes on only by a person', () => {
    let holds = 0;
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ before, input, decision }) => {
          const { phase } = decision.state;
          const fired = 'judgement' in input && input.judgement.fired.some(({ trigger }) => trigger === 'creeping');
          const lasting = phase.kind === 'review' ? phase.returnsTo : phase;
          const answers = input.kind === 'command' && decision.outcome?.kind === 'done';
          if (fired && exposes(before) && !answers && !ending.includes(phase.kind) && phase.kind !== 'completed') {
            if (lasting.kind !== 'completed') expect(heldBy(lasting)).toContain('creeping');
            holds += 1;
          }
          const was = before.phase.kind === 'review' ? before.phase.returnsTo : before.phase;
          if (!heldBy(was).includes('creeping') || ending.includes(phase.kind)) return;
          if (heldBy(lasting).includes('creeping')) {
            // Nothing but a stage that the source names itself changes what users meet.
            if (input.kind !== 'stage-observed') expect(decision.state.visits.length).toBe(before.visits.length);
            return;
          }
          expect(input.kind).toBe('command');
          expect(
            decision.events.some(({ kind }) => kind === 'resumed' || kind === 'stage-entered' || kind === 'completed'),
          ).toBe(true);
        });
      }),
      { numRuns },
    );
    expect(holds, 'the property is about something').toBeGreaterThan(4);
  });
});

function heldBy(phase: Phase): readonly string[] {
  return phase.kind === 'held' && phase.cause.kind === 'trigger'
    ? phase.cause.firings.map(({ trigger }) => trigger)
    : [];
}

function expectOverride(input: RolloutInput, { state, events }: Decision): void {
  expect(input).toMatchObject({ kind: 'command', command: { kind: 'advance', reason: 'a reason' } });
  const entered = events.some(({ kind }) => kind === 'stage-entered');
  expect(state.visits.at(entered ? -2 : -1)?.override).toMatchObject({ by: 'marta', reason: 'a reason' });
}

function expectEvidence(plan: Plan, { before, input }: Taken, soaked: Soaked): void {
  if (!('judgement' in input)) throw new Error('only a judgement leads forward');
  expect(before.phase.kind).not.toBe('held');
  expect(before.drift).toBeNull();
  const { gate, freshness, triggers, proof } = input.judgement;
  const stage = plan.stages[before.stage];
  for (const condition of stage?.gate ?? []) {
    expect(gate.find((each) => each.condition === condition.text)?.verdict).toBe('met');
  }
  expect(triggers.filter(({ phase }) => phase.kind === 'firing' || phase.kind === 'pending')).toEqual([]);
  expect(freshness.length).toBeGreaterThan(0);
  expect(freshness.filter(({ needed, fresh }) => needed && !fresh)).toEqual([]);
  expect(soaked.total).toBeGreaterThanOrEqual(stage?.soak ?? 0);
  const { gapEnd } = soaked;
  const newest = Math.max(...freshness.map(({ arrived }) => arrived ?? Number.NEGATIVE_INFINITY));
  if (gapEnd !== null && before.freshDataAfter !== null) expect(newest).toBeGreaterThan(gapEnd);
  // A full window of new data, or the whole soak where that is shorter.
  const window = Math.max(0, ...plan.triggers.filter(({ then }) => then === 'rollback').map(({ over }) => over));
  if (gapEnd !== null) expect(input.now).toBeGreaterThanOrEqual(gapEnd + Math.min(window, stage?.soak ?? 0));
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
