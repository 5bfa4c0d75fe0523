import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { isLive, planFault, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { ContextKeys } from '../contextKeys.ts';

/** The values for the manifest's `when` clauses. `filtered`: the Activity tree shows only one topic. */
export function contextOf(
  standings: readonly Standing[],
  looked: boolean,
  trusted: boolean,
  filtered: boolean,
): Omit<ContextKeys, 'rampwatch.demoSeen' | 'rampwatch.hasOwnPlan' | 'rampwatch.hasImport'> {
  const live = rolloutsOf(standings.filter(isLive)).flatMap(({ rollout }) => rollout.standing.may);
  const known = rolloutsOf(standings).flatMap(({ rollout }) => rollout.standing.may);
  const views = rolloutsOf(standings.filter(({ link }) => link.kind !== 'stopped')).map(({ rollout }) => rollout);
  const none = (lacks: (view: RolloutView) => boolean) => views.length > 0 && views.every(lacks);
  return {
    'rampwatch.untrusted': !trusted,
    'rampwatch.looked': looked,
    'rampwatch.hasPlan': standings.length > 0,
    'rampwatch.obstacle': obstacleOf(standings),
    'rampwatch.noActivity': none(({ journal }) => filtered || journal.length === 0),
    'rampwatch.noChecklists': none(({ checklists, deliverables }) => checklists.length === 0 && !deliverables),
    'rampwatch.noDocuments': none(({ plan }) => plan.documents.length === 0),
    'rampwatch.noTriggers': none(({ triggers }) => triggers.length === 0),
    'rampwatch.mayBegin': live.includes('begin'),
    'rampwatch.mayAdopt': live.includes('adopt'),
    'rampwatch.mayAdvance': live.includes('advance') || live.includes('override'),
    'rampwatch.mayHold': live.includes('hold'),
    'rampwatch.mayResume': live.includes('resume'),
    'rampwatch.mayRejudge': live.includes('rejudge'),
    'rampwatch.mayRestore': live.includes('restore'),
    'rampwatch.mayAcknowledge': live.includes('acknowledge'),
    // By the last known state: a rollback is possible even while the daemon is away.
    'rampwatch.mayRollBack': known.includes('rollback'),
    'rampwatch.running': standings.some(isLive),
    'rampwatch.stopped': standings.some(({ link }) => link.kind === 'stopped'),
  };
}

function obstacleOf(standings: readonly Standing[]): ContextKeys['rampwatch.obstacle'] {
  const [standing, ...others] = standings;
  if (standing === undefined) return 'none';
  if (others.length > 0) {
    // Several folders are told apart row by row, where there are rows.
    if (standings.every(({ link }) => link.kind === 'stopped')) return 'stopped';
    return standings.every(({ view }) => view === null) ? 'starting' : 'none';
  }
  const { link, view } = standing;
  if (planFault(standing) !== null) return 'unusable';
  if (link.kind === 'stopped') return link.cause.kind === 'failed' ? 'failed' : 'stopped';
  if (view === null) return 'starting';
  return view.rollouts.length === 0 && view.problems.length === 0 && view.faults.length === 0 ? 'empty' : 'none';
}
