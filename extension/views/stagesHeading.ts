import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import type { Heading } from './rowView.ts';
import { commonZoneText } from './zoneText.ts';

/** The only rollout's name stands beside the view's title, before the zone of all times; of several, each has a row. */
export function stagesHeading(standings: readonly Standing[], now: number, t: Translate): Heading {
  const [only, ...others] = rolloutsOf(standings);
  const name = only !== undefined && others.length === 0 ? isolatedText(plainText(only.rollout.plan.name, 120)) : '';
  return {
    description: [name, commonZoneText(standings, t)].filter((part) => part !== '').join(' · '),
    message: viewMessage(standings, now, t) ?? '',
  };
}

/**
 * The line above the tree: why the shown state may be out of date, or why nothing is shown yet. One folder only; with
 * several folders the rows say it.
 */
function viewMessage(standings: readonly Standing[], now: number, t: Translate): string | undefined {
  const [standing, ...others] = standings;
  if (standing === undefined || others.length > 0 || standing.view === null) return undefined;
  const [first] = rolloutsOf([standing]);
  const zone = first?.rollout.plan.timezone ?? 'UTC';
  const heard = standing.heardAt === null ? '' : clockText(standing.heardAt, now, zone, 'second');
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
