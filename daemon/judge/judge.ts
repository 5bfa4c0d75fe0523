import type { Ledger } from '../measure/ledger.ts';
import { countFields } from '../measure/recordCounts.ts';
import { gaugeSeries, type ResolvedMeasure, resolveMeasure, signalSeries } from '../measure/resolvedMeasure.ts';
import { longestRun, type RowRun } from '../measure/rowRun.ts';
import { type Condition, opposite } from '../protocol/domain/condition.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { Instrument, Observation } from '../protocol/domain/observation.ts';
import type { ObservationBlock } from '../protocol/domain/observationBlock.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Arm, Plan, Stage } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import type { TargetView } from '../protocol/domain/targetView.ts';
import {
  type Duration,
  type EventTime,
  eventTime,
  type Percent,
  type WallTime,
  wallTime,
} from '../protocol/domain/units.ts';
import type { ConditionVerdict, Firing, Judgement, ObservedShare } from '../protocol/domain/verdict.ts';
import { countedThing, gaugeReadings } from '../protocol/words/countedThing.ts';
import type { LeftOut } from '../protocol/words/rejectsText.ts';
import { Baselines } from './baseline.ts';
import { ConditionJudge } from './conditionJudge.ts';
import { Doubts } from './doubts.ts';
import { Episodes, newestOfEach } from './episodes.ts';
import type { Found } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import { countedFrom, FollowedStay } from './followedStay.ts';
import type { FreshnessRule } from './freshness.ts';
import { GateJudge } from './gateJudge.ts';
import { GateMissing } from './gateMissing.ts';
import { Knowledge } from './knowledge.ts';
import { type KeptRun, parseMemory } from './memory.ts';
import { type JudgedTrigger, memoryText } from './memoryText.ts';
import { ProvenTrigger } from './provenTrigger.ts';
import { ReviewJudge } from './reviewJudge.ts';
import { rangeScope, windowScope } from './scope.ts';
import { SequentialTrigger } from './sequentialTrigger.ts';
import { ShareProofs } from './shareProof.ts';
import { SourceSigns } from './sourceSigns.ts';
import { judgeTarget } from './targets.ts';
import { concerns, TriggerJudge } from './triggerJudge.ts';

/**
 * Since when the flag exposes anyone, by event time; `null` when it does not: triggers are idle then. Earlier records
 * belong to another attempt or to none, and no trigger's window reaches back to them.
 */
export type ExposedSince = EventTime | null;

export interface ExposedNow {
  readonly exposedSince: ExposedSince;
  /** The same for a trigger that is judged in these stages alone; left out where no stage is known, which judges all. */
  readonly exposedInStages?: ((stages: readonly string[]) => ExposedSince) | undefined;
}

/** Fewer rows are not worth the look that a run needs. */
const shortestRun = 16;
/** Near its limit a trigger is judged at each of so many records before a run is tried again. */
const rowsAlone = 128;

/** For a recording that is judged as a whole. */
export const always: EventTime = eventTime(Number.NEGATIVE_INFINITY);

export interface JudgeContext extends ExposedNow {
  readonly now: WallTime;
  /** The event clock without a record; windows end here, or at the newest record when that is later. */
  readonly eventNow: EventTime;
  readonly stage: Stage;
  /** The stay over which the gate is judged; `null` before the rollout began. */
  readonly visit: StageVisit | null;
  readonly effect: Effect | null;
  /** The percentage in force before `effect`, when known. */
  readonly previous: Percent | null;
  /** The attempt waits for the gate now: the missing-data policies of its conditions count. */
  readonly waitsForGate?: boolean;
  /** Conditions that an edit has removed from the gate. */
  readonly former?: readonly Condition[] | undefined;
  /** The shares that the traffic has shown for the stages of this attempt, earliest first. */
  readonly observed?: readonly ObservedShare[];
}

export interface JudgeOptions {
  readonly freshness: FreshnessRule;
  /**
   * `records`: only records begin and end a trigger's episodes, as in a replay. `ticks`: `judge` does so too, because a
   * window moves on and `for` elapses without records.
   */
  readonly episodes: 'records' | 'ticks';
}

/**
 * The one judge: measures → verdicts, live, in replay and in tests. It holds the state that counts alone do not have
 * (pending `for`, open episodes, sequential sums, arrivals); `memory` carries that over a restart, and with the
 * restored ledger the judge continues as if it had never stopped.
 */
export class Judge {
  readonly #plan: Plan;
  readonly #instrument: Instrument;
  readonly #ledger: Ledger;
  readonly #options: JudgeOptions;
  readonly #baselines: Baselines;
  /** Records left uncounted by an edit of the plan; the second reading reports its progress here. */
  readonly doubts = new Doubts();
  readonly #knowledge: Knowledge;
  readonly sources: SourceSigns;
  readonly #proofs: ShareProofs;
  readonly #triggers: readonly JudgedTrigger[];
  readonly #conditions = new Map<Condition, ConditionJudge>();
  readonly #stay: FollowedStay;
  readonly #gates: GateJudge;
  readonly #gateMissing = new GateMissing();
  readonly #episodes: Episodes;
  readonly #proven: readonly ProvenTrigger[];
  /** So long a run is tried next. */
  #runLength = longestRun;
  /** So many rows are observed one by one before a run is tried again. */
  #rowsAlone = 0;
  /** Kept for the rollout, which tells firings without calm between them as one (`FiringRuns`). */
  keptRuns: readonly KeptRun[] = [];

  /** @throws UserError when the plan names a measure it does not have, or a baseline window that is none. */
  constructor(plan: Plan, instrument: Instrument, ledger: Ledger, memory: string | null, options: JudgeOptions) {
    this.#plan = plan;
    this.#instrument = instrument;
    this.#ledger = ledger;
    this.#options = options;
    this.#baselines = new Baselines(plan, ledger);
    this.#proofs = new ShareProofs(plan, ledger);
    this.#stay = new FollowedStay(ledger);
    this.#gates = new GateJudge(plan, this.#stay, (condition) => this.#conditionJudge(condition, 1));
    const conditions = plan.triggers.map((trigger) => this.#conditionJudge(trigger.when, trigger.min ?? 1));
    const measures = [...this.#gates.measures, ...conditions.map(({ measure }) => measure)];
    const knowledge = new Knowledge(plan, { rule: options.freshness, measures, ledger, doubts: this.doubts });
    this.#knowledge = knowledge;
    this.sources = new SourceSigns(knowledge);
    this.#episodes = new Episodes(options.episodes === 'ticks' ? newestOfEach : Number.POSITIVE_INFINITY);
    this.#triggers = plan.triggers.flatMap((trigger, index) => {
      const condition = conditions[index];
      if (condition === undefined) return [];
      const { measure } = condition;
      const counted = instrument.fields.indexOf(countFields[0]);
      const proven = ProvenTrigger.of(plan, trigger, measure, { ledger, baselines: this.#baselines, counted });
      const chanceOf = proven === null ? null : (found: Found) => proven.chanceOf(found);
      const literal = new TriggerJudge(trigger, condition, { ledger, knowledge, chanceOf }, (episode) =>
        this.#episodes.begin(episode),
      );
      return [{ literal, sequential: SequentialTrigger.of(trigger, measure, counted), proven }];
    });
    this.#proven = this.#triggers.flatMap(({ proven }) => proven ?? []);
    if (memory !== null) this.#restore(memory);
  }

  /** Counts one observation and judges, at the newest event time, every trigger that it concerns. */
  observe(observation: Observation, exposed: ExposedNow, source?: number): void {
    const { reading } = observation;
    const { exposedSince } = exposed;
    if (source !== undefined) this.#knowledge.freshness.noteFolded(source, reading.at);
    const isBeside = source !== undefined && this.#ledger.isBeside(source);
    if (reading.kind === 'outcome' && !isBeside) this.#knowledge.hear(reading.arm, reading.at, this.#ledger.watermark);
    this.#ledger.add(observation, source);
    // Nothing is judged on a source that is read for the first time.
    if (isBeside) return;
    if (exposedSince === null) {
      this.#idle();
      for (const { proven } of this.#triggers) proven?.learn(observation);
      return;
    }
    // A backlog read late may hold records from before anyone was exposed.
    if (reading.at < exposedSince) return;
    const at = reading.kind === 'line' ? this.#ledger.lineWatermark : this.#ledger.watermark;
    if (at === null) return;
    for (const { literal, sequential, proven } of this.#triggers) {
      const since = sinceFor(literal, exposed);
      if (since === null) {
        literal.reset();
        proven?.learn(observation);
        continue;
      }
      if (observation.reading.at < literal.judgedSince(since)) continue;
      // The control's records are of a proof, too.
      const proof = proven?.observe(observation) ?? null;
      if (proof !== null && proven !== null && this.#knowledge.isKnownAt(literal.measure, this.#now(at), at)) {
        this.#episodes.begin({ firing: proven.fire(proof, at) });
      }
      if (!concerns(literal.measure, observation)) continue;
      const alarm = sequential?.observe(observation) ?? null;
      if (alarm !== null && this.#knowledge.isKnownAt(literal.measure, this.#now(at), at))
        this.#episodes.begin({ firing: alarm });
      literal.atRecord(at, this.#now(at), since);
    }
  }

  /**
   * Counts the rows of a block from `from` on, as many as change nothing but counts: none of them begins, lasts, ends or
   * proves anything, so that to judge each of them would find nothing (`runBound.ts`). Whoever may not skip the others
   * observes them one by one.
   * @returns the counted run, until the next one; `null`: the next observation is to be observed by itself.
   */
  observeRun(block: ObservationBlock, from: number, to: number, exposed: ExposedNow, source?: number): RowRun | null {
    const before = this.#ledger.watermark;
    const { exposedSince } = exposed;
    if (before === null || !this.#mayFold(exposedSince)) return null;
    const run = this.#ledger.runFrom(block, from, Math.min(to, from + this.#runLength));
    if (run === null || !this.#knowledge.hearsRun(before, run)) return null;
    if (exposedSince === null) this.#idle();
    else if (!this.#isJudgedWhole(run, exposed) || !this.#isCalm(run, before, exposed)) return null;
    const end = this.#provedUpTo(run, exposedSince !== null);
    if (end === from) return null;
    if (end < run.to) run.sumUpTo(end);
    if (source !== undefined) this.#knowledge.freshness.noteFolded(source, eventTime(run.newest));
    this.#knowledge.hearRun(run);
    this.#ledger.addRun(run);
    return run;
  }

  /** No trigger follows each record. */
  #mayFold(exposedSince: ExposedSince): boolean {
    if (this.#rowsAlone > 0) {
      this.#rowsAlone -= 1;
      return false;
    }
    for (const { literal, sequential, proven } of this.#triggers) {
      if (exposedSince === null) {
        // Nothing is judged where nobody is exposed.
        if (proven?.learnsRows === false) return false;
      } else if (literal.isUnderWay || sequential !== null || proven?.observesRows === false) return false;
    }
    return true;
  }

  /** Every trigger is judged at each record of the run. */
  #isJudgedWhole(run: RowRun, exposed: ExposedNow): boolean {
    if (exposed.exposedSince === null || run.oldest < exposed.exposedSince) return false;
    for (const { literal } of this.#triggers) {
      const since = sinceFor(literal, exposed);
      // A trigger of other stages only learns, record by record.
      if (since === null || run.oldest < literal.judgedSince(since)) return false;
    }
    return true;
  }

  /** Shortens the run until no literal rule can hold within it; `false` where it would be too short. */
  #isCalm(run: RowRun, before: EventTime, exposed: ExposedNow): boolean {
    let wasCut = false;
    for (const { literal } of this.#triggers) {
      const since = sinceFor(literal, exposed);
      while (since === null || !literal.staysCalm(run, before, since)) {
        wasCut = true;
        const half = run.length >> 1;
        if (half < shortestRun) {
          this.#rowsAlone = rowsAlone;
          return false;
        }
        run.sumUpTo(run.from + half);
      }
    }
    this.#runLength = Math.min(longestRun, wasCut ? run.length : this.#runLength * 2);
    return true;
  }

  /** Gives the rows of a run to the proofs, up to the first that must be observed by itself. */
  #provedUpTo({ columns, from, to }: RowRun, isExposed: boolean): number {
    const proofs = this.#proven;
    if (proofs.length === 0) return to;
    for (let row = from; row < to; row += 1) {
      for (let index = 0; index < proofs.length; index += 1) {
        const proven = proofs[index];
        if ((isExposed ? proven?.observeRow(columns, row) : proven?.learnRow(columns, row)) !== false) continue;
        for (let earlier = 0; earlier < index; earlier += 1) proofs[earlier]?.takeBackRow(columns, row);
        return row;
      }
    }
    return to;
  }

  /** A trigger has begun to fire and its firing is still unreported: a decision should come before the next record. */
  get hasFired(): boolean {
    return this.#episodes.hasUntold;
  }

  /** A person's signal. */
  noteSignal(name: string, at: EventTime, exposed: ExposedNow): void {
    this.#ledger.addSignal(name, at);
    this.#judgeSeries('signal', signalSeries(name), at, exposed);
  }

  /** A reading of a process gauge, in the measure's unit. */
  noteGauge(measure: string, value: number, at: EventTime, exposed: ExposedNow): void {
    this.#ledger.addGauge(measure, value, at);
    this.#judgeSeries('gauge', gaugeSeries(measure), at, exposed);
  }

  /** The clock stood still or was set ahead. */
  noteGap(): void {
    this.#knowledge.noteGap(null);
  }

  /**
   * The clock was set back, to `now`. Records with a later date were dated by a wrong clock, and would hide later
   * events: they are removed from all counts, and nothing waits for their time to come.
   * @returns how many records and lines were set aside.
   */
  setBack(now: WallTime): number {
    const at = eventTime(now);
    this.#knowledge.noteGap(now);
    this.sources.noteLook(now);
    for (const { literal, proven } of this.#triggers) {
      literal.setBack(at);
      proven?.setBack(at);
    }
    this.#gateMissing.setBack(at);
    return this.#ledger.setAside(at);
  }

  /** The present judgement, for a decision: tells each new episode once. */
  judge(context: JudgeContext): Judgement {
    const judgement = this.look(context);
    return { ...judgement, fired: this.#episodes.tell() };
  }

  /** The same for display only; new firings are still to be told. */
  look(context: JudgeContext): Judgement {
    const { now, exposedSince } = context;
    const knowledge = this.#knowledge;
    const latest = this.#latest(context.eventNow);
    this.sources.noteLook(now);
    knowledge.look(now, latest, context.visit);
    if (exposedSince === null) this.#idle();
    const triggers = this.#triggers.map(({ literal, sequential, proven }) => {
      const isUnread = knowledge.freshness.hasUnread(literal.measure);
      const at = (isUnread ? this.#knownUpTo(literal.measure) : null) ?? latest;
      const since = exposedSince === null ? null : sinceFor(literal, context);
      if (since === null) literal.reset();
      // While more is unread, only records begin and end episodes: an unknown time proves nothing.
      if (since !== null && !isUnread) {
        if (this.#options.episodes === 'ticks') literal.atTick(at, now, since);
        literal.heedMissing(at, since);
      }
      return literal.status(at, now, since, { sequential, proven });
    });
    this.#heedGate(context, latest);
    const former = (context.former ?? []).flatMap((condition) => this.judgeFormer(condition, context) ?? []);
    return {
      ...(former.length > 0 && { former }),
      gate: this.#gates.now(context.stage, context.visit, (measure, stay) => knowledge.ofGate(measure, stay)),
      triggers,
      fired: [],
      freshness: knowledge.sources(now),
      proof: this.#proofs.judge({ ...context, eventNow: latest }),
      watermark: this.#ledger.watermark,
    };
  }

  /**
   * The gate of a stage over [from, to), in hindsight: the data are complete, only a log that was never read is still
   * no proof of silence.
   */
  judgeGate(stage: Stage, from: EventTime, to: EventTime | null): ConditionVerdict[] {
    const scope = rangeScope(this.#ledger, from, to, stage.percent);
    return this.#gates.inHindsight(stage, scope, (measure, stay) => this.#knowledge.inHindsight(measure, stay));
  }

  /**
   * A condition of no gate and no trigger: over the stay, or (`over`) the trailing window. `null` when there is no stay
   * to judge it over.
   */
  judgeCondition(
    condition: Condition,
    over: Duration | null,
    { now, eventNow, visit }: Pick<JudgeContext, 'now' | 'eventNow' | 'visit'>,
  ): ConditionVerdict | null {
    if (over === null && visit === null) return null;
    const judge = this.#conditions.get(condition) ?? this.#conditionJudge(condition, 1);
    this.#conditions.set(condition, judge);
    const scope =
      over === null ? this.#stay.scope(visit) : windowScope(this.#ledger, over, judge.measure, this.#latest(eventNow));
    this.#knowledge.look(now, this.#latest(eventNow), visit);
    return judge.explain(scope, judge.assess(scope), this.#knowledge.ofGate(judge.measure, scope));
  }

  /** A condition that an edit has removed from the plan; `null` when the plan no longer has its measure. */
  judgeFormer(
    condition: Condition,
    context: Pick<JudgeContext, 'now' | 'eventNow' | 'visit'>,
  ): ConditionVerdict | null {
    return this.#plan.measures[condition.measure] === undefined ? null : this.judgeCondition(condition, null, context);
  }

  /** The records of a stay that speak against a condition of its gate, newest last, as `failingPlaces` finds them. */
  recordsAgainst(condition: Condition, visit: StageVisit): readonly Place[] {
    const judge = this.#conditionJudge(condition, 1);
    const scope = rangeScope(this.#ledger, countedFrom(visit), visit.to, visit.percent);
    const against = opposite[condition.comparison];
    // A shortage of records is no single record's fault.
    if (judge.measure.kind === 'count' && (against === '<' || against === '<=')) return [];
    return failingPlaces(this.#ledger, judge.measure, against, judge.assess(scope).limit, scope);
  }

  /** The plan's targets, over the newest stay that exposed anyone (`null`: there was none). */
  judgeTargets(visit: StageVisit | null, eventNow: EventTime): readonly TargetView[] {
    const until = visit?.to ?? this.#latest(eventNow);
    const current =
      visit === null
        ? null
        : {
            scope:
              visit.to === null
                ? this.#stay.scope(visit)
                : rangeScope(this.#ledger, countedFrom(visit), visit.to, visit.percent),
            hours: (until - visit.from) / 3_600_000,
            percent: visit.percent,
          };
    return this.#plan.targets.map((target) => {
      const measure = resolveMeasure(this.#plan, this.#instrument, target.measure);
      return judgeTarget(target, measure, current, this.#baselines);
    });
  }

  /** The same counts and rules for past times. */
  get review(): ReviewJudge {
    return new ReviewJudge({
      plan: this.#plan,
      instrument: this.#instrument,
      ledger: this.#ledger,
      baselines: this.#baselines,
      conditionJudge: (condition, min) => this.#conditionJudge(condition, min),
      unread: (measure) => this.#knowledge.freshness.neverSeen(measure),
    });
  }

  /** The rejected records of each source in [from, to). */
  leftOut(from: EventTime, to: EventTime): readonly LeftOut[] {
    return this.#knowledge.rejects.leftOut(from, to);
  }

  /** The number of records of each arm in a stay so far; at no cost for the current stay. */
  countsOf(visit: StageVisit): Readonly<Record<Arm, number>> {
    const scope = visit.to === null ? this.#stay.scope(visit) : rangeScope(this.#ledger, countedFrom(visit), visit.to);
    return { treatment: scope.counts('treatment').n, control: scope.counts('control').n };
  }

  /** The episodes that this judge has seen begin, or knows from its memory, oldest first; live the newest of each trigger. */
  episodes(): readonly Firing[] {
    return this.#episodes.firings;
  }

  /** A new attempt: pending conditions, open episodes and sums are cleared. */
  reset(): void {
    this.endEpisodes();
    this.#episodes.forgetUntold();
  }

  /** Their stage was left for an earlier one: pending conditions, open episodes and sums are cleared. */
  endEpisodes(): void {
    this.#idle();
    for (const { sequential, proven } of this.#triggers) {
      sequential?.reset();
      proven?.reset();
    }
  }

  /** JSON text; see `memory.ts`. */
  memory(): string {
    return memoryText({
      triggers: this.#triggers,
      gateMissing: this.#gateMissing.memory,
      untold: this.#episodes.untold,
      knowledge: this.#knowledge,
      runs: this.keptRuns,
    });
  }

  /** A gate lacks no data while users are not exposed, or while more of its sources is unread. */
  #heedGate({ stage, visit, exposedSince, waitsForGate }: JudgeContext, at: EventTime): void {
    if (waitsForGate !== true || visit === null || exposedSince === null) return;
    const fired = this.#gateMissing.heed(stage, visit, at, (condition) => {
      const measure = resolveMeasure(this.#plan, this.#instrument, condition.measure);
      const isUnread = this.#knowledge.freshness.hasUnread(measure);
      return {
        unknown: isUnread ? null : this.#knowledge.ofGate(measure, null),
        patience: this.#knowledge.patienceFor(measure),
      };
    });
    for (const firing of fired) this.#episodes.begin({ firing });
  }

  #restore(text: string): void {
    const remembered = parseMemory(text);
    this.keptRuns = remembered.runs;
    this.#episodes.restoreUntold(remembered.untold);
    for (const { literal, sequential, proven } of this.#triggers) {
      const { id, when } = literal.trigger;
      const known = remembered.triggers.find((trigger) => trigger.id === id && trigger.when === when.text);
      if (known === undefined) continue;
      const { open } = known;
      literal.restore(known, open === null ? null : this.#episodes.restoreOpen(id, open));
      if (known.sequential !== null) sequential?.restore(known.sequential);
      if (known.proven !== null) proven?.restore(known.proven);
    }
    if (remembered.gateMissing !== null) this.#gateMissing.restore(remembered.gateMissing);
    this.#knowledge.freshness.restore(remembered.alive);
    this.#knowledge.restoreSteady(remembered.steadySince);
    if (remembered.voices !== null) this.#knowledge.voices.restore(remembered.voices);
  }

  #judgeSeries(kind: 'gauge' | 'signal', series: string, at: EventTime, exposed: ExposedNow): void {
    if (exposed.exposedSince === null) return;
    for (const { literal } of this.#triggers) {
      const measure: ResolvedMeasure = literal.measure;
      const since = sinceFor(literal, exposed);
      if (since === null) literal.reset();
      else if (measure.kind === kind && measure.series === series) literal.atRecord(at, this.#now(at), since);
    }
  }

  #conditionJudge(condition: Condition, min: number): ConditionJudge {
    const measure = resolveMeasure(this.#plan, this.#instrument, condition.measure);
    const thing =
      measure.kind === 'share' || measure.kind === 'quantile' ? countedThing(this.#plan, measure.arm) : gaugeReadings;
    return new ConditionJudge(condition, measure, min, { baselines: this.#baselines, doubts: this.doubts, thing });
  }

  #idle(): void {
    for (const { literal } of this.#triggers) literal.reset();
  }

  /** The event time up to which a measure's records have been read; `null` before the first. */
  #knownUpTo(measure: ResolvedMeasure): EventTime | null {
    return measure.kind === 'lines' ? this.#ledger.lineWatermark : this.#ledger.watermark;
  }

  /** The time at which a record is judged: its arrival, and in a replay its event time. */
  #now(at: EventTime): WallTime {
    return this.#options.freshness === 'given' ? wallTime(at) : this.sources.arrived;
  }

  #latest(eventNow: EventTime): EventTime {
    const { watermark, lineWatermark } = this.#ledger;
    return eventTime(Math.max(eventNow, watermark ?? eventNow, lineWatermark ?? eventNow));
  }
}

function sinceFor({ trigger: { stages } }: TriggerJudge, { exposedSince, exposedInStages }: ExposedNow): ExposedSince {
  return stages === undefined || exposedInStages === undefined ? exposedSince : exposedInStages(stages);
}
