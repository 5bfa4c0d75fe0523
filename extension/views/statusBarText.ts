import { zoneName } from '../../daemon/protocol/domain/zonedTime.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { driftShares } from '../../daemon/protocol/words/driftText.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { isDue, listsOf } from '../../daemon/protocol/words/openItems.ts';
import { triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { phaseFace } from '../../daemon/protocol/words/phaseWords.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { silentSource } from '../../daemon/protocol/words/silentSource.ts';
import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import type { CommandName } from '../commandNames.ts';
import {
  dataArrivedAt,
  isLive,
  needsPerson,
  planFault,
  type RolloutStanding,
  rolloutsOf,
  type Standing,
} from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { markdownText } from './escapedText.ts';
import { linkText } from './linkText.ts';
import { ageText } from './momentText.ts';
import { rolloutName } from './rolloutName.ts';
import { zoneText } from './zoneText.ts';

/** The content of the status bar item. `alarm` alone earns a background colour. */
export interface StatusText {
  readonly text: string;
  /** Markdown; its untrusted parts are escaped, its links run only `tooltipCommands`. */
  readonly tooltip: string;
  readonly spoken: string;
  readonly alarm: boolean;
}

/** The commands that a link of the tooltip may run; each asks before it changes anything. */
export const tooltipCommands: readonly CommandName[] = [
  'rampwatch.adopt',
  'rampwatch.openDashboard',
  'rampwatch.openPlan',
  'rampwatch.restoreFlag',
  'rampwatch.rollBack',
  'rampwatch.showLog',
  'rampwatch.showStatus',
  'rampwatch.showWhy',
  'rampwatch.startDaemon',
];

/** True for a rollout whose rollback nobody has looked at yet. */
export type IsUnseen = (shown: RolloutStanding) => boolean;

/** `null`: nothing to show, because the workspace has no plan. */
export function statusText(
  standings: readonly Standing[],
  now: number,
  t: Translate,
  isUnseen: IsUnseen = () => false,
): StatusText | null {
  const [first] = standings;
  if (first === undefined) return null;
  const urgencyOf = (shown: RolloutStanding) => urgency(shown, now, isUnseen(shown));
  const rollouts = rolloutsOf(standings).toSorted((left, right) => urgencyOf(right) - urgencyOf(left));
  const [foremost, ...others] = rollouts;
  if (foremost === undefined) return withoutRollout(first, t);
  const { icon, words } = isUnseen(foremost) ? unseenFace(foremost, now, t) : faceOf(foremost, now, t);
  const more = others.length === 0 ? [] : [`+${others.length}`];
  const text = [...words, ...more].join(' · ');
  const due = dueItems(rollouts);
  // The one sign of it: whoever looks at the item sees it, and nobody is interrupted.
  const sign = due === 0 ? '' : ` · $(checklist) ${due}`;
  return {
    text: `$(${icon}) ${text}${sign}`,
    tooltip:
      rollouts.map((rollout) => rolloutTooltip(rollout, rolloutName(rollout, rollouts), now, t)).join('\n\n---\n\n') +
      actionLinks(rollouts, rollouts.some(isUnseen), t),
    spoken: `Rampwatch: ${text}${due === 0 ? '' : ` · ${t('{0} items due', due)}`}`,
    alarm: rollouts.some((shown) => shown.rollout.standing.health.kind === 'alarm' || isUnseen(shown)),
  };
}

/** The items of checklists that wait for somebody now. */
function dueItems(rollouts: readonly RolloutStanding[]): number {
  return rollouts.flatMap(({ rollout }) => listsOf(rollout).flatMap(({ items }) => items.filter(isDue))).length;
}

function withoutRollout(standing: Standing, t: Translate): StatusText {
  const { link } = standing;
  const trouble = linkText(link, t);
  const unusable = link.kind === 'live' || planFault(standing) !== null;
  const words = unusable
    ? t('no usable plan')
    : link.kind === 'stopped' && link.cause.kind === 'failed'
      ? t('cannot start')
      : link.kind === 'stopped'
        ? t('not running')
        : t('starting');
  const spins = link.kind === 'starting' || link.kind === 'lost';
  const problems = (standing.view?.problems ?? []).map((problem) => markdownText(problem.message));
  const action = unusable
    ? `[${t('Open Plan')}](command:rampwatch.openPlan) · `
    : link.kind === 'stopped'
      ? `[${t('Start Daemon')}](command:rampwatch.startDaemon) · `
      : '';
  return {
    text: `$(${spins ? 'loading~spin' : unusable ? 'warning' : 'debug-disconnect'}) Rampwatch: ${words}`,
    tooltip: [
      ...(trouble === '' ? [] : [markdownText(trouble, 1000)]),
      ...problems,
      `${action}[${t('Show Log')}](command:rampwatch.showLog)`,
    ].join('\n\n'),
    spoken: `Rampwatch: ${words}`,
    alarm: false,
  };
}

/** How many rollouts wait for a person, for the badge of the activity bar; `undefined`: none. */
export function attentionOf(
  standings: readonly Standing[],
  t: Translate,
  isUnseen: IsUnseen = () => false,
): { value: number; tooltip: string } | undefined {
  const waiting = rolloutsOf(standings).filter((shown) => needsPerson(shown.rollout) || isUnseen(shown));
  if (waiting.length === 0) return undefined;
  return { value: waiting.length, tooltip: t('Rollouts that need a person: {0}', waiting.length) };
}

/**
 * The rollout of the one item, among several: the one that most needs a person. Of those that need nobody, a rollout that
 * exposes users comes before every one that exposes none, whatever is the matter with that.
 */
function urgency({ standing, rollout }: RolloutStanding, now: number, isUnseen: boolean): number {
  const { phase, health, percent, exposure } = rollout.standing;
  if (health.kind === 'alarm' || phase.kind === 'rollback-failed') return 10_000;
  if (phase.kind === 'rolling-back' || isUnseen) return 9000;
  if (phase.kind === 'review') return 8000;
  const exposed = exposure !== undefined || (percent > 0 && phase.kind !== 'completed') ? 1000 : 0;
  return exposed + trouble({ standing, rollout }, now) + percent / 100;
}

function trouble({ standing, rollout }: RolloutStanding, now: number): number {
  const { phase, health } = rollout.standing;
  if (health.kind === 'degraded') return 500;
  if (!isLive(standing)) return 400;
  if (health.kind === 'stale' || silentSource(rollout, now) !== undefined) return 300;
  return phase.kind === 'ready' ? 200 : 0;
}

interface Face {
  readonly icon: string;
  readonly words: readonly string[];
}

/** `5 %`, `rolled back 04:23 UTC`, `low-success`: what a person who was away must see first. */
function unseenFace({ rollout }: RolloutStanding, now: number, t: Translate): Face {
  const { percent, phase, since } = rollout.standing;
  const cause = phase.kind === 'rolled-back' && phase.cause.kind === 'trigger' ? [phase.cause.firing.trigger] : [];
  const { timezone } = rollout.plan;
  const when = t('rolled back {0}', `${clockText(since, now, timezone)} ${zoneName(since, timezone)}`);
  return {
    icon: 'error',
    words: [percentText(percent), when, ...cause.map((id) => triggerTitle(rollout, id, 40).replaceAll('$(', '\\$('))],
  };
}

function faceOf({ standing, rollout }: RolloutStanding, now: number, t: Translate): Face {
  const { percent, phase, gateMet, gateTotal, health, exposure } = rollout.standing;
  const share = percentText(percent);
  switch (standing.link.kind) {
    case 'silent':
      return {
        icon: 'debug-disconnect',
        words: [share, t('daemon silent {0}', calmDuration(now - standing.link.since))],
      };
    case 'lost':
      return { icon: 'debug-disconnect', words: [share, t('daemon gone, restarting')] };
    case 'stopped':
      return { icon: 'debug-disconnect', words: [share, t('not watched')] };
    case 'starting':
      return { icon: 'loading~spin', words: [share, t('connecting')] };
    case 'live':
      break;
  }
  const drift = driftShares(rollout, t);
  if (drift !== null) return { icon: 'error', words: [drift] };
  const arrived = dataArrivedAt(rollout);
  const age = arrived === null ? [] : [ageText(arrived, now, t)];
  const gate = gateTotal === 0 ? [] : [`${gateMet}/${gateTotal}`];
  const icon = health.kind === 'alarm' ? 'error' : health.kind === 'degraded' ? 'warning' : undefined;
  if (exposure !== undefined) {
    const found = exposure.percent === null ? [] : [percentText(exposure.percent)];
    return { icon: 'error', words: [...found, t('exposed without an attempt')] };
  }
  switch (phase.kind) {
    case 'planned':
      return { icon: icon ?? 'rocket', words: [phaseFace(phase.kind, t).word] };
    case 'completed':
      return { icon: icon ?? 'pass', words: [share, phaseFace(phase.kind, t).word] };
    case 'rolling-back':
      return { icon: 'loading~spin', words: [t('rolling back to {0}', share)] };
    case 'rolled-back':
      return { icon: icon ?? 'discard', words: [share, phaseFace(phase.kind, t).word] };
    case 'rollback-failed':
      return { icon: 'error', words: [share, phaseFace(phase.kind, t).word] };
    case 'review':
      return { icon: icon ?? 'warning', words: [share, phaseFace(phase.kind, t).word, ...age] };
    case 'soaking':
    case 'ready':
    case 'held':
      break;
  }
  const silent = silentSource(rollout, now);
  if (silent !== undefined) {
    const { arrived, health, limit } = silent;
    const isTalking = arrived !== null && now - arrived <= limit && health.state === 'error';
    const silence =
      arrived === null
        ? t('no data yet')
        : isTalking
          ? t('data not usable')
          : t('no data for {0}', calmDuration(now - arrived));
    return { icon: icon ?? 'history', words: [share, ...gate, silence] };
  }
  switch (phase.kind) {
    case 'soaking':
      return { icon: icon ?? 'rocket', words: [share, ...gate, ...age] };
    case 'ready':
      return { icon: icon ?? 'arrow-circle-right', words: [share, t('ready'), ...age] };
    case 'held':
      return { icon: icon ?? 'debug-pause', words: [share, phaseFace(phase.kind, t).word, ...age] };
  }
}

function rolloutTooltip(shown: RolloutStanding, name: string, now: number, t: Translate): string {
  const { standing, rollout } = shown;
  const heard = standing.heardAt === null ? '' : clockText(standing.heardAt, now, rollout.plan.timezone, 'second');
  const trouble = linkText(standing.link, t);
  const paragraphs = [`**${isolatedText(markdownText(name))}**`];
  if (trouble !== '') paragraphs.push(markdownText(t('As of {0}: {1}.', heard, trouble)));
  paragraphs.push(markdownText(sentence(rollout, now), 1000), markdownText(zoneText(shown, t)));
  return paragraphs.join('\n\n');
}

function actionLinks(rollouts: readonly RolloutStanding[], hasUnseen: boolean, t: Translate): string {
  const mayRollBack = rollouts.some(({ rollout }) => rollout.standing.may.includes('rollback'));
  const mayAdopt = rollouts.some(({ standing, rollout }) => isLive(standing) && rollout.standing.may.includes('adopt'));
  const mayRestore = rollouts.some(
    ({ standing, rollout }) => isLive(standing) && rollout.standing.may.includes('restore'),
  );
  const stopped = rollouts.some(({ standing }) => standing.link.kind === 'stopped');
  const links = [
    ...(hasUnseen ? [`[${t('Show Why')}](command:rampwatch.showWhy)`] : []),
    ...(mayRestore ? [`[${t('Put Back')}](command:rampwatch.restoreFlag)`] : []),
    ...(mayAdopt ? [`[${t('Adopt')}](command:rampwatch.adopt)`] : []),
    ...(mayRollBack ? [`[${t('Roll Back')}](command:rampwatch.rollBack)`] : []),
    ...(stopped ? [`[${t('Start Daemon')}](command:rampwatch.startDaemon)`] : []),
    `[${t('Open Dashboard')}](command:rampwatch.openDashboard)`,
    `[${t('Show Status')}](command:rampwatch.showStatus)`,
    `[${t('Open Plan')}](command:rampwatch.openPlan)`,
  ];
  return `\n\n---\n\n${links.join(' · ')}`;
}
