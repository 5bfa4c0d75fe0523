import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Observation } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { Trigger } from '../protocol/domain/plan.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import { freshCapital, type SequentialRates, sequentialRates, stepCapital } from '../statistics/sequentialTest.ts';
import { evidenceLimit } from './firingEvidence.ts';

/** The part of `Judge.memory()` that must survive a restart. */
export interface SequentialMemory {
  /** The rates that it was summed with: capital of other rates is of no use. */
  readonly rates?: SequentialRates | undefined;
  readonly capital: number;
  readonly from: EventTime | null;
  readonly n: number;
  readonly good: number;
  readonly evidence: readonly Place[];
  /** The sum of the squares of the weights, where records stand for many. */
  readonly squares?: number | undefined;
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
  /** "errors > 5 %" warns of more of the measured share, "success < 95 %" of less. */
  readonly #warnsOfMore: boolean;
  // Changed in place: a memory object would be one more for each record.
  #capital = fresh.capital;
  #from = fresh.from;
  #n = fresh.n;
  #good = fresh.good;
  #evidence = fresh.evidence;
  #squares = 0;
  /** Index of the first of the counts in a reading's numbers; -1 where each record counts as one. */
  readonly #counted: number;

  private constructor(
    trigger: Trigger,
    measure: Extract<ResolvedMeasure, { kind: 'share' }>,
    warnsOfMore: boolean,
    rates: SequentialRates,
    counted: number,
  ) {
    this.#counted = counted;
    this.#trigger = trigger;
    this.#measure = measure;
    this.#warnsOfMore = warnsOfMore;
    this.rates = rates;
  }

  /** `null` when the trigger has none, or is not of a share against a fixed threshold strictly between 0 and 100 %. */
  static of(trigger: Trigger, measure: ResolvedMeasure, counted = -1): SequentialTrigger | null {
    const rates = measure.kind === 'share' ? sequentialRates(trigger) : null;
    if (measure.kind !== 'share' || rates === null) return null;
    const { comparison } = trigger.when;
    return new SequentialTrigger(trigger, measure, comparison === '>' || comparison === '>=', rates, counted);
  }

  /** One more record, in order of arrival; the firing when it raises an alarm. */
  observe({ reading, place }: Observation): Firing | null {
    if (reading.kind !== 'outcome' || reading.arm !== this.#measure.arm) return null;
    const satisfied = ((reading.shares >> this.#measure.bit) & 1) === 1;
    const success = satisfied === (this.#warnsOfMore === this.#measure.complement);
    if (this.#capital <= freshCapital) this.reset();
    const n = this.#counted === -1 ? 1 : (reading.fields[this.#counted] ?? 0);
    if (n === 0) return null;
    this.#from ??= reading.at;
    this.#n += n;
    if (this.#counted !== -1) this.#squares += reading.fields[this.#counted + 1] ?? 0;
    // Sampled records are worth as many as their weights are (`OutcomeCounts.evidence`).
    const worth = this.#squares > 0 ? n * Math.min(1, this.#n / this.#squares) : n;
    this.#capital = stepCapital(this.#capital, success, this.rates, worth);
    if (success) this.#good += n;
    else this.#evidence = [...this.#evidence, { ...place }].slice(-evidenceLimit);
    if (this.#capital < this.rates.threshold) return null;
    const firing = this.#firing(this.memory, reading.at);
    this.reset();
    return firing;
  }

  reset(): void {
    this.restore(fresh);
  }

  get status(): { readonly capital: number; readonly threshold: number } {
    return { capital: Math.max(freshCapital, this.#capital), threshold: this.rates.threshold };
  }

  get memory(): SequentialMemory {
    const squares = this.#squares === 0 ? {} : { squares: this.#squares };
    return {
      rates: this.rates,
      capital: this.#capital,
      from: this.#from,
      n: this.#n,
      good: this.#good,
      evidence: this.#evidence,
      ...squares,
    };
  }

  restore({ rates = this.rates, capital, from, n, good, evidence, squares = 0 }: SequentialMemory): void {
    const isSame = rates.good === this.rates.good && rates.bad === this.rates.bad;
    if (!isSame || rates.threshold !== this.rates.threshold) return;
    this.#squares = squares;
    this.#capital = capital;
    this.#from = from;
    this.#n = n;
    this.#good = good;
    this.#evidence = evidence;
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
