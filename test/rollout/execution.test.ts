import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Batch } from '../../daemon/protocol/domain/observation.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { Command } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { eventTime, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { evolve, initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { exposesUsers } from '../../daemon/rollout/exposure.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';

const text = (rollbackTo: 'off' | 'previous') => `version: 1
id: uploads
sources: [{ file: metrics.jsonl, fresh: 1h }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment } }
stages:
  - { id: off, percent: 0 }
  - { id: ten, percent: 10, soak: 10s, gate: ["ok >= 90%", "uploads >= 3"] }
  - { id: half, percent: 50, soak: 10s, gate: ["ok >= 90%"] }
rollback: { to: ${rollbackTo} }
triggers:
  - { id: failing, when: "ok < 50%", over: 1m, min: 4, then: rollback, rule: literal }
  - { id: sagging, when: "ok < 80%", over: 1m, min: 4, then: review }
flag: { dotenv: .env, set: { ROLLOUT: "\${percent}" } }
`;

function planOf(rollbackTo: 'off' | 'previous' = 'off'): Plan {
  const parsed = parsePlan(text(rollbackTo), 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.loaded.plan;
}

const start = Date.UTC(2026, 0, 5, 10);

/** An execution whose journal is kept as the daemon keeps it, and whose wishes are carried out at once. */
class Bench {
  readonly plan: Plan;
  readonly execution: Execution;
  readonly journal: { readonly at: WallTime; readonly body: JournalBody }[] = [];
  #now = start;

  constructor(plan: Plan) {
    this.plan = plan;
    const instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, instrument);
    const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
    const state = initialState(plan.id, 'hash', wallTime(start));
    this.execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  }

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }

  tick(): void {
    this.#keep(this.execution.tick(this.#wall, eventTime(this.#now)));
  }

  uploads(good: number, bad: number, took?: number): void {
    const observations = Array.from({ length: good + bad }, (_, index) => ({
      reading: {
        kind: 'outcome' as const,
        at: eventTime(this.#now),
        arm: 'treatment' as const,
        shares: index < good ? 1 : 0,
        fields: took === undefined ? [] : [took],
        values: ['new'],
      },
      place: { file: 'metrics.jsonl', line: index + 1, offset: index },
    }));
    const batch: Batch = {
      source: 0,
      arrived: this.#wall,
      observations,
      unread: false,
      ignored: 0,
      rejected: {},
      positions: [],
      forgotten: [],
      gaps: [],
    };
    this.#keep(this.execution.observe([batch], eventTime(this.#now)));
  }

  command(kind: 'begin' | 'advance' | 'hold' | 'resume' | 'acknowledge' | 'rollback'): void {
    const { attempt, revision, visits } = this.execution.state;
    const on = { attempt, stage: visits.at(-1)?.stage ?? 'off', revision };
    const command: Command =
      kind === 'rollback' ? { kind } : kind === 'acknowledge' ? { kind, on, reason: 'seen' } : { kind, on };
    this.#keep(this.execution.command(command, 'ada', 'key', this.#wall, eventTime(this.#now)));
  }

  gap(seconds: number): void {
    const from = this.#wall;
    this.pass(seconds);
    this.#keep(this.execution.clockGap(from, this.#wall));
  }

  get refolded() {
    return this.journal.reduce(
      (state, { at, body }) => evolve(state, body, at),
      initialState(this.plan.id, 'hash', wallTime(start)),
    );
  }

  get #wall(): WallTime {
    return wallTime(this.#now);
  }

  #keep(turn: Turn): void {
    // The daemon commits a moment later than it decides.
    this.journal.push(...turn.journal.map((body) => ({ at: turn.at, body })));
    const { wish } = turn;
    if (wish === null) return;
    this.#now += 3;
    const report = { id: wish.id, progress: 'verified', detail: null } as const;
    this.#keep(this.execution.effectReported(report, this.#wall, eventTime(this.#now)));
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.nat(20).map((seconds) => (bench: Bench) => bench.pass(seconds)) },
  { weight: 4, arbitrary: fc.constant((bench: Bench) => bench.tick()) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(6), fc.nat(3)).map(
      ([good, bad]) =>
        (bench: Bench) =>
          bench.uploads(good, bad),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('begin', 'advance', 'hold', 'resume', 'acknowledge', 'rollback' as const)
      .map((kind) => (bench: Bench) => bench.command(kind as 'begin')),
  },
  { weight: 1, arbitrary: fc.integer({ min: 6, max: 600 }).map((seconds) => (bench: Bench) => bench.gap(seconds)) },
);

describe('an execution', () => {
  it('is the fold of its journal, to the millisecond', () => {
    fc.assert(
      fc.property(fc.constantFrom('off', 'previous' as const), fc.array(step, { maxLength: 60 }), (to, steps) => {
        const bench = new Bench(planOf(to as 'off'));
        for (const act of steps) act(bench);
        expect(bench.refolded).toEqual(bench.execution.state);
      }),
      { numRuns: 300 },
    );
  });

  it('journals every episode, also one that began while a command was decided or an answer was looked at', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new Bench(planOf());
        for (const act of steps) act(bench);
        bench.tick();
        const told = bench.journal.flatMap(({ body }) => (body.kind === 'firing' ? [body.firing] : []));
        const began = bench.execution.judge.episodes().map(({ trigger, at }) => `${trigger} ${at}`);
        expect(told.map(({ trigger, at }) => `${trigger} ${at}`)).toEqual(began);
      }),
      { numRuns: 300 },
    );
  });

  it('watches on after a rollback to the previous stage: failures of that stage, not of the one before, lead to off', () => {
    const bench = new Bench(planOf('previous'));
    bench.command('begin');
    bench.uploads(1, 0);
    bench.tick();
    bench.command('advance');
    bench.uploads(9, 0);
    bench.pass(11);
    bench.tick();
    bench.command('advance');
    bench.uploads(2, 30);
    expect(bench.execution.state.phase.kind).toBe('rolled-back');
    const left = bench.execution.state.effect?.percent ?? 0;
    expect(left).toBeGreaterThan(0);
    bench.pass(2);
    bench.tick();
    bench.uploads(3, 0);
    bench.tick();
    expect(bench.execution.state.effect?.percent).toBe(left);
    bench.pass(60);
    bench.uploads(2, 30);
    expect(bench.execution.state).toMatchObject({ phase: { kind: 'rolled-back' }, effect: { percent: 0 } });
    expect(bench.refolded).toEqual(bench.execution.state);
  });

  it('does not hold against the earlier stage what began in the one that was left, however late it ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 600 }), (after, more) => {
        const plan = planOf('previous');
        const latency = { quantile: 0.95, field: 'duration', of: 'treatment', unit: 's' } as const;
        const bench = new Bench({ ...plan, measures: { ...plan.measures, latency } });
        bench.command('begin');
        bench.uploads(1, 0, 0);
        bench.tick();
        bench.command('advance');
        bench.uploads(9, 0, 0);
        bench.pass(11);
        bench.tick();
        bench.command('advance');
        bench.uploads(2, 30, 0);
        const left = bench.execution.state.effect?.percent ?? 0;
        expect(left).toBe(10);
        bench.pass(after);
        bench.uploads(1, 30, after + more);
        bench.tick();
        expect(bench.execution.state).toMatchObject({ phase: { kind: 'rolled-back' }, effect: { percent: 10 } });
        // A failure that began in the earlier stage ends no later one.
        bench.pass(1);
        bench.uploads(1, 30, after / 2);
        expect(bench.execution.state).toMatchObject({ phase: { kind: 'rolled-back' }, effect: { percent: 0 } });
      }),
      { numRuns: 40 },
    );
  });

  it('exposes users still after a rollback to the previous stage, and nobody after one to off', () => {
    for (const [to, exposed] of [
      ['off', false],
      ['previous', true],
    ] as const) {
      const bench = new Bench(planOf(to));
      bench.command('begin');
      bench.uploads(1, 0);
      bench.tick();
      bench.command('advance');
      bench.uploads(9, 0);
      bench.pass(11);
      bench.tick();
      bench.command('advance');
      expect(bench.execution.state.visits.at(-1)?.stage).toBe('half');
      bench.command('rollback');
      expect(bench.execution.state.phase.kind).toBe('rolled-back');
      expect(exposesUsers(bench.execution.state)).toBe(exposed);
    }
  });
});
