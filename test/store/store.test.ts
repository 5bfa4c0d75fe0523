import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CellRecord, OutcomeRecord, PositionRecord } from '../../daemon/protocol/domain/observation.ts';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { type EventMinute, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import type { Commit, StoredRollout } from '../../daemon/store/store.ts';
import { verifyJournal } from '../../daemon/store/verify.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const generation = fc.constantFrom('a', 'b', "c'; DROP TABLE cells");
const source = fc.nat(2);
const outcome: fc.Arbitrary<OutcomeRecord> = fc.record({
  at: fc.double({ min: 0, max: 1000, noNaN: true }).map(eventTime),
  arm: fc.constantFrom('treatment' as const, 'control' as const),
  shares: fc.nat(2 ** 31 - 1),
  fields: fc.tuple(fc.double(), fc.double()),
  place: fc.record({ file: fc.string({ unit: 'binary' }).filter(storable), line: fc.nat(), offset: fc.maxSafeNat() }),
});
const cell: fc.Arbitrary<CellRecord> = fc.record({
  series: fc.constantFrom('treatment', 'control', 'line:critical'),
  minute: fc.nat(3).map((minute) => minute as EventMinute),
  body: fc.uint8Array({ maxLength: 20 }),
});
const receipt = fc.record({
  key: fc.constantFrom('key-one', 'key-two'),
  outcome: fc.nat().map((revision): CommandOutcome => ({ kind: 'done', revision, message: 'done' })),
  at: fc.nat(1000).map(wallTime),
});
const commit: fc.Arbitrary<Commit> = fc
  .record(
    {
      forget: fc.boolean(),
      batch: fc.record({
        positions: fc.uniqueArray(fc.record({ source, generation, body: fc.json() }), {
          selector: (position) => `${position.source} ${position.generation}`,
          maxLength: 3,
        }),
        forgotten: fc.array(fc.record({ source, generation }), { maxLength: 2 }),
      }),
      cells: fc.array(cell, { maxLength: 4 }),
      outcomes: fc.array(outcome, { maxLength: 4 }),
      replacesOutcomes: fc.boolean(),
      keepOutcomesSince: fc.option(fc.double({ min: 0, max: 1000, noNaN: true }).map(eventTime)),
      memory: fc.json(),
      counters: fc.json(),
      receipt,
    },
    { requiredKeys: [] },
  )
  .chain((parts) =>
    fc.record({ rollout: fc.constantFrom('one', 'two'), durable: fc.boolean() }).map((rest) => ({ ...parts, ...rest })),
  );

/** SQLite keeps UTF-8: a lone surrogate has none, and text ends at NUL for some of its functions. */
function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

it('what was committed is what is loaded, across any number of restarts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: commit }, { weight: 1, arbitrary: fc.constant('reopen' as const) })),
      (steps) => {
        const directory = temporaryDirectory();
        let store = openStore(directory);
        const model = new Map([
          ['one', emptyModel()],
          ['two', emptyModel()],
        ]);
        let opened = 1;
        for (const step of steps) {
          if (step === 'reopen') {
            store.close();
            store = openStore(directory);
            opened += 1;
          } else {
            store.commit(step);
            apply(model.get(step.rollout) ?? emptyModel(), step);
          }
        }
        expect(store.epoch).toBe(opened);
        for (const [rollout, expected] of model) {
          expect(store.load(rollout)).toEqual(loaded(expected));
          for (const [key, first] of expected.receipts) expect(store.receipt(rollout, key)).toEqual(first);
          expect(store.receipt(rollout, 'key-none')).toBeNull();
        }
        store.close();
      },
    ),
    { numRuns: 60 },
  );
});

interface Model {
  positions: Map<string, PositionRecord>;
  cells: Map<string, CellRecord>;
  outcomes: OutcomeRecord[];
  keptSince: number;
  memory: string | null;
  counters: string | null;
  receipts: Map<string, CommandOutcome>;
}

function emptyModel(): Model {
  return {
    positions: new Map(),
    cells: new Map(),
    outcomes: [],
    keptSince: Number.NEGATIVE_INFINITY,
    memory: null,
    counters: null,
    receipts: new Map(),
  };
}

function apply(model: Model, step: Commit): void {
  if (step.forget === true) Object.assign(model, emptyModel(), { receipts: model.receipts });
  for (const { source, generation } of step.batch?.forgotten ?? []) model.positions.delete(`${source} ${generation}`);
  for (const position of step.batch?.positions ?? []) {
    model.positions.set(`${position.source} ${position.generation}`, position);
  }
  for (const record of step.cells ?? []) {
    if (record.body.length === 0) model.cells.delete(`${record.series} ${record.minute}`);
    else model.cells.set(`${record.series} ${record.minute}`, record);
  }
  if (step.replacesOutcomes === true) Object.assign(model, { outcomes: [], keptSince: Number.NEGATIVE_INFINITY });
  model.outcomes.push(...(step.outcomes ?? []));
  model.keptSince = Math.max(model.keptSince, step.keepOutcomesSince ?? Number.NEGATIVE_INFINITY);
  model.memory = step.memory ?? model.memory;
  model.counters = step.counters ?? model.counters;
  if (step.receipt !== undefined && !model.receipts.has(step.receipt.key)) {
    model.receipts.set(step.receipt.key, step.receipt.outcome);
  }
}

function loaded(model: Model): StoredRollout {
  const sorted = <T>(map: Map<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return {
    positions: sorted(model.positions),
    cells: sorted(model.cells),
    outcomes: model.outcomes.filter(({ at }) => at >= model.keptSince),
    keptSince: Number.isFinite(model.keptSince) ? eventTime(model.keptSince) : null,
    memory: model.memory,
    counters: model.counters,
  };
}

it('a commit that fails half way keeps nothing, and the journal goes on where it was', () => {
  const store = openStore(temporaryDirectory());
  const good: Commit = { rollout: 'one', memory: 'kept', durable: true };
  store.commit(good);
  const body = { kind: 'gate-ready' } as const;
  expect(() =>
    store.commit({
      rollout: 'one',
      memory: 'lost',
      journal: [
        { at: wallTime(1), attempt: 1, body },
        { at: wallTime(2), attempt: 1.5, body },
      ],
      durable: false,
    }),
  ).toThrow();
  expect(store.load('one').memory).toBe('kept');
  expect(store.head().seq).toBe(0);
  store.commit({ rollout: 'one', journal: [{ at: wallTime(3), attempt: 1, body }], durable: false });
  expect(verifyJournal(store.entries())).toMatchObject({ kind: 'intact', entries: 1 });
  store.close();
});

it('the clock is kept', () => {
  const directory = temporaryDirectory();
  const store = openStore(directory);
  expect(store.lastClock()).toBeNull();
  store.saveClock(wallTime(1_700_000_000_000.5));
  store.close();
  const again = openStore(directory);
  expect(again.lastClock()).toBe(1_700_000_000_000.5);
  again.close();
});

it('a closed store says so', () => {
  const store = openStore(temporaryDirectory());
  store.close();
  store.close();
  expect(() => store.commit({ rollout: 'one', durable: false })).toThrow(
    expect.objectContaining({ code: 'state-closed' }),
  );
});

it('receipts are kept for a month, the newest thousand whatever their age, and no more than a flood', () => {
  const store = openStore(temporaryDirectory());
  const day = 24 * 3_600_000;
  const keep = (rollout: string, name: string, at: number) => {
    const outcome: CommandOutcome = { kind: 'done', revision: 1, message: name };
    store.commit({ rollout, receipt: { key: name, outcome, at: wallTime(at) }, durable: false });
  };
  keep('other', 'first', 0);
  for (let number = 0; number < 1000; number += 1) keep('one', `old ${number}`, number);
  keep('one', 'young', 29 * day);
  expect(store.receipt('one', 'old 0'), 'younger than a month').not.toBeNull();
  keep('one', 'younger', 40 * day);
  expect(store.receipt('one', 'old 0')).toBeNull();
  expect(store.receipt('one', 'old 1')).toBeNull();
  expect(store.receipt('one', 'old 2'), 'among the newest thousand').not.toBeNull();
  expect(store.receipt('one', 'young')).toMatchObject({ message: 'young' });
  expect(store.receipt('other', 'first'), 'of another rollout').not.toBeNull();
  store.close();
});
