import type { Plan } from '../protocol/domain/plan.ts';
import type { ProofThresholds } from '../statistics/provenDecline.ts';

/** The plan's `false_alarm` is of a rollout; three weeks is what the thresholds were measured for (docs/decisions.md). */
const measuredDays = 21;
const measuredRollouts = 100;
const day = 24 * 3_600_000;

/**
 * How large evidence must be so that a healthy rollout is rolled back in at most one of `false_alarm`: the thresholds
 * that were measured to keep 1 in 100 over three weeks, times what is asked beyond that, in rollouts and in length.
 */
export function thresholdsOf(plan: PlanOfAlarms): ProofThresholds {
  const lnMore = lnBeyondMeasured(plan);
  return {
    decline: Math.log(20_000) + lnMore,
    comparison: Math.log(30),
    together: 13.5 + lnMore,
    alone: Math.log(100_000) + lnMore,
  };
}

/** The same where nothing but the comparison with a control counts, as for a ratio to a baseline. */
export function thresholdsOfRatio(plan: PlanOfAlarms): ProofThresholds {
  const enough = Math.log(100_000) + lnBeyondMeasured(plan);
  return { decline: 0, comparison: enough, together: enough, alone: 1e6 };
}

function lnBeyondMeasured({ false_alarm: rollouts, stages }: PlanOfAlarms): number {
  const days = stages.reduce((sum, { soak }) => sum + soak, 0) / day;
  return Math.log(rollouts / measuredRollouts) + Math.log(Math.max(1, days / measuredDays));
}

type PlanOfAlarms = Pick<Plan, 'false_alarm' | 'stages'>;
