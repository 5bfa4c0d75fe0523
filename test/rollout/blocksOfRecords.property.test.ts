import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { formatNamed } from '../../daemon/ingest/formats/kinds.ts';
import { byField, keptFields, type Reader, scanStart } from '../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../daemon/ingest/formats/tally.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Observations } from '../../daemon/protocol/domain/observation.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';

/**
 * Records reach the judge as rows of a block that is written over from one to the next. The same records, each read by
 * JSON.parse and given as an object of its own, are the reference: whatever the plan and wherever a block ends, both
 * decide and count the same, and name the same evidence.
 */
const start = Date.UTC(2026, 0, 5, 10);

interface Written {
  readonly kind: 'record' | 'stage' | 'ignored' | 'broken' | 'nested';
  readonly arm: string;
  readonly ok: boolean;
  readonly took: number | null;
  readonly size: number | null;
  /** Seconds after the one before; a little negative for a late one. */
  readonly after: number;
  /** In another order of keys. */
  readonly turned: boolean;
}

const written: fc.Arbitrary<Written> = fc.record({
  kind: fc.oneof(
    { weight: 40, arbitrary: fc.constant('record' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('stage' as const, 'ignored' as const, 'broken' as const, 'nested' as const),
    },
  ),
  arm: fc.constantFrom('new', 'new', 'old', 'neither'),
  ok: fc.integer({ min: 0, max: 9 }).map((draw) => draw > 2),
  took: fc.option(fc.double({ min: 0.001, max: 1e5, noNaN: true }), { freq: 9 }),
  size: fc.option(fc.integer({ min: 0, max: 50 }), { freq: 3 }),
  after: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }) },
    { weight: 2, arbitrary: fc.integer({ min: -40, max: 0 }) },
    { weight: 2, arbitrary: fc.integer({ min: 60, max: 2500 }) },
    { weight: 1, arbitrary: fc.integer({ min: -5000, max: -3700 }) },
  ),
  turned: fc.integer({ min: 0, max: 19 }).map((draw) => draw === 0),
});

interface Chosen {
  readonly rule: string;
  readonly over: string;
  readonly waits: string;
  readonly consequence: string;
  readonly also: string;
  readonly unit: string;
  readonly latency: string;
  /** With a gauge of the records, whose readings are counted one by one. */
  readonly isGauged: boolean;
}

const plans = fc
  .record({
    rule: fc.constantFrom('literal', 'proven'),
    over: fc.constantFrom('10s', '1m', '2h'),
    waits: fc.constantFrom('', 'for: 1m, '),
    consequence: fc.constantFrom('rollback', 'review'),
    also: fc.constantFrom('', 'also: sequential, '),
    unit: fc.constantFrom('', ', unit: size'),
    latency: fc.constantFrom('latency > 20000ms', 'latency > 120% of baseline'),
    isGauged: fc.constant(true),
  })
  .map(planText);

function planText({ rule, over, waits, consequence, also, unit, latency, isGauged }: Chosen): string {
  return `version: 1
id: uploads
sources:
  - { file: metrics.jsonl, fresh: 1h, ignore: { event: ping }, stage_event: { match: { event: stage }, percent: percent }${unit} }
arms: { treatment: { arm: new }, control: { arm: old } }
measures:
  ok: { share: { ok: true } }
  uploads: { count: treatment }
  latency: { quantile: 0.9, field: took, unit: ms }
${isGauged ? '  size: { gauge: size, take: max }\n' : ''}stages:
  - { id: off, percent: 0 }
  - { id: ten, percent: 10, soak: 10s, gate: ["ok >= 90%", "uploads >= 3"] }
  - { id: half, percent: 50, soak: 10s, gate: ["ok >= 90%"] }
triggers:
  - { id: failing, when: "ok < 80%", over: ${over}, min: 4, ${waits}${also}then: ${consequence}, rule: ${rule} }
  - { id: slow, when: "${latency}", over: 5m, then: review }
${isGauged ? '  - { id: large, when: "size > 45", over: 1m, then: review }\n' : ''}  - { id: few, when: "uploads < 2", over: 1m, then: review }
baseline: { control: concurrent }
flag: { dotenv: .env, set: { ROLLOUT: "\${percent}" } }
`;
}

/** Traffic so dense that most of its rows are folded at once: stretches of one share of failures, and of one speed. */
const stretches = fc
  .array(
    fc.record({
      rows: fc.integer({ min: 20, max: 500 }),
      failing: fc.constantFrom(0, 1, 2, 5, 12, 40),
      slow: fc.constantFrom(0, 2, 8, 30),
      pace: fc.constantFrom(40, 120, 400),
      late: fc.integer({ min: 0, max: 3 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((parts) => parts.flatMap(denseRecords));

interface Stretch {
  readonly rows: number;
  readonly failing: number;
  readonly slow: number;
  /** Milliseconds from record to record. */
  readonly pace: number;
  /** Percent that come up to two seconds late. */
  readonly late: number;
  readonly seed: number;
}

function denseRecords({ rows, failing, slow, pace, late, seed }: Stretch): readonly Written[] {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * 100);
  };
  return Array.from({ length: rows }, () => ({
    kind: draw() === 0 ? (draw() < 20 ? 'ignored' : 'nested') : 'record',
    arm: draw() < 60 ? 'new' : draw() < 95 ? 'old' : 'neither',
    ok: draw() >= failing,
    took: draw() < 3 ? null : draw() < slow ? 30_000 + draw() : 100 + 50 * draw(),
    size: null,
    after: (draw() < late ? -20 * draw() : pace) / 1000,
    turned: false,
  }));
}

const densePlans = fc
  .record({
    rule: fc.constantFrom('literal', 'proven'),
    over: fc.constantFrom('10s', '1m', '2h'),
    waits: fc.constantFrom('', 'for: 20s, '),
    consequence: fc.constantFrom('rollback', 'review'),
    also: fc.constant(''),
    unit: fc.constant(''),
    latency: fc.constantFrom('latency > 20000ms', 'latency < 3000ms', 'latency > 120% of baseline'),
    isGauged: fc.constant(false),
  })
  .map(planText);

function planOf(text: string): LoadedPlan {
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.loaded;
}

function linesOf(records: readonly Written[], from = start): Buffer {
  let clock = from;
  const lines = records.map(({ kind, arm, ok, took, size, after, turned }, index) => {
    // What is later than single outcomes are held does not take the others with it.
    const at = clock + after * 1000;
    if (after > -3600) clock = at;
    const timestamp = `"timestamp": "${new Date(at).toISOString().slice(0, -1)}${String(index % 1000).padStart(3, '0')}"`;
    if (kind === 'stage') return `{${timestamp}, "event": "stage", "percent": ${index % 2 === 0 ? 10 : 50}}`;
    if (kind === 'ignored') return `{${timestamp}, "event": "ping"}`;
    const members = [`"arm": "${arm}"`, `"ok": ${ok}`, timestamp];
    if (took !== null) members.push(`"took": ${took}`);
    if (size !== null) members.push(`"size": ${size}`);
    if (kind === 'nested') members.push('"more": {"ok": false, "escaped \\"": [1, "\\u00e9"]}');
    if (turned) members.reverse();
    return kind === 'broken' ? `{${members.join(', ')}` : `{${members.join(', ')}}`;
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The observations of a turn, and what the reader found beside them. */
interface TurnOfLines {
  readonly observations: Observations;
  readonly ignored: number;
  readonly rejected: Readonly<Record<string, number>>;
}

function turnsOf(
  { plan }: LoadedPlan,
  bytes: Buffer,
  turnLines: readonly number[],
  isReference: boolean,
): TurnOfLines[] {
  const instrument = compileInstrument(plan);
  const arrived = wallTime(start + 86_400_000);
  const reader: Reader = {
    record: (record) => instrument.readRecord(0, record, arrived),
    line: (text) => instrument.readLine(0, text, arrived),
    kept: keptFields(instrument),
    reads: instrument.reads?.(0) ?? [],
    ...(isReference ? {} : byField(instrument, 0, () => arrived)),
  };
  const scanner = formatNamed('jsonl').scanner(reader);
  const turns: TurnOfLines[] = [];
  let state = scanStart;
  for (let turn = 0; state.offset < bytes.length; turn += 1) {
    const lines = turnLines[turn % turnLines.length] ?? 1;
    const tally = new Tally('metrics.jsonl', { lines, upTo: null });
    state = scanner.scan(bytes.subarray(state.offset), state, 'whole', tally);
    const { observations, ignored, rejected } = tally;
    turns.push({ observations: isReference ? [...observations] : observations, ignored, rejected });
  }
  return turns;
}

/** Everything that anybody can see of it, after each batch. */
function outcomeOf({ plan, hash }: LoadedPlan, turns: readonly TurnOfLines[], percent = 10) {
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  const state = initialState(plan.id, hash, wallTime(start));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  let now = start;
  const seen: unknown[] = [];
  seen.push(execution.stageObserved(percent, eventTime(start), wallTime(start)).journal);
  for (const { observations, ignored, rejected } of turns) {
    for (const { reading } of observations) now = Math.max(now, reading.at);
    const turn = execution.observe(
      [
        {
          source: 0,
          arrived: wallTime(now),
          unread: false,
          observations,
          ignored,
          rejected,
          positions: [],
          forgotten: [],
          gaps: [],
        },
      ],
      eventTime(now),
    );
    seen.push([...turn.journal], judge.memory(), ledger.takeChanges(), execution.judgement);
  }
  return {
    seen,
    values: ledger.values,
    firings: judge.episodes(),
    counters: execution.counters,
    state: execution.state,
  };
}

it('rows of a block are judged as records of their own are', { timeout: 300_000 }, () => {
  let fired = 0;
  fc.assert(
    fc.property(
      plans,
      fc.array(written, { minLength: 1, maxLength: 120 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      (text, records, turnLines) => {
        const loaded = planOf(text);
        const bytes = linesOf(records);
        const rows = turnsOf(loaded, bytes, turnLines, false);
        const reference = turnsOf(loaded, bytes, turnLines, true);
        expect(rows.map(({ observations }) => [...observations])).toEqual(
          reference.map(({ observations }) => [...observations]),
        );
        const found = outcomeOf(loaded, rows);
        expect(found).toEqual(outcomeOf(loaded, reference));
        if (found.firings.length > 0) fired += 1;
      },
    ),
    { numRuns: 100 },
  );
  // Otherwise nothing would have been decided.
  expect(fired).toBeGreaterThan(20);
});

it('rows that are folded at once are judged as rows one by one', { timeout: 300_000 }, () => {
  const folds = vi.spyOn(Judge.prototype, 'observeRun');
  let [fired, rows, folded] = [0, 0, 0];
  fc.assert(
    fc.property(
      densePlans,
      stretches,
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(10, 10, 10, 0),
      (text, records, turnLines, percent) => {
        const loaded = planOf(text);
        // Users have been exposed for longer than any window, or (at 0 %) not at all.
        const bytes = linesOf(records, start + 3 * 3_600_000);
        const found = outcomeOf(loaded, turnsOf(loaded, bytes, turnLines, false), percent);
        for (const { value } of folds.mock.results) folded += value?.length ?? 0;
        folds.mockClear();
        expect(found).toEqual(outcomeOf(loaded, turnsOf(loaded, bytes, turnLines, true), percent));
        rows += records.length;
        if (found.firings.length > 0) fired += 1;
      },
    ),
    { numRuns: 40 },
  );
  expect(fired).toBeGreaterThan(15);
  expect(folded / rows).toBeGreaterThan(0.1);
});
