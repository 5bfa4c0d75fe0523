import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Batch, Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { blockers } from '../../daemon/rollout/readiness.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';
import { minute, second } from '../faults/rolloutBench.ts';

/** Unknown data move the rollout neither forward nor back. */

const planText = (missing: string, gate: string) => `version: 1
id: uploads
sources: [{ file: "metrics*.jsonl", fresh: 1m }, { file: app.log, fresh: 1m }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, uploads: { count: treatment }, beats: { lines: [beat] } }
stages:
  - { id: ten, percent: 50, soak: 1m, gate: [${gate}, "uploads >= 5"] }
  - { id: full, percent: 100, soak: 1m }
triggers:
  - { id: fell, when: "uploads < 3", over: 2m, then: rollback${missing} }
  - { id: dead, when: "beats < 1", over: 2m, then: rollback }
`;

const start = Date.UTC(2026, 0, 5, 10);

class KnownBench {
  now = start;
  journal: JournalBody[] = [];
  execution: Execution;
  readonly #plan;
  readonly #instrument;
  readonly #ledger;

  constructor(missing = '', gate = '"ok >= 90%"') {
    const parsed = parsePlan(planText(missing, gate), 'rampwatch.yaml');
    if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
    this.#plan = parsed.loaded.plan;
    this.#instrument = compileInstrument(this.#plan);
    this.#ledger = new Ledger(this.#plan, this.#instrument);
    this.execution = this.#executionOf(null, null);
    const on = { attempt: 0, revision: 0, stage: 'ten' };
    this.#keep(this.execution.command({ kind: 'begin', on }, 'mia', 'begin', wallTime(this.now), eventTime(this.now)));
  }

  get phase(): string {
    return this.execution.state.phase.kind;
  }

  get lacking() {
    return blockers(this.#plan, this.execution.state, this.execution.judgement, wallTime(this.now));
  }

  /** A daemon that was killed and starts again with its stored state. */
  restart(): void {
    this.execution = this.#executionOf(this.execution.judge.memory(), this.execution.state);
  }

  records(arms: readonly ('new' | 'old')[], log = 'metrics.jsonl', rejected = 0): void {
    const timestamp = new Date(this.now).toISOString();
    const observations = arms.flatMap((arm, line): Observation[] => {
      const reading = this.#instrument.readRecord(0, { timestamp, arm, ok: true }, wallTime(this.now));
      if (reading.kind === 'rejected' || reading.kind === 'ignored' || reading.kind === 'several')
        throw new Error(reading.kind);
      return [{ reading, place: { file: log, line: line + 1, offset: line } }];
    });
    const rest = { ignored: 0, positions: [], forgotten: [], gaps: [], unread: false };
    const batch: Batch = {
      ...rest,
      source: 0,
      log,
      arrived: wallTime(this.now),
      observations,
      rejected: rejected > 0 ? { 'invalid-json': rejected } : {},
    };
    this.#keep(this.execution.observe([batch], eventTime(this.now)));
  }

  /** The log is there and was read to its end. */
  look(beat: boolean): void {
    const { judge } = this.execution;
    judge.sources.noteProgress(1, { readToEnd: wallTime(this.now), behindSince: null });
    judge.sources.noteAlive(1, wallTime(this.now), null);
    if (!beat) return;
    const reading = { kind: 'line' as const, at: eventTime(this.now), matches: 1 };
    judge.observe({ reading, place: { file: 'app.log', line: 1, offset: 0 } }, { exposedSince: eventTime(start) });
  }

  tick(): void {
    this.#keep(this.execution.tick(wallTime(this.now), eventTime(this.now)));
  }

  #executionOf(memory: string | null, state: Execution['state'] | null): Execution {
    const judge = new Judge(this.#plan, this.#instrument, this.#ledger, memory, {
      freshness: 'arrival',
      episodes: 'ticks',
    });
    return new Execution({
      plan: this.#plan,
      judge,
      ledger: this.#ledger,
      state: state ?? initialState(this.#plan.id, 'hash', wallTime(start)),
      counters: restoreCounters(null, 2),
    });
  }

  #keep(turn: Turn): void {
    this.journal.push(...turn.journal);
  }
}

/** This many times ten seconds in which each voice talks, or does not. */
const stretch = fc.record({
  length: fc.integer({ min: 1, max: 30 }),
  metrics: fc.constantFrom('both', 'both', 'control', 'few', 'none', 'rejected'),
  log: fc.constantFrom('beats', 'beats', 'quiet', 'gone'),
});
const stretches = fc.array(stretch, { minLength: 1, maxLength: 10 });

function play(bench: KnownBench, { metrics, log }: { metrics: string; log: string }): void {
  bench.now += 10 * second;
  if (metrics === 'both') bench.records(['new', 'new', 'old', 'old']);
  if (metrics === 'control') bench.records(['old', 'old', 'old', 'old']);
  if (metrics === 'few') bench.records(['old']);
  if (metrics === 'rejected') bench.records(['new', 'new', 'old'], 'metrics.jsonl', 3);
  if (log !== 'gone') bench.look(log === 'beats');
  bench.tick();
}

it('"fell" and "dead" fire only where the source was watched through the whole window and said so', () => {
  let fired = 0;
  fc.assert(
    fc.property(stretches, (parts) => {
      const bench = new KnownBench();
      const steps = parts.flatMap(({ length, ...each }) => Array.from({ length }, () => each));
      for (const [index, each] of steps.entries()) {
        play(bench, each);
        if (bench.phase !== 'rolled-back' && bench.phase !== 'rolling-back') continue;
        fired += 1;
        const window = steps.slice(Math.max(0, index - 11), index + 1);
        expect(window.length).toBe(12);
        const cause = bench.journal.find((body) => body.kind === 'rollback-started');
        const trigger =
          cause?.kind === 'rollback-started' && cause.cause.kind === 'trigger' ? cause.cause.firing : null;
        if (trigger?.trigger === 'dead') expect(window.map(({ log }) => log)).not.toContain('gone');
        else {
          expect(window.at(-1)?.metrics).not.toBe('rejected');
          // A gap of up to `fresh` is no silence; a window without a record is.
          expect(window.some(({ metrics }) => metrics === 'control' || metrics === 'few' || metrics === 'both')).toBe(
            true,
          );
          const silent = steps.slice(0, index + 1).findLastIndex(({ metrics }) => metrics !== 'none');
          expect(index - silent).toBeLessThanOrEqual(6);
        }
        return;
      }
    }),
    { numRuns: 300 },
  );
  expect(fired, 'the property is about something').toBeGreaterThan(30);
});

it('no gate is met while its source, its arm or one of its files is silent, or too much of it is rejected', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('none', 'control', 'rejected', 'one file'),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (ill, length, restart) => {
        const bench = new KnownBench();
        const well = () => {
          bench.now += 10 * second;
          bench.records(['new', 'old']);
          bench.records(['new', 'old'], 'metrics-b.jsonl');
          bench.look(true);
          bench.tick();
        };
        for (let step = 0; step < 12; step += 1) well();
        expect(bench.lacking).toEqual([]);
        for (let step = 0; step < length; step += 1) {
          bench.now += 10 * second;
          if (ill === 'control') bench.records(['old', 'old', 'old', 'old']);
          // The other file goes on: the arm alone is silent.
          if (ill === 'control') bench.records(['old', 'old'], 'metrics-b.jsonl');
          if (ill === 'rejected') bench.records(['new', 'old'], 'metrics.jsonl', 2);
          if (ill === 'rejected') bench.records(['new', 'old'], 'metrics-b.jsonl');
          if (ill === 'one file') bench.records(['new', 'old', 'new', 'old']);
          bench.look(true);
          bench.tick();
          if (restart && step === 8) bench.restart();
          if (bench.phase !== 'soaking' && bench.phase !== 'ready') return;
          // Longer than `fresh`, with enough records of the others that the silence is no chance.
          if (step <= 8 && !(ill === 'rejected' && step > 2)) continue;
          expect(bench.lacking).not.toEqual([]);
          // Not only is its source told: the verdict itself is none.
          const { judgement } = bench.execution;
          if (judgement === null) continue;
          expect(judgement.gate.map(({ verdict }) => verdict)).toEqual(
            ill === 'rejected' ? ['error', 'error'] : ['no-data', 'no-data'],
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('`missing` is carried out once for each time in which nothing is known, over restarts, and says why', () => {
  const policies = fc.constantFrom('hold', 'review', 'rollback', 'block');
  fc.assert(
    fc.property(policies, fc.nat(40), fc.constantFrom('none', 'rejected'), (policy, restart, ill) => {
      const bench = new KnownBench(`, missing: ${policy}`);
      for (let step = 0; step < 20; step += 1) play(bench, { metrics: 'both', log: 'beats' });
      for (let step = 0; step < 40; step += 1) {
        play(bench, { metrics: ill, log: 'beats' });
        if (step === restart) bench.restart();
        // Not before `fresh` has passed.
        if (step < 6) expect(['soaking', 'ready']).toContain(bench.phase);
      }
      const fired = bench.journal.flatMap((body) =>
        body.kind === 'firing' && body.firing.missing ? [body.firing] : [],
      );
      expect(fired).toHaveLength(policy === 'block' ? 0 : 1);
      const phases = {
        hold: ['held'],
        review: ['review'],
        rollback: ['rolled-back', 'rolling-back'],
        block: ['soaking'],
      };
      expect(phases[policy]).toContain(bench.phase);
      if (policy !== 'block') expect(fired[0]?.missing?.reason).toMatch(/silent|rejected/);
      // The source talks again, and its new silence counts anew.
      if (policy !== 'review') return;
      for (let step = 0; step < 100; step += 1) play(bench, { metrics: 'both', log: 'beats' });
      for (let step = 0; step < 20; step += 1) play(bench, { metrics: 'none', log: 'beats' });
      expect(bench.journal.filter((body) => body.kind === 'firing' && body.firing.missing)).toHaveLength(2);
    }),
    { numRuns: 60 },
  );
});

it('a log whose source is there and says nothing else is known to have no heartbeat', () => {
  const bench = new KnownBench();
  for (let passed = 0; passed < 5 * minute; passed += 10 * second) play(bench, { metrics: 'both', log: 'quiet' });
  expect(bench.phase).toMatch(/rolled-back|rolling-back/);
});

it('a gate’s `missing` says apart what no data and an error mean, once for each time, over restarts', () => {
  const policy = fc.constantFrom('block', 'hold', 'review', 'rollback');
  const phases = {
    block: ['soaking'],
    hold: ['held'],
    review: ['review'],
    rollback: ['rolled-back', 'rolling-back'],
  };
  fc.assert(
    fc.property(
      policy,
      policy,
      fc.constantFrom('none', 'control', 'rejected'),
      fc.nat(40),
      (noData, error, ill, restart) => {
        const gate = `{ when: "ok >= 90%", missing: ${noData === error ? noData : `{ no-data: ${noData}, error: ${error} }`} }`;
        const bench = new KnownBench('', gate);
        for (let step = 0; step < 20; step += 1) play(bench, { metrics: 'both', log: 'beats' });
        expect(bench.phase).toBe('ready');
        for (let step = 0; step < 40; step += 1) {
          // More than one arm is silent there, so that no trigger on a count has a say.
          play(bench, { metrics: ill, log: 'beats' });
          if (step === restart) bench.restart();
          // Not before `fresh` has passed.
          if (step < 5) expect(['soaking', 'ready']).toContain(bench.phase);
          if (ill === 'control' && bench.phase.startsWith('roll')) break;
        }
        const expected = ill === 'rejected' ? error : noData;
        const fired = bench.journal.flatMap((body) =>
          body.kind === 'firing' && body.firing.missing ? [body.firing] : [],
        );
        const byTrigger = bench.journal.some((body) => body.kind === 'firing' && body.firing.trigger === 'fell');
        if (byTrigger) return;
        expect(fired).toHaveLength(expected === 'block' ? 0 : 1);
        expect(phases[expected]).toContain(bench.phase);
        if (expected === 'block') return;
        expect(fired[0]).toMatchObject({ trigger: 'gate of ten', condition: 'ok >= 90%', missing: { gate: 'ten' } });
        expect(fired[0]?.missing?.reason).toMatch(/silent|rejected|no record of the treatment/);
      },
    ),
    { numRuns: 80 },
  );
});
