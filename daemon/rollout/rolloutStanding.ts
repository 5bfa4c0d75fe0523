import type { Plan } from '../protocol/domain/plan.ts';
import type { Phase } from '../protocol/domain/rolloutPhase.ts';
import { decidingFirings, type HoldCause } from '../protocol/domain/rolloutPhase.ts';
import type { FoundExposure, RolloutState } from '../protocol/domain/rolloutState.ts';
import { type Percent, percent, type WallTime } from '../protocol/domain/units.ts';
import type { Firing, Judgement } from '../protocol/domain/verdict.ts';
import type { EffectPreview, ExposureView, Health, StandingView } from '../protocol/wire/view.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { english } from '../protocol/words/factWords.ts';
import { firedTexts, firingText, foundExposureText } from '../protocol/words/figureText.ts';
import { boundedList } from '../protocol/words/listText.ts';
import { holdCause } from '../protocol/words/phaseWords.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { rollbackTarget } from './actuation.ts';
import { isAsFound } from './begin.ts';
import { datedBehindText } from './datedBehind.ts';
import { waitsSince } from './effectProgress.ts';
import { leftExposed } from './exposure.ts';
import { frozenUntil } from './freeze.ts';
import { readyFrom } from './hoveringGate.ts';
import { isUnderWay } from './phase.ts';
import { type Blocker, blockers, blockerText, currentStage, currentStageId, effectText } from './readiness.ts';

/**
 * The state of a rollout, for people. `judgement`: the newest, or `null` before the first. `troubles`: faults that the
 * rooms around it know, such as an unreadable source or an unwritable store; the worst is shown.
 */
export function standing(
  plan: Plan,
  state: RolloutState,
  judgement: Judgement | null,
  now: WallTime,
  troubles: readonly Health[],
): StandingView {
  const stage = currentStage(plan, state);
  const verdicts = stage?.gate.map(({ text }) => judgement?.gate.find(({ condition }) => condition === text)) ?? [];
  const lacking = isUnderWay(state.phase) ? blockers(plan, state, judgement, now) : [];
  const frozen = frozenUntil(plan, now);
  return {
    attempt: state.attempt,
    revision: state.revision,
    phase: livePhase(state, judgement),
    since: state.since,
    stage: currentStageId(plan, state),
    stageIndex: state.stage,
    percent: flagPercent(state),
    health: worst([...ownHealth(plan, state, judgement, now, lacking), ...datedHealth(plan, judgement), ...troubles]),
    soak: { required: stage?.soak ?? state.soaked, soaked: state.soaked, countingSince: state.countingSince },
    gateMet: verdicts.filter((verdict) => verdict?.verdict === 'met').length,
    gateTotal: verdicts.length,
    ...(plan.advance.approvals > 1 && {
      approvals: { needed: plan.advance.approvals, by: (state.approvals ?? []).map(({ by }) => by) },
    }),
    missing: missing(plan, state, judgement, now, lacking, frozen),
    frozenUntil: frozen,
    watermark: judgement?.watermark ?? null,
    ...(state.exposure !== null && { exposure: exposureView(plan, state.exposure) }),
    effects: previews(plan, state),
    may: permitted(plan, state, lacking, frozen),
  };
}

function exposureView(plan: Plan, exposure: FoundExposure): ExposureView {
  const adopt = plan.stages.filter((stage) => isAsFound(plan, stage, exposure)).map(({ id }) => id);
  return { ...exposure, adopt };
}

/**
 * The present setting of the flag, as far as is known: an effect counts from its write. A flag that is found on without
 * a number is on for everybody.
 */
function flagPercent({ effect, visits, attempt, phase, exposure }: RolloutState): Percent {
  if (exposure?.by === 'flag') return exposure.percent ?? percent(100);
  const from = 'from' in phase ? phase.from?.percent : undefined;
  if (effect === null) {
    const visit = visits.at(-1);
    return isUnderWay(phase) && visit !== undefined ? visit.percent : percent(0);
  }
  if (effect.progress !== 'intended' && effect.progress !== 'failed') return effect.percent;
  if (effect.purpose === 'rollback' && from != null) return from;
  const before = effect.purpose === 'rollback' ? visits.at(-1) : visits.at(-2);
  return before !== undefined && before.attempt === attempt ? before.percent : percent(0);
}

function missing(
  plan: Plan,
  state: RolloutState,
  judgement: Judgement | null,
  now: WallTime,
  lacking: readonly Blocker[],
  frozen: WallTime | null,
): readonly string[] {
  const { phase, effect } = state;
  const found = state.exposure === null ? [] : [`${foundExposureText(state.exposure)}: adopt it, or roll back`];
  const lines = saidOnce(lacking).map((blocker) => blockerText(blocker, now, plan.timezone));
  const freeze =
    frozen === null || plan.stages[state.stage + 1] === undefined
      ? []
      : [`advances are frozen until ${clockText(frozen, now, plan.timezone)}`];
  switch (phase.kind) {
    case 'planned':
      return [...found, 'not begun'];
    case 'soaking':
    case 'ready':
      return [...lines, ...hovering(plan, state, now, lacking), ...freeze];
    case 'held':
      return [heldLine(phase.cause), ...lines, ...freeze];
    case 'review':
      return [`in review: ${idsOf(phase.firings)} must be acknowledged`, ...lines, ...freeze];
    case 'rolling-back':
      return effect === null ? ['rolling back'] : [`rolling back: ${effectText(effect, judgement?.proof ?? null)}`];
    case 'rollback-failed':
      return [`the rollback failed: ${failureText(state, judgement)}`];
    case 'rolled-back':
      return [...found, 'rolled back: begin starts a new attempt'];
    case 'completed':
      return [];
  }
}

function heldLine(cause: HoldCause): string {
  if (cause.kind !== 'trigger') return plainText(`held ${holdCause(cause, [], english)}`);
  const beside = cause.beside === undefined ? '' : `, and ${holdCause(cause.beside, [], english)}`;
  return plainText(`held by ${idsOf(cause.firings)}${beside}: resume continues`);
}

/** The gate is met, but was lost again and again: it is ready when it still is a while later. */
function hovering(plan: Plan, state: RolloutState, now: WallTime, lacking: readonly Blocker[]): readonly string[] {
  const from = readyFrom(state, now);
  if (lacking.length > 0 || from === null || from <= now || state.phase.kind !== 'soaking') return [];
  const until = clockText(from, now, plan.timezone);
  return [`the gate is met, but was lost ${state.gateLost?.times ?? 0} times: it is ready if it holds at ${until}`];
}

/** A contradicted rollback is shown with the traffic's present figures. */
function livePhase(state: RolloutState, judgement: Judgement | null): Phase {
  const { phase } = state;
  return phase.kind === 'rollback-failed' ? { ...phase, detail: failureText(state, judgement) } : phase;
}

function failureText({ phase, effect }: RolloutState, judgement: Judgement | null): string {
  if (phase.kind !== 'rollback-failed') return '';
  if (effect?.progress !== 'verified') return plainText(phase.detail);
  return effectText(effect, judgement?.proof ?? null);
}

/** A silent source is named once, not again for each condition that rests on it. */
function saidOnce(lacking: readonly Blocker[]): readonly Blocker[] {
  const silent = lacking.flatMap((blocker) =>
    blocker.kind === 'source' ? [blocker.source.glob, blocker.source.trouble?.detail ?? blocker.source.glob] : [],
  );
  return lacking.filter(
    (blocker) =>
      blocker.kind !== 'condition' ||
      (blocker.verdict.verdict !== 'no-data' && blocker.verdict.verdict !== 'error') ||
      !silent.some((told) => blocker.verdict.reason.includes(told)),
  );
}

function permitted(
  plan: Plan,
  state: RolloutState,
  lacking: readonly Blocker[],
  frozen: WallTime | null,
): StandingView['may'] {
  const { kind } = state.phase;
  switch (kind) {
    case 'planned':
    case 'rolled-back': {
      const isFrozen = frozen !== null && (plan.stages[0]?.percent ?? 0) > 0;
      const begin = state.exposure?.by === 'flag' || isFrozen ? [] : (['begin'] as const);
      const adopt = state.exposure === null ? [] : (['adopt'] as const);
      return [...begin, ...adopt, ...(rollbackSets(plan, state) ? (['rollback'] as const) : [])];
    }
    case 'soaking':
    case 'ready':
    case 'held': {
      const own = kind === 'held' ? (['resume'] as const) : (['hold', 'rejudge'] as const);
      const still = state.drift === null ? own : ([...own, 'restore'] as const);
      if (currentStage(plan, state) === undefined) return [...still, 'rollback'];
      const isFrozen = frozen !== null && plan.stages[state.stage + 1] !== undefined;
      const free = kind !== 'held' && lacking.length === 0 && !isFrozen;
      return free ? ['advance', ...still, 'rollback'] : ['advance', 'override', ...still, 'rollback'];
    }
    case 'review':
      return state.drift === null ? ['acknowledge', 'rollback'] : ['acknowledge', 'restore', 'rollback'];
    case 'completed':
    case 'rolling-back':
    case 'rollback-failed':
      return ['rollback'];
  }
}

/** The effect of each command, in absolute values; the target fills in the words of its own. */
function previews(plan: Plan, state: RolloutState): NonNullable<StandingView['effects']> {
  const preview = (stage: { readonly id: string; readonly percent: Percent } | undefined): EffectPreview | undefined =>
    stage && { stage: stage.id, percent: stage.percent, flag: null };
  const { kind } = state.phase;
  if (kind === 'planned' || kind === 'rolled-back') {
    const begin = preview(plan.stages[0]);
    return { ...(begin && { begin }), ...(rollbackSets(plan, state) && { rollback: back(plan, state) }) };
  }
  const rollback = back(plan, state);
  const forward = kind === 'soaking' || kind === 'ready' || kind === 'held';
  const advance = forward ? preview(plan.stages[state.stage + 1]) : undefined;
  return advance ? { advance, rollback } : { rollback };
}

/** Wherever there is a flag to set; without one, where anybody is known to be exposed. */
function rollbackSets(plan: Plan, state: RolloutState): boolean {
  return plan.flag !== undefined || state.exposure !== null || leftExposed(state) !== null;
}

function back(plan: Plan, state: RolloutState): EffectPreview {
  const { stage, percent } = rollbackTarget(plan, state);
  return { stage, percent, flag: null };
}

function ownHealth(
  plan: Plan,
  state: RolloutState,
  judgement: Judgement | null,
  now: WallTime,
  lacking: readonly Blocker[],
): readonly Health[] {
  const { phase, effect, exposure } = state;
  if (exposure !== null && (phase.kind === 'planned' || phase.kind === 'rolled-back')) {
    return [{ kind: 'alarm', detail: foundExposureText(exposure) }];
  }
  switch (phase.kind) {
    case 'planned':
      // A plan that does not fit its data is best told before anything begins.
      return (judgement?.freshness ?? []).flatMap(({ trouble }): readonly Health[] =>
        trouble?.kind === 'error' ? [{ kind: 'degraded', detail: plainText(trouble.detail) }] : [],
      );
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'completed': {
      const fired = decidingFirings(phase);
      return [
        ...(fired.length === 0 ? [] : [{ kind: 'alarm' as const, detail: firedTexts(fired, [], english) }]),
        ...lacking.flatMap((blocker) => blockerHealth(plan, blocker, now)),
      ];
    }
    case 'rolling-back':
      if (phase.cause.kind === 'trigger') return [{ kind: 'alarm', detail: firingText(phase.cause.firing) }];
      return effect === null ? [] : [{ kind: 'stale', detail: effectText(effect, judgement?.proof ?? null) }];
    case 'rollback-failed':
      return [{ kind: 'alarm', detail: `the rollback failed: ${failureText(state, judgement)}` }];
    case 'rolled-back':
      return rolledBackHealth(state, judgement);
  }
}

/** In every phase: before the first stage is the best time to tell it. */
function datedHealth(plan: Plan, judgement: Judgement | null): readonly Health[] {
  return (judgement?.freshness ?? []).flatMap((source): Health[] => {
    const detail = datedBehindText(plan, source);
    return detail === null ? [] : [{ kind: 'degraded', detail }];
  });
}

function blockerHealth(plan: Plan, blocker: Blocker, now: WallTime): readonly Health[] {
  const detail = blockerText(blocker, now, plan.timezone);
  switch (blocker.kind) {
    case 'trigger':
    case 'drift':
      return [{ kind: 'alarm', detail }];
    case 'stage-gone':
      return [{ kind: 'degraded', detail }];
    case 'effect': {
      const { progress, detail: trouble } = blocker.effect;
      if (progress === 'failed' || trouble !== null) return [{ kind: 'degraded', detail }];
      const within = plan.flag?.proof?.within ?? 0;
      const since = waitsSince(blocker.effect);
      const late = progress === 'verified' && since !== null && now - since > within;
      return late ? [{ kind: 'stale', detail }] : [];
    }
    case 'source':
      return [{ kind: blocker.source.trouble?.kind === 'error' ? 'degraded' : 'stale', detail }];
    case 'not-judged':
    case 'clock-gap':
    case 'no-source':
      return [{ kind: 'stale', detail }];
    case 'condition':
      return blocker.verdict.verdict === 'error' ? [{ kind: 'degraded', detail }] : [];
    // A crossing without a proof asks a person by its review, and is no alarm.
    case 'crossed':
    case 'pending':
    case 'unproven':
    case 'unjudged':
    case 'loosened':
    case 'doubled':
    case 'lost':
    case 'stages-gone':
    case 'soak':
      return [];
  }
}

/** The remaining checks after the end of an attempt: the flag must stay where the rollback set it. */
function rolledBackHealth({ effect, promiseBroken }: RolloutState, judgement: Judgement | null): readonly Health[] {
  if (effect !== null && effect.detail !== null) {
    return [{ kind: 'alarm', detail: effectText(effect, judgement?.proof ?? null) }];
  }
  return promiseBroken ? [{ kind: 'degraded', detail: 'the rollback took longer than its trigger promises' }] : [];
}

const severity = { ok: 0, stale: 1, degraded: 2, alarm: 3 } as const;

function worst(healths: readonly Health[]): Health {
  let found: Health = { kind: 'ok' };
  for (const health of healths) if (severity[health.kind] > severity[found.kind]) found = health;
  return found;
}

function idsOf(firings: readonly Firing[]): string {
  return boundedList([...new Set(firings.map(({ trigger }) => trigger))], 5);
}
