import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import { t } from '../translate.ts';

const minute = 60_000;

/** `just now` for the last few seconds, then in steps of ten seconds, then of minutes: `20 s ago`, `3 m ago`. */
export function ageText(at: number, now: number): string {
  const age = now - at;
  if (age < 10_000) return t('just now');
  if (age < minute) return t('{0} s ago', Math.floor(age / 10_000) * 10);
  return t('{0} ago', calmDuration(age));
}
