import { beforeEach, describe, expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { type EffectReport, RolloutRunner } from '../../daemon/live/rolloutRunner.ts';
import { restoredState } from '../../daemon/live/storedState.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Batch, Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Command, CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import type { Store } from '../../daemon/store/store.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const start = Date.parse('2026-03-01T10:00:00Z');

function breakDown(judge: Judge): void {
  judge.judge = () => {
    throw new TypeError('cannot read properties of undefined');
  };
}

/** A runner on a real store whose disk is full, or cannot be read, when a test says so. */
class World {
  now = start;
  full = false;
  unreadable = false;
  /** Every judging ends in an error of ours. */
  broken = false;
  readonly written: number[] = [];
  /** Of each write, in order. */
  readonly signals: AbortSignal[] = [];
  readonly faults: (string | null)[] = [];
  readonly defects: string[] = [];
  /** While set, a write of the flag waits for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #store: Store = openStore(temporaryDirectory());
  readonly runner: RolloutRunner;
  /** A runner that begins with what is stored. */
  readonly restarted: () => RolloutRunner;
  readonly #instrument;
  #line = 0;

  constructor() {
    const parsed = parsePlan(smallPlan, '/plans/rampwatch.yaml');
    if (parsed.kind !== 'plan') throw new Error(parsed.problems[0]?.message);
    const { loaded } = parsed;
    const { plan } = loaded;
    const instrument = compileInstrument(plan);
    this.#instrument = instrument;
    const store = this.#store;
    this.restarted = () =>
      new RolloutRunner({
        noteClock: () => undefined,
        now: () => wallTime(this.now),
        restore: () => {
          if (this.unreadable) throw new Error('disk I/O error');
          const { cells, outcomes, keptSince, memory, counters } = store.load(plan.id);
          const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince);
          const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'ticks' });
          if (this.broken) breakDown(judge);
          const state = restoredState(loaded, store, wallTime(this.now));
          return new Execution({ plan, judge, ledger, state, counters: restoreCounters(counters, 1) });
        },
        commit: (commit) => {
          if (this.full) throw new UserError('state-full', 'no space left');
          return store.commit({ ...commit, rollout: plan.id });
        },
        receipt: (key) => store.receipt(plan.id, key),
        carryOut: (effect, signal) => {
          this.signals.push(signal);
          return this.#carryOut(effect);
        },
        isOverruled: () => false,
        changed: () => undefined,
        fault: (detail) => this.faults.push(detail),
        defect: (area, error) => this.defects.push(error === null ? `${area} over` : `${area}: ${error}`),
      });
    this.runner = this.restarted();
  }

  get journal(): readonly JournalBody[] {
    return [...this.#store.events('uploads')].map(({ body }) => body);
  }

  get phase(): string {
    return this.runner.execution.state.phase.kind;
  }

  command(command: Command, key = `key-${this.now}`): CommandOutcome {
    this.now += 1;
    return this.runner.command({ key, by: 'ada', command });
  }

  on() {
    const { attempt, revision, visits } = this.runner.execution.state;
    return { attempt, revision, stage: visits.at(-1)?.stage ?? 'off' };
  }

  async atHalf(): Promise<void> {
    this.command({ kind: 'begin', on: this.on() });
    await this.runner.settled();
    this.command({ kind: 'advance', on: this.on(), reason: 'a drill' });
    await this.runner.settled();
    this.written.length = 0;
  }

  breakJudge(): void {
    this.broken = true;
    breakDown(this.runner.execution.judge);
  }

  async tick(): Promise<void> {
    this.now += 1000;
    this.runner.tick();
    await this.runner.settled();
  }

  /** Uploads of the treatment, one each 100 ms until now. */
  batch(count: number, ok: boolean): Batch {
    this.now += count * 100;
    const observations = Array.from({ length: count }, (_, index): Observation => {
      const timestamp = new Date(this.now - (count - 1 - index) * 100).toISOString();
      const reading = this.#instrument.readRecord(0, { timestamp, arm: 'new', ok }, wallTime(this.now));
      if (reading.kind !== 'outcome') throw new Error(reading.kind);
      this.#line += 1;
      return { reading, place: { file: 'metrics.jsonl', line: this.#line, offset: 0 } };
    });
    const empty = { unread: false, ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
    return { source: 0, arrived: wallTime(this.now), observations, ...empty };
  }

  async #carryOut({ percent }: Effect): Promise<EffectReport> {
    await this.gate;
    this.written.push(percent);
    return { progress: 'verified', detail: null };
  }
}

describe('a rollout whose state cannot be stored', () => {
  let world: World;
  beforeEach(async () => {
    world = new World();
    await world.atHalf();
  });

  it('does nothing that goes forward, and says so', async () => {
    world.full = true;
    const outcome = world.command({ kind: 'advance', on: world.on(), reason: 'more' });
    await world.tick();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'storage' });
    expect(outcome.message).toBe('not done, because the state cannot be stored: no space left');
    expect({ written: world.written, stage: world.on().stage }).toEqual({ written: [], stage: 'half' });
    expect(world.faults.at(-1)).toBe('no space left');
  });

  it('sets the flag back for a person at once and for good, and journals it when there is space', async () => {
    world.full = true;
    const outcome = world.command({ kind: 'rollback', reason: 'smoke' }, 'the-key');
    await world.runner.settled();
    expect(outcome).toMatchObject({ kind: 'done', message: expect.stringContaining('cannot be journalled yet') });
    expect(world.runner.owesRollback).toBe(true);
    for (let second = 0; second < 3; second += 1) await world.tick();
    expect(new Set(world.written)).toEqual(new Set([0]));

    world.full = false;
    await world.tick();
    expect({ owes: world.runner.owesRollback, phase: world.phase, last: world.written.at(-1) }).toEqual({
      owes: false,
      phase: 'rolled-back',
      last: 0,
    });
    expect(world.written).not.toContain(50);
    const begun = world.journal.filter(({ kind }) => kind === 'rollback-started');
    expect(begun).toMatchObject([{ cause: { kind: 'person', by: 'ada', reason: 'smoke' } }]);
    expect(world.command({ kind: 'rollback' }, 'the-key')).toMatchObject({ kind: 'done', message: 'rolling back' });
    expect(world.faults.at(-1)).toBeNull();
  });

  it('sets the flag back for a trigger, whether its records come again first or the clock does', async () => {
    for (const first of ['records', 'clock'] as const) {
      world = new World();
      await world.atHalf();
      const failing = world.batch(40, false);
      world.full = true;
      expect(() => world.runner.batch(failing)).toThrow('no space left');
      await world.tick();
      expect(new Set(world.written)).toEqual(new Set([0]));
      world.full = false;
      if (first === 'clock') await world.tick();
      world.runner.batch(failing);
      await world.tick();
      expect({ phase: world.phase, last: world.written.at(-1) }).toEqual({ phase: 'rolled-back', last: 0 });
      const begun = world.journal.filter(({ kind }) => kind === 'rollback-started');
      const byTrigger = { cause: { kind: 'trigger', firing: { trigger: 'failing' } } };
      const owed = {
        cause: {
          kind: 'person',
          by: 'rampwatch',
          reason: 'failing (ok < 80%) fired while the state could not be stored',
        },
      };
      expect(begun).toMatchObject([first === 'records' ? byTrigger : owed]);
      expect(world.written).not.toContain(50);
      // No record was lost, and none doubled.
      expect(world.runner.execution.ledger.records).toBe(40);
    }
  });

  it('keeps the alarm until the batch that was refused is kept', async () => {
    const batch = world.batch(5, true);
    world.full = true;
    expect(() => world.runner.batch(batch)).toThrow('no space left');
    world.full = false;
    await world.tick();
    expect(world.faults.at(-1)).toBe('no space left');
    world.runner.batch(batch);
    expect(world.faults.at(-1)).toBeNull();
    expect(world.runner.execution.ledger.records).toBe(5);
  });

  it('decides nothing on what it could not read again, and counts nothing twice afterwards', async () => {
    const batch = world.batch(7, true);
    world.full = true;
    world.unreadable = true;
    expect(() => world.runner.batch(batch)).toThrow('no space left');
    world.full = false;
    expect(() => world.runner.batch(batch)).toThrow('the state cannot be read');
    expect(world.command({ kind: 'hold', on: world.on() })).toMatchObject({ kind: 'refused', code: 'storage' });
    expect(world.command({ kind: 'rollback' })).toMatchObject({ kind: 'done' });
    await world.tick();
    expect(world.written).toContain(0);
    world.unreadable = false;
    world.runner.batch(batch);
    await world.tick();
    expect({ records: world.runner.execution.ledger.records, phase: world.phase }).toEqual({
      records: 7,
      phase: 'rolled-back',
    });
  });
});

describe('the flag of a rollout', () => {
  it('is written once for one effect, however many ticks pass while that takes', async () => {
    const world = new World();
    let open: () => void = () => undefined;
    world.gate = new Promise((resolve) => {
      open = resolve;
    });
    world.command({ kind: 'begin', on: world.on() });
    for (let second = 0; second < 5; second += 1) {
      world.now += 1000;
      world.runner.tick();
    }
    open();
    await world.runner.settled();
    expect(world.written).toEqual([0]);
  });
});

describe('a defect in the judging', () => {
  it('ends nothing: it is told, nothing goes forward, and a person rolls back all the same', async () => {
    const world = new World();
    await world.atHalf();
    world.breakJudge();
    await world.tick();
    await world.tick();
    expect(world.defects.at(-1)).toBe('deciding: TypeError: cannot read properties of undefined');
    expect(() => world.command({ kind: 'advance', on: world.on(), reason: 'all the same' })).toThrow(TypeError);
    expect(world.phase).toBe('soaking');
    expect(world.command({ kind: 'rollback', reason: 'it looks wrong' })).toMatchObject({ kind: 'done' });
    await world.runner.settled();
    expect(world.written).toEqual([0]);
    expect(world.journal.map(({ kind }) => kind)).toContain('rollback-started');
    world.broken = false;
    await world.tick();
    await world.tick();
    expect(world.phase).toBe('rolled-back');
    expect(world.defects.at(-1)).toBe('deciding over');
  });

  it('half-way through a batch leaves nothing half-counted', async () => {
    const world = new World();
    await world.atHalf();
    const batch = world.batch(40, true);
    const { judge } = world.runner.execution;
    const observe = judge.observe.bind(judge);
    let left = 17;
    judge.observe = (...of) => {
      left -= 1;
      if (left === 0) throw new RangeError('out of bounds');
      observe(...of);
    };
    expect(() => world.runner.batch(batch)).toThrow('out of bounds');
    expect(world.defects.at(-1)).toBe('reading: RangeError: out of bounds');
    await world.tick();
    expect(world.runner.execution.ledger.records).toBe(0);
    world.runner.batch(batch);
    expect(world.runner.execution.ledger.records).toBe(40);
    expect(world.defects.at(-1)).toBe('reading over');
  });

  it('or in the flag’s writer is a rollback that failed, and is tried again', async () => {
    const world = new World();
    await world.atHalf();
    world.gate = Promise.reject(new TypeError('no such key'));
    world.gate.catch(() => undefined);
    world.command({ kind: 'rollback' });
    await world.runner.settled();
    expect(world.phase).toBe('rollback-failed');
    expect(world.defects).toContain('the flag: TypeError: no such key');
    world.gate = Promise.resolve();
    for (let second = 0; second < 60 && world.phase !== 'rolled-back'; second += 1) await world.tick();
    expect(world.phase).toBe('rolled-back');
    expect(world.written).toEqual([0]);
  });

  it('or a store that refuses a batch decides nothing before a gap of the clock is kept', async () => {
    const world = new World();
    await world.atHalf();
    world.runner.batch(world.batch(30, true));
    world.now -= 2 * 3_600_000;
    const to = wallTime(world.now);
    world.full = true;
    world.runner.clockGap({ from: wallTime(world.now + 2 * 3_600_000), to, moved: -2 * 3_600_000 });
    world.now += 1000;
    const failing = world.batch(40, false);
    expect(() => world.runner.batch(failing)).toThrow('no space left');
    expect(world.phase).toBe('ready');
    world.full = false;
    world.runner.batch(failing);
    await world.runner.settled();
    expect(world.phase).toBe('rolled-back');
    expect(world.journal.filter(({ kind }) => kind === 'clock-gap')).toMatchObject([{ to, setAside: 30 }]);
    expect(world.runner.execution.ledger.records).toBe(40);
  });

  it('or a clock that was set back while nobody ran: what is kept from ahead of it is set aside at the start', async () => {
    const world = new World();
    await world.atHalf();
    world.runner.batch(world.batch(30, true));
    world.now -= 5 * 3_600_000;
    const again = world.restarted();
    again.heedFuture();
    again.heedFuture();
    expect(again.execution.newestKnown).toBe(world.now);
    again.batch(world.batch(40, false));
    expect(again.execution.state.phase.kind).toMatch(/^roll/);
    expect(world.journal.filter(({ kind }) => kind === 'clock-gap')).toHaveLength(1);
    await again.settled();
    expect(world.restarted().execution.state).toEqual(again.execution.state);
    expect(world.restarted().execution.judge.memory()).toEqual(again.execution.judge.memory());
  });

  it('or a store that refuses does not lose a gap of the clock', async () => {
    const world = new World();
    await world.atHalf();
    const from = wallTime(world.now);
    world.now += 3_600_000;
    world.full = true;
    world.runner.clockGap({ from, to: wallTime(world.now), moved: 0 });
    await world.tick();
    expect(world.runner.execution.state.freshDataAfter).toBeNull();
    world.full = false;
    await world.tick();
    const { soaked } = world.runner.execution.state;
    expect(world.runner.execution.state.freshDataAfter).toBe(from + 3_600_000);
    expect(soaked).toBeLessThan(10_000);
    expect(world.journal.filter(({ kind }) => kind === 'clock-gap')).toHaveLength(1);
  });
});

describe('a rollback and the write before it', () => {
  it('interrupts a move forward that waits', async () => {
    const world = new World();
    await world.atHalf();
    let release: () => void = () => undefined;
    world.gate = new Promise((resolve) => {
      release = resolve;
    });
    world.command({ kind: 'advance', on: world.on(), reason: 'more' });
    await Promise.resolve();
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
    world.command({ kind: 'rollback' });
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([false, false, true]);
    release();
    await world.runner.settled();
    expect(world.written.at(-1)).toBe(0);
  });

  it('is waited for when the daemon ends, and a move forward is given up', async () => {
    for (const command of [{ kind: 'rollback' }, { kind: 'advance', reason: 'more' }] as const) {
      const world = new World();
      await world.atHalf();
      let release: () => void = () => undefined;
      world.gate = new Promise((resolve) => {
        release = resolve;
      });
      world.command(command.kind === 'advance' ? { ...command, on: world.on() } : command);
      await Promise.resolve();
      const closing = world.runner.close();
      expect(world.signals.at(-1)?.aborted).toBe(command.kind === 'advance');
      release();
      await closing;
    }
  });

  it('lets no lease be renewed after it was decided, and journals no renewal', async () => {
    const world = new World();
    await world.atHalf();
    const { effect } = world.runner.execution.state;
    if (effect === null) throw new Error('the flag was set');
    const before = world.journal.length;
    let renewals = 0;
    const renew = () =>
      world.runner.renew(effect, async () => {
        renewals += 1;
      });
    renew();
    // One that waits for its turn is enough.
    renew();
    await world.runner.settled();
    expect({ renewals, journal: world.journal.length }).toEqual({ renewals: 1, journal: before });
    renew();
    world.command({ kind: 'rollback' });
    await world.runner.settled();
    renew();
    await world.runner.settled();
    expect(renewals).toBe(1);
    expect(world.written.at(-1)).toBe(0);
  });
});
