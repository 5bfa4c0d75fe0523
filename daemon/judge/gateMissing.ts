import type { Condition } from '../protocol/domain/condition.ts';
import type { Stage } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import type { Duration, EventTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import { heedMissing, type Missing, missingFiring, missingSetBack } from './missingData.ts';
import type { Unknown } from './unknown.ts';

/** The part of `Judge.memory()` that must survive a restart. */
export interface GateMissingMemory {
  readonly stay: string;
  readonly conditions: readonly { readonly text: string; readonly missing: Missing }[];
}

/** The state of a condition's measure now. */
interface Known {
  readonly unknown: Unknown | null;
  readonly patience: Duration;
}

/** Carries out the missing-data policies of the current gate's conditions. */
export class GateMissing {
  #stay = '';
  #conditions = new Map<string, Missing>();

  heed(stage: Stage, visit: StageVisit, at: EventTime, knownOf: (condition: Condition) => Known): readonly Firing[] {
    const stay = `${visit.attempt} ${visit.stage} ${visit.from}`;
    if (stay !== this.#stay) this.#conditions.clear();
    this.#stay = stay;
    return stage.gate.flatMap((condition): Firing[] => {
      const { text, missing: policy = 'block' } = condition;
      if (policy === 'block') return [];
      const { unknown, patience } = knownOf(condition);
      const rule = { policy, patience, judgedSince: visit.from };
      const { missing, acts } = heedMissing(this.#conditions.get(text) ?? null, unknown, at, rule);
      if (missing === null) this.#conditions.delete(text);
      else this.#conditions.set(text, missing);
      return acts === null ? [] : [missingFiring(`gate of ${stage.id}`, text, at, { ...acts, gate: stage.id })];
    });
  }

  setBack(at: EventTime): void {
    for (const [text, missing] of this.#conditions) this.#conditions.set(text, missingSetBack(missing, at) ?? missing);
  }

  get memory(): GateMissingMemory {
    return { stay: this.#stay, conditions: [...this.#conditions].map(([text, missing]) => ({ text, missing })) };
  }

  restore({ stay, conditions }: GateMissingMemory): void {
    this.#stay = stay;
    this.#conditions = new Map(conditions.map(({ text, missing }) => [text, missing]));
  }
}
