import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import type { Translate } from '../vscodeApi.ts';

/** Younger than this is `now`: a second more or less is no news. */
const justNow = 5000;

/** `now`, `12 s ago`, `3 m ago`. */
export function ageText(at: number, now: number, t: Translate): string {
  return now - at < justNow ? t('now') : t('{0} ago', calmDuration(now - at));
}
