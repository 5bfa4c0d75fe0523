import type { Ledger } from '../measure/ledger.ts';
import { countFields } from '../measure/recordCounts.ts';
import { gaugeSeries, type ResolvedMeasure, resolveMeasure, signalSeries } from '../measure/resolvedMeasure.ts';
import { type Condition, opposite } from '../protocol/domain/condition.ts';
import type { Batch, Instrument, Observation } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Arm, Plan, Stage } from '../protocol/domain/plan.ts';
import type { Effect, StageVisit } from '../protocol/domain/rollout.ts';
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
import type { Found } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import { countedFrom, FollowedStay } from './followedStay.ts';
import type { FreshnessRule, Progress } from './freshness.ts';
import { GateJudge } from './gateJudge.ts';
import { GateMissing, type GateMissingMemory } from './gateMissing.ts';
import { Knowledge } from './knowledge.ts';
import { type JudgeMemory, type KeptRun, parseMemory, writeMemory } from './memory.ts';
import { type ProvenMemory, ProvenTrigger } from './provenTrigger.ts';
import { ReviewJudge } from './reviewJudge.ts';
import { rangeScope, windowScope } from './scope.ts';
import { SequentialTrigger } from './sequentialTrigger.ts';
import { ShareProofs } from './shareProof.ts';
import { judgeTarget } from './targets.ts';
import { concerns, type Episode, TriggerJudge } from './triggerJudge.ts';
import type { VoicesMemory } from './voices.ts';

/**
 * Since when the flag exposes anyone, by event time; `null` when it does not: triggers are idle then. Earlier records
 * belong to another attempt or to none, and no trigger's window reaches back to them.
 */
export type ExposedSince = EventTime | null;

/** For a recording that is judged as a whole. */
export const always: EventTime = eventTime(Number.NEGATIVE_INFINITY);

export interface JudgeContext {
  readonly now: WallTime;
  /** The event clock without a record; windows end here, or at the newest record when that is later. */
  readonly eventNow: EventTime;
  readonly exposedSince: ExposedSince;
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

interface JudgedTrigger {
  readonly literal: TriggerJudge;
  readonly sequential: SequentialTrigger | null;
  readonly proven: ProvenTrigger | null;
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
  readonly #proofs: ShareProofs;
  readonly #triggers: readonly JudgedTrigger[];
  readonly #conditions = new Map<Condition, ConditionJudge>();
  readonly #stay: FollowedStay;
  readonly #gates: GateJudge;
  readonly #gateMissing = new GateMissing();
  readonly #episodes: Episode[] = [];
  /** Kept for the rollout, which tells firings without calm between them as one (`FiringRuns`). */
  keptRuns: readonly KeptRun[] = [];
  #untold: Episode[] = [];
  /** The arrival of the records that are folded now, or the newest look. */
  #arrived: WallTime = wallTime(0);

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
    this.#triggers = plan.triggers.flatMap((trigger, index) => {
      const condition = conditions[index];
      if (condition === undefined) return [];
      const { measure } = condition;
      const counted = instrument.fields.indexOf(countFields[0]);
      const proven = ProvenTrigger.of(plan, trigger, measure, { ledger, counted });
      const chanceOf = proven === null ? null : (found: Found) => proven.chanceOf(found);
      const literal = new TriggerJudge(trigger, condition, { ledger, knowledge, chanceOf }, (episode) =>
        this.#begun(episode),
      );
      return [{ literal, sequential: SequentialTrigger.of(trigger, measure, counted), proven }];
    });
    if (memory !== null) this.#restore(memory);
  }

  /** Counts one observation and judges, at the newest event time, every trigger that it concerns. */
  observe(
    observation: Observation,
    { exposedSince, source }: { readonly exposedSince: ExposedSince; readonly source?: number | undefined },
  ): void {
    const { reading } = observation;
    if (source !== undefined) this.#knowledge.freshness.noteFolded(source, reading.at);
    if (reading.kind === 'outcome') this.#knowledge.hear(reading.arm, reading.at, this.#ledger.watermark);
    this.#ledger.add(observation);
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
      if (observation.reading.at < literal.judgedSince(exposedSince)) continue;
      // The control's records are of a proof, too.
      const proof = proven?.observe(observation) ?? null;
      if (proof !== null && proven !== null && this.#knowledge.isKnownAt(literal.measure, this.#now(at), at)) {
        this.#begun({ firing: proven.fire(proof, at) });
      }
      if (!concerns(literal.measure, observation)) continue;
      const alarm = sequential?.observe(observation) ?? null;
      if (alarm !== null && this.#knowledge.isKnownAt(literal.measure, this.#now(at), at))
        this.#begun({ firing: alarm });
      literal.atRecord(at, this.#now(at), exposedSince);
    }
  }

  /** A trigger has begun to fire and its firing is still unreported: a decision should come before the next record. */
  get hasFired(): boolean {
    return this.#untold.length > 0;
  }

  /** A person's signal. */
  noteSignal(name: string, at: EventTime, { exposedSince }: { readonly exposedSince: ExposedSince }): void {
    this.#ledger.addSignal(name, at);
    this.#judgeSeries('signal', signalSeries(name), at, exposedSince);
  }

  /** A reading of a process gauge, in the measure's unit. */
  noteGauge(
    measure: string,
    value: number,
    at: EventTime,
    { exposedSince }: { readonly exposedSince: ExposedSince },
  ): void {
    this.#ledger.addGauge(measure, value, at);
    this.#judgeSeries('gauge', gaugeSeries(measure), at, exposedSince);
  }

  /**
   * A source is alive: its records arrived, the newest of them of this event time; or (`null`) its file exists and can
   * be read, which is a sign of life of a text source only.
   */
  noteAlive(source: number, arrived: WallTime, newest: EventTime | null): void {
    this.#knowledge.freshness.note(source, arrived, newest);
  }

  /** Records of a source are about to be folded: the source talks, and this many of its records were rejected. */
  noteRead(
    source: number,
    arrived: WallTime,
    {
      counted,
      read,
      rejected,
    }: { readonly counted: number; readonly read: number; readonly rejected: Batch['rejected'] },
  ): void {
    this.#arrived = arrived;
    if (counted > 0) this.#knowledge.freshness.noteArriving(source, arrived);
    this.#knowledge.rejects.note(source, eventTime(arrived), read, rejected);
  }

  /** This many records came from one log of a source; a log keeps its identity when its file is rotated. */
  noteLog(source: number, log: string, count: number, oldest: EventTime, newest: EventTime): void {
    this.#knowledge.voices.hearLog(source, log, count, oldest, newest);
  }

  /** The logs of a source of which the newest search has found a file. */
  noteLogsThere(source: number, logs: ReadonlySet<string>, now: WallTime): void {
    this.#knowledge.voices.noteThere(source, logs, now);
  }

  /** The reason why a source cannot be read, as of the newest look; `null` when it can. */
  noteUnreadable(source: number, detail: string | null): void {
    this.#knowledge.freshness.noteUnreadable(source, detail);
  }

  /** The progress of reading a source, as of the newest look at it. */
  noteProgress(source: number, progress: Progress): void {
    this.#knowledge.freshness.noteProgress(source, progress);
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
    this.#arrived = now;
    for (const { literal, proven } of this.#triggers) {
      literal.setBack(at);
      proven?.setBack(at);
    }
    this.#gateMissing.setBack(at);
    return this.#ledger.setAside(at);
  }

  /** An edit has brought the source into the plan, and it is not read to its end yet; `null`: it is now. */
  noteFirstReading(source: number, percent: number | null): void {
    this.#knowledge.noteFirstReading(source, percent);
  }

  /** A batch has come from a source that has more unread; `null`: no more is unread. */
  noteUnread(source: number, at: WallTime | null): void {
    this.#knowledge.freshness.noteUnread(source, at);
  }

  /** Nothing of the source is unread up to `until`, once the turn is folded that begins now; `null`: the turn is over. */
  noteKnownUpTo(source: number, until: number | null): void {
    this.#knowledge.freshness.noteKnownUpTo(source, until);
  }

  /** The present judgement, for a decision: tells each new episode once. */
  judge(context: JudgeContext): Judgement {
    const judgement = { ...this.look(context), fired: this.#untold.map(({ firing }) => firing) };
    this.#untold = [];
    return judgement;
  }

  /** The same for display only; new firings are still to be told. */
  look(context: JudgeContext): Judgement {
    const { now, exposedSince } = context;
    const knowledge = this.#knowledge;
    const latest = this.#latest(context.eventNow);
    this.#arrived = now;
    knowledge.look(now, latest, context.visit);
    if (exposedSince === null) this.#idle();
    const triggers = this.#triggers.map(({ literal, sequential, proven }) => {
      const isUnread = knowledge.freshness.hasUnread(literal.measure);
      const at = (isUnread ? this.#knownUpTo(literal.measure) : null) ?? latest;
      // While more is unread, only records begin and end episodes: an unknown time proves nothing.
      if (exposedSince !== null && !isUnread) {
        if (this.#options.episodes === 'ticks') literal.atTick(at, now, exposedSince);
        literal.heedMissing(at, exposedSince);
      }
      return literal.status(at, now, exposedSince, { sequential, proven });
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

  /** All episodes that this judge has seen begin, or knows from its memory, oldest first. */
  episodes(): readonly Firing[] {
    return this.#episodes.map(({ firing }) => firing);
  }

  /** A new attempt: pending conditions, open episodes and sums are cleared. */
  reset(): void {
    this.endEpisodes();
    this.#untold = [];
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
    return writeMemory({
      version: 1,
      triggers: this.#triggers.map(({ literal, sequential, proven }) => ({
        id: literal.trigger.id,
        when: literal.trigger.when.text,
        from: literal.memory.from,
        pending: literal.memory.pending,
        missing: literal.memory.missing,
        open: literal.memory.open === null ? null : mutable(literal.memory.open),
        sequential: sequential === null ? null : { ...sequential.memory, evidence: [...sequential.memory.evidence] },
        proven: proven === null ? null : mutableProof(proven.memory),
      })),
      gateMissing: mutableGate(this.#gateMissing.memory),
      untold: this.#untold.map(({ firing }) => mutable(firing)),
      alive: this.#knowledge.freshness.memory.map((alive) => ({ ...alive })),
      steadySince: this.#knowledge.steadySince,
      runs: this.keptRuns.map((run) => ({ ...run })),
      voices: mutableVoices(this.#knowledge.voices.memory),
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
    for (const firing of fired) this.#begun({ firing });
  }

  #restore(text: string): void {
    const remembered = parseMemory(text);
    this.keptRuns = remembered.runs;
    const untold = remembered.untold.map((firing): Episode => ({ firing }));
    this.#untold = untold;
    this.#episodes.push(...untold);
    for (const { literal, sequential, proven } of this.#triggers) {
      const { id, when } = literal.trigger;
      const known = remembered.triggers.find((trigger) => trigger.id === id && trigger.when === when.text);
      if (known === undefined) continue;
      const { open } = known;
      let episode: Episode | null = null;
      if (open !== null) {
        // Late records may end and begin it anew at one instant: the open one is the last.
        episode =
          untold.findLast(
            ({ firing }) => firing.trigger === id && firing.rule === 'literal' && firing.at === open.at,
          ) ?? null;
        if (episode === null) {
          episode = { firing: open };
          this.#episodes.push(episode);
        }
      }
      literal.restore(known, episode);
      if (known.sequential !== null) sequential?.restore(known.sequential);
      if (known.proven !== null) proven?.restore(known.proven);
    }
    if (remembered.gateMissing !== null) this.#gateMissing.restore(remembered.gateMissing);
    this.#knowledge.freshness.restore(remembered.alive);
    this.#knowledge.restoreSteady(remembered.steadySince);
    if (remembered.voices !== null) this.#knowledge.voices.restore(remembered.voices);
  }

  #judgeSeries(kind: 'gauge' | 'signal', series: string, at: EventTime, exposedSince: ExposedSince): void {
    if (exposedSince === null) return;
    for (const { literal } of this.#triggers) {
      const measure: ResolvedMeasure = literal.measure;
      if (measure.kind === kind && measure.series === series) literal.atRecord(at, this.#now(at), exposedSince);
    }
  }

  #conditionJudge(condition: Condition, min: number): ConditionJudge {
    const measure = resolveMeasure(this.#plan, this.#instrument, condition.measure);
    const thing =
      measure.kind === 'share' || measure.kind === 'quantile' ? countedThing(this.#plan, measure.arm) : gaugeReadings;
    return new ConditionJudge(condition, measure, min, { baselines: this.#baselines, doubts: this.doubts, thing });
  }

  #begun(episode: Episode): void {
    this.#episodes.push(episode);
    this.#untold.push(episode);
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
    return this.#options.freshness === 'given' ? wallTime(at) : this.#arrived;
  }

  #latest(eventNow: EventTime): EventTime {
    const { watermark, lineWatermark } = this.#ledger;
    return eventTime(Math.max(eventNow, watermark ?? eventNow, lineWatermark ?? eventNow));
  }
}

function mutable(firing: Firing) {
  return { ...firing, evidence: [...firing.evidence] };
}

function mutableGate({ stay, conditions }: GateMissingMemory) {
  return { stay, conditions: [...conditions] };
}

function mutableProof({
  against,
  state,
  exposed,
  open,
  durations,
}: ProvenMemory): NonNullable<JudgeMemory['triggers'][number]['proven']> {
  const { rates, thresholds } = against;
  return {
    against: { rates: { ...rates, declined: [...rates.declined] }, thresholds: { ...thresholds } },
    state: {
      ...state,
      decline: [...state.decline],
      runs: state.runs.map((run) => ({ ...run })),
      comparison: [...state.comparison],
      compared: { ...state.compared },
      common: [...state.common],
      block: { ...state.block },
      recent: { ...state.recent },
      dispersion: { ...state.dispersion },
      window: { ...state.window },
    },
    exposed,
    durations: durations && { ...durations, newest: [...durations.newest] },
    open: open.map((slot) => ({ ...slot })),
  };
}

function mutableVoices({ stay, total, arms, logs }: VoicesMemory) {
  return { stay, total, arms, logs: logs.map((each) => ({ ...each, voices: [...each.voices] })) };
}
