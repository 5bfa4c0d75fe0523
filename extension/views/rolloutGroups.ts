import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import {
  isLive,
  isUnderWay,
  needsPerson,
  type RolloutStanding,
  rolloutsOf,
  type Standing,
} from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { markdownText } from './escapedText.ts';
import { linkText } from './linkText.ts';
import { standingIcon } from './phaseIcon.ts';
import { rolloutName } from './rolloutName.ts';
import type { Row, Subject } from './row.ts';
import { ownZoneText } from './zoneText.ts';

/** The rows of each rollout; with several rollouts each stands above its own. A stopped daemon's are not shown. */
export function rolloutGroups(
  standings: readonly Standing[],
  t: Translate,
  rowsOf: (shown: RolloutStanding) => readonly Row[],
): readonly Row[] {
  const rollouts = rolloutsOf(standings.filter(({ link }) => link.kind !== 'stopped'));
  const several = rollouts.length > 1 || standings.length > 1;
  return runningFirst(rollouts).flatMap((shown) =>
    several
      ? [groupRow(shown, rolloutName(shown, rollouts), rowsOf(shown), ownZoneText(shown, rollouts, t), t)]
      : rowsOf(shown),
  );
}

function groupRow(shown: RolloutStanding, name: string, children: readonly Row[], zone: string, t: Translate): Row {
  const { standing, rollout } = shown;
  const { percent } = rollout.standing;
  const label = isolatedText(plainText(name, 120));
  const facts = [
    percentText(percent),
    standingFace(rollout.standing, t).word,
    isLive(standing) ? '' : linkText(standing.link, t),
    zone,
  ];
  const description = facts.filter((part) => part !== '').join(' · ');
  return {
    // The editor keeps by the id whether a row is open: one that begins opens by being another row.
    id: rowId(shown, isRunning(shown) ? 'group' : 'group:rest'),
    label,
    description,
    icon: isLive(standing) ? standingIcon(rollout.standing) : { id: 'debug-disconnect' },
    context: ['rollout'],
    tooltip: `**${isolatedText(markdownText(name))}**\n\n${markdownText(rollout.plan.file)}`,
    spoken: `${label}, ${description}`,
    // A rollout without checklists has nothing to open.
    expansion: children.length === 0 ? 'leaf' : isRunning(shown) ? 'expanded' : 'collapsed',
    subject: rolloutSubject(shown),
    children,
  };
}

/**
 * It exposes users, waits for a person, or was rolled back: what is looked for. The rest, not begun or completed, is
 * folded and comes after it.
 */
export function isRunning({ rollout }: Pick<RolloutStanding, 'rollout'>): boolean {
  const { phase, exposure } = rollout.standing;
  return isUnderWay(rollout) || needsPerson(rollout) || exposure !== undefined || phase.kind === 'rolled-back';
}

/** Within the two kinds the order stays, so that no row moves because of a figure. */
export function runningFirst<Shown extends RolloutStanding>(rollouts: readonly Shown[]): readonly Shown[] {
  return [...rollouts.filter(isRunning), ...rollouts.filter((shown) => !isRunning(shown))];
}

/** Unlike any other row's of the same tree, and the same as long as it is about the same thing. */
export function rowId({ standing, rollout }: RolloutStanding, name: string): string {
  return `${standing.folder}|${rollout.rollout}|${name}`;
}

export function rolloutSubject({ standing, rollout }: RolloutStanding, planPart: string | null = null): Subject {
  return { folder: standing.folder, rollout: rollout.rollout, planPart };
}
