import type { PartChanges } from '../measure/ledgerParts.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Batch, CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { CommandEnvelope, CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { FoundExposure } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { Execution } from '../rollout/execution.ts';
import { exposesUsers } from '../rollout/exposure.ts';
import type { Turn } from '../rollout/turn.ts';
import { type ClockGap, clockGapLimit } from './clockGap.ts';

/** The runner's access to the world; `daemon.ts` gives it. */
export interface RunnerPorts {
  /** Looks at the clock before any decision: a gap is first reported by `clockGap`. */
  noteClock(): void;
  now(): WallTime;
  /** A fresh execution from the committed state: at the start, and again whenever a commit was refused. */
  restore(): Execution;
  /** Commits everything, or throws. */
  commit(commit: RunnerCommit): readonly JournalEntry[];
  receipt(key: string): CommandOutcome | null;
  /** Sets the flag; never throws. Gives up when the signal says that a rollback waits for it. */
  carryOut(effect: Effect, signal: AbortSignal): Promise<EffectReport>;
  /** A rollback was carried out without us and waits to be taken over: the effect would undo it. */
  isOverruled(effect: Effect): boolean;
  /** Something a client may see has changed. */
  changed(entries: readonly JournalEntry[], runner: Pick<RolloutRunner, 'record'>): void;
  /** Storage refuses (a line for people), or works again (`null`). */
  fault(detail: string | null): void;
  /** An error that is a defect of ours, in deciding or in carrying out; or deciding works again (`null`). */
  defect(area: 'deciding' | 'reading' | 'the flag', error: unknown): void;
}

export interface RunnerCommit {
  readonly batch?: Pick<Batch, 'positions' | 'forgotten'>;
  readonly cells: readonly CellRecord[];
  readonly outcomes: readonly OutcomeRecord[];
  readonly replacesOutcomes: boolean;
  readonly keepOutcomesSince: OutcomeRecord['at'] | null;
  /** The same counts by source. */
  readonly parts: readonly PartChanges[];
  readonly memory: string;
  readonly counters: string;
  readonly journal: readonly { readonly at: WallTime; readonly attempt: number; readonly body: JournalBody }[];
  readonly receipt?: { readonly key: string; readonly outcome: CommandOutcome; readonly at: WallTime };
  readonly durable: boolean;
}

export interface EffectReport {
  readonly progress: 'written' | 'verified' | 'failed';
  readonly detail: string | null;
}

/**
 * Keeps one rollout's execution, its store and its flag in step: a turn is committed first, then carried out. When the
 * store refuses, memory is ahead of the stored state, so memory is dropped and read again; a rollback is tried all the
 * same, because its effect is absolute and safe to repeat.
 */
export class RolloutRunner {
  readonly #ports: RunnerPorts;
  #execution: Execution;
  /** Memory is ahead of the stored state, which could not be read yet. */
  #isAhead = false;
  /** A rollback that was carried out and is not in the journal, because the store refused it. */
  #owed: Omit<CommandEnvelope, 'rollout'> | null = null;
  /** A gap of the clock that is not journalled yet. */
  #gap: ClockGap | null = null;
  /**
   * The newest refusal of the store: a batch is offered again until it is kept, so no smaller commit shows that there
   * is space.
   */
  #refused: 'batch' | 'other' | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** The write that runs now, and its purpose. */
  #current: { readonly purpose: Effect['purpose']; readonly interrupt: AbortController } | null = null;
  #isRenewing = false;
  /** Effects that are being written or wait for their turn. */
  readonly #beingWritten = new Set<string>();

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
    this.#execution = ports.restore();
  }

  get execution(): Execution {
    return this.#execution;
  }

  get exposesUsers(): boolean {
    return exposesUsers(this.#execution.state);
  }

  /** A rollback was carried out that the journal does not have yet. */
  get owesRollback(): boolean {
    return this.#owed !== null;
  }

  /** The yield of one turn of ingest. A throw tells ingest that no part was kept. */
  batch(...batches: readonly Batch[]): void {
    this.#ports.noteClock();
    this.#catchUp();
    try {
      this.#takeGap();
      const turn = this.#execution.observe(batches, eventTime(this.#ports.now()));
      this.#keep(turn, { batches });
    } catch (error) {
      this.#broken('reading', error);
      throw error;
    }
    this.#ports.defect('reading', null);
  }

  tick(): void {
    this.#ports.noteClock();
    const isSound = this.#attempt(() => {
      this.#takeGap();
      const owed = this.#owed;
      if (owed !== null) {
        this.#owed = null;
        this.command(owed);
      }
      const now = this.#ports.now();
      this.#keep(this.#execution.tick(now, eventTime(now)), {});
    });
    if (isSound) this.#ports.defect('deciding', null);
  }

  /** A gap that cannot be stored now is stored at a later tick: its time is no soak. */
  clockGap({ from, to, moved }: ClockGap): void {
    this.#gap = { from: this.#gap?.from ?? from, to, moved: (this.#gap?.moved ?? 0) + moved };
    this.#attempt(() => this.#takeGap());
  }

  /** The stored state may be dated by a clock that was set back since, although nobody saw it. */
  heedFuture(): void {
    const now = this.#ports.now();
    const newest = this.#execution.newestKnown;
    if (newest !== null && newest - now > clockGapLimit) this.clockGap({ from: wallTime(newest), to: now, moved: 0 });
  }

  /** The words of the flag's file; `null` when it has the value that was set and read back. */
  flagSeen(drift: { readonly detail: string; readonly from: EventTime } | null): void {
    this.#attempt(() => this.#keep(this.#execution.flagSeen(drift, this.#ports.now()), {}));
  }

  /** Users are exposed without an attempt; `null`: no longer. */
  exposureSeen(exposure: FoundExposure | null): void {
    this.#attempt(() => this.#keep(this.#execution.exposureSeen(exposure, this.#ports.now()), {}));
  }

  /** Returns true when the turn is kept. */
  planChanged(hash: string, before: Plan | null): boolean {
    return this.#attempt(() => this.#keep(this.#execution.planChanged(hash, before, this.#ports.now()), {}));
  }

  /**
   * Replaces the stored counts by others: everything in memory is stored first, and read again afterwards.
   * @throws the errors of `change`, and the store's: nothing has changed then.
   */
  recount(change: () => readonly JournalEntry[]): void {
    this.#catchUp();
    this.#takeGap();
    this.#keep({ at: this.#ports.now(), journal: [], wish: null, outcome: null }, { batches: [] });
    const entries = change();
    this.#isAhead = true;
    this.#catchUp();
    this.#ports.changed(entries, this);
  }

  gauge(measure: string, value: number): void {
    this.#attempt(() => this.#execution.gauge(measure, value, this.#ports.now()));
  }

  /**
   * The outcome is stored under the key before it is returned; the same command with the same key gets the same outcome
   * again. Another command under that key is decided by itself: a rollback must not get the outcome of a begin.
   */
  command({ key, by, command }: Omit<CommandEnvelope, 'rollout'>, remarks: readonly string[] = []): CommandOutcome {
    const known = this.#receipt(receiptKey(key, command.kind));
    if (known !== null) return known;
    this.#ports.noteClock();
    const envelope = { key, by, command };
    try {
      return this.#carryOutCommand(envelope, (now) =>
        this.#execution.command(command, by, key, now, eventTime(now), remarks),
      );
    } catch (error) {
      this.#broken('deciding', error);
      if (command.kind !== 'rollback') throw error;
    }
    // A rollback does not need the data, whatever the defect is.
    this.#attempt(() => undefined);
    return this.#carryOutCommand(envelope, (now) =>
      this.#execution.rollBackUnjudged(command, by, key, now, eventTime(now)),
    );
  }

  #carryOutCommand(
    { key, by, command }: Omit<CommandEnvelope, 'rollout'>,
    decide: (now: WallTime) => Turn,
  ): CommandOutcome {
    let turn: Turn | null = null;
    try {
      if (command.kind !== 'rollback') {
        this.#catchUp();
        this.#takeGap();
      }
      turn = decide(this.#ports.now());
      if (turn.outcome === null) throw new Error(`the command ${command.kind} had no outcome`);
      this.#keep(turn, { receipt: { key: receiptKey(key, command.kind), outcome: turn.outcome, at: turn.at } });
      return turn.outcome;
    } catch (error) {
      const { revision } = this.#execution.state;
      const message = describe(error);
      // Its effect is absolute, so it is set now and decided again until the decision can be stored.
      if (command.kind === 'rollback' && (turn?.wish?.purpose === 'rollback' || this.#owed !== null)) {
        this.#broken('deciding', error);
        this.#owed = { key, by, command };
        return { kind: 'done', revision, message: `rolling back, though it cannot be journalled yet: ${message}` };
      }
      if (!(error instanceof UserError)) throw error;
      const refusal = `not done, because the state cannot be stored: ${message}`;
      return { kind: 'refused', code: 'storage', revision, message: refusal };
    }
  }

  /** The value that was set and read back is gone: it is set again after a moment, as after a failure. */
  effectUndone(id: string, detail: string): void {
    const now = this.#ports.now();
    this.#attempt(() =>
      this.#keep(this.#execution.effectReported({ id, progress: 'failed', detail }, now, eventTime(now)), {}),
    );
  }

  /** A note that is no event of the state machine: a signal, a tick of a checklist. */
  note(key: string, turnOf: (execution: Execution, now: WallTime) => Turn, done: string): CommandOutcome {
    const kept = receiptKey(key, 'note');
    const known = this.#receipt(kept);
    if (known !== null) return known;
    this.#ports.noteClock();
    this.#catchUp();
    try {
      this.#takeGap();
      const turn = turnOf(this.#execution, this.#ports.now());
      const outcome: CommandOutcome = { kind: 'done', revision: this.#execution.state.revision, message: done };
      this.#keep(turn, { receipt: { key: kept, outcome, at: turn.at } });
      return outcome;
    } catch (error) {
      this.#broken('deciding', error);
      throw error;
    }
  }

  /** Entries of the journal without a request: evidence of an item that began to hold, or stopped. */
  record(journal: readonly JournalBody[]): void {
    if (journal.length === 0) return;
    this.#attempt(() => this.#keep({ at: this.#ports.now(), journal, wish: null, outcome: null }, {}));
  }

  /** A move forward that is being written is given up, and the next daemon finishes it; a rollback is waited for. */
  async close(): Promise<void> {
    if (this.#current?.purpose !== 'rollback') this.#current?.interrupt.abort();
    await this.#writing;
  }

  /**
   * Sets again what is in force, with a new end of its lease, when its turn comes: not once a rollback or another stage
   * was decided.
   */
  renew(effect: Effect, act: (signal: AbortSignal) => Promise<void>): void {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    this.#writing = this.#writing.then(async () => {
      this.#isRenewing = false;
      const isStill = this.#execution.state.effect?.id === effect.id && effect.purpose !== 'rollback';
      if (!isStill || this.owesRollback || this.#ports.isOverruled(effect)) return;
      const interrupt = new AbortController();
      this.#current = { purpose: effect.purpose, interrupt };
      await act(interrupt.signal).catch((error) => this.#ports.defect('the flag', error));
      this.#current = null;
    });
  }

  /** Resolves when no write of the flag is running. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #keep(turn: Turn, more: { readonly batches?: readonly Batch[]; readonly receipt?: RunnerCommit['receipt'] }): void {
    const { judge, ledger, counters, state } = this.#execution;
    const isEmpty = turn.journal.length === 0 && more.batches === undefined && more.receipt === undefined;
    // After a refusal even an empty commit is worth trying: it tells whether there is space again.
    if (isEmpty && this.#refused !== 'other') {
      this.#carryOut(turn.wish);
      return;
    }
    const { batches, receipt } = more;
    let entries: readonly JournalEntry[];
    try {
      const changes = ledger.takeChanges();
      if (this.#isAhead) throw new UserError('state-unreadable', 'the state cannot be read; check its disk');
      entries = this.#ports.commit({
        ...(batches && { batch: positionsOf(batches) }),
        ...(receipt && { receipt }),
        cells: changes.cells,
        outcomes: changes.outcomes,
        replacesOutcomes: changes.replaces,
        keepOutcomesSince: changes.keepSince,
        parts: changes.parts,
        memory: judge.memory(),
        counters: JSON.stringify(counters),
        journal: turn.journal.map((body) => ({ at: turn.at, attempt: state.attempt, body })),
        durable: turn.wish !== null || receipt !== undefined,
      });
    } catch (error) {
      if (turn.wish?.purpose === 'rollback') {
        this.#owed = {
          key: `owed ${turn.wish.id}`,
          by: 'rampwatch',
          command: { kind: 'rollback', reason: causeOf(turn) },
        };
        this.#carryOut(turn.wish);
      }
      this.#ports.fault(describe(error));
      if (this.#refused !== 'batch') this.#refused = batches === undefined ? 'other' : 'batch';
      this.#isAhead = true;
      this.#attempt(() => undefined);
      throw error;
    }
    if (batches !== undefined || this.#refused !== 'batch') {
      this.#refused = null;
      this.#ports.fault(null);
    }
    this.#carryOut(turn.wish);
    this.#ports.changed(entries, this);
  }

  /** One write at a time, in the order of the wishes; a wish that a later one has overtaken is left out. */
  #carryOut(wish: Effect | null): void {
    if (wish === null || this.#beingWritten.has(wish.id)) return;
    this.#beingWritten.add(wish.id);
    // A rollback does not wait for a flag system that lets a move forward wait.
    if (wish.purpose === 'rollback' && this.#current?.purpose !== 'rollback') this.#current?.interrupt.abort();
    this.#writing = this.#writing.then(async () => {
      this.#beingWritten.delete(wish.id);
      // The stored state does not know about an owed rollback and would undo it as a late write.
      if (wish.purpose !== 'rollback' && (this.owesRollback || this.#isOvertaken(wish))) return;
      if (this.#ports.isOverruled(wish)) return;
      const interrupt = new AbortController();
      this.#current = { purpose: wish.purpose, interrupt };
      const report = await this.#ports.carryOut(wish, interrupt.signal).catch((error): EffectReport => {
        this.#ports.defect('the flag', error);
        return { progress: 'failed', detail: `internal error: ${describe(error)}` };
      });
      this.#current = null;
      if (report.progress !== 'failed') this.#ports.defect('the flag', null);
      this.#ports.noteClock();
      this.#attempt(() => {
        this.#takeGap();
        const now = this.#ports.now();
        this.#keep(this.#execution.effectReported({ id: wish.id, ...report }, now, eventTime(now)), {});
      });
    });
  }

  #isOvertaken({ id }: Effect): boolean {
    const { effect } = this.#execution.state;
    return effect !== null && effect.id !== id;
  }

  /** A key that cannot be looked up counts as new: its commit will fail, or find the first outcome. */
  #receipt(key: string): CommandOutcome | null {
    try {
      return this.#ports.receipt(key);
    } catch {
      return null;
    }
  }

  /** @throws UserError when the stored state cannot be read: nothing may be decided then. */
  #catchUp(): void {
    if (!this.#isAhead) return;
    try {
      this.#execution = this.#ports.restore();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError('state-unreadable', `the state cannot be read: ${describe(error)}; check its disk`);
    }
    this.#isAhead = false;
  }

  #takeGap(): void {
    const gap = this.#gap;
    if (gap === null) return;
    this.#keep(this.#execution.clockGap(gap.from, gap.to, gap.moved), {});
    this.#gap = null;
  }

  /**
   * A tick that cannot be stored is not lost: the next one decides again from the stored state. Returns true when all
   * went well.
   */
  #attempt(act: () => void): boolean {
    try {
      this.#catchUp();
      act();
      return true;
    } catch (error) {
      this.#broken('deciding', error);
      return false;
    }
  }

  /** After a defect nothing in memory is trusted: it may be half of a turn. The stored state is complete. */
  #broken(area: 'deciding' | 'reading', error: unknown): void {
    if (error instanceof UserError) return;
    this.#isAhead = true;
    this.#ports.defect(area, error);
  }
}

function positionsOf(batches: readonly Batch[]): Pick<Batch, 'positions' | 'forgotten'> {
  return {
    positions: batches.flatMap(({ positions }) => positions),
    forgotten: batches.flatMap(({ forgotten }) => forgotten),
  };
}

/** A key is the requester's; with the kind of the request it names one command. */
function receiptKey(key: string, asked: CommandEnvelope['command']['kind'] | 'note'): string {
  return `${key} ${asked}`;
}

function causeOf({ journal }: Turn): string {
  for (const body of journal) {
    if (body.kind !== 'rollback-started' || body.cause.kind !== 'trigger') continue;
    const { trigger, condition } = body.cause.firing;
    return `${trigger} (${condition}) fired while the state could not be stored`;
  }
  return 'asked for while the state could not be stored';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
