import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Command } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { evolve, initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';

/** Every request counts for the stage in which it began, whatever the direction of the switch. */

interface Choices {
  /** The way in which a record tells when its request began: the oracle knows it in any case, the daemon as the record says. */
  readonly tells: 'length' | 'start' | 'nothing';
  readonly settle: number;
}

const planText = ({ tells, settle }: Choices) => `version: 1
id: uploads
sources: [{ file: metrics.jsonl, fresh: 1h${tells === 'start' ? ', time: { marks: start }' : ''} }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures:
  ok: { share: { ok: true } }
  uploads: { count: treatment }
  latency: { quantile: 0.95, field: ${tells === 'length' ? 'duration_s' : 'size'}, unit: ${tells === 'length' ? 's' : 'MB'} }
stages:
  - { id: off, percent: 0 }
  - { id: ten, percent: 10, gate: ["uploads >= 1000000"] }
  - { id: half, percent: 50, gate: ["uploads >= 1000000"] }
  - { id: most, percent: 90, gate: ["uploads >= 1000000"] }
rollback: { to: previous }
settle: ${settle}s
triggers: [{ id: many, when: "uploads > 1000000", over: 10m, then: review }]
flag: { dotenv: .env, set: { ROLLOUT: "\${percent}" } }
`;

const second = 1000;
const start = Date.UTC(2026, 0, 5, 10);

interface Request {
  readonly began: number;
  readonly ended: number;
}

class Bench {
  now = start;
  readonly execution: Execution;
  /** Since when the flag says what it does now. */
  switched = Number.POSITIVE_INFINITY;
  readonly #tells: Choices['tells'];
  readonly #instrument;
  #refolded;

  constructor(choices: Choices) {
    const parsed = parsePlan(planText(choices), 'rampwatch.yaml');
    if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
    const { plan } = parsed.loaded;
    this.#tells = choices.tells;
    this.#instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, this.#instrument);
    const judge = new Judge(plan, this.#instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
    const state = initialState(plan.id, 'hash', wallTime(start));
    this.#refolded = state;
    this.execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  }

  /** A command whose flag is read back so many milliseconds later. */
  switch(kind: 'begin' | 'advance' | 'rollback', lag: number): void {
    const { attempt, revision, visits } = this.execution.state;
    const on = { attempt, revision, stage: visits.at(-1)?.stage ?? 'off' };
    const command: Command = kind === 'rollback' ? { kind } : { kind, on, reason: 'tried' };
    const turn = this.execution.command(command, 'mia', `${this.now}`, wallTime(this.now), eventTime(this.now));
    expect(turn.outcome).toMatchObject({ kind: 'done' });
    this.#keep(turn);
    this.now += lag;
    const id = this.execution.state.effect?.id ?? '';
    const report = { id, progress: 'verified', detail: null } as const;
    this.#keep(this.execution.effectReported(report, wallTime(this.now), eventTime(this.now)));
    this.switched = this.now;
    expect(this.#refolded).toEqual(this.execution.state);
  }

  ends(requests: readonly Request[]): void {
    const observations = requests.map(({ began, ended }, line): Observation => {
      const timestamp = new Date(this.#tells === 'start' ? began : ended).toISOString();
      const record = { timestamp, arm: 'new', ok: true, duration_s: (ended - began) / second, size: 3 };
      const reading = this.#instrument.readRecord(0, record, wallTime(this.now));
      if (reading.kind !== 'outcome') throw new Error(reading.kind);
      return { reading, place: { file: 'metrics.jsonl', line: line + 1, offset: line } };
    });
    const rest = { ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [], unread: false };
    const batch = { ...rest, source: 0, arrived: wallTime(this.now), observations };
    this.#keep(this.execution.observe([batch], eventTime(this.now)));
  }

  /** So many requests the gate of the stage counts. */
  get counted(): number | undefined {
    this.#keep(this.execution.tick(wallTime(this.now), eventTime(this.now)));
    return this.execution.judgement?.gate[0]?.figure.n;
  }

  /** So many the window of the trigger holds. */
  get watched(): number | undefined {
    this.#keep(this.execution.tick(wallTime(this.now), eventTime(this.now)));
    return this.execution.judgement?.triggers[0]?.verdict.figure.n;
  }

  #keep({ journal, at }: Turn): void {
    for (const body of journal) this.#refolded = evolve(this.#refolded, body, at);
  }
}

const choices = fc.record({
  tells: fc.constantFrom('length', 'start', 'nothing'),
  settle: fc.integer({ min: 1, max: 40 }),
});
/** Lengths of requests that are under way at the switch, and of those that come after it, in milliseconds. */
const lengths = fc.array(fc.integer({ min: 1, max: 90 * second }), { minLength: 1, maxLength: 30 });
const lag = fc.integer({ min: 0, max: 3 * second });

/** Requests that begin at random times around now, of which each ends as it may. */
function requestsAround(bench: Bench, found: readonly number[], begins: readonly number[]): readonly Request[] {
  return found.map((length, index) => {
    const began = bench.now + ((begins[index % begins.length] ?? 0) % (120 * second)) - 60 * second;
    return { began, ended: began + length };
  });
}

/** The oracle: by the true start where the daemon can know it, else by the time to settle. */
function isOfTheNewStage(
  { began, ended }: Request,
  switched: number,
  { tells, settle }: Choices,
  settles: boolean,
): boolean {
  if (tells !== 'nothing') return began >= switched;
  return ended >= switched + (settles ? settle * second : 0);
}

it('at a switch forward the gate counts what began in its stage, and a trigger misses nothing', () => {
  fc.assert(
    fc.property(
      choices,
      fc.constantFrom(1, 2),
      fc.array(lag, { minLength: 3, maxLength: 3 }),
      lengths,
      fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
      (chosen, advances, lags, found, begins) => {
        const bench = new Bench(chosen);
        bench.switch('begin', lags[0] ?? 0);
        bench.switch('advance', lags[0] ?? 0);
        for (let step = 0; step < advances; step += 1) {
          bench.now += 200 * second;
          bench.switch('advance', lags[step + 1] ?? 0);
        }
        const requests = requestsAround(bench, found, begins).filter(({ ended }) => ended >= bench.switched);
        const all = [...requests].sort((one, other) => one.ended - other.ended);
        for (const each of all) {
          bench.now = Math.max(bench.now, each.ended);
          bench.ends([each]);
        }
        const expected = all.filter((each) => isOfTheNewStage(each, bench.switched, chosen, true)).length;
        expect(bench.counted).toBe(expected);
        // All of them are of this attempt, and none is older than the window.
        expect(bench.watched).toBe(all.length);
      },
    ),
    { numRuns: 120 },
  );
});

it('after a rollback to an earlier stage, and in a new attempt, no trigger counts what began before', () => {
  fc.assert(
    fc.property(
      choices,
      fc.constantFrom('previous', 'anew'),
      lag,
      lengths,
      fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
      (chosen, way, late, found, begins) => {
        const bench = new Bench(chosen);
        bench.switch('begin', 0);
        bench.switch('advance', 0);
        bench.now += 200 * second;
        bench.switch('advance', 0);
        bench.now += 200 * second;
        bench.switch('rollback', late);
        if (way === 'anew') {
          bench.now += second;
          bench.switch('rollback', 0);
          bench.now += second;
          bench.switch('begin', late);
          bench.now += second;
          bench.switch('advance', late);
        }
        const requests = requestsAround(bench, found, begins).filter(({ ended }) => ended >= bench.switched);
        for (const each of [...requests].sort((one, other) => one.ended - other.ended)) {
          bench.now = Math.max(bench.now, each.ended);
          bench.ends([each]);
        }
        const expected = requests.filter((each) => isOfTheNewStage(each, bench.switched, chosen, true)).length;
        expect(bench.watched).toBe(expected);
        if (way === 'anew') expect(bench.counted).toBe(expected);
      },
    ),
    { numRuns: 120 },
  );
});
