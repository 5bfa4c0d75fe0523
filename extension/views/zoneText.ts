import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { type RolloutStanding, rolloutsOf, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';

// Clock times are in the zone of the plan, which is named once for a screen: beside a view's title, or, where the rollouts
// of a window differ in it, at each rollout.

/** `times in Europe/Berlin`. */
export function zoneText({ rollout }: RolloutStanding, t: Translate): string {
  return t('times in {0}', plainText(rollout.plan.timezone, 60));
}

/** The zone of all rollouts that are shown; empty where they differ, and where none is shown. */
export function commonZoneText(standings: readonly Standing[], t: Translate): string {
  const [text = '', ...others] = zonesOf(rolloutsOf(standings), t);
  return others.length === 0 ? text : '';
}

/** The zone of this rollout, where the others have another one. */
export function ownZoneText(shown: RolloutStanding, rollouts: readonly RolloutStanding[], t: Translate): string {
  return zonesOf(rollouts, t).length < 2 ? '' : zoneText(shown, t);
}

function zonesOf(rollouts: readonly RolloutStanding[], t: Translate): readonly string[] {
  return [...new Set(rollouts.map((shown) => zoneText(shown, t)))];
}
