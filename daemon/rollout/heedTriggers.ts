import type { Plan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { TriggerConsequence } from '../protocol/domain/triggerConsequence.ts';
import { ruleOf } from '../protocol/domain/triggerRule.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Firing, Judgement, TriggerStatus } from '../protocol/domain/verdict.ts';
import { startRollback } from './actuation.ts';
import { type Draft, record } from './decisionDraft.ts';
import { oncePerTrigger } from './evolve.ts';
import { leftExposed } from './exposure.ts';
import { isUnderWay } from './phase.ts';

/**
 * Triggers first, and among them rollback before review and hold: a regression is never masked by a milder finding. The plan
 * defines the consequence; a trigger that the plan does not name has none.
 */
export function heedTriggers(draft: Draft, plan: Plan, judgement: Judgement, eventNow: EventTime): void {
  const since = leftExposed(draft.state) ?? draft.state.exposure?.since ?? null;
  if (since === null && !judgesTriggers(draft.state)) return;
  // A trigger against the stage that was left says nothing about the stage after a rollback, nor about a found
  // exposure.
  const [firing] = [...firedFor(plan, judgement, 'rollback'), ...unheeded(draft, plan, judgement)].filter(
    ({ at }) => since === null || at >= since,
  );
  if (firing !== undefined) {
    startRollback(draft, plan, { kind: 'trigger', firing }, eventNow);
    return;
  }
  const firings = oncePerTrigger(firedFor(plan, judgement, 'review')).filter(({ trigger }) => !isQuiet(draft, trigger));
  if (firings.length > 0) record(draft, { kind: 'review-opened', firings });
  const holding = firedFor(plan, judgement, 'hold');
  const held = oncePerTrigger(holding.filter(({ missing }) => missing === undefined));
  if (held.length > 0) record(draft, { kind: 'held', cause: { kind: 'trigger', firings: held } });
  for (const { trigger, missing } of holding) {
    if (missing === undefined) continue;
    const rule = missing.gate === undefined ? `the trigger ${trigger}` : `the gate of ${missing.gate}`;
    const detail = `nothing is known for ${rule}: ${missing.reason}`;
    record(draft, { kind: 'held', cause: { kind: 'fault', detail } });
  }
}

/** Every state of an attempt that exposes users, or is about to, and that has not been given up. */
function judgesTriggers({ phase, visits, effect }: RolloutState): boolean {
  const visit = visits.at(-1);
  const stageExposes = visit !== undefined && visit.to === null && visit.percent > 0;
  return isUnderWay(phase) && (stageExposes || (effect !== null && effect.percent > 0));
}

/** A person has acknowledged the trigger for a time that is not over. A rollback is never kept back by it. */
function isQuiet({ state, now }: Draft, trigger: string): boolean {
  const until = state.quiet?.[trigger];
  return until !== undefined && now < until;
}

function firedFor(plan: Plan, { fired }: Judgement, consequence: TriggerConsequence): readonly Firing[] {
  return fired.filter((firing) => consequenceOf(plan, firing) === consequence);
}

/**
 * A rollback trigger that began to fire in this attempt and still does, although no rollback followed: the daemon that
 * saw its beginning died before it could act.
 */
function unheeded({ state }: Draft, plan: Plan, { triggers }: Judgement): readonly Firing[] {
  const began = state.exposure?.since ?? state.visits.find(({ attempt }) => attempt === state.attempt)?.from;
  return triggers.flatMap((status): Firing[] => {
    if (status.phase.kind !== 'firing') return [];
    const { since } = status.phase;
    const firing = firingOf(status, since);
    const isHeeded = began === undefined || since < began || consequenceOf(plan, firing) !== 'rollback';
    return isHeeded ? [] : [firing];
  });
}

function firingOf({ id, verdict }: TriggerStatus, since: EventTime): Firing {
  const { figure, window } = verdict;
  return {
    trigger: id,
    rule: 'literal',
    at: since,
    until: window.to ?? since,
    window: { from: window.from ?? since, to: window.to ?? since },
    n: figure.n,
    good: figure.good,
    figure: figure.value,
    condition: verdict.condition,
    ...(verdict.baseline !== null && { baseline: verdict.baseline }),
    evidence: [],
  };
}

/**
 * The firing itself says the consequence of missing data. A trigger that acts on a proof rolls back on nothing less: its condition
 * crossed, or a test beside it, asks a person; where it asks a person anyhow, only the proof does.
 */
export function consequenceOf(plan: Plan, { trigger: id, rule, missing }: Firing): TriggerConsequence | undefined {
  if (missing !== undefined) return missing.consequence;
  const trigger = plan.triggers.find((each) => each.id === id);
  if (trigger === undefined || rule === 'proven' || ruleOf(plan, trigger) === 'literal') return trigger?.then;
  return trigger.then === 'rollback' ? 'review' : undefined;
}
