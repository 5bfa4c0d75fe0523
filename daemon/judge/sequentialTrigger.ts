import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Observation, Place } from '../protocol/observation.ts';
import type { Trigger } from '../protocol/plan.ts';
import type { EventTime } from '../protocol/units.ts';
import type { Firing } from '../protocol/verdict.ts';
import { evidenceLimit } from './firingEvidence.ts';
import {
  defaultRates,
  defaultSequentialThreshold,
  freshCapital,
  type SequentialRates,
  stepCapital,
} from './sequentialTest.ts';

/** What must survive a restart; part of `Judge.memory()`. */
export interface SequentialMemory {
  readonly capital: number;
  readonly from: EventTime | null;
  readonly n: number;
  readonly good: number;
  readonly evidence: readonly Place[];
}

const fresh: SequentialMemory = { capital: freshCapital, from: null, n: 0, good: 0, evidence: [] };

/**
 * The sequential test beside a trigger's literal rule (`also: sequential`): the e-CUSUM over the records of its arm in
 * the order in which they arrive. Every alarm is a firing of its own, after which the test starts afresh.
 */
export class SequentialTrigger {
  readonly rates: SequentialRates;
  readonly #trigger: Trigger;
  readonly #measure: Extract<ResolvedMeasure, { kind: 'share' }>;
  /** "errors > 5 %" warns of more of what is measured, "success < 95 %" of less. */
  readonly #warnsOfMore: boolean;
  #state: SequentialMemory = fresh;

  private constructor(
    trigger: Trigger,
    measure: Extract<ResolvedMeasure, { kind: 'share' }>,
    warnsOfMore: boolean,
    rates: SequentialRates,
  ) {
    this.#trigger = trigger;
    this.#measure = measure;
    this.#warnsOfMore = warnsOfMore;
    this.rates = rates;
  }

  /** `null` when the trigger has none, or is not of a share against a fixed threshold strictly between 0 and 100 %. */
  static of(trigger: Trigger, measure: ResolvedMeasure): SequentialTrigger | null {
    const { also, when } = trigger;
    if (also === undefined || measure.kind !== 'share' || when.against === 'baseline') return null;
    const { coefficient, scale } = when.threshold;
    const { comparison } = when;
    if (comparison === '==' || comparison === '!=' || coefficient <= 0 || coefficient >= scale) return null;
    const warnsOfMore = comparison === '>' || comparison === '>=';
    const rates = defaultRates(warnsOfMore ? scale - coefficient : coefficient, scale);
    const given = also === 'sequential' ? {} : also.sequential;
    return new SequentialTrigger(trigger, measure, warnsOfMore, {
      good: given.good ?? rates.good,
      bad: given.bad ?? rates.bad,
      threshold: given.threshold ?? defaultSequentialThreshold,
    });
  }

  /** One more record, in order of arrival; the firing when it raises an alarm. */
  observe({ reading, place }: Observation): Firing | null {
    if (reading.kind !== 'outcome' || reading.arm !== this.#measure.arm) return null;
    const satisfied = ((reading.shares >> this.#measure.bit) & 1) === 1;
    const success = satisfied === (this.#warnsOfMore === this.#measure.complement);
    const before = this.#state.capital > freshCapital ? this.#state : fresh;
    const capital = stepCapital(before.capital, success, this.rates);
    const next: SequentialMemory = {
      capital,
      from: before.from ?? reading.at,
      n: before.n + 1,
      good: before.good + (success ? 1 : 0),
      evidence: success ? before.evidence : [...before.evidence, place].slice(-evidenceLimit),
    };
    const alarm = capital >= this.rates.threshold;
    this.#state = alarm ? fresh : next;
    return alarm ? this.#firing(next, reading.at) : null;
  }

  reset(): void {
    this.#state = fresh;
  }

  get status(): { readonly capital: number; readonly threshold: number } {
    return { capital: Math.max(freshCapital, this.#state.capital), threshold: this.rates.threshold };
  }

  get memory(): SequentialMemory {
    return this.#state;
  }

  restore(memory: SequentialMemory): void {
    this.#state = memory;
  }

  #firing({ from, n, good, evidence }: SequentialMemory, at: EventTime): Firing {
    return {
      trigger: this.#trigger.id,
      rule: 'sequential',
      at,
      until: at,
      window: { from: from ?? at, to: at },
      n,
      good,
      figure: this.#warnsOfMore ? (n - good) / n : good / n,
      condition: this.#trigger.when.text,
      evidence,
    };
  }
}
