import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Condition } from '../protocol/domain/condition.ts';
import type { Plan, Stage } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { duration, type EventTime } from '../protocol/domain/units.ts';
import type { ConditionVerdict } from '../protocol/domain/verdict.ts';
import type { ConditionJudge } from './conditionJudge.ts';
import type { FollowedStay } from './followedStay.ts';
import type { Scope } from './scope.ts';
import type { Unknown } from './unknown.ts';

/** The reason why a measure's figures over a stay may not be relied on; `null` when they may. */
type UnknownOf = (measure: ResolvedMeasure, stay: Scope) => Unknown | null;

const notBegun: Unknown = { kind: 'no-data', reason: 'the stage has not begun' };

/** How long the records that are missing to a proof take, at the rate of the stay so far. */
function withForecast(verdict: ConditionVerdict, from: EventTime | null, newest: EventTime | null): ConditionVerdict {
  const { label, figure } = verdict;
  if (label?.kind !== 'insufficient' || label.needed === null || figure.n === 0) return verdict;
  if (from === null || newest === null || newest - from < minute) return verdict;
  const length = Math.max(minute, (label.needed * (newest - from)) / figure.n);
  // Two digits of minutes: a forecast must not change each second.
  const within = duration(Number((length / minute).toPrecision(2)) * minute);
  return { ...verdict, label: { ...label, within } };
}

const minute = 60_000;

/** Judges the gates of the plan's stages: over the current stay, or over a past one. */
export class GateJudge {
  readonly #stay: FollowedStay;
  readonly #conditionJudge: (condition: Condition) => ConditionJudge;
  readonly #gates = new Map<Stage, readonly ConditionJudge[]>();

  constructor(plan: Plan, stay: FollowedStay, conditionJudge: (condition: Condition) => ConditionJudge) {
    this.#stay = stay;
    this.#conditionJudge = conditionJudge;
    for (const stage of plan.stages) this.#gate(stage);
  }

  /** The measures on which the gates rest. */
  get measures(): readonly ResolvedMeasure[] {
    return [...this.#gates.values()].flat().map(({ measure }) => measure);
  }

  /** @param visit the stay in the stage; `null` before the rollout began. */
  now(stage: Stage, visit: StageVisit | null, unknownOf: UnknownOf): ConditionVerdict[] {
    const whole = this.#stay.scope(visit);
    const scope = this.#stay.withoutDrifts(whole, visit);
    return this.#gate(stage).map((condition) => {
      const why = visit === null ? notBegun : unknownOf(condition.measure, whole);
      const assessment = condition.assess(scope);
      // While somebody else had set the flag no condition was proven; but a failure of that time is a failure.
      const ofAll = scope !== whole && assessment.verdict === 'met' ? condition.assess(whole) : null;
      const verdict =
        ofAll === null || ofAll.verdict === 'met'
          ? condition.explain(scope, assessment, why)
          : condition.explain(whole, ofAll, why);
      return withForecast(verdict, whole.from, this.#stay.newest);
    });
  }

  inHindsight(stage: Stage, scope: Scope, unknownOf: UnknownOf): ConditionVerdict[] {
    return this.#gate(stage).map((condition) =>
      condition.explain(scope, condition.assess(scope), unknownOf(condition.measure, scope)),
    );
  }

  #gate(stage: Stage): readonly ConditionJudge[] {
    const known = this.#gates.get(stage);
    if (known !== undefined) return known;
    const conditions = stage.gate.map((condition) => this.#conditionJudge(condition));
    this.#gates.set(stage, conditions);
    return conditions;
  }
}
