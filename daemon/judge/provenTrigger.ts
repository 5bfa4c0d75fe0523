import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { thresholdValue } from '../protocol/domain/condition.ts';
import type { Observation, Reading } from '../protocol/domain/observation.ts';
import { armColumn, type BlockColumns } from '../protocol/domain/observationBlock.ts';
import type { Arm, Plan, Trigger } from '../protocol/domain/plan.ts';
import { ruleOf } from '../protocol/domain/triggerRule.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Firing, ProofStatus } from '../protocol/domain/verdict.ts';
import { type DeclineRates, declineRates } from '../statistics/declineDetector.ts';
import { exceedanceRates } from '../statistics/exceedance.ts';
import { atMost } from '../statistics/fixedSample.ts';
import {
  closenessOfProof,
  crossingProof,
  freshProof,
  type Proof,
  type ProofState,
  type ProofThresholds,
  restsOn,
  type Slot,
  slotLength,
  stepProof,
} from '../statistics/provenDecline.ts';
import { holds } from './comparison.ts';
import { type DurationsMemory, StrataDurations } from './controlDurations.ts';
import { thresholdsOf, thresholdsOfRatio } from './falseAlarm.ts';
import type { Found } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import { rangeScope } from './scope.ts';
import { type FailedUnit, SlotQueue } from './slotQueue.ts';

/** The part of `Judge.memory()` that must survive a restart. */
export interface ProvenMemory {
  /** The rates and thresholds of the proof: evidence against another threshold is of no use. */
  readonly against: {
    readonly rates: DeclineRates;
    readonly thresholds: ProofThresholds;
    readonly strata: readonly string[];
  };
  readonly state: ProofState;
  /** Users were exposed when the newest record came. */
  readonly exposed: boolean;
  readonly open: readonly Slot[];
  /** Requests that failed and may be tried again, where the plan says what names them. */
  readonly failed: readonly FailedUnit[];
  readonly durations: DurationsMemory | null;
}

interface CountedBy {
  readonly ledger: Ledger;
  readonly counted: number;
}

type Outcome = Extract<Reading, { kind: 'outcome' }>;
type Provable = Extract<ResolvedMeasure, { kind: 'share' | 'quantile' }>;

/**
 * A trigger's rule `proven`: it fires when the data carry that the treatment is below the plan's threshold and, with a control
 * beside it, worse than that (`statistics/provenDecline.ts`). The evidence is of an attempt and of all its stages: the same
 * code serves more users after an advance. Every proof is a firing of its own, after which the evidence starts afresh.
 */
export class ProvenTrigger {
  readonly #trigger: Trigger;
  readonly #measure: Provable;
  readonly #ledger: Ledger;
  /** Where a record says for how many it stands: the index of the number in its fields; -1 where each is one. */
  readonly #counted: number;
  /** "errors > 5 %" warns of more of what is measured, "success < 95 %" of less. */
  readonly #warnsOfMore: boolean;
  readonly #rates: DeclineRates;
  readonly #thresholds: ProofThresholds;
  /** Times the control's odds that are no proof yet. */
  readonly #tolerated: number;
  /** Durations of the control, for a latency that is held against them. */
  #durations: StrataDurations | null;
  readonly #strata: readonly string[];
  /** The state after all closed slots. */
  #closed: ProofState;
  #slots = new SlotQueue();
  /** The state after all slots but the newest; `null` when a late record has changed one of them. */
  #before: ProofState | null = null;
  #exposed = false;

  private constructor(plan: Plan, trigger: Trigger, measure: Provable, { ledger, counted }: CountedBy) {
    const { comparison, threshold } = trigger.when;
    this.#trigger = trigger;
    this.#measure = measure;
    this.#ledger = ledger;
    this.#counted = counted;
    this.#strata = plan.strata ?? [];
    this.#warnsOfMore = comparison === '>' || comparison === '>=';
    const value = thresholdValue(threshold);
    const isRatio = trigger.when.against === 'baseline';
    if (measure.kind === 'quantile') {
      this.#rates = exceedanceRates(measure.quantile);
      this.#thresholds = thresholdsOf(plan);
      this.#tolerated = 1;
      this.#durations = isRatio ? new StrataDurations(measure.quantile, value) : null;
    } else {
      this.#rates = isRatio ? outageRates : declineRates(this.#warnsOfMore ? 1 - value : value);
      this.#thresholds = isRatio ? thresholdsOfRatio(plan) : thresholdsOf(plan);
      this.#tolerated = isRatio ? value : 1;
      this.#durations = null;
    }
    this.#closed = freshProof(this.#rates);
  }

  /** `null` where the trigger's rule is the literal one. */
  static of(plan: Plan, trigger: Trigger, measure: ResolvedMeasure, by: CountedBy): ProvenTrigger | null {
    if (ruleOf(plan, trigger) !== 'proven' || (measure.kind !== 'share' && measure.kind !== 'quantile')) return null;
    return new ProvenTrigger(plan, trigger, measure, by);
  }

  /** One more record of either arm, in whatever order; the proof when there is one now. */
  observe({ reading }: Observation): Proof | null {
    if (reading.kind !== 'outcome' || reading.arm === null) return null;
    if (!this.#exposed) this.reset();
    this.#exposed = true;
    const failed = this.#isFailure(reading, reading.arm);
    const worth = this.#worth(reading.fields);
    if (worth === 0 || failed === null) return null;
    const { arm, unit, stratum } = reading;
    const place = this.#slots.add(reading.at, { arm, failed, worth, unit, stratum });
    if (place === 'nothing') return null;
    if (place === 'newest') {
      const failures = this.#slots.open.at(-1)?.treatment.failures ?? 0;
      if (!failed || reading.arm !== 'treatment' || !(worth > 1 || isLookedAt(failures))) return null;
    } else {
      this.#before = null;
    }
    return crossingProof(this.#state, this.#thresholds, (treatment) => this.#isBeyondLimit(treatment));
  }

  /** True where rows may be given to `observeRow`: the records before were of exposed users, and each counts as one. */
  get observesRows(): boolean {
    return this.#exposed && this.learnsRows;
  }

  /** True where rows may be given to `learnRow`. */
  get learnsRows(): boolean {
    return this.#counted === -1 && this.#durations === null;
  }

  /**
   * A plain outcome that is a row of a block, as `observe` counts it.
   * @returns false where it begins a slot, comes late, or proves something: it is not counted then.
   */
  observeRow({ times, shares, fields, fieldCount, arms }: BlockColumns, row: number): boolean {
    const arm = arms[row];
    if (arm !== armColumn.treatment && arm !== armColumn.control) return true;
    const failed = this.#isRowFailure(shares[row] ?? 0, fields, row * fieldCount);
    if (failed === null) return true;
    const slot = this.#slots.newestAt(times[row] ?? 0);
    if (slot === null) return false;
    const counts = arm === armColumn.treatment ? slot.treatment : slot.control;
    counts.n += 1;
    if (!failed) return true;
    counts.failures += 1;
    if (arm !== armColumn.treatment || !isLookedAt(counts.failures)) return true;
    if (crossingProof(this.#state, this.#thresholds, (treatment) => this.#isBeyondLimit(treatment)) === null)
      return true;
    counts.n -= 1;
    counts.failures -= 1;
    return false;
  }

  /** The same of `learn`: a row of the control while nobody is exposed. */
  learnRow(columns: BlockColumns, row: number): boolean {
    this.#exposed = false;
    return columns.arms[row] !== armColumn.control || this.observeRow(columns, row);
  }

  /** Takes back what `observeRow` or `learnRow` has just counted. */
  takeBackRow({ times, shares, fields, fieldCount, arms }: BlockColumns, row: number): void {
    const arm = arms[row];
    if (arm !== armColumn.treatment && arm !== armColumn.control) return;
    const failed = this.#isRowFailure(shares[row] ?? 0, fields, row * fieldCount);
    const slot = this.#slots.newestAt(times[row] ?? 0);
    if (failed === null || slot === null) return;
    const counts = arm === armColumn.treatment ? slot.treatment : slot.control;
    counts.n -= 1;
    if (failed) counts.failures -= 1;
  }

  #isRowFailure(shares: number, fields: Float64Array, start: number): boolean | null {
    const measure = this.#measure;
    if (measure.kind === 'share') return this.#isShareFailure(shares, measure);
    const duration = fields[start + measure.field] ?? Number.NaN;
    return Number.isFinite(duration) ? duration > thresholdValue(this.#trigger.when.threshold) : null;
  }

  #isShareFailure(shares: number, { bit, complement }: Extract<Provable, { kind: 'share' }>): boolean {
    return (((shares >> bit) & 1) === 1) !== (this.#warnsOfMore === complement);
  }

  #isBeyondLimit(treatment: Slot['treatment']): boolean {
    const { comparison, threshold, against } = this.#trigger.when;
    if (this.#measure.kind !== 'share' || against === 'baseline') return true;
    return holds(this.#figureOf(treatment), comparison, thresholdValue(threshold));
  }

  #figureOf({ n, failures }: { readonly n: number; readonly failures: number }): number {
    return (this.#warnsOfMore ? failures : n - failures) / n;
  }

  /** A record of the control while nobody is exposed: it only shows how failures come. */
  learn({ reading }: Observation): void {
    this.#exposed = false;
    if (reading.kind !== 'outcome' || reading.arm !== 'control') return;
    const worth = this.#worth(reading.fields);
    const failed = this.#isFailure(reading, 'control');
    if (worth === 0 || failed === null) return;
    const place = this.#slots.add(reading.at, {
      arm: 'control',
      failed,
      worth,
      unit: reading.unit,
      stratum: reading.stratum,
    });
    if (place === 'newest' || place === 'nothing') return;
    this.#before = null;
    for (const slot of this.#slots.takeClosed()) this.#step(slot);
  }

  /** The firing of a proof, after which the evidence starts afresh. */
  fire({ run, control }: Proof, at: EventTime): Firing {
    const { n, failures } = run.treatment;
    const from = eventTime(run.from * slotLength);
    const { comparison, threshold, text } = this.#trigger.when;
    const beyond = this.#measure.kind === 'quantile' ? this.#limitAt(at) : null;
    const limit = this.#measure.kind === 'quantile' ? beyond : thresholdValue(threshold);
    const scope = rangeScope(this.#ledger, from, eventTime(at + 1));
    const firing: Firing = {
      trigger: this.#trigger.id,
      rule: 'proven',
      at,
      until: at,
      window: { from, to: at },
      n,
      good: n - failures,
      figure: this.#figureOf(run.treatment),
      condition: text,
      beside: control,
      ...(beyond !== null && { beyond }),
      evidence: failingPlaces(this.#ledger, this.#measure, comparison, limit, scope),
    };
    this.reset();
    return firing;
  }

  /** The clock was set back to `at`: what is dated later was dated by a wrong clock, and nothing is known of the rest. */
  setBack(at: EventTime): void {
    if ((this.#slots.open.at(-1)?.index ?? 0) * slotLength > at) this.reset();
  }

  /** How often so many failures, or more, come by chance among as many records of a share that is healthy. */
  chanceOf(found: Found): number | null {
    if (found.kind !== 'share' || found.n === 0 || this.#trigger.when.against === 'baseline') return null;
    const failures = this.#warnsOfMore ? found.matching : found.n - found.matching;
    return failures === 0 ? 1 : Math.max(0, 1 - atMost(failures - 1, found.n, 1 - this.#rates.healthy));
  }

  /** Nothing is known against the treatment any more; how the failures of the control come is remembered. */
  reset(): void {
    this.#closed = freshProof(this.#rates, this.#state);
    this.#slots = new SlotQueue();
    this.#before = null;
  }

  get status(): ProofStatus {
    const state = this.#state;
    const { run, control } = restsOn(state, this.#thresholds);
    return {
      closeness: closenessOfProof(state, this.#thresholds),
      since: eventTime(run.from * slotLength),
      treatment: run.treatment,
      control,
    };
  }

  get memory(): ProvenMemory {
    return {
      against: { rates: this.#rates, thresholds: this.#thresholds, strata: this.#strata },
      state: this.#closed,
      exposed: this.#exposed,
      durations: this.#durations?.memory ?? null,
      open: this.#slots.open,
      failed: this.#slots.failedUnits,
    };
  }

  /** Evidence against another threshold is of no use: the proof starts anew. */
  restore({ against, state, exposed, open, failed, durations }: ProvenMemory): void {
    if (JSON.stringify(against) !== JSON.stringify(this.memory.against)) return;
    this.#closed = state;
    this.#slots = new SlotQueue(open, failed);
    this.#before = null;
    this.#exposed = exposed;
    if (this.#durations !== null && this.#measure.kind === 'quantile') {
      const factor = thresholdValue(this.#trigger.when.threshold);
      this.#durations = new StrataDurations(this.#measure.quantile, factor, durations);
    }
  }

  get #state(): ProofState {
    const { open } = this.#slots;
    if (this.#before === null) {
      for (const slot of this.#slots.takeClosed()) this.#step(slot);
      this.#before = open
        .slice(0, -1)
        .reduce((state, slot) => stepProof(state, slot, this.#rates, this.#thresholds, this.#tolerated), this.#closed);
    }
    const newest = open.at(-1);
    return newest === undefined
      ? this.#before
      : stepProof(this.#before, newest, this.#rates, this.#thresholds, this.#tolerated);
  }

  #step(slot: Slot): void {
    this.#closed = stepProof(this.#closed, slot, this.#rates, this.#thresholds, this.#tolerated);
  }

  /** Sampled records are worth as many as their weights are (`OutcomeCounts.evidence`); a comparison needs whole ones. */
  #worth(fields: readonly number[]): number {
    if (this.#counted === -1) return 1;
    const n = fields[this.#counted] ?? 0;
    const squares = fields[this.#counted + 1] ?? 0;
    return Math.round(squares > 0 ? n * Math.min(1, n / squares) : n);
  }

  /** `null` for a record that says nothing of it. */
  #isFailure({ shares, fields, at, stratum }: Outcome, arm: Arm): boolean | null {
    const measure = this.#measure;
    if (measure.kind === 'share') return this.#isShareFailure(shares, measure);
    const duration = fields[measure.field] ?? Number.NaN;
    if (!Number.isFinite(duration)) return null;
    const limit = this.#limitAt(at, stratum);
    if (arm === 'control') this.#durations?.add(duration, stratum);
    return limit === null ? null : duration > limit;
  }

  /** The limit of a latency: the plan's figure, or its part of the control's newest durations, of the same stratum. */
  #limitAt(at: EventTime, stratum?: number): number | null {
    return this.#durations === null
      ? thresholdValue(this.#trigger.when.threshold)
      : this.#durations.limitAt(at, stratum);
  }
}

/** Where only the comparison counts: both arms are in an outage when most of the control fails. */
const outageRates = declineRates(0.2);

/** A slot with very many failures is looked at after each 32nd of them. */
function isLookedAt(failures: number): boolean {
  return failures % 2 ** Math.max(0, Math.floor(Math.log2(failures)) - 5) === 0;
}
