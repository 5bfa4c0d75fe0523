import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Observation, Place } from '../protocol/domain/observation.ts';
import type { Trigger } from '../protocol/domain/plan.ts';
import { duration, type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Firing, TriggerPhase, TriggerStatus, Verdict } from '../protocol/domain/verdict.ts';
import type { ConditionJudge } from './conditionJudge.ts';
import { figureValue } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import { type NamedScope, TrailingScope } from './scope.ts';
import type { SequentialTrigger } from './sequentialTrigger.ts';

/** An episode of a firing trigger; `firing.until` moves on while it lasts. */
export interface Episode {
  firing: Firing;
}

/** What must survive a restart; part of `Judge.memory()`. */
export interface TriggerMemory {
  readonly since: EventTime | null;
  readonly open: Firing | null;
  readonly from: EventTime | null;
}

/**
 * One trigger's state over event time.
 *
 * It is judged at instants: at each record that it concerns, and live at each tick. While the condition is `met` it is
 * pending, from `for` on firing. A plain `unmet` ends both; `insufficient`, `no-data` and `error` end the firing (the rule
 * does not fire without its records) but not the waiting, so that a gap in the data does not start `for` anew. Without
 * `for` there is no waiting.
 */
export class TriggerJudge {
  readonly trigger: Trigger;
  readonly #judge: ConditionJudge;
  readonly #ledger: Ledger;
  readonly #scope: TrailingScope;
  readonly #begun: (episode: Episode) => void;
  #since: EventTime | null = null;
  #open: Episode | null = null;
  /** The plan was edited then, and the rule is new since: no window of it reaches back before. */
  #from: EventTime | null = null;

  constructor(trigger: Trigger, judge: ConditionJudge, ledger: Ledger, begun: (episode: Episode) => void) {
    this.trigger = trigger;
    this.#judge = judge;
    this.#ledger = ledger;
    this.#scope = new TrailingScope(ledger, trigger.over, judge.measure);
    this.#begun = begun;
  }

  get measure(): ResolvedMeasure {
    return this.#judge.measure;
  }

  /** Since when it is judged, of the time in which users are exposed. */
  judgedSince(exposedSince: EventTime): EventTime {
    return this.#from !== null && this.#from > exposedSince ? this.#from : exposedSince;
  }

  /** Judges at a record of its arm (or a line, a gauge's reading, a signal): an episode begins, goes on, or ends. */
  atRecord(at: EventTime, exposedSince: EventTime): void {
    if (!this.#fires(this.#judge.verdict(this.#window(at, exposedSince)), at)) {
      this.#open = null;
      return;
    }
    if (this.#open === null) this.#begin(at, exposedSince);
    else this.#open.firing = { ...this.#open.firing, until: at };
  }

  /** Judges as time passes without a record: an episode may begin or end; its last record stays what it was. */
  atTick(at: EventTime, exposedSince: EventTime): void {
    if (!this.#fires(this.#judge.verdict(this.#window(at, exposedSince)), at)) this.#open = null;
    else if (this.#open === null) this.#begin(at, exposedSince);
  }

  /** The clock was set back to `at`: what has not happened yet has not begun either. */
  setBack(at: EventTime): void {
    if (this.#since !== null && this.#since > at) this.#since = null;
    if (this.#open !== null && this.#open.firing.at > at) this.#open = null;
  }

  /** Nobody is exposed, or a new attempt begins. */
  reset(): void {
    this.#since = null;
    this.#open = null;
  }

  status(
    at: EventTime,
    exposedSince: EventTime | null,
    unavailable: (nothingFound: boolean) => string | null,
    sequential: SequentialTrigger | null,
  ): TriggerStatus {
    const scope = this.#window(at, exposedSince ?? eventTime(Number.NEGATIVE_INFINITY));
    const assessment = this.#judge.assess(scope);
    const verdict = this.#judge.explain(scope, assessment, unavailable(assessment.found.n === 0));
    return {
      id: this.trigger.id,
      when: this.trigger.when.text,
      consequence: this.trigger.then,
      over: this.trigger.over,
      for: this.#waits,
      min: this.trigger.min ?? 1,
      phase: this.#phase(exposedSince !== null),
      verdict,
      sequential: sequential?.status ?? null,
    };
  }

  get memory(): TriggerMemory {
    return { since: this.#since, open: this.#open?.firing ?? null, from: this.#from };
  }

  /** @param open the episode that was open, already among the judge's episodes. */
  restore(since: EventTime | null, open: Episode | null, from: EventTime | null): void {
    this.#since = since;
    this.#open = open;
    this.#from = from;
    // Its first windows begin within this minute, and have to tell what comes after from what came before.
    if (from !== null) this.#ledger.splitAt(from);
  }

  get #waits() {
    return this.trigger.for ?? duration(0);
  }

  #fires(verdict: Verdict, at: EventTime): boolean {
    switch (verdict) {
      case 'met':
        // A tick may have been ahead of the record that comes now.
        if (this.#since === null || at < this.#since) this.#since = at;
        return at - this.#since >= this.#waits;
      case 'unmet':
        this.#since = null;
        return false;
      case 'insufficient':
      case 'no-data':
      case 'error':
        if (this.#waits === 0) this.#since = null;
        return false;
    }
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
      evidence: this.#evidence(scope, limit),
    };
    this.#open = { firing };
    this.#begun(this.#open);
  }

  #evidence(scope: NamedScope, limit: number | null): readonly Place[] {
    return failingPlaces(this.#ledger, this.#judge.measure, this.trigger.when.comparison, limit, scope);
  }

  #phase(exposed: boolean): TriggerPhase {
    if (!exposed) return { kind: 'idle' };
    if (this.#open !== null) return { kind: 'firing', since: this.#open.firing.at };
    return this.#since === null ? { kind: 'armed' } : { kind: 'pending', since: this.#since };
  }
}

/** Whether this observation is one that the measure is of, and so one at which its triggers are judged. */
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
