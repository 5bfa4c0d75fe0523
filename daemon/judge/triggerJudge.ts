import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { RowRun } from '../measure/rowRun.ts';
import type { Observation } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Trigger } from '../protocol/domain/plan.ts';
import { type Duration, duration, type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import type { Firing, TriggerPhase, TriggerStatus, Verdict } from '../protocol/domain/verdict.ts';
import type { ConditionJudge } from './conditionJudge.ts';
import { type Found, figureValue } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import type { Knowledge } from './knowledge.ts';
import { heedMissing, type Missing, missingFiring, missingSetBack } from './missingData.ts';
import { type Episode, OpenEpisode } from './openEpisode.ts';
import type { ProvenTrigger } from './provenTrigger.ts';
import { isNeverMet } from './runBound.ts';
import { type NamedScope, TrailingScope } from './scope.ts';
import type { SequentialTrigger } from './sequentialTrigger.ts';

/** A condition that holds, and the observed time for which it did. */
export interface Pending {
  /** The first instant at which it held. */
  readonly since: EventTime;
  /** The last instant that data have shown, and the observed part of the time up to it. */
  readonly at: EventTime;
  readonly observed: Duration;
  /**
   * At an instant after `at` the condition was unknown, or had too few records: the time up to the next one does not
   * count.
   */
  readonly paused: boolean;
}

/** The part of `Judge.memory()` that must survive a restart. */
export interface TriggerMemory {
  readonly pending: Pending | null;
  readonly open: Firing | null;
  readonly from: EventTime | null;
  readonly missing: Missing | null;
}

interface JudgedBy {
  readonly ledger: Ledger;
  readonly knowledge: Knowledge;
  /** `null` where it acts on the letter of its condition. */
  readonly chanceOf: ((found: Found) => number | null) | null;
}

/**
 * One trigger's state over event time.
 *
 * A trigger is judged at instants: at each record that concerns it, and live at each tick. While the condition is `met`
 * it is pending, from `for` on firing. `for` is observed time: a gap, in which nobody can tell whether the condition
 * held, neither counts nor resets it; a gap longer than `for` and the window ends it. A plain `unmet` ends both;
 * `insufficient` ends the firing (the rule does not fire without its records) but not the waiting. An unknown condition
 * begins nothing and ends nothing. Without `for` there is no waiting.
 */
export class TriggerJudge {
  readonly trigger: Trigger;
  readonly #judge: ConditionJudge;
  readonly #ledger: Ledger;
  readonly #knowledge: Knowledge;
  readonly #scope: TrailingScope;
  readonly #begun: (episode: Episode) => void;
  /** Where it acts on a proof: how often a healthy share shows what was found, or worse. */
  readonly #chanceOf: ((found: Found) => number | null) | null;
  #pending: Pending | null = null;
  #open: OpenEpisode | null = null;
  /** The plan was edited then, and the rule is new since: no window of it reaches back before. */
  #from: EventTime | null = null;
  #missing: Missing | null = null;

  constructor(
    trigger: Trigger,
    judge: ConditionJudge,
    { ledger, knowledge, chanceOf }: JudgedBy,
    begun: (episode: Episode) => void,
  ) {
    this.trigger = trigger;
    this.#judge = judge;
    this.#ledger = ledger;
    this.#knowledge = knowledge;
    this.#scope = new TrailingScope(ledger, trigger.over, judge.measure);
    this.#begun = begun;
    this.#chanceOf = chanceOf;
  }

  get measure(): ResolvedMeasure {
    return this.#judge.measure;
  }

  /** The start of the judged time, within the time in which users are exposed. */
  judgedSince(exposedSince: EventTime): EventTime {
    return this.#from !== null && this.#from > exposedSince ? this.#from : exposedSince;
  }

  /** Judges at a record of its arm (or a line, a gauge's reading, a signal): an episode begins, continues, or ends. */
  atRecord(at: EventTime, now: WallTime, exposedSince: EventTime): void {
    const scope = this.#window(at, exposedSince);
    const verdict = this.#judge.verdict(scope);
    // Nothing begins and nothing ends: most records are of this kind, and need no check of what is known.
    if (verdict !== 'met' && this.#open === null && this.#pending === null) return;
    if (this.#knowledge.ofTrigger(this.#judge, verdict, scope, { now, by: 'record', at }) !== null) {
      this.#pause(at, at);
      return;
    }
    if (!this.#fires(verdict, at, at)) {
      this.#open = null;
      return;
    }
    if (this.#open === null) this.#begin(at, exposedSince);
    else this.#open.lastsUntil(at);
  }

  /** It waits or fires: each record moves it on. */
  get isUnderWay(): boolean {
    return this.#open !== null || this.#pending !== null;
  }

  /**
   * True where nothing begins, lasts or ends at any record of a run, so that they need not be judged one by one.
   * @param before event time of the newest record before the run.
   */
  staysCalm(run: RowRun, before: EventTime, exposedSince: EventTime): boolean {
    if (this.isUnderWay) return false;
    const { measure, trigger } = this;
    if (!concernsRun(measure, run)) return true;
    const since = this.judgedSince(exposedSince);
    // A window that begins with the exposure is summed each time.
    if (before - trigger.over < since) return false;
    const window = {
      before: () => this.#scope.moveTo(before, since),
      after: () => this.#scope.moveTo(run.watermarkAfter(before), since),
    };
    return isNeverMet(trigger.when, measure, window, run);
  }

  /** Judges as time passes without a record: an episode may begin or end; its last record stays the same. */
  atTick(at: EventTime, now: WallTime, exposedSince: EventTime): void {
    const scope = this.#window(at, exposedSince);
    const verdict = this.#judge.verdict(scope);
    const confirmed = this.#knowledge.confirmedAt(this.measure, at);
    if (this.#knowledge.ofTrigger(this.#judge, verdict, scope, { now, by: 'tick' }) !== null) {
      this.#pause(at, confirmed);
      return;
    }
    if (!this.#fires(verdict, at, confirmed)) this.#open = null;
    else if (this.#open === null) this.#begin(at, exposedSince);
  }

  /** Carries out the plan's policy on missing data, once for each time of missing data. */
  heedMissing(at: EventTime, exposedSince: EventTime): void {
    const unknown = this.#knowledge.missing(this.measure);
    const { missing, acts } = heedMissing(this.#missing, unknown, at, {
      policy: this.trigger.missing,
      judgedSince: this.judgedSince(exposedSince),
      patience: this.#knowledge.patienceFor(this.measure),
    });
    this.#missing = missing;
    if (acts !== null) this.#begun({ firing: missingFiring(this.trigger.id, this.trigger.when.text, at, acts) });
  }

  /** The clock was set back to `at`: an event of the future has not begun either. */
  setBack(at: EventTime): void {
    const pending = this.#pending;
    if (pending !== null && pending.since > at) this.#pending = null;
    else if (pending !== null && pending.at > at) this.#pending = { ...pending, at };
    this.#missing = missingSetBack(this.#missing, at);
    if (this.#open !== null && this.#open.firing.at > at) this.#open = null;
  }

  /** Nobody is exposed, or a new attempt begins. */
  reset(): void {
    this.#pending = null;
    this.#open = null;
    this.#missing = null;
  }

  status(
    at: EventTime,
    now: WallTime,
    exposedSince: EventTime | null,
    { sequential, proven }: { readonly sequential: SequentialTrigger | null; readonly proven: ProvenTrigger | null },
  ): TriggerStatus {
    const scope = this.#window(at, exposedSince ?? eventTime(Number.NEGATIVE_INFINITY));
    const assessment = this.#judge.assess(scope);
    const unknown = this.#knowledge.ofTrigger(this.#judge, assessment.verdict, scope, { now, by: 'tick' });
    return {
      id: this.trigger.id,
      when: this.trigger.when.text,
      consequence: this.trigger.then,
      over: this.trigger.over,
      for: this.#waits,
      min: this.trigger.min ?? 1,
      ...(this.trigger.stages !== undefined && { stages: this.trigger.stages }),
      phase: this.#phase(exposedSince !== null),
      verdict: this.#judge.explain(scope, assessment, unknown),
      rule: proven === null ? 'literal' : 'proven',
      proof: proven?.status ?? null,
      sequential: sequential?.status ?? null,
    };
  }

  get memory(): TriggerMemory {
    return {
      pending: this.#pending,
      open: this.#open?.firing ?? null,
      missing: this.#missing,
      from: this.#from,
    };
  }

  /** @param open the episode that was open, already among the judge's episodes. */
  restore({ pending, missing, from }: Omit<TriggerMemory, 'open'>, open: OpenEpisode | null): void {
    this.#pending = pending;
    this.#open = open;
    this.#missing = missing;
    this.#from = from;
    // Its first windows begin within this minute, and have to separate later records from earlier ones.
    if (from !== null) this.#ledger.splitAt(from);
  }

  get #waits() {
    return this.trigger.for ?? duration(0);
  }

  /** A longer gap than this ends the waiting: an earlier period of holding does not count. */
  get #longestGap(): number {
    return Math.max(this.#waits, this.trigger.over);
  }

  /**
   * @param confirmed the end of the time for which data show the verdict; `null` when nothing has come since the last
   * record.
   */
  #fires(verdict: Verdict, at: EventTime, confirmed: EventTime | null): boolean {
    switch (verdict) {
      case 'met':
        return this.#observes(at, confirmed) >= this.#waits;
      case 'unmet':
        this.#pending = null;
        return false;
      case 'insufficient':
      case 'no-data':
      case 'error':
        this.#pause(at, confirmed);
        return false;
    }
  }

  /** The condition holds: the observed time of it. */
  #observes(at: EventTime, confirmed: EventTime | null): Duration {
    const before = this.#pending;
    // A tick may have been ahead of the present record.
    if (before === null || at < before.since || at - before.at > this.#longestGap) {
      this.#pending = { since: at, at, observed: duration(0), paused: false };
      return duration(0);
    }
    if (at <= before.at) return before.observed;
    const upTo = (end: EventTime): Duration => {
      if (before.paused) return before.observed;
      return duration(before.observed + this.#knowledge.observed(this.measure, this.trigger.over, before.at, end));
    };
    if (confirmed !== null && confirmed > before.at) {
      this.#pending = { ...before, at: confirmed, observed: upTo(confirmed), paused: false };
    }
    return upTo(at);
  }

  /** Nobody can tell whether it holds. */
  #pause(at: EventTime, confirmed: EventTime | null): void {
    if (this.#open !== null && at - this.#open.until > this.#longestGap) this.#open = null;
    const pending = this.#pending;
    if (pending === null) return;
    if (this.#waits === 0 || at - pending.at > this.#longestGap) this.#pending = null;
    else if (confirmed !== null && confirmed > pending.at) this.#pending = { ...pending, paused: true };
  }

  #window(at: EventTime, exposedSince: EventTime): NamedScope {
    return this.#scope.moveTo(at, this.judgedSince(exposedSince));
  }

  #begin(at: EventTime, exposedSince: EventTime): void {
    const scope = this.#window(at, exposedSince);
    const assessment = this.#judge.assess(scope);
    const { found, limit } = assessment;
    const { baseline } = this.#judge.explain(scope, assessment, null);
    const firing: Firing = {
      trigger: this.trigger.id,
      rule: 'literal',
      at,
      until: at,
      window: { from: scope.from ?? at, to: at },
      n: found.n,
      good: found.kind === 'share' ? found.good : null,
      figure: figureValue(found),
      condition: this.trigger.when.text,
      ...(baseline !== null && { baseline }),
      ...(this.#chanceOf !== null && { unproven: { chance: this.#chanceOf(found) } }),
      evidence: this.#evidence(scope, limit),
    };
    this.#open = new OpenEpisode(firing);
    this.#begun(this.#open);
  }

  #evidence(scope: NamedScope, limit: number | null): readonly Place[] {
    return failingPlaces(this.#ledger, this.#judge.measure, this.trigger.when.comparison, limit, scope);
  }

  #phase(exposed: boolean): TriggerPhase {
    if (!exposed) return { kind: 'idle' };
    if (this.#open !== null) return { kind: 'firing', since: this.#open.firing.at };
    if (this.#pending === null) return { kind: 'armed' };
    return { kind: 'pending', since: this.#pending.since, observed: this.#pending.observed };
  }
}

/** The same of a run of outcomes. */
function concernsRun(measure: ResolvedMeasure, { arms }: RowRun): boolean {
  switch (measure.kind) {
    case 'share':
    case 'quantile':
      return arms[measure.arm].length > 0;
    case 'count':
      return measure.arm === 'any' ? arms.treatment.length + arms.control.length > 0 : arms[measure.arm].length > 0;
    case 'gauge':
      return measure.field !== null;
    case 'lines':
    case 'signal':
      return false;
  }
}

/** True when the measure is of this observation, so that its triggers are judged at it. */
export function concerns(measure: ResolvedMeasure, { reading }: Observation): boolean {
  if (reading.kind === 'stage') return false;
  if (reading.kind === 'line') return measure.kind === 'lines' && reading.undatable !== true;
  switch (measure.kind) {
    case 'share':
    case 'quantile':
      return reading.arm === measure.arm;
    case 'count':
      return measure.arm === 'any' ? reading.arm !== null : reading.arm === measure.arm;
    case 'gauge':
      return measure.field !== null && Number.isFinite(reading.fields[measure.field]);
    case 'lines':
    case 'signal':
      return false;
  }
}
