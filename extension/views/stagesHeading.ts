import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { secondText } from './momentText.ts';
import type { Heading } from './rowView.ts';

/** The only rollout's name stands beside the view's title; of several, each has a row. */
export function stagesHeading(standings: readonly Standing[], t: Translate): Heading {
  const [only, ...others] = rolloutsOf(standings);
  return {
    description: only !== undefined && others.length === 0 ? isolatedText(plainText(only.rollout.plan.name, 120)) : '',
    message: viewMessage(standings, t) ?? '',
  };
}

/**
 * The line above the tree: why the shown state may be out of date, or why nothing is shown yet. One folder only; with
 * several folders the rows say it.
 */
function viewMessage(standings: readonly Standing[], t: Translate): string | undefined {
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
