import { formatDuration } from '../domain/duration.ts';
import { isoTime } from '../domain/units.ts';
import type { RolloutView } from '../wire/view.ts';
import { conditionText, percentText } from './figureText.ts';
import { identity, type KnownRollout } from './modelStatus.ts';
import { named, quoted } from './modelText.ts';
import { sentence } from './sentence.ts';

/** Tells the needs and the effect of an advance. The tool advances nothing: a person runs the named command. */
export function advanceFacts(known: KnownRollout, now: number): readonly string[] {
  const { rollout } = known;
  return [
    ...identity(known, now),
    'Nothing was advanced: this tool only says what an advance would need. Only a person advances.',
    ...(isPossible(rollout) ? preparation(rollout) : [`Standing: ${quoted(sentence(rollout, now), 1000)}`]),
    wayOn(known),
  ];
}

/** In no attempt there is no stage to go on from. */
function isPossible({ standing }: RolloutView): boolean {
  switch (standing.phase.kind) {
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
      return true;
    case 'planned':
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
    case 'completed':
      return false;
  }
}

function preparation(rollout: RolloutView): readonly string[] {
  return [
    ...stepFacts(rollout),
    ...gateFacts(rollout),
    soakFact(rollout),
    ...(rollout.standing.missing.length === 0
      ? ['Missing: nothing.']
      : ['Missing, most important first:', ...rollout.standing.missing.map((line) => `- ${quoted(line)}`)]),
    ...freezeFacts(rollout),
  ];
}

function stepFacts({ stages, standing }: RolloutView): readonly string[] {
  const next = stages[standing.stageIndex + 1];
  const effect = standing.effects?.advance?.flag ?? null;
  const set =
    effect === null
      ? []
      : [
          effect.deed === undefined
            ? `It would set ${Object.entries(effect.values)
                .map(([key, value]) => named(`${key}=${value}`))
                .join(', ')} in ${named(effect.target)}.`
            : `It would set the flag by ${named(effect.deed)}.`,
        ];
  const step =
    next === undefined
      ? `Stage ${named(standing.stage)} is the last one: an advance would complete the rollout at ${percentText(standing.percent)}.`
      : `An advance would go from stage ${named(standing.stage)} (${percentText(standing.percent)}) to ${named(next.id)} (${percentText(next.percent)}).`;
  return [step, ...set];
}

function gateFacts({ stages, standing }: RolloutView): readonly string[] {
  const met = (stages[standing.stageIndex]?.gate ?? []).filter(({ verdict }) => verdict === 'met');
  const count = `Met: ${standing.gateMet} of ${standing.gateTotal} conditions.`;
  return [
    count,
    ...met.map((condition) => `- ${quoted(conditionText(condition))}, rule ${named(condition.condition)}`),
  ];
}

function soakFact({ standing }: RolloutView): string {
  const { soaked, required, countingSince } = standing.soak;
  if (required === 0) return 'The stage asks for no soak.';
  const counting = countingSince === null ? 'the soak is paused' : `counting since ${isoTime(countingSince)}`;
  return `Soak: ${formatDuration(required)} required, ${formatDuration(soaked)} done before the present count; ${counting}.`;
}

function freezeFacts({ standing }: RolloutView): readonly string[] {
  return standing.frozenUntil === null
    ? []
    : [`Frozen: the plan forbids an advance until ${isoTime(standing.frozenUntil)}.`];
}

function wayOn({ trouble, rollout: { standing, plan } }: KnownRollout): string {
  if (trouble !== null) return 'The daemon is not connected: the person can run "Rampwatch: Start Daemon" first.';
  const ready = standing.missing.length === 0 && standing.frozenUntil === null;
  if (plan.mode === 'auto' && ready) return 'The plan advances by itself; nobody needs to do anything.';
  if (standing.may.includes('advance') && ready) {
    return 'The person can run the command "Rampwatch: Advance" in the editor, or `rampwatch advance` in a terminal.';
  }
  if (standing.may.includes('override') || standing.may.includes('advance')) {
    return 'The gate is not met. The person can wait, or run "Rampwatch: Advance" (`rampwatch advance --reason TEXT`) with a reason that is journalled as an override for ever; do not recommend that without saying what is unproven.';
  }
  const others = standing.may.filter((kind) => kind !== 'rollback');
  return `An advance is not possible in phase ${standing.phase.kind}. The person may: ${others.length === 0 ? 'only roll back or wait' : others.join(', ')}.`;
}
