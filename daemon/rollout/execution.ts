import type { ExposedNow, Judge, JudgeContext } from '../judge/judge.ts';
import type { Ledger } from '../measure/ledger.ts';
import { type RequestLength, requestLength } from '../measure/requestLength.ts';
import { longestRun, type RowRun } from '../measure/rowRun.ts';
import type { Condition } from '../protocol/domain/condition.ts';
import type { JournalBody, LeftStage } from '../protocol/domain/journalEntry.ts';
import type { Batch, Observation } from '../protocol/domain/observation.ts';
import type { ObservationBlock } from '../protocol/domain/observationBlock.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { Command } from '../protocol/domain/rolloutCommand.ts';
import type { FoundExposure, RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import { nameOfSource } from '../protocol/domain/sourceKinds.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { Judgement } from '../protocol/domain/verdict.ts';
import { asOf, byEventTime, knownUpTo, newestIn, oldestIn, soleBlock } from './batchOrder.ts';
import { countBatch, type SourceCounters } from './counters.ts';
import { conditionOf, editOfPlan, wasMeasured } from './editOfPlan.ts';
import { evolve } from './evolve.ts';
import { exposureOf } from './exposure.ts';
import { FiringRuns } from './firingRuns.ts';
import { atItsBegin, newestSwitch, rowsAsTheyAre, type Switch } from './inFlight.ts';
import { currentVisit, judgeContext } from './judgeContext.ts';
import { endsStay, withFigures } from './leftFigures.ts';
import { decide, type RolloutInput } from './machine.ts';
import { isUnderWay } from './phase.ts';
import { type Turn, TurnBuilder } from './turn.ts';

const nothingJudged: Judgement = {
  gate: [],
  triggers: [],
  fired: [],
  freshness: [],
  proof: null,
  watermark: null,
};

interface Parts {
  readonly plan: Plan;
  readonly judge: Judge;
  readonly ledger: Ledger;
  readonly state: RolloutState;
  readonly counters: readonly SourceCounters[];
  /** `false`: a shared rollout without a live lease, which advances nothing by itself. */
  readonly mayAdvance?: (() => boolean) | undefined;
}

interface Exposing {
  readonly newest: Switch | null;
  readonly exposed: ExposedNow;
}

/**
 * A plan being executed: observations, ticks and commands in, turns out. The one place where judge and state machine
 * meet, so that the daemon, a replay and the tests run the same code; they differ only in who supplies time.
 */
export class Execution {
  readonly plan: Plan;
  readonly judge: Judge;
  readonly ledger: Ledger;
  readonly #requestLength: RequestLength;
  #state: RolloutState;
  #counters: SourceCounters[];
  #judgement: Judgement | null = null;
  /** Sources whose error has been reported, until it is over. */
  readonly #toldErrors = new Set<number>();
  readonly #runs: FiringRuns;
  readonly #mayAdvance: () => boolean;
  #exposes: Exposing = { newest: null, exposed: { exposedSince: null } };
  #exposingOf: RolloutState | null = null;
  #formerOf: readonly string[] = [];
  #formerConditions: readonly Condition[] = [];

  constructor({ plan, judge, ledger, state, counters, mayAdvance }: Parts) {
    this.plan = plan;
    this.#mayAdvance = mayAdvance ?? (() => true);
    this.#requestLength = requestLength(plan);
    this.judge = judge;
    this.ledger = ledger;
    this.#state = state;
    this.#counters = [...counters];
    this.#runs = new FiringRuns(plan, judge.keptRuns);
  }

  get state(): RolloutState {
    return this.#state;
  }

  get counters(): readonly SourceCounters[] {
    return this.#counters;
  }

  /** As of the last tick, batch or command; `null` before the first. */
  get judgement(): Judgement | null {
    return this.#judgement;
  }

  /** The latest time that anything in it is dated. */
  get newestKnown(): number | null {
    const { watermark, lineWatermark } = this.ledger;
    const times = [watermark, lineWatermark, this.visit?.from, this.#state.effect?.verifiedAt];
    return times.reduce<number | null>((newest, at) => (at == null ? newest : Math.max(at, newest ?? at)), null);
  }

  /** The stay in the current stage, while an attempt runs. */
  get visit(): StageVisit | null {
    return currentVisit(this.#state);
  }

  /**
   * Folds batches that came together, in the order of event time, judging each trigger at each record of its arm; a trigger
   * that fires acts before the next record.
   */
  observe(offered: readonly Batch[], eventNow: EventTime): Turn {
    // A batch that was offered before, and is taken only now, is judged as of now.
    const now = wallTime(eventNow);
    const batches = offered.map((batch) => asOf(batch, now));
    const turn = new TurnBuilder(now);
    for (const [index, batch] of batches.entries()) {
      // Records read before the clock was set back are not lost: a wrong clock dated them.
      const { observations, ignored, rejected } = offered[index] ?? batch;
      const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
      const read = observations.length + ignored + refused;
      this.judge.sources.noteRead(batch.source, batch.arrived, { counted: batch.observations.length, read, rejected });
      const counters = this.#counters[batch.source];
      if (counters !== undefined) this.#counters[batch.source] = countBatch(counters, batch);
      // Until all of it is folded, the knowledge of its triggers ends at the last folded record.
      this.judge.sources.noteUnread(batch.source, batch.arrived);
    }
    for (const [source, until] of knownUpTo(batches)) this.judge.sources.noteKnownUpTo(source, until);
    const reached = { source: -1 };
    const block = soleBlock(batches);
    if (block !== null) this.#observeBlock(block, turn, now, eventNow);
    else {
      for (const observation of byEventTime(batches, reached)) {
        this.observeOne(observation, reached.source);
        if (this.judge.hasFired) this.#tick(turn, now, eventNow);
      }
    }
    for (const batch of batches) {
      this.judge.sources.noteKnownUpTo(batch.source, null);
      if (!batch.unread) this.judge.sources.noteUnread(batch.source, null);
      const [oldest, newest] = [oldestIn(batch), newestIn(batch)];
      // A batch without a record may only say that a file is gone.
      if (newest !== null) this.judge.sources.noteAlive(batch.source, batch.arrived, newest);
      if (batch.log !== undefined && oldest !== null && newest !== null) {
        this.judge.sources.noteLog(batch.source, batch.log, batch.observations.length, oldest, newest);
      }
      for (const gap of batch.gaps) {
        const glob = nameOfSource(this.plan, gap.source);
        const { file, reason: detail, doubled, lost } = gap;
        const told = {
          kind: 'source',
          glob,
          file,
          detail,
          ...(doubled && { doubled }),
          ...(lost && { lost }),
        } as const;
        turn.add(told);
        this.#state = evolve(this.#state, told, now);
      }
    }
    this.#tick(turn, now, eventNow);
    return turn;
  }

  /** Folds one observation without a decision; `observe` and a replay decide after it. */
  observeOne(observation: Observation, source?: number): void {
    const { newest, exposed } = this.#exposing();
    const attributed =
      newest === null ? observation : atItsBegin(observation, newest, this.#requestLength, this.plan.settle);
    this.judge.observe(attributed, exposed, source);
  }

  /** Folds the rows of a block from `from` on, as many as nothing follows from; see `Judge.observeRun`. */
  observeRun(block: ObservationBlock, from: number, to: number, source?: number): RowRun | null {
    // A firing that nobody has decided on comes before the next record but one.
    if (this.judge.hasFired) return null;
    const { newest, exposed } = this.#exposing();
    const end = Math.min(to, from + longestRun);
    const whole =
      newest === null
        ? end
        : rowsAsTheyAre(block.columns, { from, to: end }, newest, this.#requestLength, this.plan.settle);
    return whole === from ? null : this.judge.observeRun(block, from, whole, exposed, source);
  }

  #observeBlock(
    { block, source }: { readonly block: ObservationBlock; readonly source: number },
    turn: TurnBuilder,
    now: WallTime,
    eventNow: EventTime,
  ): void {
    const cursor = block.cursor();
    for (let next = 0; next < block.length; ) {
      const run = this.observeRun(block, next, block.length, source);
      if (run !== null) {
        next = run.to;
        continue;
      }
      this.observeOne(cursor.show(next), source);
      next += 1;
      if (this.judge.hasFired) this.#tick(turn, now, eventNow);
    }
  }

  /** The newest switch and since when users are exposed, by the present state. */
  #exposing(): Exposing {
    if (this.#exposingOf !== this.#state) {
      this.#exposingOf = this.#state;
      this.#exposes = { newest: newestSwitch(this.#state, this.plan), exposed: exposureOf(this.#state) };
    }
    return this.#exposes;
  }

  tick(now: WallTime, eventNow: EventTime): Turn {
    const turn = new TurnBuilder(now);
    this.#tick(turn, now, eventNow);
    return turn;
  }

  command(
    command: Command,
    by: string,
    key: string,
    now: WallTime,
    eventNow: EventTime,
    remarks: readonly string[] = [],
  ): Turn {
    const turn = new TurnBuilder(now);
    // Triggers come before a person's command.
    if (this.judge.hasFired) this.#tick(turn, now, eventNow);
    const judgement = this.#judgeNow(turn, now, eventNow);
    this.#decide(turn, { kind: 'command', now, eventNow, judgement, by, command, remarks });
    const { outcome } = turn;
    if (outcome !== null) turn.add({ kind: 'command', key, by, command, outcome });
    this.#look(now, eventNow);
    return turn;
  }

  /** A rollback that is decided without a look at the data, because the look itself has failed. */
  rollBackUnjudged(command: Command, by: string, key: string, now: WallTime, eventNow: EventTime): Turn {
    const turn = new TurnBuilder(now);
    this.#decide(turn, { kind: 'command', now, eventNow, judgement: nothingJudged, by, command });
    const { outcome } = turn;
    if (outcome !== null) turn.add({ kind: 'command', key, by, command, outcome });
    return turn;
  }

  effectReported(
    report: {
      readonly id: string;
      readonly progress: 'written' | 'verified' | 'failed';
      readonly detail: string | null;
    },
    now: WallTime,
    eventNow: EventTime,
  ): Turn {
    const turn = new TurnBuilder(now);
    this.#decide(turn, { kind: 'effect', now, ...report });
    this.#tick(turn, now, eventNow);
    return turn;
  }

  /**
   * The clock stood still or was set ahead, or (`to` before `from`) it was set back.
   * @param moved milliseconds that it was set by, or stood still for, as far as that is known.
   */
  clockGap(from: WallTime, to: WallTime, moved = 0): Turn {
    const turn = new TurnBuilder(to);
    let setAside = 0;
    if (to < from) setAside = this.judge.setBack(to);
    else this.judge.noteGap();
    this.#decide(turn, { kind: 'clock-gap', now: to, from, to, moved, setAside });
    return turn;
  }

  /** @param before the plan that was executed until now; `null` when it is not known. */
  planChanged(planHash: string, before: Plan | null, now: WallTime): Turn {
    const turn = new TurnBuilder(now);
    const { visit } = this;
    const at = { now, eventNow: eventTime(now), visit };
    const edit =
      before === null
        ? null
        : editOfPlan(before, this.plan, this.#state, (condition) =>
            wasMeasured(before, this.plan, condition.measure) ? this.judge.judgeFormer(condition, at) : null,
          );
    this.#decide(turn, { kind: 'plan-changed', now, planHash, edit });
    return turn;
  }

  /** The words of the flag's file; `null` when it has the value that was set and read back. */
  flagSeen(drift: { readonly detail: string; readonly from: EventTime } | null, now: WallTime): Turn {
    const turn = new TurnBuilder(now);
    this.#decide(turn, { kind: 'flag-seen', now, drift });
    return turn;
  }

  /** Users are exposed without an attempt, by the flag or the traffic; `null` when they no longer are. */
  exposureSeen(exposure: FoundExposure | null, now: WallTime): Turn {
    const turn = new TurnBuilder(now);
    this.#decide(turn, { kind: 'exposure-seen', now, exposure });
    return turn;
  }

  /** The source names the rollout's stage (replay). */
  stageObserved(percent: number, at: EventTime, now: WallTime): Turn {
    const turn = new TurnBuilder(now);
    this.#decide(turn, { kind: 'stage-observed', now, at, percent });
    return turn;
  }

  signal(name: string, by: string, note: string | null, now: WallTime): Turn {
    const turn = new TurnBuilder(now);
    const at = eventTime(now);
    this.judge.noteSignal(name, at, this.#exposing().exposed);
    turn.add({ kind: 'signal', name, by, note, at });
    this.#tick(turn, now, at);
    return turn;
  }

  gauge(measure: string, value: number, now: WallTime): void {
    this.judge.noteGauge(measure, value, eventTime(now), this.#exposing().exposed);
  }

  /** The state of the current stay; `null` without one, or before the first judgement. */
  measured(): Extract<JournalBody, { kind: 'measured' }> | null {
    const { visit } = this;
    const judgement = this.#judgement;
    const { phase } = this.#state;
    if (visit === null || judgement === null || !isUnderWay(phase) || phase.kind === 'completed') return null;
    return { kind: 'measured', ...this.#leftStage(visit, judgement) };
  }

  #tick(turn: TurnBuilder, now: WallTime, eventNow: EventTime): void {
    const judgement = this.#judgeNow(turn, now, eventNow);
    this.#tellErrors(turn, judgement);
    const before = this.#state;
    this.#decide(turn, { kind: 'tick', now, eventNow, judgement, mayAdvance: this.#mayAdvance() });
    // The view shows the stage that was entered, not the one that was left.
    if (before.stage !== this.#state.stage || before.attempt !== this.#state.attempt) this.#look(now, eventNow);
  }

  /** A source in error has its line in the journal, once for each time. */
  #tellErrors(turn: TurnBuilder, { freshness }: Judgement): void {
    for (const { source, glob, trouble } of freshness) {
      if (trouble?.kind !== 'error') this.#toldErrors.delete(source);
      else if (!this.#toldErrors.has(source)) {
        this.#toldErrors.add(source);
        turn.add({ kind: 'source', glob, file: null, detail: trouble.detail });
      }
    }
  }

  /** For display only: the next decision handles new firings. */
  #look(now: WallTime, eventNow: EventTime): void {
    this.#judgement = this.#runs.shown(this.judge.look(this.#context(now, eventNow)));
  }

  #judgeNow(turn: TurnBuilder, now: WallTime, eventNow: EventTime): Judgement {
    const { judgement, told } = this.#runs.heed(this.judge.judge(this.#context(now, eventNow)));
    this.judge.keptRuns = this.#runs.memory;
    for (const firing of told) turn.add({ kind: 'firing', firing });
    this.#judgement = judgement;
    return judgement;
  }

  #context(now: WallTime, eventNow: EventTime): JudgeContext {
    return judgeContext(this.plan, this.#state, { now, eventNow, former: this.#former() });
  }

  #former(): readonly Condition[] {
    const { loosened = [] } = this.#state;
    if (loosened.length === 0) return [];
    // The very same objects each time, by which the judge recognises them.
    if (this.#formerOf !== loosened) {
      this.#formerOf = loosened;
      this.#formerConditions = loosened.flatMap(conditionOf);
    }
    return this.#formerConditions;
  }

  #decide(turn: TurnBuilder, input: RolloutInput): void {
    const decision = decide(this.plan, this.#state, input);
    const { visit } = this;
    const ends = visit !== null && decision.events.some(endsStay);
    const left = ends && 'judgement' in input ? this.#leftStage(visit, input.judgement) : null;
    const { attempt, phase } = this.#state;
    this.#state = decision.state;
    if (decision.state.attempt !== attempt) {
      this.judge.reset();
      this.#runs.reset();
      this.judge.keptRuns = [];
    } else if (phase.kind !== 'rolled-back' && decision.state.phase.kind === 'rolled-back') this.judge.endEpisodes();
    const events = left === null ? decision.events : decision.events.map((event) => withFigures(event, left));
    turn.addDecision(events, decision.wish, decision.outcome);
  }

  /** A later reader of the journal must not depend on records that come late, or on a plan that was edited. */
  #leftStage(visit: StageVisit, { gate }: Judgement): LeftStage {
    const { attempt, stage, from } = visit;
    return { attempt, stage, from, gate, arms: this.judge.countsOf(visit) };
  }
}
