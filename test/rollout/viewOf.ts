import { flagName } from '../../daemon/protocol/domain/flagKinds.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Health, RolloutView } from '../../daemon/protocol/wire/view.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import type { World } from './world.ts';

/** The view of the world for a client, as far as the sentence reads it. */
export function viewOf(world: World, troubles: readonly Health[] = []): RolloutView {
  const { plan, state } = world;
  const judgement = world.said(world.now);
  return {
    rollout: plan.id,
    plan: {
      id: plan.id,
      name: plan.name ?? plan.id,
      file: '/plans/rampwatch.yaml',
      hash: state.planHash,
      timezone: plan.timezone,
      mode: plan.advance.mode,
      lines: {},
      documents: [],
      problem: null,
    },
    standing: standing(plan, state, judgement, wallTime(world.now), troubles),
    stages: plan.stages.map(({ id, percent, soak }) => ({
      id,
      percent,
      soak,
      state: 'ahead',
      gate: [],
      visit: state.visits.findLast((visit) => visit.attempt === state.attempt && visit.stage === id) ?? null,
      arms: { treatment: 0, control: 0 },
    })),
    triggers: judgement.triggers,
    sources: [],
    flag:
      plan.flag === undefined
        ? null
        : { target: flagName(plan.flag), effect: state.effect, proof: judgement.proof, values: {} },
    checklists: [],
    journal: [],
  };
}
