import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { thresholdValue } from '../protocol/domain/condition.ts';
import type { Observation, Reading } from '../protocol/domain/observation.ts';
import { armColumn, type BlockColumns } from '../protocol/domain/observationBlock.ts';
import type { Arm, Plan, Trigger } from '../protocol/domain/plan.ts';
import { ruleOf } from '../protocol/domain/triggerRule.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Firing, ProofStatus } from '../protocol/domain/verdict.ts';
import type { DeclineRates } from '../statistics/declineDetector.ts';
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
import type { Baseline, Baselines } from './baseline.ts';
import { holds } from './comparison.ts';
import { type DurationsMemory, StrataDurations } from './controlDurations.ts';
import { thresholdsOf, thresholdsOfRatio } from './falseAlarm.ts';
import { type Found, recordsNeeded, toFigure } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import {
  frozenReference,
  type ProofReference,
  type Provable,
  plannedReference,
  type ReferenceKind,
  referenceKind,
  warnsOfMore,
} from './proofReference.ts';
import { rangeScope, type Scope } from './scope.ts';
import { type FailedUnit, SlotQueue } from './slotQueue.ts';

/** The part of `Judge.memory()` that must survive a restart. */
export interface ProvenMemory {
  /** The rates and thresholds of the proof: evidence against another threshold is of no use. */
  readonly against: {
    /** `null` where they follow from a recorded baseline, which an edit of the plan replaces with the trigger. */
    readonly rates: DeclineRates | null;
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
  /** The recorded or stated baseline that it is held against, once it is known. */
  readonly frozen: ProofReference | null;
}

interface CountedBy {
  readonly ledger: Ledger;
  readonly baselines: Baselines;
  readonly counted: number;
}

type Outcome = Extract<Reading, { kind: 'outcome' }>;

/**
 * A trigger's rule `proven`: it fires when the data carry that the treatment is below the plan's threshold and, with a control
 * beside it, worse than that (`statistics/provenDecline.ts`). The evidence is of an attempt and of all its stages: the same
 * code serves more users after an advance. Every proof is a firing of its own, after which the evidence starts afresh.
 */
export class ProvenTrigger {
  readonly #trigger: Trigger;
  readonly #measure: Provable;
  readonly #ledger: Ledger;
  readonly #baselines: Baselines;
  readonly #kind: ReferenceKind;
  /** Where a record says for how many it stands: the index of the number in its fields; -1 where each is one. */
  readonly #counted: number;
  /** "errors > 5 %" warns of more of what is measured, "success < 95 %" of less. */
  readonly #warnsOfMore: boolean;
  /** `null` while a recorded baseline is not known. */
  #reference: ProofReference | null;
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

  private constructor(plan: Plan, trigger: Trigger, measure: Provable, { ledger, baselines, counted }: CountedBy) {
    this.#trigger = trigger;
    this.#measure = measure;
    this.#ledger = ledger;
    this.#baselines = baselines;
    this.#counted = counted;
    this.#strata = plan.strata ?? [];
    this.#warnsOfMore = warnsOfMore(trigger.when);
    const kind = referenceKind(plan, trigger);
    this.#kind = kind;
    this.#reference = kind === 'frozen' ? null : plannedReference(kind, measure, trigger);
    const value = thresholdValue(trigger.when.threshold);
    const isCompared = kind === 'concurrent' && measure.kind === 'share';
    this.#thresholds = isCompared ? thresholdsOfRatio(plan) : thresholdsOf(plan);
    this.#tolerated = isCompared ? value : 1;
    const isOfDurations = kind === 'concurrent' && measure.kind === 'quantile';
    this.#durations = isOfDurations ? new StrataDurations(measure.quantile, value) : null;
    this.#closed = freshProof();
  }

  /** `null` where the trigger's rule is the literal one. */
  static of(plan: Plan, trigger: Trigger, measure: ResolvedMeasure, by: CountedBy): ProvenTrigger | null {
    if (ruleOf(plan, trigger) !== 'proven' || (measure.kind !== 'share' && measure.kind !== 'quantile')) return null;
    return new ProvenTrigger(plan, trigger, measure, by);
  }

  /** One more record of either arm, in whatever order; the proof when there is one now. */
  observe({ reading }: Observation): Proof | null {
    if (reading.kind !== 'outcome' || reading.arm === null) return null;
    if (this.#rates === null) return null;
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
    return this.#counted === -1 && this.#durations === null && this.#kind !== 'frozen';
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
    const limit = this.#reference?.limit ?? null;
    if (this.#measure.kind !== 'share' || limit === null) return true;
    return holds(this.#figureOf(treatment), this.#trigger.when.comparison, limit);
  }

  #figureOf({ n, failures }: { readonly n: number; readonly failures: number }): number {
    return (this.#warnsOfMore ? failures : n - failures) / n;
  }

  /** A record of the control while nobody is exposed: it only shows how failures come. */
  learn({ reading }: Observation): void {
    this.#exposed = false;
    if (reading.kind !== 'outcome' || reading.arm !== 'control' || this.#rates === null) return;
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
    const limit = this.#measure.kind === 'quantile' ? beyond : (this.#reference?.limit ?? thresholdValue(threshold));
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
      ...this.#recordedBaseline(scope),
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
    const rates = this.#kind === 'concurrent' ? null : this.#rates;
    if (found.kind !== 'share' || found.n === 0 || rates === null) return null;
    const failures = this.#warnsOfMore ? found.matching : found.n - found.matching;
    return failures === 0 ? 1 : Math.max(0, 1 - atMost(failures - 1, found.n, 1 - rates.healthy));
  }

  /** Nothing is known against the treatment any more; how the failures of the control come is remembered. */
  reset(): void {
    this.#closed = freshProof(this.#state);
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
      against: {
        rates: this.#kind === 'frozen' ? null : this.#rates,
        thresholds: this.#thresholds,
        strata: this.#strata,
      },
      state: this.#closed,
      exposed: this.#exposed,
      durations: this.#durations?.memory ?? null,
      open: this.#slots.open,
      failed: this.#slots.failedUnits,
      frozen: this.#kind === 'frozen' ? this.#reference : null,
    };
  }

  /** Evidence against another threshold is of no use: the proof starts anew. */
  restore({ against, state, exposed, open, failed, durations, frozen }: ProvenMemory): void {
    if (JSON.stringify(against) !== JSON.stringify(this.memory.against)) return;
    if (this.#kind === 'frozen') this.#reference = frozen;
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
      this.#before = open.slice(0, -1).reduce((state, slot) => this.#stepped(state, slot), this.#closed);
    }
    const newest = open.at(-1);
    return newest === undefined ? this.#before : this.#stepped(this.#before, newest);
  }

  #step(slot: Slot): void {
    this.#closed = this.#stepped(this.#closed, slot);
  }

  #stepped(state: ProofState, slot: Slot): ProofState {
    const rates = this.#rates;
    return rates === null ? state : stepProof(state, slot, rates, this.#thresholds, this.#tolerated);
  }

  /** `null` as long as the recorded baseline is not known: a part of its window is none. */
  get #rates(): DeclineRates | null {
    if (this.#reference === null) {
      const baseline = this.#frozenBaseline;
      this.#reference = baseline === null ? null : frozenReference(this.#measure, this.#trigger, baseline);
    }
    return this.#reference?.rates ?? null;
  }

  get #frozenBaseline(): Baseline | null {
    const { when, min } = this.#trigger;
    return this.#baselines.frozen(when.measure, this.#measure, recordsNeeded(this.#measure, min ?? 1));
  }

  #recordedBaseline(scope: Scope): Pick<Firing, 'baseline'> {
    const baseline = this.#kind === 'frozen' ? this.#frozenBaseline : null;
    if (baseline === null) return {};
    const { found, value, from } = baseline;
    const why = this.#baselines.describe(baseline, this.#measure, scope);
    return { baseline: { ...toFigure(found), value, from, why } };
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

  /** The limit of a latency: the plan's figure, a part of a recorded one, or of the control's newest durations of the same stratum. */
  #limitAt(at: EventTime, stratum?: number): number | null {
    return this.#durations === null ? (this.#reference?.limit ?? null) : this.#durations.limitAt(at, stratum);
  }
}

/** A slot with very many failures is looked at after each 32nd of them. */
function isLookedAt(failures: number): boolean {
  return failures % 2 ** Math.max(0, Math.floor(Math.log2(failures)) - 5) === 0;
}
