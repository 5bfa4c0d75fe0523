import {
  type RecordedRead,
  type RecordedRest,
  type RecordedRun,
  recordedRuns,
  refuseTwice,
  sourceOfFile,
  type UntimedLog,
} from './ingest/recorded/recordedFiles.ts';
import { type Twin, withoutTwins } from './ingest/recorded/sameRecording.ts';
import { countedFrom } from './judge/followedStay.ts';
import { always, Judge } from './judge/judge.ts';
import { compileInstrument } from './measure/instrument.ts';
import { Ledger } from './measure/ledger.ts';
import type { JournalBody } from './protocol/domain/journalEntry.ts';
import type { Instrument, Observation, Observations } from './protocol/domain/observation.ts';
import { cursorOf, ObservationBlock, type ObservationCursor } from './protocol/domain/observationBlock.ts';
import type { Place } from './protocol/domain/place.ts';
import type { Arm, LoadedPlan, Plan } from './protocol/domain/plan.ts';
import type { Command } from './protocol/domain/rolloutCommand.ts';
import type { Phase } from './protocol/domain/rolloutPhase.ts';
import type { StageVisit } from './protocol/domain/rolloutState.ts';
import { quantileName, shownQuantiles } from './protocol/domain/shownQuantiles.ts';
import { type EventTime, eventTime, isoTime, type WallTime, wallTime } from './protocol/domain/units.ts';
import type { ConditionVerdict, Firing } from './protocol/domain/verdict.ts';
import { restoreCounters } from './rollout/counters.ts';
import { initialState } from './rollout/evolve.ts';
import { Execution } from './rollout/execution.ts';

export interface ReplayReport {
  readonly records: number;
  readonly ignored: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly values: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly arms: Readonly<Record<Arm, ReplayCounts>>;
  readonly stages: readonly ReplayStage[];
  readonly firings: readonly ReplayFiring[];
  readonly transitions: readonly ReplayTransition[];
  /** Percentages that the source named and the plan has no stage for, with their counts; the rollout kept its stage. */
  readonly unknownStages: Readonly<Record<string, number>>;
  /** The plan leaves the stages to the source, and the source named none. */
  readonly isUndriven: boolean;
  /** Files left out because they are copies of a file that was judged. */
  readonly twins: readonly Twin[];
  /** One line each for a damaged compressed file: the part before the damage was judged. */
  readonly damaged: readonly string[];
  /** Logs in which no line has a known time: nothing in them could be judged. */
  readonly untimed: readonly string[];
  /**
   * By file: records in a local hour that occurred twice, when the clocks were set back, with no sign of which one is
   * meant.
   */
  readonly undecided: Readonly<Record<string, number>>;
}

interface ReplayCounts {
  readonly n: number;
  readonly good: number;
}

interface ReplayStage {
  readonly id: string;
  readonly percent: number;
  readonly from: string;
  /** `null`: the recording ended in this stage. */
  readonly to: string | null;
  readonly arms: Readonly<
    /** `latency`: by the quantile's name, as `p95`. */
    Record<Arm, ReplayCounts & { readonly latency: Readonly<Record<string, number | null>> }>
  >;
  readonly gate: readonly {
    readonly condition: string;
    readonly verdict: string;
    readonly figure: number | null;
    readonly n: number;
    /**
     * The baseline of the figure, and why it was chosen; `null` for a condition on a fixed figure, or without a
     * baseline.
     */
    readonly baseline: { readonly value: number | null; readonly from: string; readonly why: string } | null;
    /** Why the verdict is not a plain met or unmet; empty otherwise. */
    readonly reason: string;
  }[];
}

interface ReplayFiring {
  readonly trigger: string;
  readonly rule: Firing['rule'];
  readonly at: string;
  readonly until: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly n: number;
  readonly good: number | null;
  readonly evidence: readonly Place[];
}

interface ReplayTransition {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
}

export interface ReplayOptions {
  readonly loaded: LoadedPlan;
  readonly files: readonly { readonly file: string; readonly name: string }[];
  /** Only observe: no trigger ends the attempt, and the files are judged to their end. */
  readonly observe: boolean;
  /** Told how many bytes of all files together have been read. */
  readonly reached?: ((bytes: number) => void) | undefined;
  /** Changes observations before they are judged. */
  readonly inject?: ((plan: Plan, instrument: Instrument) => (observation: Observation) => Observation) | undefined;
}

const minute = 60_000;
const week = 7 * 24 * 60 * minute;

/**
 * Judges recorded files in virtual time with the judge and the state machine of the daemon; the records supply the time.
 * A source whose plan maps `stage_event` drives the stages; without one an attempt begins at the first record and goes
 * on as soon as each gate allows (and with `observe` all of the recording counts as exposed).
 */
export async function replay({ loaded, files: given, observe, inject, reached }: ReplayOptions): Promise<ReplayReport> {
  refuseTwice(given);
  const { files, twins } = await withoutTwins(given, (file) => sourceOfFile(loaded.plan, file));
  const rest: RecordedRest = { ignored: 0, rejected: {}, damaged: [], read: [], untimed: [], undecided: {}, reached };
  const sources = files.map(({ file }) => sourceOfFile(loaded.plan, file));
  const run = new Replay(loaded, observe, { given: sources, untimed: rest.untimed });
  const changed = inject?.(run.plan, run.instrument);
  for await (const recorded of recordedRuns(run.plan, run.instrument, files, rest)) {
    const { source, observations, from, to } = recorded;
    const cursor = cursorOf(observations);
    run.noteRead(rest.read.splice(0), recorded, cursor);
    for (let index = from; index < to; ) {
      const past = changed === undefined ? run.takeRun(source, observations, index, to) : index;
      if (past === index) run.take(source, changed?.(cursor.show(index)) ?? cursor.show(index));
      index = Math.max(past, index + 1);
    }
  }
  run.noteRest(rest.read.splice(0));
  return { ...run.report(rest), twins };
}

interface GivenLogs {
  /** Sources, one for each file. */
  readonly given: readonly number[];
  /** All are known before the first observation. */
  readonly untimed: readonly UntimedLog[];
}

/** A rollout in virtual time: observations supply it, and whoever has no more of them lets it pass. */
export class Replay {
  readonly plan: Plan;
  readonly instrument: Instrument;
  readonly #observe: boolean;
  readonly #isDriven: boolean;
  /** The observer's own state: attempts that begin and end do not start its rules anew. */
  readonly #judge: Judge;
  readonly #ledger: Ledger;
  readonly #execution: Execution;
  readonly #transitions: ReplayTransition[] = [];
  readonly #logs: GivenLogs;
  readonly #longestWait: number;
  readonly #unknownStages: Record<string, number> = {};
  #stagesNamed = 0;
  #records = 0;
  #now: EventTime = eventTime(Number.NEGATIVE_INFINITY);

  constructor({ plan, hash }: LoadedPlan, observe: boolean, logs: GivenLogs) {
    this.#observe = observe;
    this.#logs = logs;
    this.#isDriven = plan.sources.some((source) => source.stage_event !== undefined);
    // Recorded traffic cannot be changed, so there is no flag to set and none to prove.
    this.#longestWait = longestWait(plan);
    const { flag: _flag, ...unactuated } = plan;
    this.plan = { ...unactuated, advance: { ...plan.advance, mode: this.#isDriven ? 'manual' : 'auto' } };
    this.instrument = compileInstrument(this.plan);
    this.#ledger = new Ledger(this.plan, this.instrument, { isStored: false });
    const newJudge = () =>
      new Judge(this.plan, this.instrument, this.#ledger, null, { freshness: 'given', episodes: 'records' });
    this.#judge = newJudge();
    this.#execution = new Execution({
      plan: this.plan,
      judge: observe ? newJudge() : this.#judge,
      ledger: this.#ledger,
      state: initialState(plan.id, hash, wallTime(0)),
      counters: restoreCounters(null, plan.sources.length),
    });
  }

  /**
   * Notes the rejected records at the time of the first observation that was read with them, and that its log is alive.
   */
  noteRead(
    read: readonly RecordedRead[],
    { source, name, from, to }: Omit<RecordedRun, 'observations'>,
    { timeAt }: Pick<ObservationCursor, 'timeAt'>,
  ): void {
    let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = from; index < to; index += 1) {
      oldest = Math.min(oldest, timeAt(index));
      newest = Math.max(newest, timeAt(index));
    }
    this.#noteRead(read, wallTime(oldest));
    this.#judge.sources.noteLog(source, name, to - from, eventTime(oldest), eventTime(newest));
  }

  /** Notes the records that came after the last observation. */
  noteRest(read: readonly RecordedRead[]): void {
    if (Number.isFinite(this.#now)) this.#noteRead(read, this.#wall());
  }

  #noteRead(read: readonly RecordedRead[], at: WallTime): void {
    for (const { source, lines, rejected } of read) {
      this.#judge.sources.noteRead(source, at, { counted: 0, read: lines, rejected });
    }
  }

  take(source: number, observation: Observation): void {
    const { reading } = observation;
    const first = this.#now === Number.NEGATIVE_INFINITY;
    const before = this.#now;
    if (reading.at > this.#now) this.#now = reading.at;
    if (first) this.#begin();
    else if (!this.#observe) this.#tickMinutes(before);
    if (reading.kind === 'stage') {
      this.#stagesNamed += 1;
      const isPlanned = this.plan.stages.some(({ percent }) => percent === reading.percent);
      if (!isPlanned) this.#unknownStages[reading.percent] = (this.#unknownStages[reading.percent] ?? 0) + 1;
      this.#ledger.add(observation);
      this.#note(this.#execution.stageObserved(reading.percent, reading.at, this.#wall()).journal, reading.at);
      return;
    }
    if (reading.kind === 'outcome') this.#records += 1;
    this.#judge.sources.noteAlive(source, this.#wall(), reading.at);
    // An observer judges every record of an arm, whatever stage the source names.
    if (this.#observe) this.#judge.observe(observation, { exposedSince: always });
    else this.#execution.observeOne(observation);
    if (!this.#observe && this.#judge.hasFired) {
      this.#note(this.#execution.tick(this.#wall(), this.#now).journal, this.#now);
    }
  }

  /** Takes the rows of a block that may be folded at once, from `from` on; returns the first that is left. */
  takeRun(source: number, observations: Observations, from: number, to: number): number {
    if (!(observations instanceof ObservationBlock) || this.#now === Number.NEGATIVE_INFINITY) return from;
    const run = this.#observe
      ? this.#judge.observeRun(observations, from, to, { exposedSince: always })
      : this.#execution.observeRun(observations, from, to);
    if (run === null) return from;
    // They are of the minute of the newest record: no tick is due before one of them.
    this.#now = eventTime(Math.max(this.#now, run.newest));
    this.#records += run.length;
    this.#judge.sources.noteAlive(source, this.#wall(), eventTime(run.newest));
    return run.to;
  }

  get phase(): Phase {
    return this.#execution.state.phase;
  }

  /** The stay in the current stage; `null` before the first and after the last. */
  get visit(): StageVisit | null {
    return this.#execution.visit;
  }

  /** The trigger that has rolled it back. */
  get rolledBackBy(): string | null {
    const { phase } = this;
    if (phase.kind !== 'rolling-back' && phase.kind !== 'rolled-back' && phase.kind !== 'rollback-failed') return null;
    return phase.cause.kind === 'trigger' ? phase.cause.firing.trigger : null;
  }

  /** Time without an observation; none passes before the first. */
  pass(to: EventTime): void {
    if (this.#now === Number.NEGATIVE_INFINITY || to <= this.#now) return;
    const before = this.#now;
    this.#now = to;
    this.#tickMinutes(before);
  }

  /** A person acknowledges the review, or resumes what a trigger holds. */
  answer(): void {
    const { attempt, revision, phase } = this.#execution.state;
    const on = { attempt, stage: this.#execution.visit?.stage ?? '', revision };
    const command: Command =
      phase.kind === 'held' ? { kind: 'resume', on } : { kind: 'acknowledge', on, reason: 'looked at' };
    const key = `${command.kind}-${revision}`;
    this.#note(this.#execution.command(command, 'replay', key, this.#wall(), this.#now).journal, this.#now);
  }

  report({ ignored, rejected, damaged, untimed, undecided }: RecordedRest): Omit<ReplayReport, 'twins'> {
    return {
      records: this.#records,
      ignored,
      rejected,
      values: this.#ledger.values,
      arms: { treatment: this.#counts('treatment', null, null), control: this.#counts('control', null, null) },
      stages: this.#execution.state.visits.map((visit) => this.#stage(visit)),
      firings: this.#judge.episodes().map(({ trigger, rule, at, until, window, n, good, evidence }) => ({
        trigger,
        rule,
        at: isoTime(at),
        until: isoTime(until),
        window: { from: isoTime(window.from), to: isoTime(window.to) },
        n,
        good,
        evidence,
      })),
      transitions: this.#transitions,
      unknownStages: this.#unknownStages,
      isUndriven: this.#isDriven && this.#stagesNamed === 0,
      damaged,
      untimed: untimed.map(({ name }) => name),
      undecided,
    };
  }

  #begin(): void {
    // A log with times is known from its start, however late its first line; a log without times never is.
    const { given, untimed } = this.#logs;
    const known = given.filter((source) => untimed.every((log) => log.source !== source));
    for (const source of known) this.#judge.sources.noteAlive(source, this.#wall(), null);
    // A late record of the same minute came before the first stage.
    this.#ledger.splitAt(this.#now);
    const [first] = this.plan.stages;
    if (first === undefined) return;
    if (this.#isDriven || this.#observe) {
      // Before the first stage of the source the rollout is in the plan's first stage, if that exposes nobody.
      if (this.#isDriven && first.percent > 0) return;
      this.#note(this.#execution.stageObserved(first.percent, this.#now, this.#wall()).journal, this.#now);
      return;
    }
    const { state } = this.#execution;
    const on = { attempt: state.attempt, stage: first.id, revision: state.revision };
    const begun = this.#execution.command({ kind: 'begin', on }, 'replay', 'replay-begin', this.#wall(), this.#now);
    // The recorded rollout has begun, even where the plan forbids to begin.
    const { journal } =
      begun.outcome?.kind === 'refused' ? this.#execution.stageObserved(first.percent, this.#now, this.#wall()) : begun;
    this.#note(journal, this.#now);
  }

  /** The ticks that the daemon's clock would have made between two records: soaks that end, gates that become ready. */
  #tickMinutes(since: EventTime): void {
    const end = Math.min(this.#now, since + this.#longestWait);
    for (let at = (Math.floor(since / minute) + 1) * minute; at <= end; at += minute) {
      const { kind } = this.#execution.state.phase;
      if (kind !== 'soaking' && kind !== 'ready') return;
      const time = eventTime(at);
      this.#note(this.#execution.tick(wallTime(at), time).journal, time);
    }
  }

  #note(journal: readonly JournalBody[], at: EventTime): void {
    let from = this.#standing;
    for (const body of journal) {
      const step = transitionOf(body, this.#execution.state.visits.at(-1)?.stage ?? '');
      if (step === null || step.to === from) continue;
      this.#transitions.push({ at: isoTime('at' in body && body.kind !== 'signal' ? body.at : at), from, ...step });
      from = step.to;
    }
    this.#standing = from;
  }

  #standing = 'planned';

  #stage(visit: StageVisit): ReplayStage {
    const stage = this.plan.stages.find(({ id }) => id === visit.stage);
    const gate = stage === undefined ? [] : this.#judge.judgeGate(stage, countedFrom(visit), visit.to);
    return {
      id: visit.stage,
      percent: visit.percent,
      from: isoTime(visit.from),
      to: visit.to === null ? null : isoTime(visit.to),
      arms: { treatment: this.#arm('treatment', visit), control: this.#arm('control', visit) },
      gate: gate.map(({ condition, verdict, figure, baseline, reason }: ConditionVerdict) => ({
        condition,
        verdict,
        figure: figure.value,
        n: figure.n,
        baseline: baseline && { value: baseline.value, from: baseline.from, why: baseline.why ?? '' },
        reason,
      })),
    };
  }

  #arm(arm: Arm, { from, to }: StageVisit): ReplayStage['arms'][Arm] {
    const [sketch] = this.#ledger.totals(arm, from, to).sketches;
    const quantile = (share: number): number | null => {
      const value = sketch?.quantile(share) ?? Number.NaN;
      return Number.isFinite(value) ? value : null;
    };
    const latency = Object.fromEntries(shownQuantiles.map((at) => [quantileName(at), quantile(at)]));
    return { ...this.#counts(arm, from, to), latency };
  }

  /** `good`: by the plan's first share measure; without such a measure every record is good. */
  #counts(arm: Arm, from: EventTime | null, to: EventTime | null): ReplayCounts {
    const { n, good } = this.#ledger.totals(arm, from, to);
    return { n, good: good[0] ?? n };
  }

  #wall(): WallTime {
    return wallTime(this.#now);
  }
}

/**
 * How long the mere passing of time can change the rollout's state: every soak, every window and wait of a trigger, and
 * a freeze before each stage, which ends within a week. A gap of years in a recording is not worth a tick each minute.
 */
function longestWait({ stages, triggers }: Plan): number {
  const soaks = stages.reduce((sum, { soak }) => sum + soak, 0);
  const windows = triggers.reduce((longest, trigger) => Math.max(longest, trigger.over + (trigger.for ?? 0)), 0);
  return soaks + windows + (stages.length + 1) * week;
}

function triggersOf(firings: readonly Firing[]): string {
  return firings.map(({ trigger }) => `trigger ${trigger}`).join(', ');
}

/** The transition that a journal entry makes: to a stage's id, or to a phase without a stage. */
function transitionOf(body: JournalBody, stage: string): { to: string; cause: string } | null {
  switch (body.kind) {
    case 'stage-entered':
      return { to: body.id, cause: body.cause };
    case 'gate-ready':
      return { to: 'ready', cause: 'every condition met and the soak over' };
    case 'gate-lost':
      return { to: stage, cause: body.conditions.join('; ') };
    case 'held':
      return { to: 'held', cause: body.cause.kind === 'trigger' ? triggersOf(body.cause.firings) : body.cause.kind };
    case 'resumed':
      return { to: stage, cause: `resumed by ${body.by}` };
    case 'review-opened':
      return { to: 'review', cause: triggersOf(body.firings) };
    case 'acknowledged':
      return { to: stage, cause: `acknowledged by ${body.by}` };
    case 'rollback-started': {
      const { cause } = body;
      return {
        to: 'rolling-back',
        cause: cause.kind === 'trigger' ? `trigger ${cause.firing.trigger} (${cause.firing.rule})` : cause.by,
      };
    }
    case 'rolled-back':
      return { to: 'rolled-back', cause: 'the flag is back' };
    case 'rollback-failed':
      return { to: 'rollback-failed', cause: body.detail };
    case 'completed':
      return { to: 'completed', cause: 'the last gate was met' };
    default:
      return null;
  }
}
