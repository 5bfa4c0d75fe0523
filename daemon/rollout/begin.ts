import type { Plan, Stage } from '../protocol/domain/plan.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { FoundExposure } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { localTime } from '../protocol/domain/zonedTime.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { enterStage } from './actuation.ts';
import { type Draft, record } from './decisionDraft.ts';
import { mayBegin } from './evolve.ts';
import { frozenUntil } from './freeze.ts';
import { done, notNow, type Order, reasonOf, refused, whereText } from './order.ts';
import { effectText } from './readiness.ts';

/**
 * Starts an attempt with the first stage, or with the requested one. A stage that matches the flag's present exposure
 * adopts it; any stage that would change the exposure needs a reason.
 */
export function begin(draft: Draft, order: Order<'begin'>): CommandOutcome {
  const { plan, eventNow, by, command } = order;
  const { kind } = draft.state.phase;
  if (kind === 'completed')
    return refused(draft, 'completed', 'the rollout is completed; a new one needs a new plan id');
  const goesBack = kind === 'rolling-back' || kind === 'rollback-failed';
  if (goesBack && !mayBegin(draft.state)) return notNow(draft, kind);
  if (!goesBack && kind !== 'planned' && kind !== 'rolled-back') {
    return refused(draft, 'already-begun', `already begun: ${whereText(plan, draft.state)}`);
  }
  const index = command.at === undefined ? 0 : plan.stages.findIndex(({ id }) => id === command.at);
  const stage = plan.stages[index];
  if (stage === undefined) {
    if (command.at === undefined) return refused(draft, 'plan-changed', 'the plan has no stages');
    const known = plan.stages.map(({ id }) => id).join(', ');
    return refused(draft, 'no-stage', `the plan has no stage ${plainText(command.at)}; it has ${known}`);
  }
  const { exposure } = draft.state;
  const adopts = exposure !== null && isAsFound(plan, stage, exposure);
  const reason = reasonOf(command.reason);
  const { effect } = draft.state;
  const unmet = goesBack && effect !== null ? [effectText(effect, order.judgement.proof)] : [];
  if (unmet.length > 0 && reason === null) {
    const message = `the rollback is not over: ${unmet.join('; ')}; wait for it, or begin anyway with a reason`;
    return refused(draft, 'rolling-back', message);
  }
  if (!adopts && reason === null) {
    const refusal = needsReason(draft, order, stage, index);
    if (refusal !== null) return refusal;
  }
  record(draft, {
    kind: 'begun',
    by,
    attempt: draft.state.attempt + 1,
    planHash: draft.state.planHash,
    ...(reason !== null && { reason }),
    ...(unmet.length > 0 && { unmet }),
    ...(adopts && { adopted: exposure.detail }),
  });
  enterStage(draft, plan, { index, stage, at: eventNow }, { cause: 'begin', by, reason, unmet: [] });
  const where = `${stage.id} at ${percentText(stage.percent)}`;
  const said = adopts
    ? `attempt ${draft.state.attempt} has adopted ${where}: the flag stays as it is`
    : `attempt ${draft.state.attempt} has begun with ${where}`;
  return done(draft, [said, ...order.remarks, ...earlyStart(plan, draft.now)].join('; '));
}

/** The refusal of a begin that a reason would overcome; `null` when it needs none. */
function needsReason(draft: Draft, { plan }: Order<'begin'>, stage: Stage, index: number): CommandOutcome | null {
  const { exposure } = draft.state;
  if (exposure !== null && exposure.by === 'flag') {
    const now = exposure.percent === null ? 'is on' : `is at ${percentText(exposure.percent)}`;
    const change = `${stage.id} would set it to ${percentText(stage.percent)}`;
    const choices = adoptionText(plan, exposure);
    return refused(
      draft,
      'exposed',
      `users are exposed: ${plainText(exposure.detail)}, so the flag ${now} and ${change}. ${choices}, \`rampwatch rollback\` takes users off, and a reason begins with ${stage.id} anyway`,
    );
  }
  if (index > 0 && stage.percent > (plan.stages[0]?.percent ?? 0)) {
    return refused(
      draft,
      'reason-needed',
      `${stage.id} at ${percentText(stage.percent)} is not the first stage, and the flag does not match it: a reason begins there anyway`,
    );
  }
  const frozen = stage.percent > 0 ? frozenUntil(plan, draft.now) : null;
  if (frozen === null) return null;
  const until = clockText(frozen, draft.now, plan.timezone);
  return refused(draft, 'frozen', `the plan forbids to expose users until ${until}; a reason overrides it`);
}

function adoptionText(plan: Plan, exposure: FoundExposure): string {
  const stages = plan.stages.filter((stage) => isAsFound(plan, stage, exposure));
  const [first] = stages;
  if (first !== undefined) return `\`rampwatch begin --at ${first.id}\` adopts it as it is`;
  return `No stage of the plan has that percentage: \`rampwatch begin --at STAGE --reason TEXT\` begins at the nearest`;
}

/** Compared as the plan writes it: a local date, or a local date and time. */
function earlyStart({ start, timezone }: Plan, now: WallTime): readonly string[] {
  if (start === undefined) return [];
  const { year, month, day, minute } = localTime(now, timezone);
  const two = (part: number): string => String(part).padStart(2, '0');
  const local = `${year}-${two(month)}-${two(day)}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  return local.slice(0, start.length) < start ? [`the plan itself starts on ${start}`] : [];
}

/** True when the stage matches the present exposure, so that a begin at it changes nothing for anyone. */
export function isAsFound(plan: Plan, { percent }: Stage, exposure: FoundExposure): boolean {
  if (percent === 0) return false;
  if (exposure.percent !== null) return percent === exposure.percent;
  return exposure.by === 'flag' || plan.flag === undefined;
}
