import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive, type Link, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { secondText } from './momentText.ts';

/** The connection in a few words; empty while all is well. */
export function linkText(link: Link, t: Translate): string {
  switch (link.kind) {
    case 'starting':
      return t('starting the daemon');
    case 'live':
      return '';
    case 'silent':
      return t('the daemon is silent');
    case 'lost':
      return t('the daemon is gone, starting it again');
    case 'stopped':
      switch (link.cause.kind) {
        case 'manual':
          return t('the daemon is not running');
        case 'ended':
          return t('the daemon is stopped');
        case 'failed':
          return plainText(link.cause.detail);
      }
  }
}

/**
 * The line above the tree: why the shown state may be out of date, or why nothing is shown yet. One folder only; with
 * several folders the rows say it.
 */
export function viewMessage(standings: readonly Standing[], t: Translate): string | undefined {
  const [standing, ...others] = standings;
  if (standing === undefined || others.length > 0 || standing.view === null) return undefined;
  const heard = standing.heardAt === null ? '' : secondText(standing.heardAt);
  switch (standing.link.kind) {
    case 'silent':
      return t('The daemon has been silent since {0}. This view is from that time.', heard);
    case 'lost':
      return t('The daemon has been gone since {0} and is being restarted. This view is from that time.', heard);
    case 'starting':
      return t('Connecting to the daemon. This view is from {0}.', heard);
    case 'stopped':
    case 'live':
      break;
  }
  const waiting = rolloutsOf([standing]).find(
    ({ rollout }) =>
      isLive(standing) &&
      rollout.sources.some((source) => source.needed) &&
      rollout.sources.every((source) => source.arrived === null),
  );
  if (waiting === undefined) return undefined;
  const source = waiting.rollout.sources.find((candidate) => candidate.needed);
  return t('No data yet: waiting for the first record in {0}.', plainText(source?.glob ?? '', 120));
}
