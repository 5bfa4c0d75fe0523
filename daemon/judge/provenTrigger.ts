import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { thresholdValue } from '../protocol/domain/condition.ts';
import type { Observation } from '../protocol/domain/observation.ts';
import type { Plan, Trigger } from '../protocol/domain/plan.ts';
import { ruleOf } from '../protocol/domain/triggerRule.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import type { Firing, ProofStatus } from '../protocol/domain/verdict.ts';
import { type DeclineRates, declineRates } from '../statistics/declineDetector.ts';
import { atMost } from '../statistics/fixedSample.ts';
import {
  closenessOfProof,
  freshProof,
  type Proof,
  type ProofState,
  type ProofThresholds,
  proofOf,
  restsOn,
  type Slot,
  slotLength,
  stepProof,
} from '../statistics/provenDecline.ts';
import { thresholdsOf } from './falseAlarm.ts';
import type { Found } from './figure.ts';
import { failingPlaces } from './firingEvidence.ts';
import { rangeScope } from './scope.ts';
import { SlotQueue } from './slotQueue.ts';

/** What must survive a restart; part of `Judge.memory()`. */
export interface ProvenMemory {
  /** What it was proven against: evidence against another threshold is of no use. */
  readonly against: { readonly rates: DeclineRates; readonly thresholds: ProofThresholds };
  readonly state: ProofState;
  /** Users were exposed when the newest record came. */
  readonly exposed: boolean;
  readonly open: readonly Slot[];
}

interface CountedBy {
  readonly ledger: Ledger;
  readonly counted: number;
}

type Share = Extract<ResolvedMeasure, { kind: 'share' }>;

/**
 * A trigger's rule `proven`: it fires when the data carry that the treatment is below the plan's threshold and, with a control
 * beside it, worse than that (`statistics/provenDecline.ts`). The evidence is of an attempt and of all its stages: the same
 * code serves more users after an advance. Every proof is a firing of its own, after which the evidence starts afresh.
 */
export class ProvenTrigger {
  readonly #trigger: Trigger;
  readonly #measure: Share;
  readonly #ledger: Ledger;
  /** Where a record says for how many it stands: the index of the number in its fields; -1 where each is one. */
  readonly #counted: number;
  /** "errors > 5 %" warns of more of what is measured, "success < 95 %" of less. */
  readonly #warnsOfMore: boolean;
  readonly #rates: DeclineRates;
  readonly #thresholds: ProofThresholds;
  /** Of all slots that are closed. */
  #closed: ProofState;
  #slots = new SlotQueue();
  /** Of all slots but the newest; `null` when a late record has changed one of them. */
  #before: ProofState | null = null;
  #exposed = false;

  private constructor(plan: Plan, trigger: Trigger, measure: Share, { ledger, counted }: CountedBy) {
    const { comparison, threshold } = trigger.when;
    this.#trigger = trigger;
    this.#measure = measure;
    this.#ledger = ledger;
    this.#counted = counted;
    this.#warnsOfMore = comparison === '>' || comparison === '>=';
    this.#rates = declineRates(this.#warnsOfMore ? 1 - thresholdValue(threshold) : thresholdValue(threshold));
    this.#thresholds = thresholdsOf(plan);
    this.#closed = freshProof(this.#rates);
  }

  /** `null` where the trigger's rule is the literal one. */
  static of(plan: Plan, trigger: Trigger, measure: ResolvedMeasure, by: CountedBy): ProvenTrigger | null {
    if (ruleOf(plan, trigger) !== 'proven' || measure.kind !== 'share') return null;
    return new ProvenTrigger(plan, trigger, measure, by);
  }

  /** One more record of either arm, in whatever order; the proof when there is one now. */
  observe({ reading }: Observation): Proof | null {
    if (reading.kind !== 'outcome' || reading.arm === null) return null;
    if (!this.#exposed) this.reset();
    this.#exposed = true;
    const failed = this.#isFailure(reading.shares);
    const worth = this.#worth(reading.fields);
    if (worth === 0) return null;
    const place = this.#slots.add(reading.at, { arm: reading.arm, failed, worth });
    if (place === 'newest') {
      const failures = this.#slots.open.at(-1)?.treatment.failures ?? 0;
      if (!failed || reading.arm !== 'treatment' || !(worth > 1 || isLookedAt(failures))) return null;
    } else {
      this.#before = null;
    }
    return proofOf(this.#state, this.#thresholds);
  }

  /** A record of the control while nobody is exposed: it only shows how failures come. */
  learn({ reading }: Observation): void {
    this.#exposed = false;
    if (reading.kind !== 'outcome' || reading.arm !== 'control') return;
    const worth = this.#worth(reading.fields);
    const failed = this.#isFailure(reading.shares);
    if (worth === 0 || this.#slots.add(reading.at, { arm: 'control', failed, worth }) === 'newest') return;
    this.#before = null;
    for (const slot of this.#slots.takeClosed()) this.#step(slot);
  }

  /** The firing of a proof, after which the evidence starts afresh. */
  fire({ run, control }: Proof, at: EventTime): Firing {
    const { n, failures } = run.treatment;
    const from = eventTime(run.from * slotLength);
    const { comparison, threshold, text } = this.#trigger.when;
    const scope = rangeScope(this.#ledger, from, eventTime(at + 1));
    const firing: Firing = {
      trigger: this.#trigger.id,
      rule: 'proven',
      at,
      until: at,
      window: { from, to: at },
      n,
      good: n - failures,
      figure: (this.#warnsOfMore ? failures : n - failures) / n,
      condition: text,
      beside: control,
      evidence: failingPlaces(this.#ledger, this.#measure, comparison, thresholdValue(threshold), scope),
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
    if (found.kind !== 'share' || found.n === 0) return null;
    const failures = this.#warnsOfMore ? found.matching : found.n - found.matching;
    return failures === 0 ? 1 : Math.max(0, 1 - atMost(failures - 1, found.n, 1 - this.#rates.healthy));
  }

  /** Nothing is known against the treatment any more; how the failures of the control come is remembered. */
  reset(): void {
    const { dispersion } = this.#state;
    this.#closed = freshProof(this.#rates, dispersion);
    this.#slots = new SlotQueue();
    this.#before = null;
  }

  get status(): ProofStatus {
    const state = this.#state;
    const { run, control } = restsOn(state);
    return {
      closeness: closenessOfProof(state, this.#thresholds),
      since: eventTime(run.from * slotLength),
      treatment: run.treatment,
      control,
    };
  }

  get memory(): ProvenMemory {
    return {
      against: { rates: this.#rates, thresholds: this.#thresholds },
      state: this.#closed,
      exposed: this.#exposed,
      open: this.#slots.open,
    };
  }

  /** What was proven against another threshold is of no use: then it starts anew. */
  restore({ against, state, exposed, open }: ProvenMemory): void {
    if (JSON.stringify(against) !== JSON.stringify(this.memory.against)) return;
    this.#closed = state;
    this.#slots = new SlotQueue(open);
    this.#before = null;
    this.#exposed = exposed;
  }

  get #state(): ProofState {
    const { open } = this.#slots;
    if (this.#before === null) {
      for (const slot of this.#slots.takeClosed()) this.#step(slot);
      this.#before = open
        .slice(0, -1)
        .reduce((state, slot) => stepProof(state, slot, this.#rates, this.#thresholds), this.#closed);
    }
    const newest = open.at(-1);
    return newest === undefined ? this.#before : stepProof(this.#before, newest, this.#rates, this.#thresholds);
  }

  #step(slot: Slot): void {
    this.#closed = stepProof(this.#closed, slot, this.#rates, this.#thresholds);
  }

  /** What is sampled is worth as many records as its weights are (`OutcomeCounts.evidence`); a comparison needs whole ones. */
  #worth(fields: readonly number[]): number {
    if (this.#counted === -1) return 1;
    const n = fields[this.#counted] ?? 0;
    const squares = fields[this.#counted + 1] ?? 0;
    return Math.round(squares > 0 ? n * Math.min(1, n / squares) : n);
  }

  #isFailure(shares: number): boolean {
    const satisfied = ((shares >> this.#measure.bit) & 1) === 1;
    return satisfied !== (this.#warnsOfMore === this.#measure.complement);
  }
}

/** A slot with very many failures is looked at after each 32nd of them. */
function isLookedAt(failures: number): boolean {
  return failures % 2 ** Math.max(0, Math.floor(Math.log2(failures)) - 5) === 0;
}
