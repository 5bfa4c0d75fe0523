import { isLive, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { ContextKeys } from '../contextKeys.ts';

/** What the manifest's `when` clauses are to see. */
export function contextOf(standings: readonly Standing[], looked: boolean, trusted: boolean): ContextKeys {
  const live = rolloutsOf(standings.filter(isLive)).flatMap(({ rollout }) => rollout.standing.may);
  const known = rolloutsOf(standings).flatMap(({ rollout }) => rollout.standing.may);
  return {
    'rampwatch.untrusted': !trusted,
    'rampwatch.looked': looked,
    'rampwatch.hasPlan': standings.length > 0,
    'rampwatch.obstacle': obstacleOf(standings),
    'rampwatch.mayBegin': live.includes('begin'),
    'rampwatch.mayAdvance': live.includes('advance') || live.includes('override'),
    'rampwatch.mayHold': live.includes('hold'),
    'rampwatch.mayResume': live.includes('resume'),
    'rampwatch.mayAcknowledge': live.includes('acknowledge'),
    // By the last that is known: the way back is open even while the daemon is away.
    'rampwatch.mayRollBack': known.includes('rollback'),
    'rampwatch.running': standings.some(isLive),
    'rampwatch.stopped': standings.some(({ link }) => link.kind === 'stopped'),
  };
}

function obstacleOf(standings: readonly Standing[]): ContextKeys['rampwatch.obstacle'] {
  const [standing, ...others] = standings;
  // Several folders are told apart row by row.
  if (standing === undefined || others.length > 0) return 'none';
  const { link, view } = standing;
  if (link.kind === 'stopped') return link.cause.kind === 'failed' ? 'failed' : 'stopped';
  if (view === null) return 'starting';
  return view.rollouts.length === 0 && view.problems.length === 0 && view.faults.length === 0 ? 'empty' : 'none';
}
