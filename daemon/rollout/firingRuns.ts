import type { KeptRun } from '../judge/memory.ts';
import type { Plan, Trigger } from '../protocol/domain/plan.ts';
import type { TriggerConsequence } from '../protocol/domain/triggerConsequence.ts';
import { type Duration, duration, type EventTime } from '../protocol/domain/units.ts';
import type { Firing, Judgement, TriggerStatus } from '../protocol/domain/verdict.ts';
import { consequenceOf } from './heedTriggers.ts';

/** Firings of one trigger with no time of calm between them. */
interface Run {
  times: number;
  /** When the condition was last seen to hold. */
  last: EventTime;
}

/**
 * A figure that hovers at its limit fires again and again. Until the trigger was calm, its firings are one: the journal has
 * the first, a review lists it once, and an acknowledgement or a resume lasts. A rollback is never kept back by it.
 */
export class FiringRuns {
  readonly #calm: ReadonlyMap<string, Duration>;
  readonly #plan: Plan;
  /** By trigger, and by the rule that fired: a proof is never one with a mere crossing. */
  readonly #runs = new Map<string, Map<Firing['rule'], Run>>();

  /** @param kept what `memory` gave before a restart or an edit of the plan */
  constructor(plan: Plan, kept: readonly KeptRun[] = []) {
    this.#plan = plan;
    this.#calm = new Map(plan.triggers.map((trigger) => [trigger.id, calmLength(plan, trigger)]));
    for (const { trigger, rule, times, last } of kept) this.#of(trigger).set(rule, { times, last });
  }

  get memory(): readonly KeptRun[] {
    return [...this.#runs].flatMap(([trigger, runs]) =>
      [...runs].map(([rule, { times, last }]) => ({ trigger, rule, times, last })),
    );
  }

  /** Another attempt: nothing of before it is one with what comes. */
  reset(): void {
    this.#runs.clear();
  }

  /** Counts the judgement's firings. The judgement that it gives has those that are to be decided on. */
  heed(judgement: Judgement): { readonly judgement: Judgement; readonly told: readonly Firing[] } {
    const told = judgement.fired.filter((firing) => this.#begins(firing));
    for (const { id, phase, verdict } of judgement.triggers) {
      const run = this.#runs.get(id)?.get('literal');
      if (run !== undefined && phase.kind === 'firing') run.last = later(run.last, verdict.window.to ?? phase.since);
    }
    const fired = judgement.fired.filter((firing) => told.includes(firing) || this.#isDecidedEachTime(firing));
    return { judgement: this.shown({ ...judgement, fired }), told };
  }

  /** The judgement with the number of firings beside each trigger. */
  shown(judgement: Judgement): Judgement {
    if (this.#runs.size === 0) return judgement;
    return { ...judgement, triggers: judgement.triggers.map((status) => this.#withTimes(status)) };
  }

  #begins({ trigger, rule, at, until }: Firing): boolean {
    const runs = this.#of(trigger);
    const run = runs.get(rule);
    const goesOn = run !== undefined && at - run.last <= (this.#calm.get(trigger) ?? 0);
    if (!goesOn) runs.set(rule, { times: 1, last: until });
    else {
      run.times += 1;
      run.last = later(run.last, until);
    }
    return !goesOn;
  }

  #of(trigger: string): Map<Firing['rule'], Run> {
    const runs = this.#runs.get(trigger) ?? new Map<Firing['rule'], Run>();
    this.#runs.set(trigger, runs);
    return runs;
  }

  /** A rollback is never kept back, nor what missing data mean to a trigger or a gate. */
  #isDecidedEachTime(firing: Firing): boolean {
    return firing.missing !== undefined || !waitsForPerson.has(consequenceOf(this.#plan, firing));
  }

  #withTimes(status: TriggerStatus): TriggerStatus {
    const run = this.#runs.get(status.id)?.get('literal');
    if (run === undefined || run.times === 1) return status;
    return { ...status, recurred: { times: run.times, last: run.last } };
  }
}

const waitsForPerson: ReadonlySet<TriggerConsequence | undefined> = new Set<TriggerConsequence>(['review', 'hold']);
const calmWindows = 3;
/** Chance alone crosses a limit again and again, and a crossing without a proof says no more the second time. */
const calmOfSamples = 12 * 3_600_000;

/**
 * A trigger is calm when its condition has not held for three times the window and the waiting time that it has; one on a share or
 * a quantile, which chance moves across a limit some times a day in a healthy rollout, for half a day.
 */
function calmLength({ measures }: Plan, trigger: Trigger): Duration {
  const measure = measures[trigger.when.measure];
  const isSampled = measure !== undefined && ('share' in measure || 'share_not' in measure || 'quantile' in measure);
  const windows = calmWindows * Math.max(trigger.over, trigger.for ?? 0);
  return duration(isSampled ? Math.max(calmOfSamples, windows) : windows);
}

function later(one: EventTime, other: EventTime): EventTime {
  return one > other ? one : other;
}
