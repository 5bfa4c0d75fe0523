import { formatDuration } from '../domain/duration.ts';
import type { Effect } from '../domain/flagEffect.ts';
import type { HoldCause, RollbackCause } from '../domain/rolloutPhase.ts';
import type { StageVisit } from '../domain/rolloutState.ts';
import type { Firing } from '../domain/verdict.ts';
import { shownText } from '../secrets/redactRecord.ts';
import type { ExposureView, RolloutView } from '../wire/view.ts';
import { approvalText } from './approvalWords.ts';
import { clockText, whenText } from './clockText.ts';
import { driftText } from './driftText.ts';
import { english } from './factWords.ts';
import { firedText, firedTexts, percentText, settingText, soakStillText } from './figureText.ts';
import { holdCause } from './phaseWords.ts';
import { plainText } from './plainText.ts';

/**
 * A rollout in one plain line: its share of traffic and since when, the met and the missing conditions, and the next
 * action of a person. Status bar, tooltip, command line, dashboard, notifications and report all show this one. `now`:
 * the reader's clock. Clock times are in the plan's time zone.
 */
export function sentence(view: RolloutView, now: number): string {
  const told = shownText(standingText(view, now));
  // The judged plan then differs from the file.
  return view.plan.problem === null ? told : `${told} The plan file cannot be used; the last good one stays in use.`;
}

function standingText(view: RolloutView, now: number): string {
  const { phase } = view.standing;
  // Nothing else about the stage is true while somebody else has set the flag.
  const drifted = driftText(view, english);
  if (drifted !== null && (phase.kind === 'soaking' || phase.kind === 'ready' || phase.kind === 'held')) {
    return `${drifted} Put ${percentText(view.flag?.drift?.wanted ?? view.standing.percent)} back, or roll back.`;
  }
  switch (phase.kind) {
    case 'planned':
      return plannedText(view, now);
    case 'soaking':
    case 'ready':
      return capitalized(joined([...troubles(view), ...stageParts(view, now), ...nextParts(view, now)]));
    case 'held': {
      const held = heldText(view, phase.cause, now);
      // The firing that holds it is said once.
      const others = troubles(view).filter((trouble) => !held.includes(trouble));
      return `${capitalized(joined([...others, held, ...soakParts(view)]))} Resume continues.`;
    }
    case 'review':
      return reviewText(view, phase.firings, now);
    case 'rolling-back':
      return rollingBackText(view, phase.cause, now);
    case 'rolled-back':
      return rolledBackText(view, phase.cause, now);
    case 'rollback-failed':
      return rollbackFailedText(view, phase.detail, phase.cause, now);
    case 'completed':
      return completedText(view, now);
  }
}

const byHand = 'set the flag by hand';

function plannedText(view: RolloutView, now: number): string {
  const { stages, standing } = view;
  if (standing.exposure !== undefined) return foundText(view, standing.exposure, now);
  const [first] = stages;
  const begin = first === undefined ? '' : ` Begin starts with ${first.id} at ${percentText(first.percent)}.`;
  const trouble = standing.health.kind === 'ok' ? '' : ` ${capitalized(standing.health.detail)}.`;
  return `Not begun.${begin}${trouble}`;
}

/** The exposure by the flag or the traffic without an attempt, and the next action of a person. */
function foundText(view: RolloutView, exposure: ExposureView, now: number): string {
  const share = exposure.percent === null ? '' : ` at ${percentText(exposure.percent)}`;
  const since = clockText(exposure.since, now, view.plan.timezone);
  const [stage, ...others] = exposure.adopt;
  const adopt =
    stage === undefined
      ? 'Begin at a stage with a reason'
      : others.length > 0
        ? 'Adopt it at its stage'
        : `Adopt it as ${plainText(stage)}`;
  return `EXPOSED without an attempt${share} since ${since}: ${plainText(exposure.detail)}. ${adopt}, or roll back.`;
}

/** Missing data or proof, and alarms, come before everything that is well. */
function troubles({ standing }: RolloutView): readonly string[] {
  return standing.health.kind === 'ok' ? [] : [standing.health.detail];
}

function stageParts(view: RolloutView, now: number): readonly string[] {
  const { gateMet, gateTotal } = view.standing;
  const parts = [percentAndLength(view, now)];
  if (gateTotal > 0) parts.push(gateText(gateMet, gateTotal));
  return parts;
}

function gateText(met: number, total: number): string {
  if (total === 1) return met === 1 ? 'its one condition met' : 'its one condition not met';
  if (met === total) return total === 2 ? 'both conditions met' : `all ${total} conditions met`;
  return `${met} of ${total} conditions met`;
}

/** `10 % for 1 d 4 h`; before the flag is written, only the wanted percentage. */
function percentAndLength(view: RolloutView, now: number): string {
  const visit = currentVisit(view);
  const percent = percentText(visit?.percent ?? view.standing.percent);
  if (visit === null) return percent;
  return visit.percent === view.standing.percent
    ? `${percent} for ${formatDuration(now - visit.from)}`
    : `on the way to ${percent}`;
}

/** The two most important open points and the last one, which is the soak's end; or that there are none. */
function nextParts(view: RolloutView, now: number): readonly string[] {
  const { standing, plan } = view;
  if (standing.phase.kind === 'ready') {
    const frozen = standing.frozenUntil;
    const waits = frozen === null || isLast(view) ? '' : `, frozen until ${clockText(frozen, now, plan.timezone)}`;
    const approved = approvalText(standing, english);
    return ['soak over', `${readyText(view)}${waits}`, ...(approved === null ? [] : [approved])];
  }
  const { missing } = standing;
  if (missing.length <= 3) return missing;
  const [first = '', second = ''] = missing;
  return [first, second, `${missing.length - 3} more`, missing.at(-1) ?? ''];
}

function readyText(view: RolloutView): string {
  const next = view.stages[view.standing.stageIndex + 1];
  const by = view.plan.mode === 'auto' ? 'advances by itself' : 'ready to advance';
  if (next !== undefined) return `${by} to ${percentText(next.percent)}`;
  return view.plan.mode === 'auto' ? 'completes by itself' : 'ready to complete';
}

function heldText(view: RolloutView, cause: HoldCause, now: number): string {
  const since = clockText(view.standing.since, now, view.plan.timezone);
  const at = `held at ${percentText(view.standing.percent)}`;
  switch (cause.kind) {
    case 'person':
      return `${at} by ${plainText(cause.by)} since ${since}${reasonText(cause.reason)}`;
    case 'trigger':
      return `${at} since ${since}: ${plainText(holdCause(cause, view.triggers, english), 1000)}`;
    case 'clock-gap':
      return `${at} since ${since}, because the clock stopped for ${formatDuration(cause.length)}`;
    case 'fault':
      return `${at} since ${since}: ${plainText(cause.detail)}`;
  }
}

function soakParts({ standing }: RolloutView): readonly string[] {
  const { soaked, required } = standing.soak;
  return soaked >= required ? [] : [soakStillText(soaked, required)];
}

function reviewText(view: RolloutView, firings: readonly Firing[], now: number): string {
  const since = clockText(view.standing.since, now, view.plan.timezone);
  const causes = firedTexts(firings, view.triggers, english);
  return `In review at ${percentText(view.standing.percent)} since ${since}: ${causes}. Acknowledge with a reason to continue, or roll back.`;
}

function rollingBackText(view: RolloutView, cause: RollbackCause, now: number): string {
  const flag = view.flag?.effect ?? null;
  const progress = flag === null ? byHand : rollbackProgress(view, flag);
  return `Rolling back ${fromText(view, now)}${causeText(view, cause)}; ${progress}.`;
}

function rolledBackText(view: RolloutView, cause: RollbackCause, now: number): string {
  const zone = view.plan.timezone;
  const flag = view.flag?.effect ?? null;
  const { exposure } = view.standing;
  if (exposure !== undefined) {
    return `${foundText(view, exposure, now)} Before that: rolled back ${fromText(view, now)}${causeText(view, cause)}.`;
  }
  const trouble = view.standing.health.kind === 'ok' ? '' : `${capitalized(view.standing.health.detail)}. `;
  const told = `${trouble}Rolled back ${fromText(view, now)}${causeText(view, cause)}; `;
  if (flag === null) return `${told}${byHand}. Begin starts a new attempt.`;
  const how = flag.progress === 'in-force' ? 'in force' : 'in the flag';
  const since = `${settingText(flag.percent)} is ${how} since ${clockText(flag.since, now, zone)}`;
  const state = flag.detail === null && flag.progress !== 'failed' ? since : `${settingText(flag.percent)} is wanted`;
  return `${told}${state}. Begin starts a new attempt.`;
}

function rollbackFailedText(view: RolloutView, detail: string, cause: RollbackCause, now: number): string {
  const flag = view.flag === null ? 'the flag' : plainText(view.flag.target);
  const told = `Rollback ${fromText(view, now)}${causeText(view, cause)} has FAILED: ${plainText(detail)}.`;
  return `${told} Users may still be exposed: check ${flag} and the application; Rampwatch keeps trying.`;
}

function completedText(view: RolloutView, now: number): string {
  const { standing, plan } = view;
  const when = clockText(standing.since, now, plan.timezone);
  const what = `at ${percentText(standing.percent)} and completed since ${when}`;
  return `${capitalized(joined([...troubles(view), what]))} Triggers are still judged; a rollback is still open.`;
}

/** `from 10 % at 14:03`, `from 10 % yesterday 18:30`. */
function fromText(view: RolloutView, now: number): string {
  const { phase } = view.standing;
  const left = 'from' in phase ? phase.from : undefined;
  if (left !== undefined) {
    const what = left.percent === null ? 'an exposure without an attempt' : percentText(left.percent);
    const without = left.percent !== null && left.percent > 0 && left.stage === null ? ' without an attempt' : '';
    return `from ${what}${without} ${whenText(left.at, now, view.plan.timezone)}`;
  }
  const visit = currentVisit(view);
  const from = percentText(visit?.percent ?? view.standing.percent);
  return `from ${from} ${whenText(visit?.to ?? view.standing.since, now, view.plan.timezone)}`;
}

function causeText(view: RolloutView, cause: RollbackCause): string {
  return cause.kind === 'trigger'
    ? ` because ${firedText(cause.firing, view.triggers)}`
    : ` by ${plainText(cause.by)}${reasonText(cause.reason)}`;
}

function rollbackProgress(view: RolloutView, effect: Effect): string {
  const target = settingText(effect.percent);
  switch (effect.progress) {
    case 'intended':
      return `${target} is being written to the flag`;
    case 'written':
      return `${target} is written to the flag and not yet read back`;
    case 'failed':
      return `${target} could not be set: ${plainText(effect.detail ?? 'no reason given')}`;
    case 'verified': {
      const proof = view.flag?.proof ?? null;
      const shown =
        proof === null || proof.total === 0 ? 'no traffic has come to prove it yet' : plainText(proof.detail);
      return `${target} is in the flag, not proven yet: ${shown}`;
    }
    case 'in-force':
      return `${target} is in force`;
  }
}

function reasonText(reason: string | null): string {
  return reason === null ? '' : ` (${plainText(reason, 200)})`;
}

function currentVisit({ stages, standing }: RolloutView): StageVisit | null {
  return stages[standing.stageIndex]?.visit ?? null;
}

function isLast({ stages, standing }: RolloutView): boolean {
  return standing.stageIndex >= stages.length - 1;
}

/** Parts told once each, in their order, as one sentence. */
function joined(parts: readonly string[]): string {
  return `${[...new Set(parts)].join('; ')}.`;
}

/** Only a plain word gets a capital: the name of a measure or of a file is written as it is. */
function capitalized(text: string): string {
  return /^[a-z]+(?:[ ,;.]|$)/.test(text) && !/^\w+\.\w/.test(text)
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text;
}
