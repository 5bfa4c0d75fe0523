import type { RolloutView } from '../wire/view.ts';
import type { Translate } from './factWords.ts';
import { percentText } from './figureText.ts';
import { plainText } from './plainText.ts';

/** `80 %, not 5 %`: what the flag says since somebody else set it, and what this rollout had set. `null`: nobody has. */
export function driftShares({ flag }: Pick<RolloutView, 'flag'>, t: Translate): string | null {
  const drift = flag?.drift;
  if (drift === undefined) return null;
  const wanted = percentText(drift.wanted);
  return drift.found === null || drift.found === drift.wanted
    ? t('not {0} as set', wanted)
    : t('{0}, not {1}', percentText(drift.found), wanted);
}

/** The same as a sentence, with the name of the flag. */
export function driftText(view: Pick<RolloutView, 'flag'>, t: Translate): string | null {
  const shares = driftShares(view, t);
  if (shares === null || view.flag === null) return null;
  if (view.flag.drift?.found == null || view.flag.drift.found === view.flag.drift.wanted) {
    const wanted = percentText(view.flag.drift?.wanted ?? 0);
    return t('{0} is not at {1} as set: somebody else has changed it.', plainText(view.flag.target, 120), wanted);
  }
  return t('{0} says {1}: somebody else has set it.', plainText(view.flag.target, 120), shares);
}
