import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type {
  DashboardLink,
  Emptiness,
  HostMessage,
  RolloutEntry,
  RolloutName,
} from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import {
  isUnderWay,
  type Link,
  needsPerson,
  type RolloutStanding,
  rolloutsOf,
  type Standing,
  unwatchedPlans,
} from '../connection/standing.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { Translate } from '../vscodeApi.ts';

type Snapshot = Extract<HostMessage, { type: 'snapshot' }>;

/**
 * The present content of a dashboard; `shown` is separate, because it changes ten times a second and the rest rarely
 * does.
 */
export interface DashboardContent {
  readonly shown: Snapshot['shown'];
  readonly link: DashboardLink;
  readonly frame: Pick<Snapshot, 'rollouts' | 'empty' | 'problems' | 'faults'>;
}

/** `looked`: the workspace has been searched for plans. `wanted`: what the reader chose, if it is still there. */
export function dashboardContent(
  standings: readonly Standing[],
  wanted: RolloutName | null,
  looked: boolean,
  trusted: boolean,
  t: Translate,
): DashboardContent {
  const known = rolloutsOf(standings);
  const chosen =
    known.find(({ standing, rollout }) => standing.folder === wanted?.folder && rollout.rollout === wanted.rollout) ??
    mostUrgent(known);
  const about = chosen?.standing ?? standings[0];
  return {
    shown: chosen === undefined ? null : { folder: chosen.standing.folder, view: chosen.rollout },
    link: about === undefined ? { kind: 'starting' } : dashboardLink(about.link),
    frame: {
      rollouts: known.map((each) => entryOf(each, known, t)),
      empty: chosen === undefined ? emptiness(standings, looked, trusted) : null,
      problems: standings.flatMap(unwatchedPlans).map(({ file, message }) => ({ file, message })),
      faults: about?.view?.faults ?? [],
    },
  };
}

function dashboardLink(link: Link): DashboardLink {
  switch (link.kind) {
    case 'live':
      return { kind: 'live' };
    case 'starting':
      return { kind: 'starting' };
    case 'silent':
      return { kind: 'stale', since: wallTime(link.since) };
    case 'lost':
      return { kind: 'gone', since: wallTime(link.since), detail: link.detail };
    case 'stopped':
      return { kind: 'stopped', detail: link.cause.kind === 'failed' ? link.cause.detail : null };
  }
}

function entryOf(shown: RolloutStanding, all: readonly RolloutStanding[], t: Translate): RolloutEntry {
  const { standing, rollout } = shown;
  const { percent } = rollout.standing;
  return {
    folder: standing.folder,
    rollout: rollout.rollout,
    name: rolloutName(shown, all),
    summary: `${percentText(percent)}, ${standingFace(rollout.standing, t).word}`,
  };
}

/** The rollout that needs a person first; else the first that is under way. */
function mostUrgent(known: readonly RolloutStanding[]): RolloutStanding | undefined {
  return known.toSorted((one, other) => urgency(other.rollout) - urgency(one.rollout))[0];
}

function urgency(rollout: RolloutView): number {
  if (needsPerson(rollout)) return 3;
  return isUnderWay(rollout) ? 2 : 1;
}

function emptiness(standings: readonly Standing[], looked: boolean, trusted: boolean): Emptiness {
  if (!trusted) return 'untrusted';
  if (standings.length === 0) return looked ? 'no-plan' : 'looking';
  if (standings.some((standing) => unwatchedPlans(standing).length > 0)) return 'unusable-plan';
  return standings.every(({ link }) => link.kind === 'stopped') ? 'daemon-stopped' : 'looking';
}
